import t from 'tap';
import type { Progress } from '../../../ledger/back-test/run-back-test.js';
import { runBackTest } from '../../../ledger/back-test/run-back-test.js';
import { RESPONSE } from '../../../ledger/command.js';
import { LEVEL } from '../../../ledger/limits/place.js';
import { listTenants } from '../../../ledger/list-tenants.js';
import { connected, FreshDatabases } from '../fresh-databases.js';
import { PARIS } from '../limits/paris.js';
import { programOf, type Rule } from '../limits/ruled-tenant.js';
import { EUR, POS, RESTAURANT } from '../one-tenant.js';
import { RunningLedger } from '../running-ledger.js';

const CARDS = 500;
const GROUP = 500;
const MESSAGES = 100_000;
const MINUTE_MS = 60_000;

const databases = await FreshDatabases.start(t);
const url = await databases.create();
const running = await RunningLedger.open(t, url, ['lydia']);
const client = await connected(t, url);
const [tenant] = await listTenants(client);

const ACTIVE: readonly Rule[] = [
  { number: 1, name: 'no gambling', kind: 'block', filter: { mcc: [[7995, 7995]] }, code: 57 },
  { number: 2, name: 'day', window: 'day', amount: 12_000, partial: true },
  { number: 3, name: 'month', window: 'month', scope: 'account', amount: 20_000, carry: 1000 },
  {
    number: 4,
    name: 'restaurants',
    window: 'trailing',
    bucketMinutes: 60,
    buckets: 24,
    filter: { mcc: [[RESTAURANT, RESTAURANT]] },
    count: 2,
    code: RESPONSE.exceedsCountLimit,
  },
  { number: 5, name: 'tenant', window: 'day', scope: 'tenant', amount: 3_500_000 },
  { number: 6, name: 'tried', window: 'day', amount: 4000, shadow: true },
];

const set = (rules: readonly Rule[]) => ({
  kind: 'setRules' as const,
  level: LEVEL.tenant,
  program: rules.length === 0 ? '' : programOf(rules, PARIS),
});
const draft = (rules: readonly Rule[]) => [
  { level: LEVEL.tenant, entity: 0, program: rules.length === 0 ? '' : programOf(rules, PARIS) },
];

/** A journal of 100,000 authorisations, clearings and reversals among them; nothing is random. */
async function write(): Promise<void> {
  running.ask(0, {
    kind: 'setLimits',
    currency: EUR,
    channels: 31,
    perTransaction: 1e7,
    perDay: 1e9,
    perDayCount: 1e6,
  });
  for (let card = 0; card < CARDS; card++) {
    running.ask(0, { kind: 'openAccount', account: card, currency: EUR });
    running.ask(0, { kind: 'credit', account: card, currency: EUR, amount: 500_000 });
    running.ask(0, { kind: 'issueCard', token: 1 + card, account: card, expiry: 2912, channels: 31 });
  }
  running.ask(0, set(ACTIVE));
  await running.commit();
  for (let key = 1; key <= MESSAGES; key++) {
    const amount = 300 + ((key * 7919) % 4700);
    const mcc = [5411, RESTAURANT, 4111, 7995][(key * 31) % 4]!;
    const token = 1 + ((key * 104_729) % CARDS);
    const message = { token, key, amount, currency: EUR, channels: POS, mcc, fingerprint: amount };
    running.ask(0, { kind: 'authorise', ...message, flags: key % 3 === 0 ? 16 : 0 });
    if (key % 11 === 0)
      running.ask(0, { kind: 'reverse', token, key: 1e6 + key, originalKey: key, fingerprint: key });
    else if (key % 2 === 0) {
      running.ask(0, {
        kind: 'clear',
        ...message,
        key: 2e6 + key,
        originalKey: key,
        flags: 1,
        amount: amount - 100,
      });
    }
    if (key % GROUP !== 0) continue;
    running.now += 20 * MINUTE_MS;
    running.ask(0, { kind: 'advanceTime' });
    await running.commit();
  }
}
await write();
const ROWS = 1 + MESSAGES / GROUP;

