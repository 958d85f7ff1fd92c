import t from 'tap';
import { authorisation, originalElements, reversalOf } from '../iso-client.js';
import { amount, clearingOf, DE60, repeatOf } from './messages.js';
import { TimedSwitch } from './timed-switch.js';

t.setTimeout(60_000);
const system = await TimedSwitch.start(t);

for (const [mti, answer] of [
  ['0200', '0210'],
  ['0220', '0230'],
] as const) {
  t.test(`${mti} of the same amount turns the hold into a charge`, async (t) => {
    const card = system.card();
    const held = authorisation(card, 12_500);
    const { 38: code } = await system.ask(held);
    const before = await system.books();
    const clearing = clearingOf(held, 12_500, { 0: mti });
    const reply = await system.ask(clearing);
    t.match(reply, { 0: answer, 39: '00', 4: amount(12_500), 90: originalElements(held) });
    if (mti === '0200') t.equal(reply[38], code, 'with the approval code of the authorisation');
    t.same(await system.money(card), { ledger: 87_500, available: 87_500 });
    const after = await system.books();
    t.equal(after.settlement - before.settlement, 12_500);
    t.equal(after.holds - before.holds, -12_500);

    const repeat = await system.ask(repeatOf(clearing));
    t.same([repeat[39], repeat[38]], [reply[39], reply[38]]);
    t.equal(await system.codeOf({ ...clearing, 4: amount(12_499) }), '94');
    t.same(await system.money(card), { ledger: 87_500, available: 87_500 });
    t.match(await system.entriesOf(clearing), [{ command: 'clear', marks: undefined }]);
  });

  t.test(`${mti} of less gives the rest back`, async (t) => {
    const card = system.card();
    const held = authorisation(card, 10_000);
    await system.ask(held);
    t.equal(await system.codeOf(clearingOf(held, 9000, { 0: mti })), '00');
    t.same(await system.money(card), { ledger: 91_000, available: 91_000 });
  });

  t.test(`${mti} with more to come keeps the rest until the last one`, async (t) => {
    const card = system.card();
    const held = authorisation(card, 10_000);
    const { 38: code } = await system.ask(held);
    const parts = [3000, 2500].map((minor) => clearingOf(held, minor, { 0: mti, 60: DE60.more }));
    for (const part of parts) t.equal(await system.codeOf(part), '00');
    t.same(await system.money(card), { ledger: 94_500, available: 90_000 });
    if (mti === '0220') await system.restart();
    for (const part of parts) t.equal(await system.codeOf(repeatOf(part)), '00');
    t.same(await system.money(card), { ledger: 94_500, available: 90_000 }, 'a part is cleared once');
    const last = clearingOf(held, 1500, { 0: mti });
    const reply = await system.ask(last);
    t.equal(reply[39], '00');
    if (mti === '0200') t.equal(reply[38], code);
    t.same(await system.money(card), { ledger: 93_000, available: 93_000 });
  });
}

t.test('parts that come to all of the hold leave nothing for the last one', async (t) => {
  const card = system.card();
  const held = authorisation(card, 9000);
  await system.ask(held);
  for (const minor of [4000, 5000]) await system.ask(clearingOf(held, minor, { 60: DE60.more }));
  t.same(await system.money(card), { ledger: 91_000, available: 91_000 });
  const over = clearingOf(held, 1, { 0: '0200' });
  t.equal(await system.codeOf(over), '13', 'a request for more is refused');
  t.same(await system.money(card), { ledger: 91_000, available: 91_000 });
});

t.test('what parts leave of a hold expires when its time is up', async (t) => {
  const card = system.card();
  const held = authorisation(card, 10_000);
  await system.ask(held);
  await system.ask(clearingOf(held, 4000, { 60: DE60.more }));
  await system.pass(6 * 24);
  t.same(await system.money(card), { ledger: 96_000, available: 90_000 });
  await system.pass(2 * 24);
  t.same(await system.money(card), { ledger: 96_000, available: 96_000 });
});

