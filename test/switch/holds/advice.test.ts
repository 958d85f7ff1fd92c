import t from 'tap';
import { authorisation, reversalOf } from '../iso-client.js';
import { amount, clearingOf, repeatOf } from './messages.js';
import { TimedSwitch } from './timed-switch.js';

t.setTimeout(60_000);
const system = await TimedSwitch.start(t);

const WHOLE = { ledger: 100_000, available: 100_000 };

t.test('an advice of an approval elsewhere is held, and its repeat recognised', async (t) => {
  const card = system.card();
  const advice = authorisation(card, 30_000, { 0: '0120', 38: 'A1B2C3', 39: '00' });
  const reply = await system.ask(advice);
  t.match(reply, { 0: '0130', 39: '00', 4: amount(30_000) });
  t.equal(reply[38], undefined, 'the approval code is who approved it');
  t.equal(await system.codeOf(repeatOf(advice)), '00');
  t.equal(await system.codeOf({ ...advice, 4: amount(30_001) }), '94');
  t.equal(await system.codeOf({ ...advice, 0: '0100' }), '94', 'nor is a request its repeat');
  await system.restart();
  t.equal(await system.codeOf(repeatOf(advice)), '00');
  t.same(await system.money(card), { ledger: 100_000, available: 70_000 });
  t.match(await system.entriesOf(advice), [{ command: 'authorise', flags: 'advice' }]);

  const clearing = clearingOf(advice, 30_000, { 37: '', 38: 'A1B2C3', 39: '', 90: '' });
  t.equal(await system.codeOf(clearing), '00', 'it is found by the code of who approved it');
  t.same(await system.money(card), { ledger: 70_000, available: 70_000 });
});

t.test('an advice may overdraw the account into stand-in debt', async (t) => {
  const card = system.card();
  const before = await system.books();
  const advice = authorisation(card, 120_000, { 0: '0120' });
  t.equal(await system.codeOf(advice), '00');
  t.same(await system.money(card), { ledger: 100_000, available: -20_000 });
  t.equal((await system.books()).standInDebt - before.standInDebt, -20_000);
  t.match(await system.entriesOf(advice), [{ marks: 'indebted' }]);
  t.equal(await system.codeOf(authorisation(card, 1)), '51');
  await system.pass(7 * 24);
  t.same(await system.money(card), WHOLE, 'it expires as any other');
  t.equal((await system.books()).standInDebt, before.standInDebt);
});

t.test('an advice is booked whatever stands against it: status, expiry, channel, limit', async (t) => {
  for (const code of ['54', '57', '62'] as const) {
    const card = system.declinedCard(code);
    t.equal(await system.codeOf(authorisation(card, 100, { 0: '0120' }, 'ecommerce')), '00', code);
  }
  const card = system.card();
  t.equal(await system.codeOf(authorisation(card, 500_001, { 0: '0120' }, 'moto')), '00');
  t.same(await system.money(card), { ledger: 100_000, available: -400_001 });
});

t.test('an advice of what was declined elsewhere is taken note of, and moves nothing', async (t) => {
  const card = system.card();
  for (const mti of ['0120', '0220']) {
    const advice = authorisation(card, 5000, { 0: mti, 39: '51' });
    t.equal(await system.codeOf(advice), '00');
    t.equal(await system.codeOf(repeatOf(advice)), '00');
    t.equal(await system.codeOf({ ...advice, 39: '00' }), '94', 'it can’t be approved later');
    t.match(await system.entriesOf(advice), [{ flags: /advice declined/, responseCode: '00' }]);
  }
  t.same(await system.money(card), WHOLE);
});

t.test('an advice of a card that nobody has is 14, as there is no account to hold at', async (t) => {
  const card = system.declinedCard('14');
  const advice = authorisation(card, 5000, { 0: '0120' });
  t.match(await system.ask(advice), { 0: '0130', 39: '14' });
  t.equal(await system.codeOf(repeatOf(advice)), '14');
  const nowhere = authorisation({ ...card, pan: '4000000000000002' }, 5000, { 0: '0120' });
  t.equal(await system.codeOf(nowhere), '14', 'nor a tenant');
});

