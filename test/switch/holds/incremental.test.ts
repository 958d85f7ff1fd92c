import t from 'tap';
import { authorisation, nextStan, reversalOf } from '../iso-client.js';
import { amount, clearingOf, DE60, incrementOf, partialReversalOf, repeatOf } from './messages.js';
import { type HeldCard, TimedSwitch } from './timed-switch.js';

t.setTimeout(60_000);
const HOTEL = '7011';
const system = await TimedSwitch.start(t);

/** An estimated authorisation at a hotel. */
const estimate = (card: HeldCard, minor: number) =>
  authorisation(card, minor, { 18: HOTEL, 60: DE60.estimated });

async function available(card: HeldCard): Promise<number> {
  return (await system.money(card)).available;
}

t.test('increments raise the hold of an estimate, each with an answer of its own', async (t) => {
  const card = system.card();
  const first = estimate(card, 20_000);
  const second = incrementOf(first, 5000);
  const third = incrementOf(first, 7500);
  const replies = [await system.ask(first), await system.ask(second), await system.ask(third)];
  for (const reply of replies) t.match(reply, { 0: '0110', 39: '00', 38: /^\d{6}$/ });
  t.equal(new Set(replies.map((reply) => reply[38])).size, 3);
  t.same(
    replies.map((reply) => reply[4]),
    [20_000, 5000, 7500].map(amount),
  );
  t.same(await system.money(card), { ledger: 100_000, available: 67_500 });

  await system.restart();
  for (const [index, message] of [first, second, third].entries()) {
    const repeat = await system.ask(repeatOf(message));
    t.same([repeat[39], repeat[38]], ['00', replies[index]![38]], 'a repeat gets the same answer');
  }
  t.equal(await system.codeOf({ ...second, 4: amount(5001) }), '94');
  t.equal(await system.codeOf({ ...second, 60: '000' }), '94', 'one that raises nothing is another message');
  t.equal(await available(card), 67_500);

  t.equal(await system.codeOf(clearingOf(first, 32_500)), '00', 'one clearing is for all of it');
  t.same(await system.money(card), { ledger: 67_500, available: 67_500 });
});

t.test('an increment is matched by the approval code where it names no original', async (t) => {
  const card = system.card();
  const first = estimate(card, 10_000);
  const { 38: code } = await system.ask(first);
  const raised = incrementOf(first, 2000, { 37: '', 38: code!, 42: 'ANOTHERDESK0001', 90: '' });
  t.equal(await system.codeOf(raised), '00');
  t.equal(await available(card), 88_000);
  t.equal(await system.codeOf(reversalOf(first, { 4: amount(12_000) })), '00');
  t.equal(await available(card), 100_000, 'it was a part of that hold');
});

t.test('25 for an increment of nothing that is held, which holds nothing itself', async (t) => {
  const card = system.card();
  const never = estimate(card, 5000);
  t.equal(await system.codeOf(incrementOf(never, 1000)), '25', 'which never came');
  const reversed = estimate(card, 6000);
  await system.ask(reversed);
  await system.ask(reversalOf(reversed));
  t.equal(await system.codeOf(incrementOf(reversed, 1000)), '25', 'which was reversed');
  const cleared = estimate(card, 7000);
  await system.ask(cleared);
  await system.ask(clearingOf(cleared, 7000));
  t.equal(await system.codeOf(incrementOf(cleared, 1000)), '25', 'which was cleared');
  t.same(await system.money(card), { ledger: 93_000, available: 93_000 });
});

t.test('an increment can not raise the hold of another card', async (t) => {
  const [card, other] = [system.card(), system.card()];
  const theirs = estimate(other, 5000);
  await system.ask(theirs);
  const raised = incrementOf(theirs, 1000, { 2: card.pan, 14: card.expiry, 37: '', 41: '', 42: '' });
  t.equal(await system.codeOf(raised), '25');
  t.same([await available(card), await available(other)], [100_000, 95_000]);
});

t.test(
  'an increment above what is available is 51, or less of it where the terminal can take that',
  async (t) => {
    const card = system.card();
    const first = estimate(card, 90_000);
    await system.ask(first);
    const tooMuch = incrementOf(first, 10_001);
    t.equal(await system.codeOf(tooMuch), '51');
    t.equal(await system.codeOf(repeatOf(tooMuch)), '51');
    t.equal(await available(card), 10_000);
    const part = await system.ask(incrementOf(first, 10_001, { 60: DE60.incrementalPartial }));
    t.same([part[39], part[4]], ['10', amount(10_000)]);
    t.equal(await available(card), 0);
    t.equal(await system.codeOf(clearingOf(first, 100_000)), '00');
    t.same(await system.money(card), { ledger: 0, available: 0 });
  },
);

t.test('an increment can be reversed alone, all of it or a part', async (t) => {
  const card = system.card();
  const first = estimate(card, 20_000);
  const [second, third] = [incrementOf(first, 4000), incrementOf(first, 6000)];
  for (const message of [first, second, third]) await system.ask(message);
  t.equal(await system.codeOf(reversalOf(second)), '00');
  t.equal(await available(card), 74_000);
  t.equal(await system.codeOf(reversalOf(second)), '00', 'once');
  t.equal(await available(card), 74_000);
  t.equal(await system.codeOf(partialReversalOf(third, 1000)), '00');
  t.equal(await available(card), 79_000);
  t.equal(await system.codeOf(reversalOf(first)), '00', 'the first takes all of it');
  t.equal(await available(card), 100_000);
});

t.test('a reversal that names another amount than any that was asked for is refused', async (t) => {
  const card = system.card();
  const first = estimate(card, 20_000);
  await system.ask(first);
  await system.ask(incrementOf(first, 4000));
  t.equal(await system.codeOf(reversalOf(first, { 4: amount(23_999) })), '12');
  t.equal(await available(card), 76_000);
  t.equal(await system.codeOf(reversalOf(first, { 4: amount(24_000) })), '00', 'all of it');
  t.equal(await available(card), 100_000);
});

t.test('an increment that was advised is held, also beyond what is available', async (t) => {
  const card = system.card();
  const first = estimate(card, 60_000);
  await system.ask(first);
  const advice = incrementOf(first, 50_000, { 0: '0120', 38: '777777' });
  const reply = await system.ask(advice);
  t.same([reply[0], reply[39]], ['0130', '00']);
  t.equal(await system.codeOf(repeatOf(advice)), '00');
  t.equal(await available(card), -10_000);
  t.equal(await system.codeOf(clearingOf(first, 110_000)), '00');
  t.same(await system.money(card), { ledger: -10_000, available: -10_000 });
});

t.test('an increment lets its hold last as long again, from then on', async (t) => {
  const card = system.card();
  const first = authorisation(card, 10_000);
  await system.ask(first);
  await system.pass(6 * 24);
  await system.ask(incrementOf(first, 1000, { 7: '1201010203' }));
  await system.restart();
  await system.pass(2 * 24);
  t.equal(await available(card), 89_000, 'eight days after the first');
  await system.pass(5 * 24);
  t.equal(await available(card), 100_000, 'seven days after the increment');
  t.equal(await system.codeOf(incrementOf(first, 1000, { 11: nextStan() })), '25', 'too late for another');
});

t.test('the journal proves itself', (t) => system.prove(t));