t.test('the rules that were in force decide everything again as it was decided', async (t) => {
  const said: Progress[] = [];
  const report = await runBackTest(client, tenant!, {
    drafts: draft(ACTIVE),
    from: 2,
    onProgress: (one) => said.push(one),
  });
  t.match(report, { from: 2, to: ROWS, messages: MESSAGES, differences: 0, examples: [] });
  t.ok(report.outcomes.declinedAsBefore > 10_000, `${report.outcomes.declinedAsBefore} were declined`);
  t.same(report.approvedAfter, report.approvedBefore);
  t.ok(report.rules.every(({ newly }) => newly === 0));
  t.same(
    report.rules.map(({ rule }) => rule),
    [1, 2, 3, 4, 5],
    'every rule decided something',
  );
  t.ok(said.every(({ seq, to }) => seq <= to));
});

t.test('also from a row in the middle, as the state has what was counted', async (t) => {
  const report = await runBackTest(client, tenant!, { drafts: draft(ACTIVE), from: 120, to: 180 });
  t.match(report, { messages: 61 * GROUP, differences: 0 });
});

t.test('without rules, what they declined is approved, and told with amounts and examples', async (t) => {
  const report = await runBackTest(client, tenant!, { drafts: draft([]), from: 2, to: 40 });
  const { outcomes } = report;
  t.ok(outcomes.newlyApproved > 0 && outcomes.newlyDeclined === 0, JSON.stringify(outcomes));
  t.ok(report.approvedAfter.billed[EUR]! > report.approvedBefore.billed[EUR]!);
  const approved = report.approvedBefore.messages + outcomes.newlyApproved;
  t.equal(report.approvedAfter.messages, approved);
  const examples = report.examples.filter(({ outcome }) => outcome === 'newlyApproved');
  t.equal(examples.length, 20);
  for (const { before, after } of examples) {
    t.ok(before.rule > 0 && after.rule === 0 && after.responseCode === 0);
  }
});

t.test('a stricter rule declines more, by its name and amount', async (t) => {
  const stricter = ACTIVE.map((rule) => (rule.name === 'day' ? { ...rule, amount: 3000 } : rule));
  const report = await runBackTest(client, tenant!, { drafts: draft(stricter), from: 2, to: 80 });
  const day = report.rules.find(({ rule }) => rule === 2)!;
  t.ok(day.newly > 0 && day.billedBefore[EUR]! > 0, JSON.stringify(day));
  t.ok(report.outcomes.newlyDeclined > 0);
});

t.test('a new rule counts from the warm-up on, and decides from the first row', async (t) => {
  const added: readonly Rule[] = [
    ...ACTIVE,
    { number: 9, name: 'lifetime', window: 'lifetime', amount: 5000 },
  ];
  const cold = await runBackTest(client, tenant!, { drafts: draft(added), from: 60, to: 70 });
  const warm = await runBackTest(client, tenant!, { drafts: draft(added), from: 60, to: 70, warmUpFrom: 2 });
  const declined = (report: typeof cold) => report.rules.find(({ rule }) => rule === 9)?.decided ?? 0;
  t.ok(declined(warm) > declined(cold), `${declined(warm)} with, ${declined(cold)} without`);
  const idle = await runBackTest(client, tenant!, { drafts: draft(ACTIVE), from: 60, to: 70, warmUpFrom: 2 });
  t.equal(idle.differences, 0, 'the rules in force are counted once');
});

t.test('a draft that is none, and a stretch that is none, are refused', async (t) => {
  const bad = [{ level: LEVEL.tenant, entity: 0, program: '{}' }];
  await t.rejects(runBackTest(client, tenant!, { drafts: bad, from: 2 }), /draft can’t be used/);
  for (const stretch of [{ from: 0 }, { from: ROWS + 1 }, { from: 5, to: 4 }, { from: 5, warmUpFrom: 6 }]) {
    await t.rejects(runBackTest(client, tenant!, { drafts: draft(ACTIVE), ...stretch }), /there are no rows/);
  }
});
