import t from 'tap';
import { authorisation, type PackageMessage, reversalOf } from '../iso-client.js';
import { amount, clearingOf, DE60, incrementOf, partialReversalOf, repeatOf } from './messages.js';
import { type HeldCard, TimedSwitch } from './timed-switch.js';

t.setTimeout(60_000);
const system = await TimedSwitch.start(t);
const WHOLE = { ledger: 100_000, available: 100_000 };

async function approved(card: HeldCard, minor: number, changes: PackageMessage = {}) {
  const request = authorisation(card, minor, changes);
  t.equal(await system.codeOf(request), '00');
  return request;
}

for (const [mti, answer] of [
  ['0400', '0410'],
  ['0420', '0430'],
] as const) {
  t.test(`${mti} of all gives the hold back once, and is repeated with the same answer`, async (t) => {
    const card = system.card();
    const held = await approved(card, 40_000);
    const reversal = reversalOf(held, { 0: mti });
    t.match(await system.ask(reversal), { 0: answer, 39: '00', 38: undefined });
    t.equal(await system.codeOf(repeatOf(reversal)), '00');
    t.equal(await system.codeOf({ ...reversal, 4: amount(1) }), '94');
    if (mti === '0420') await system.restart();
    t.equal(await system.codeOf(repeatOf(reversal)), '00');
    t.equal(await system.codeOf(reversalOf(held, { 0: mti })), '00', 'another has nothing to give back');
    t.same(await system.money(card), WHOLE);
    t.equal(await system.codeOf(repeatOf(held)), '00', 'the authorisation keeps its answer');
    t.same(await system.money(card), WHOLE, 'but holds nothing any more');
  });

  t.test(`${mti} of a part lowers the hold to what DE95 lets stand`, async (t) => {
    const card = system.card();
    const held = await approved(card, 40_000);
    const reversal = partialReversalOf(held, 15_000, { 0: mti });
    t.match(await system.ask(reversal), { 0: answer, 39: '00' });
    t.equal(await system.codeOf(repeatOf(reversal)), '00');
    t.equal(await system.codeOf({ ...reversal, 95: amount(15_001).padEnd(42, '0') }), '94');
    t.same(await system.money(card), { ledger: 100_000, available: 85_000 });
    if (mti === '0420') await system.restart();
    t.equal(await system.codeOf(partialReversalOf(held, 5000, { 0: mti })), '00', 'and further');
    t.same(await system.money(card), { ledger: 100_000, available: 95_000 });
    t.equal(await system.codeOf(partialReversalOf(held, 9000, { 0: mti })), '00', 'but not up again');
    t.same(await system.money(card), { ledger: 100_000, available: 95_000 });
    t.equal(await system.codeOf(clearingOf(held, 5001, { 0: '0200' })), '13', 'no more can be cleared');
    t.equal(await system.codeOf(reversalOf(held, { 0: mti })), '00', 'the rest');
    t.same(await system.money(card), WHOLE);
  });

  t.test(`${mti} before its original blocks it, whenever that comes`, async (t) => {
    const card = system.card();
    const late = authorisation(card, 7000);
    const reversal = reversalOf(late, { 0: mti });
    t.equal(await system.codeOf(reversal), '00');
    if (mti === '0420') await system.restart();
    t.equal(await system.codeOf(repeatOf(reversal)), '00');
    t.equal(await system.codeOf(late), '12');
    t.equal(await system.codeOf(repeatOf(late)), '12');
    t.same(await system.money(card), WHOLE);
    const request = authorisation(card, 8000, { 0: '0200' });
    t.equal(await system.codeOf(reversalOf(request, { 0: mti })), '00');
    t.equal(await system.codeOf(request), '12', 'a financial request too');
    const advice = authorisation(card, 9000, { 0: '0220' });
    t.equal(await system.codeOf(reversalOf(advice, { 0: mti })), '00');
    t.equal(await system.codeOf(advice), '00', 'an advice is taken note of');
    t.same(await system.money(card), WHOLE, 'and not booked');
  });
}

t.test('a partial reversal before its original lets an advice hold what stands', async (t) => {
  const card = system.card();
  const advice = authorisation(card, 9000, { 0: '0120' });
  t.equal(await system.codeOf(partialReversalOf(advice, 4000)), '00');
  t.equal(await system.codeOf(advice), '00');
  t.same(await system.money(card), { ledger: 100_000, available: 96_000 });
  const request = authorisation(card, 9000);
  t.equal(await system.codeOf(partialReversalOf(request, 4000)), '00');
  t.equal(await system.codeOf(request), '12', 'a request nobody waits for any more');
  t.same(await system.money(card), { ledger: 100_000, available: 96_000 });
});

t.test('a reversal after the clearing is a credit entry', async (t) => {
  const card = system.card();
  const held = await approved(card, 20_000);
  await system.ask(clearingOf(held, 18_000));
  const before = await system.books();
  const reversal = reversalOf(held);
  t.equal(await system.codeOf(reversal), '00');
  t.equal(await system.codeOf(repeatOf(reversal)), '00');
  t.same(await system.money(card), WHOLE);
  t.equal((await system.books()).settlement - before.settlement, -18_000);
  t.match(await system.entriesOf(reversal), [{ command: 'reverse', marks: 'late' }]);
});