t.test('an advice of nothing is taken note of', async (t) => {
  const card = system.card();
  for (const mti of ['0120', '0220']) t.equal(await system.codeOf(authorisation(card, 0, { 0: mti })), '00');
  t.same(await system.money(card), WHOLE);
});

t.test('an advice after the request that it tells of, under another key, holds again', async (t) => {
  const card = system.card();
  const request = authorisation(card, 1000);
  await system.ask(request);
  const advice = authorisation(card, 1000, { 0: '0120', 37: request[37]! });
  t.equal(await system.codeOf(advice), '00');
  t.same(await system.money(card), { ledger: 100_000, available: 98_000 });
});

/** That a clearing names nothing: neither its original, nor what it has in common with one. */
const NOTHING = { 37: '', 38: '', 41: '', 42: '', 90: '' };

t.test('an advice without an authorisation is booked and marked', async (t) => {
  const card = system.card();
  const advice = authorisation(card, 4200, { 0: '0220' });
  t.match(await system.ask(advice), { 0: '0230', 39: '00' });
  t.equal(await system.codeOf(repeatOf(advice)), '00');
  t.same(await system.money(card), { ledger: 95_800, available: 95_800 });
  t.match(await system.entriesOf(advice), [{ command: 'clear', flags: /advice/, marks: 'forced' }]);
});

t.test('an advice whose DE90 names what never came is booked', async (t) => {
  const card = system.card();
  const never = authorisation(card, 1000);
  const advice = clearingOf(never, 1000);
  t.equal(await system.codeOf(advice), '00');
  t.same(await system.money(card), { ledger: 99_000, available: 99_000 });
  t.match(await system.entriesOf(advice), [{ marks: 'forced' }]);
});

t.test(
  'an advice is booked beyond what is available, as stand-in debt that money in pays back',
  async (t) => {
    const card = system.card();
    const before = await system.books();
    const advice = authorisation(card, 150_000, { 0: '0220' });
    t.equal(await system.codeOf(advice), '00');
    t.same(await system.money(card), { ledger: -50_000, available: -50_000 });
    t.equal((await system.books()).standInDebt - before.standInDebt, -50_000);
    t.match(await system.entriesOf(advice), [{ marks: 'forced indebted' }]);
    await system.restart();
    t.equal(await system.codeOf(authorisation(card, 70_000, { 0: '0200', 3: '200000' })), '00');
    t.equal((await system.books()).standInDebt - before.standInDebt, 0);
    t.same(await system.money(card), { ledger: 20_000, available: 20_000 });
  },
);

t.test('an advice of a blocked or limited card is booked all the same', async (t) => {
  const card = system.card();
  t.equal(await system.codeOf(authorisation(card, 600_000)), '61');
  t.equal(await system.codeOf(authorisation(card, 600_000, { 0: '0220' }, 'moto')), '00');
  t.same(await system.money(card), { ledger: -500_000, available: -500_000 });
  for (const code of ['54', '62'] as const) {
    const before = await system.books();
    t.equal(await system.codeOf(authorisation(system.declinedCard(code), 900, { 0: '0220' })), '00', code);
    const { cardholders, suspense } = await system.books();
    t.same([before.cardholders - cardholders, before.suspense - suspense], [900, 0]);
  }
});

t.test('an advice of a card that nobody has is in suspense, and the network is owed', async (t) => {
  const pan = '9999090199999994';
  const before = await system.books();
  const advice = authorisation({ ...system.card(), pan }, 7700, { 0: '0220' });
  t.equal(await system.codeOf(advice), '00');
  t.equal(await system.codeOf(repeatOf(advice)), '00');
  const after = await system.books();
  t.equal(after.settlement - before.settlement, 7700);
  t.equal(after.suspense - before.suspense, -7700);
  t.equal(after.cardholders, before.cardholders);
  t.match(await system.entriesOf(advice), [{ marks: 'forced', amount: 7700 }]);
});

