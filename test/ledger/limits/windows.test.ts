import t from 'tap';
import { RESPONSE } from '../../../ledger/command.js';
import { LEVEL } from '../../../ledger/limits/place.js';
import { WINDOW } from '../../../ledger/limits/window.js';
import { DAY, HOUR, NOON } from '../one-tenant.js';
import { type Rule, RuledTenant } from './ruled-tenant.js';

const { approved, exceedsAmountLimit } = RESPONSE;
type Scope = keyof typeof LEVEL;
type WindowName = keyof typeof WINDOW;

/** For each window, what says it, and minutes from noon of Monday, 15 June 2026 to a time within and one after it. */
const WINDOWS: readonly { readonly rule: Rule; readonly within: number; readonly after: number }[] = [
  { rule: { window: 'day' }, within: 12 * HOUR - 1, after: 12 * HOUR },
  { rule: { window: 'week' }, within: 6.5 * DAY - 1, after: 6.5 * DAY },
  { rule: { window: 'week', start: 2 }, within: 1.5 * DAY - 1, after: 1.5 * DAY },
  { rule: { window: 'month' }, within: 15.5 * DAY - 1, after: 15.5 * DAY },
  { rule: { window: 'month', start: 20 }, within: 4.5 * DAY - 1, after: 4.5 * DAY },
  { rule: { window: 'year' }, within: 180 * DAY, after: 200 * DAY },
  { rule: { window: 'year', start: 1, startMonth: 7 }, within: 15.5 * DAY - 1, after: 15.5 * DAY },
  { rule: { window: 'trailing', bucketMinutes: 60, buckets: 24 }, within: 24 * HOUR, after: 25 * HOUR },
  { rule: { window: 'trailing', bucketMinutes: 1, buckets: 90 }, within: 90, after: 91 },
];
const SCOPES = ['card', 'account', 'holder', 'group', 'tenant'] as const;

/** A tenant whose card 2 is of a group, and its account of a holder. */
function member(): RuledTenant {
  const tenant = new RuledTenant();
  const account = tenant.issue(2, { expiry: 3012 }, 100_000);
  tenant.ask({ kind: 'changeCard', token: 2, expiry: 3012, channels: 31, group: 7 });
  tenant.ask({ kind: 'setHolder', account, holder: 9 });
  return tenant;
}

for (const scope of SCOPES) {
  for (const { rule, within, after } of WINDOWS) {
    const what = JSON.stringify(rule);
    t.test(`an amount of each ${scope} over ${what}`, async (t) => {
      const tenant = member();
      tenant.rule([{ ...rule, scope, amount: 3000 }]);
      t.equal(tenant.buy({ token: 2, amount: 2000 }).code, approved);
      tenant.tick(within);
      t.equal(
        tenant.authorise({ token: 2, amount: 1001 }).code,
        exceedsAmountLimit,
        'what was spent still counts',
      );
      t.equal(tenant.decision.rule, 1);
      tenant.now = NOON;
      tenant.tick(after);
      t.equal(tenant.authorise({ token: 2, amount: 3000 }).code, approved, 'it does not any more');
    });

    t.test(`a number of each ${scope} over ${what}`, async (t) => {
      const tenant = member();
      tenant.rule([{ ...rule, scope, count: 2, code: RESPONSE.exceedsCountLimit }]);
      t.equal(tenant.buy({ token: 2 }).code, approved);
      t.equal(tenant.buy({ token: 2 }).code, approved);
      tenant.tick(within);
      t.equal(tenant.authorise({ token: 2 }).code, RESPONSE.exceedsCountLimit);
      tenant.now = NOON;
      tenant.tick(after);
      t.equal(tenant.authorise({ token: 2 }).code, approved);
    });
  }
}

t.test('a lifetime has no end', async (t) => {
  const tenant = new RuledTenant();
  tenant.rule([{ window: 'lifetime', count: 1, code: RESPONSE.exceedsCountLimit }]);
  t.equal(tenant.buy().code, approved);
  tenant.tick(190 * DAY);
  t.equal(tenant.authorise().code, RESPONSE.exceedsCountLimit, 'single use');
});

t.test('a cap of each message counts nothing', async (t) => {
  const tenant = new RuledTenant();
  tenant.rule([{ each: 5000 }]);
  t.equal(tenant.authorise({ amount: 5000 }).code, approved);
  t.equal(tenant.authorise({ amount: 5001 }).code, exceedsAmountLimit);
  t.equal(tenant.authorise({ amount: 5000 }).code, approved);
  t.equal(tenant.state.rules.counters.length, 0);
});

t.test('counters are of each card, account, holder and group, and of all of the tenant', async (t) => {
  for (const [scope, ...codes] of [
    // Another card of the account, another account of the holder, another card of the group, and one of none.
    ['card', approved, approved, approved, approved],
    ['account', exceedsAmountLimit, approved, approved, approved],
    ['holder', exceedsAmountLimit, exceedsAmountLimit, approved, approved],
    ['group', approved, approved, exceedsAmountLimit, approved],
    ['tenant', exceedsAmountLimit, exceedsAmountLimit, exceedsAmountLimit, exceedsAmountLimit],
  ] as const) {
    const tenant = new RuledTenant();
    const inGroup = (token: number) =>
      tenant.ask({ kind: 'changeCard', token, expiry: 2612, channels: 31, group: 7 });
    tenant.ask({ kind: 'issueCard', token: 2, account: 0, expiry: 2612, channels: 31 });
    const other = tenant.issue(3, {}, 100_000);
    for (const account of [0, other]) tenant.ask({ kind: 'setHolder', account, holder: 9 });
    tenant.issue(4, {}, 100_000);
    for (const token of [1, 4]) inGroup(token);
    tenant.issue(5, {}, 100_000);
    tenant.rule([{ window: 'day', scope, amount: 1000 }]);
    t.equal(tenant.authorise({ token: 1 }).code, approved);
    for (const [index, code] of codes.entries()) {
      t.equal(tenant.authorise({ token: 2 + index }).code, code, `${scope}: card ${2 + index}`);
    }
  }
});

t.test('a rule of a group or a holder is not for who has none', async (t) => {
  for (const scope of ['group', 'holder'] as const) {
    const tenant = new RuledTenant();
    tenant.rule([{ window: 'day', scope, count: 1, code: RESPONSE.exceedsCountLimit }]);
    for (let times = 0; times < 3; times++) t.equal(tenant.authorise().code, approved);
  }
});

t.test('every window has a case above', async (t) => {
  const shown = new Set(WINDOWS.map(({ rule }) => rule.window));
  const others: readonly WindowName[] = ['transaction', 'lifetime', 'authentication'];
  t.same(new Set([...shown, ...others]), new Set(Object.keys(WINDOW)));
  // A programme has a counter in each of its tenants.
  const scopes: readonly Scope[] = [...SCOPES, 'programme'];
  t.same(new Set(scopes), new Set(Object.keys(LEVEL)));
});