t.test('a partial reversal after the clearing credits what is above what stands', async (t) => {
  const card = system.card();
  const held = await approved(card, 20_000);
  await system.ask(clearingOf(held, 18_000));
  t.equal(await system.codeOf(partialReversalOf(held, 19_000)), '00', 'no more than that was charged');
  t.same(await system.money(card), { ledger: 82_000, available: 82_000 });
  t.equal(await system.codeOf(partialReversalOf(held, 12_000)), '00');
  t.same(await system.money(card), { ledger: 88_000, available: 88_000 });
});

t.test('a clearing is reversed itself, all of it or a part', async (t) => {
  for (const mti of ['0200', '0220']) {
    const card = system.card();
    const held = await approved(card, 20_000);
    const clearing = clearingOf(held, 20_000, { 0: mti });
    await system.ask(clearing);
    t.equal(await system.codeOf(partialReversalOf(clearing, 15_000)), '00');
    t.same(await system.money(card), { ledger: 85_000, available: 85_000 });
    const rest = reversalOf(clearing);
    t.equal(await system.codeOf(rest), '00');
    t.equal(await system.codeOf(repeatOf(rest)), '00');
    t.same(await system.money(card), WHOLE, 'nothing is held for it again');
  }
});

t.test('a completion that is reversed gives back what was above its tolerance to suspense', async (t) => {
  const card = system.card();
  const held = await approved(card, 10_000);
  const before = await system.books();
  const clearing = clearingOf(held, 11_000);
  await system.ask(clearing);
  t.equal((await system.books()).suspense - before.suspense, -1000);
  t.equal(await system.codeOf(reversalOf(clearing)), '00');
  const after = await system.books();
  t.same([after.suspense - before.suspense, after.settlement - before.settlement], [0, 0]);
  t.same(await system.money(card), WHOLE);
});

t.test('a reversal is found by its own elements where it names no original', async (t) => {
  const card = system.card();
  const held = await approved(card, 3000);
  t.equal(await system.codeOf(reversalOf(held, { 11: held[11]!, 90: '0'.repeat(42) })), '00');
  t.same(await system.money(card), WHOLE);
  const booked = await approved(card, 4000, { 0: '0200' });
  const unnamed = reversalOf(booked, { 11: booked[11]!, 90: '' });
  t.equal(await system.codeOf(unnamed), '00', 'a financial request too');
  t.same(await system.money(card), WHOLE);
});

t.test('a reversal of another card’s message, or of another amount, is 12', async (t) => {
  const [card, other] = [system.card(), system.card()];
  const held = await approved(other, 5000);
  t.equal(await system.codeOf(reversalOf(held, { 2: card.pan })), '12');
  t.equal(await system.codeOf(reversalOf(held, { 4: amount(5001) })), '12');
  const clearing = clearingOf(held, 4000);
  await system.ask(clearing);
  t.equal(await system.codeOf(reversalOf(clearing, { 2: card.pan })), '12', 'nor a clearing');
  t.equal(await system.codeOf(reversalOf(clearing, { 2: system.declinedCard('14').pan })), '14');
  t.same(await system.money(other), { ledger: 96_000, available: 96_000 });
  t.same(await system.money(card), WHOLE);
});

t.test('what can not be reversed stays: an inquiry, a decline, a reversal', async (t) => {
  const card = system.card();
  const declined = authorisation(card, 100_001);
  t.equal(await system.codeOf(declined), '51');
  t.equal(await system.codeOf(reversalOf(declined)), '00', 'there is nothing to give back');
  t.equal(await system.codeOf(repeatOf(declined)), '51');
  const held = await approved(card, 1000);
  const reversal = reversalOf(held);
  await system.ask(reversal);
  t.equal(await system.codeOf(reversalOf(reversal)), '12', 'of a reversal there is none');
  t.same(await system.money(card), WHOLE);
});

t.test('what is reversed counts for the day no more', async (t) => {
  const card = system.card('kuwait');
  const limit = 999_999_999_999;
  const advice = authorisation(card, 1, { 0: '0120' });
  await system.ask(advice);
  t.equal(await system.codeOf(authorisation(card, limit)), '61', 'with the one it is above the day’s');
  await system.ask(reversalOf(advice));
  t.equal(await system.codeOf(authorisation(card, limit)), '51', 'without it is only more than there is');
});

t.test('reversals of an estimate take its increments along, whatever was cleared of them', async (t) => {
  const card = system.card();
  const held = await approved(card, 10_000, { 18: '7011', 60: DE60.estimated });
  await system.ask(incrementOf(held, 5000));
  await system.ask(clearingOf(held, 6000, { 60: DE60.more }));
  t.same(await system.money(card), { ledger: 94_000, available: 85_000 });
  t.equal(await system.codeOf(reversalOf(held)), '00');
  t.same(await system.money(card), WHOLE);
});

t.test('the journal proves itself', (t) => system.prove(t));
