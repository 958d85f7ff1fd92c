import t from 'tap';
import { authorisation, reversalOf } from '../iso-client.js';
import { amount, cashback, clearingOf, DE60, partialReversalOf, repeatOf } from './messages.js';
import { type HeldCard, TimedSwitch } from './timed-switch.js';

t.setTimeout(60_000);
const system = await TimedSwitch.start(t);

/** A purchase at a terminal that can take less. */
const flexible = (card: HeldCard, minor: number, changes = {}) =>
  authorisation(card, minor, { 60: DE60.partial, ...changes });

t.test('10 and what is left in DE4, where the terminal says that it can take less', async (t) => {
  const card = system.card();
  const request = flexible(card, 120_000);
  const reply = await system.ask(request);
  t.match(reply, { 0: '0110', 39: '10', 4: amount(100_000), 49: '978', 38: /^\d{6}$/ });
  t.same(await system.money(card), { ledger: 100_000, available: 0 });
  t.equal(await system.codeOf(flexible(card, 1)), '51', 'nothing is no part');
});

t.test('51 where the terminal does not say so, and nothing is held', async (t) => {
  const card = system.card();
  for (const indicators of ['', '000', '100', '01', '0100']) {
    t.equal(await system.codeOf(authorisation(card, 100_001, { 60: indicators })), '51', indicators);
  }
  t.same(await system.money(card), { ledger: 100_000, available: 100_000 });
  t.equal((await system.ask(flexible(card, 100_000)))[39], '00', 'what is there is approved in full');
});

t.test('a repeat is approved for the same part, whatever is available then', async (t) => {
  const card = system.card();
  const [first, request] = [authorisation(card, 40_000), flexible(card, 70_000)];
  await system.ask(first);
  const reply = await system.ask(request);
  await system.ask(reversalOf(first));
  await system.restart();
  const repeat = await system.ask(repeatOf(request));
  t.same([repeat[39], repeat[38], repeat[4]], ['10', reply[38], amount(60_000)]);
  t.equal(await system.codeOf({ ...request, 4: amount(60_000) }), '94', 'the part is another amount');
  t.equal(await system.codeOf({ ...request, 60: '000' }), '94', 'as is one that takes no part');
  t.equal((await system.money(card)).available, 40_000);
});

t.test('a part that was approved is cleared, and can’t be cleared for more', async (t) => {
  const card = system.card();
  const request = flexible(card, 150_000);
  await system.ask(request);
  const over = clearingOf(request, 150_000, { 0: '0200' });
  t.equal(await system.codeOf(over), '13', 'what was asked for was not approved');
  t.equal(await system.codeOf(clearingOf(request, 100_000, { 0: '0200' })), '00');
  t.same(await system.money(card), { ledger: 0, available: 0 });
});

t.test('a part that was approved is reversed by what was asked for, or what was approved', async (t) => {
  for (const named of [130_000, 100_000]) {
    const card = system.card();
    const request = flexible(card, 130_000);
    await system.ask(request);
    t.equal(await system.codeOf(reversalOf(request, { 4: amount(named) })), '00');
    t.equal((await system.money(card)).available, 100_000);
  }
  const card = system.card();
  const request = flexible(card, 130_000);
  await system.ask(request);
  t.equal(await system.codeOf(partialReversalOf(request, 25_000)), '00');
  t.equal((await system.money(card)).available, 75_000);
});

t.test('cash is paid out in full or not at all', async (t) => {
  const card = system.card();
  const cash = authorisation(card, 100_001, { 60: DE60.partial }, 'atm');
  t.equal(await system.codeOf(cash), '51');
  t.same(await system.money(card), { ledger: 100_000, available: 100_000 });
});

t.test('of goods with cash the goods may be approved alone', async (t) => {
  const [rich, poor] = [system.card(), system.card()];
  const both = { 3: '090000', 54: cashback('978', 10_000) };
  const goods = await system.ask(flexible(rich, 105_000, both));
  t.same([goods[39], goods[4]], ['10', amount(95_000)], 'the goods are available, the cash is not');
  const less = await system.ask(flexible(poor, 150_000, both));
  t.same([less[39], less[4]], ['10', amount(100_000)], 'nor are all of the goods');
  t.equal((await system.money(rich)).available, 5000);
  const cashOnly = system.card();
  const noGoods = flexible(cashOnly, 100_001, { 3: '090000', 54: cashback('978', 100_001) });
  t.equal(await system.codeOf(noGoods), '51');
});

t.test('a financial request is booked for the part', async (t) => {
  const card = system.card();
  const request = flexible(card, 100_050, { 0: '0200' });
  const reply = await system.ask(request);
  t.match(reply, { 0: '0210', 39: '10', 4: amount(100_000) });
  t.same(await system.money(card), { ledger: 0, available: 0 });
  t.match(await system.ask(repeatOf(request)), { 39: '10', 4: amount(100_000), 38: reply[38] });
  t.equal(await system.codeOf(reversalOf(request)), '00');
  t.same(await system.money(card), { ledger: 100_000, available: 100_000 });
});

t.test('yen are approved in yen, and what was converted is not approved in part', async (t) => {
  const card = system.card('tokyo');
  const reply = await system.ask(flexible(card, 1500));
  t.same([reply[39], reply[4], reply[49]], ['10', amount(1000), '392']);
  const dollars = system.card();
  t.equal(await system.codeOf(flexible({ ...dollars, currency: '840' }, 200_000)), '51');
  t.equal((await system.money(dollars)).available, 100_000);
});

t.test('the journal proves itself', (t) => system.prove(t));