t.test('one part can be reversed, and the authorisation with all its parts', async (t) => {
  const card = system.card();
  const held = authorisation(card, 10_000);
  await system.ask(held);
  const [first, second] = [3000, 2000].map((minor) => clearingOf(held, minor, { 60: DE60.more }));
  for (const part of [first!, second!]) await system.ask(part);
  t.equal(await system.codeOf(reversalOf(first!)), '00');
  t.equal((await system.money(card)).ledger, 98_000, 'the first part is back');
  t.equal(await system.codeOf(reversalOf(held)), '00');
  t.same(await system.money(card), { ledger: 100_000, available: 100_000 });
});

for (const mti of ['0200', '0220']) {
  t.test(`${mti} of what was cleared for good is 94, and is not booked`, async (t) => {
    const card = system.card();
    const held = authorisation(card, 6000);
    await system.ask(held);
    t.equal(await system.codeOf(clearingOf(held, 6000)), '00');
    const second = clearingOf(held, 6000, { 0: mti });
    const reply = await system.ask(second);
    t.same([reply[39], reply[38]], ['94', undefined]);
    t.equal(await system.codeOf(clearingOf(held, 100, { 0: mti })), '94', 'whatever its amount');
    if (mti === '0220') await system.restart();
    t.equal(await system.codeOf(repeatOf(second)), '94', 'as is its repeat');
    t.same(await system.money(card), { ledger: 94_000, available: 94_000 });
  });
}

t.test('one that names nothing is known by its reference or approval code', async (t) => {
  const card = system.card();
  const held = authorisation(card, 6000);
  const { 38: code } = await system.ask(held);
  await system.ask(clearingOf(held, 6000));
  t.equal(await system.codeOf(clearingOf(held, 6000, { 90: '' })), '94');
  t.equal(await system.codeOf(clearingOf(held, 6000, { 37: '', 38: code!, 90: '' })), '94');
  t.same(await system.money(card), { ledger: 94_000, available: 94_000 });
});

t.test('one that has only merchant and amount is another purchase', async (t) => {
  const card = system.card();
  const held = authorisation(card, 6000);
  await system.ask(held);
  await system.ask(clearingOf(held, 6000));
  t.equal(await system.codeOf(clearingOf(held, 6000, { 37: '', 90: '' })), '00');
  t.same(await system.money(card), { ledger: 88_000, available: 88_000 });
});

t.test('one of a force post is a duplicate too', async (t) => {
  const card = system.card();
  const forced = authorisation(card, 3000, { 0: '0220' });
  await system.ask(forced);
  const again = clearingOf(forced, 3000, { 90: '' });
  t.equal(await system.codeOf(again), '94');
  t.same(await system.money(card), { ledger: 97_000, available: 97_000 });
});

t.test('after the last part there is no other', async (t) => {
  const card = system.card();
  const held = authorisation(card, 6000);
  await system.ask(held);
  await system.ask(clearingOf(held, 2000, { 60: DE60.more }));
  await system.ask(clearingOf(held, 2000));
  t.equal(await system.codeOf(clearingOf(held, 2000, { 60: DE60.more })), '94');
  t.same(await system.money(card), { ledger: 96_000, available: 96_000 });
});

t.test('what was reversed can be presented again', async (t) => {
  const card = system.card();
  const held = authorisation(card, 6000);
  await system.ask(held);
  const first = clearingOf(held, 5000);
  await system.ask(first);
  t.equal(await system.codeOf(reversalOf(first)), '00');
  t.same(await system.money(card), { ledger: 100_000, available: 100_000 });
  const right = clearingOf(held, 5500);
  t.equal(await system.codeOf(right), '00');
  t.same(await system.money(card), { ledger: 94_500, available: 94_500 });
  t.equal(await system.codeOf(clearingOf(held, 5500)), '94', 'once');
  t.match(await system.entriesOf(right), [{ amount: 5500, marks: 'late' }]);
});

t.test('the journal proves itself', (t) => system.prove(t));