t.test('an advice in a currency without a rate is in suspense in that currency', async (t) => {
  const card = system.card();
  const before = await system.books('bank', 752);
  t.equal(await system.codeOf(authorisation({ ...card, currency: '752' }, 3300, { 0: '0220' })), '00');
  const after = await system.books('bank', 752);
  t.same([after.settlement - before.settlement, after.suspense - before.suspense], [3300, -3300]);
  t.same(await system.money(card), { ledger: 100_000, available: 100_000 });
});

t.test('a financial request without an authorisation is decided like one, and booked at once', async (t) => {
  const card = system.card();
  const request = authorisation(card, 40_000, { 0: '0200' });
  const reply = await system.ask(request);
  t.match(reply, { 0: '0210', 39: '00', 38: /^\d{6}$/ });
  t.match(await system.ask(repeatOf(request)), { 39: '00', 38: reply[38] });
  t.same(await system.money(card), { ledger: 60_000, available: 60_000 });
  t.match(await system.entriesOf(request), [{ marks: undefined }]);
  for (const [minor, code] of [
    [60_001, '51'],
    [500_001, '61'],
  ] as const) {
    t.equal(await system.codeOf(authorisation(card, minor, { 0: '0200' })), code);
  }
  t.equal(await system.codeOf(authorisation(card, 1, { 0: '0200' }, 'moto')), '58');
  t.equal(await system.codeOf(authorisation(card, 1, { 0: '0200', 14: '4912' })), '54');
});

t.test('an advice that names no original finds it by approval code, reference or merchant', async (t) => {
  for (const [what, common] of [
    ['approval code', (code: string) => ({ ...NOTHING, 38: code })],
    ['retrieval reference', () => ({ ...NOTHING, 37: undefined })],
    ['merchant and amount', () => ({ ...NOTHING, 41: undefined, 42: undefined })],
  ] as const) {
    const card = system.card();
    const held = authorisation(card, 8000);
    const { 38: code } = await system.ask(held);
    const changes: Record<string, string> = {};
    for (const [field, value] of Object.entries(common(code!))) {
      changes[field] = value ?? held[field]!;
    }
    const advice = clearingOf(held, 8000, changes);
    t.equal(await system.codeOf(advice), '00', what);
    t.same(await system.money(card), { ledger: 92_000, available: 92_000 }, 'charged once, and not held');
    t.match(await system.entriesOf(advice), [{ marks: 'matchedByScore' }]);
  }
});

t.test('of several that it may be, it is the one with which it has most in common', async (t) => {
  const card = system.card();
  const [first, second] = [1000, 2000].map((minor) => authorisation(card, minor, { 37: 'SAMEREFERENC' }));
  await system.ask(first!);
  await system.ask(second!);
  t.equal(await system.codeOf(clearingOf(first!, 1000, { 90: '' })), '00');
  t.same(await system.money(card), { ledger: 99_000, available: 97_000 });
  t.equal(await system.codeOf(reversalOf(first!)), '00', 'the first was cleared');
  t.same(await system.money(card), { ledger: 100_000, available: 98_000 });
});

t.test('with nothing in common it is another transaction', async (t) => {
  const card = system.card();
  const held = authorisation(card, 8000);
  await system.ask(held);
  const advice = clearingOf(held, 8000, NOTHING);
  t.equal(await system.codeOf(advice), '00');
  t.same(await system.money(card), { ledger: 92_000, available: 84_000 });
  t.match(await system.entriesOf(advice), [{ marks: 'forced' }]);
  const second = authorisation(card, 8000, { 0: '0200' });
  t.equal(await system.codeOf(second), '00');
  t.same(await system.money(card), { ledger: 84_000, available: 76_000 }, 'a second coffee is one');
});

t.test('a force post is reversed like any other, and then not again', async (t) => {
  const card = system.card();
  const advice = authorisation(card, 4200, { 0: '0220' });
  await system.ask(advice);
  t.equal(await system.codeOf(reversalOf(advice)), '00');
  t.equal(await system.codeOf(reversalOf(advice, { 0: '0420' })), '00');
  t.same(await system.money(card), { ledger: 100_000, available: 100_000 });
  t.equal(await system.codeOf({ ...reversalOf(advice), 4: amount(4201) }), '00', 'nothing is left of it');
});

t.test('the journal proves itself', (t) => system.prove(t));
