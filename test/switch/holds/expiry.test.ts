import t from 'tap';
import { authorisation, reversalOf } from '../iso-client.js';
import { until } from '../running-switch.js';
import { clearingOf, DE60, repeatOf } from './messages.js';
import type { TenantName } from './tenants.js';
import { type HeldCard, HOUR_MS, TimedSwitch } from './timed-switch.js';

t.setTimeout(60_000);
const DAY = 24;
const system = await TimedSwitch.start(t);

async function held(card: HeldCard): Promise<number> {
  const { ledger, available } = await system.told(card);
  return ledger - available;
}

/** How long holds last, in hours; of an estimate, where that differs. */
const RULES: readonly [tenant: TenantName, mcc: string, hours: number, estimateHours: number][] = [
  ['tokyo', '7011', 7 * DAY, 7 * DAY],
  ['bank', '5411', 7 * DAY, 10 * DAY],
  ['bank', '7011', 7 * DAY, 30 * DAY],
  ['bank', '7512', 7 * DAY, 30 * DAY],
  ['bank', '5542', 2, 2],
  ['bank', '5813', 2 * DAY, 2 * DAY],
  ['club', '5411', 7 * DAY, 30 * DAY],
  ['club', '7011', 30 * DAY, 30 * DAY],
  ['club', '5542', 3 * DAY, 3 * DAY],
];

t.test('holds last by scheme, merchant category and tenant, and survive a restart', async (t) => {
  const holds: { card: HeldCard; hours: number; what: string }[] = [];
  for (const [tenant, mcc, hours, estimateHours] of RULES) {
    for (const [lasts, indicators, what] of [
      [hours, '000', `${tenant} ${mcc}`],
      [estimateHours, DE60.estimated, `${tenant} ${mcc}, estimated`],
    ] as const) {
      const card = system.card(tenant);
      await system.ask(authorisation(card, 100, { 18: mcc, 60: indicators }));
      holds.push({ card, hours: lasts, what });
    }
  }
  let passed = 0;
  for (const hour of [...new Set(holds.map(({ hours }) => hours))].sort((a, b) => a - b)) {
    if (hour - 1 > passed) await system.pass(hour - 1 - passed);
    for (const { card, hours, what } of holds) {
      t.equal(await held(card), hours >= hour ? 100 : 0, `${what} after ${hour - 1} hours`);
    }
    if (passed === 0) await system.restart();
    await system.pass(1);
    passed = hour;
  }
  for (const { card, what } of holds) t.equal(await held(card), 0, `${what} in the end`);
});

t.test('a hold whose time is up while the switch is down expires when it is there again', async (t) => {
  const card = system.card();
  const request = authorisation(card, 5000);
  const { 38: code } = await system.ask(request);
  system.now += 8 * DAY * HOUR_MS;
  await system.restart();
  await system.pass(1);
  t.same(await system.money(card), { ledger: 100_000, available: 100_000 });
  t.match(await system.ask(repeatOf(request)), { 39: '00', 38: code }, 'its answer stays what it was');
  t.equal(await held(card), 0, 'and is no new hold');
});

for (const [mti, answer] of [
  ['0220', '0230'],
  ['0200', '0210'],
] as const) {
  t.test(`${mti} after its hold has expired is booked, and marked as late`, async (t) => {
    const card = system.card();
    const request = authorisation(card, 30_000);
    await system.ask(request);
    await system.pass(7 * DAY);
    t.equal(await held(card), 0);
    const clearing = clearingOf(request, 30_000, { 0: mti });
    t.match(await system.ask(clearing), { 0: answer, 39: '00' });
    t.equal(await system.codeOf(repeatOf(clearing)), '00');
    t.same(await system.money(card), { ledger: 70_000, available: 70_000 });
    t.match(await system.entriesOf(clearing), [{ marks: 'late' }]);
    t.equal(await system.codeOf(clearingOf(request, 30_000, { 0: mti })), '94', 'once');
    t.same(await system.money(card), { ledger: 70_000, available: 70_000 });
  });
}

t.test('an advice that comes late is booked beyond what is left, which is stand-in debt', async (t) => {
  const card = system.card();
  const request = authorisation(card, 80_000);
  await system.ask(request);
  await system.pass(7 * DAY);
  await system.ask(authorisation(card, 90_000, { 0: '0200' }));
  const before = await system.books();
  const clearing = clearingOf(request, 80_000);
  t.equal(await system.codeOf(clearing), '00');
  t.same(await system.money(card), { ledger: -70_000, available: -70_000 });
  t.equal((await system.books()).standInDebt - before.standInDebt, -70_000);
  t.match(await system.entriesOf(clearing), [{ marks: 'late indebted' }]);
});

t.test('a request that comes late is refused what is not left', async (t) => {
  const card = system.card();
  const request = authorisation(card, 80_000);
  await system.ask(request);
  await system.pass(7 * DAY);
  await system.ask(authorisation(card, 90_000, { 0: '0200' }));
  t.equal(await system.codeOf(clearingOf(request, 80_000, { 0: '0200' })), '51');
  t.same(await system.money(card), { ledger: 10_000, available: 10_000 });
});

t.test('the reversal of a hold that has expired gives nothing back twice', async (t) => {
  const card = system.card();
  const request = authorisation(card, 30_000);
  await system.ask(request);
  await system.pass(7 * DAY);
  t.equal(await system.codeOf(reversalOf(request)), '00');
  t.same(await system.money(card), { ledger: 100_000, available: 100_000 });
});

t.test('what was cleared late is given back by a reversal', async (t) => {
  const card = system.card();
  const request = authorisation(card, 30_000);
  await system.ask(request);
  await system.pass(7 * DAY);
  await system.ask(clearingOf(request, 30_000));
  const reversal = reversalOf(request);
  t.equal(await system.codeOf(reversal), '00');
  t.equal(await system.codeOf(repeatOf(reversal)), '00');
  t.same(await system.money(card), { ledger: 100_000, available: 100_000 });
  t.match(await system.entriesOf(reversal), [{ command: 'reverse', marks: 'late' }]);
});

t.test('more holds than one command looks at expire all', async (t) => {
  const card = system.card();
  const replies = await system.client.requestAll(
    Array.from({ length: 1500 }, () => authorisation(card, 10, { 18: '5542' })),
  );
  t.same(new Set(replies.map((reply) => reply[39])), new Set(['00']));
  t.equal(await held(card), 15_000);
  await system.pass(2);
  await until('the next commands have looked at the rest', async () => (await held(card)) === 0);
  t.same(await system.money(card), { ledger: 100_000, available: 100_000 });
});

t.test('the journal proves itself', (t) => system.prove(t));
