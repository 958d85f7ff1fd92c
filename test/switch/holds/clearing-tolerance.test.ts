import t from 'tap';
import { authorisation } from '../iso-client.js';
import { clearingOf, DE60, incrementOf } from './messages.js';
import type { TenantName } from './tenants.js';
import { TimedSwitch } from './timed-switch.js';

t.setTimeout(60_000);
const system = await TimedSwitch.start(t);

const RULES: readonly [tenant: TenantName, mcc: string, held: number, most: number, what: string][] = [
  ['bank', '5411', 10_000, 10_000, 'a grocery has none'],
  ['bank', '5812', 10_000, 12_000, 'a restaurant has 20 %, for a tip'],
  ['bank', '5812', 333, 399, 'rounded down'],
  ['bank', '7011', 10_000, 11_500, 'a hotel has 15 %'],
  ['bank', '5813', 10_000, 15_000, 'a rule of the tenant wins over its scheme'],
  ['bank', '5542', 100, 15_100, 'a fuel pump asks for one unit, and clears what was pumped'],
  ['club', '5812', 10_000, 12_000, 'a restaurant'],
  ['club', '3501', 10_000, 11_500, 'a chain of hotels'],
  ['tokyo', '5812', 500, 500, 'a tenant without a scheme has no tolerance'],
];

for (const [tenant, mcc, held, most, what] of RULES) {
  t.test(`${tenant}, merchant category ${mcc}: ${most} of ${held}, as ${what}`, async (t) => {
    const card = system.card(tenant);
    const { ledger } = await system.money(card);
    const request = authorisation(card, held, { 18: mcc });
    await system.ask(request);
    const over = clearingOf(request, most + 1, { 0: '0200' });
    t.equal(await system.codeOf(over), '13', 'a request for more is refused');
    t.same(await system.money(card), { ledger, available: ledger - held }, 'and the hold stays');
    t.equal(await system.codeOf(clearingOf(request, most, { 0: '0200' })), '00');
    t.same(await system.money(card), { ledger: ledger - most, available: ledger - most });
  });
}

t.test(
  'an advice above the tolerance is booked: what is above is nobody’s until it is decided',
  async (t) => {
    const card = system.card();
    const request = authorisation(card, 10_000, { 18: '5812' });
    await system.ask(request);
    const before = await system.books();
    const advice = clearingOf(request, 12_345);
    t.equal(await system.codeOf(advice), '00');
    t.same(await system.money(card), { ledger: 88_000, available: 88_000 });
    const after = await system.books();
    t.equal(after.settlement - before.settlement, 12_345, 'the network is owed all of it');
    t.equal(after.suspense - before.suspense, -345);
    t.match(await system.entriesOf(advice), [{ marks: 'overTolerance', amount: 12_345 }]);
  },
);

t.test('a tolerance is of all that was authorised, once, however many clearings come', async (t) => {
  const card = system.card();
  const request = authorisation(card, 10_000, { 18: '5812', 60: DE60.estimated });
  await system.ask(request);
  await system.ask(incrementOf(request, 5000));
  t.equal(await system.codeOf(clearingOf(request, 10_000, { 0: '0200', 60: DE60.more })), '00');
  t.same(await system.money(card), { ledger: 90_000, available: 85_000 });
  t.equal(await system.codeOf(clearingOf(request, 8001, { 0: '0200' })), '13', '15,000 and 20 % of it');
  t.equal(await system.codeOf(clearingOf(request, 8000, { 0: '0200' })), '00');
  t.same(await system.money(card), { ledger: 82_000, available: 82_000 });
});

t.test('a part that uses the tolerance leaves less of it for the next', async (t) => {
  const card = system.card();
  const request = authorisation(card, 10_000, { 18: '5812' });
  await system.ask(request);
  t.equal(await system.codeOf(clearingOf(request, 11_000, { 0: '0200', 60: DE60.more })), '00');
  t.equal(await system.codeOf(clearingOf(request, 1001, { 0: '0200' })), '13');
  t.equal(await system.codeOf(clearingOf(request, 1000, { 0: '0200' })), '00');
  t.same(await system.money(card), { ledger: 88_000, available: 88_000 });
});

t.test('a tolerance may overdraw an account, which is in stand-in debt then', async (t) => {
  const card = system.card();
  const request = authorisation(card, 100_000, { 18: '5812' });
  await system.ask(request);
  const before = await system.books();
  const clearing = clearingOf(request, 120_000, { 0: '0200' });
  t.equal(await system.codeOf(clearing), '00');
  t.same(await system.money(card), { ledger: -20_000, available: -20_000 });
  const after = await system.books();
  t.equal(after.standInDebt - before.standInDebt, -20_000);
  t.match(await system.entriesOf(clearing), [{ marks: 'indebted' }]);
  t.equal(await system.codeOf(authorisation(card, 1)), '51');
});

t.test('the journal proves itself', (t) => system.prove(t));
