import t from 'tap';
import { authorisation, type PackageMessage, reversalOf } from '../iso-client.js';
import { amount, clearingOf, DE60, incrementOf, partialReversalOf, repeatOf } from './messages.js';
import { TENANTS } from './tenants.js';
import { type HeldCard, TimedSwitch } from './timed-switch.js';

t.setTimeout(60_000);
const system = await TimedSwitch.start(t);
/** What 100.00 dollars cost a card of `bank`: at 0.9, and 2 % on top. */
const DOLLARS = 10_000;
const PLAIN = 9000;
const SPREAD = 180;
const BILLED = PLAIN + SPREAD;

const inCurrency = (card: HeldCard, currency: string, minor: number, changes: PackageMessage = {}) =>
  authorisation({ ...card, currency }, minor, changes);

/** What a network says that it converted: DE6, DE10 and DE51. */
const converted = (minor: number, rate: string, currency = '978') => ({
  6: amount(minor),
  10: rate,
  51: currency,
});

t.test('what the network converted is held and charged as it says: DE6 by DE10', async (t) => {
  const card = system.card();
  const request = inCurrency(card, '840', DOLLARS, converted(9321, '60932100'));
  t.equal(await system.codeOf(request), '00');
  t.same(await system.money(card), { ledger: 100_000, available: 90_679 });
  t.match(await system.entriesOf(request), [
    { amount: DOLLARS, currency: '840', billed: 9321, billedRate: '60932100', marks: 'converted' },
  ]);
  const repeat = { ...repeatOf(request), ...converted(9400, '60940000') };
  t.equal(await system.codeOf(repeat), '00', 'a repeat may be converted by another rate');
  t.equal((await system.money(card)).available, 90_679, 'and holds no more');
  t.equal(await system.codeOf({ ...request, 49: '826' }), '94', 'another currency is another message');

  t.equal(await system.codeOf(clearingOf(request, DOLLARS, converted(9400, '60940000'))), '00');
  t.same(await system.money(card), { ledger: 90_600, available: 90_600 }, 'the rate has moved since');
});

t.test('what the network did not convert goes by the tenant’s rate, which earns its spread', async (t) => {
  const card = system.card();
  const before = await system.books();
  const request = inCurrency(card, '840', DOLLARS);
  t.equal(await system.codeOf(request), '00');
  t.same(await system.money(card), { ledger: 100_000, available: 100_000 - BILLED });
  t.match(await system.entriesOf(request), [{ billed: BILLED, billedRate: '10000009', marks: 'converted' }]);
  await system.restart();
  t.equal(await system.codeOf(clearingOf(request, DOLLARS)), '00');
  t.same(await system.money(card), { ledger: 100_000 - BILLED, available: 100_000 - BILLED });
  const after = await system.books();
  t.equal(after.settlement - before.settlement, PLAIN);
  t.equal(after.fees - before.fees, SPREAD);
  t.equal(await system.codeOf(reversalOf(request)), '00');
  t.equal((await system.books()).fees, before.fees, 'a reversal gives that back too');
  t.same(await system.money(card), { ledger: 100_000, available: 100_000 });
});

t.test('amounts have the decimals of their currency: none of yen, three of dinars', async (t) => {
  for (const [tenant, currency, minor, billed, what] of [
    ['bank', '392', 10_000, 6100, '10,000 yen are 61.00 euro'],
    ['bank', '414', 1500, 450, '1.500 dinars are 4.49775 euro'],
    ['tokyo', '978', 500, 818, '5.00 euro are 817.5 yen'],
  ] as const) {
    const card = system.card(tenant);
    const { ledger } = await system.money(card);
    t.equal(await system.codeOf(inCurrency(card, currency, minor)), '00', what);
    t.same(await system.money(card), { ledger, available: ledger - billed });
  }
  const card = system.card('kuwait');
  t.equal(await system.codeOf(authorisation(card, 1)), '00');
  t.equal((await system.money(card)).available, 999_999, 'a fils');
});

t.test('a refund is converted the other way round: the tenant earns by it as well', async (t) => {
  const card = system.card();
  const before = await system.books();
  t.equal(await system.codeOf(inCurrency(card, '840', DOLLARS, { 0: '0200', 3: '200000' })), '00');
  const credited = PLAIN - SPREAD;
  t.same(await system.money(card), { ledger: 100_000 + credited, available: 100_000 + credited });
  const after = await system.books();
  t.same([after.settlement - before.settlement, after.fees - before.fees], [-PLAIN, SPREAD]);
});

t.test('parts of what was converted: increments, clearings and reversals', async (t) => {
  const card = system.card();
  const request = inCurrency(card, '840', DOLLARS, { 60: DE60.estimated });
  await system.ask(request);
  t.equal(await system.codeOf(incrementOf(request, 5000)), '00');
  t.equal((await system.money(card)).available, 100_000 - BILLED - BILLED / 2);
  t.equal(await system.codeOf(partialReversalOf(request, 4000)), '00');
  t.equal((await system.money(card)).available, 100_000 - 0.4 * BILLED - 0.5 * BILLED);
  t.equal(await system.codeOf(clearingOf(request, 3000, { 60: DE60.more })), '00');
  t.same(await system.money(card), { ledger: 100_000 - 0.3 * BILLED, available: 100_000 - 0.9 * BILLED });
  t.equal(await system.codeOf(clearingOf(request, 2000)), '00');
  t.same(await system.money(card), { ledger: 100_000 - 0.5 * BILLED, available: 100_000 - 0.5 * BILLED });
});

t.test('limits and balances are of what is billed', async (t) => {
  const card = system.card();
  t.equal(await system.codeOf(inCurrency(card, '840', 108_934)), '51', '1,000.00 and a cent');
  t.equal(await system.codeOf(inCurrency(card, '840', 108_933)), '00');
  t.equal((await system.money(card)).available, 0);
});

t.test('12 without a rate, of requests and advices, but a clearing is booked to suspense', async (t) => {
  const card = system.card();
  for (const mti of ['0100', '0120', '0200']) {
    t.equal(await system.codeOf(inCurrency(card, '752', 1000, { 0: mti })), '12', mti);
  }
  const byAnother = converted(1000, '60100000', '826');
  t.equal(await system.codeOf(inCurrency(card, '752', 1000, byAnother)), '12', 'nor by that of another');
  t.equal(await system.codeOf(inCurrency(card, '752', 1000, { 0: '0220' })), '00');
  t.same(await system.money(card), { ledger: 100_000, available: 100_000 });
  t.equal((await system.books('bank', 752)).suspense, -1000);
});

t.test('nothing is not what a purchase is converted to', async (t) => {
  const card = system.card();
  const free = inCurrency(card, '840', DOLLARS, converted(0, '00000000'));
  t.equal(await system.codeOf(free), '00');
  t.equal((await system.money(card)).available, 100_000 - BILLED, 'so it goes by the tenant’s rate');
});

t.test('what was converted stays so when the tenant’s rate changes', async (t) => {
  const [card, later] = [system.card(), system.card()];
  const request = inCurrency(card, '840', DOLLARS);
  await system.ask(request);
  const rates = TENANTS.bank.rates.map((rate) => (rate.from === '840' ? { ...rate, rate: '1.8' } : rate));
  await system.configure('bank', { rates });
  await system.restart();
  t.equal((await system.money(card)).available, 100_000 - BILLED);
  t.equal(await system.codeOf(repeatOf(request)), '00');
  await system.ask(inCurrency(later, '840', DOLLARS));
  t.equal((await system.money(later)).available, 100_000 - 2 * BILLED);
});

t.test('the journal proves itself', (t) => system.prove(t));
