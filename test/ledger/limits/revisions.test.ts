import t from 'tap';
import { apply } from '../../../ledger/apply.js';
import { Decision, RESPONSE } from '../../../ledger/command.js';
import { imageOf, restoreState, stateDigest } from '../../../ledger/state-image.js';
import type { TenantState } from '../../../ledger/tenant-state.js';
import { commandOf } from '../commands.js';
import { NOON } from '../one-tenant.js';
import { programOf, type Rule, RuledTenant } from './ruled-tenant.js';

const { approved, exceedsAmountLimit, invalidTransaction } = RESPONSE;
const DAY: Rule = { name: 'day', window: 'day', amount: 3000 };
const WEEK: Rule = { name: 'week', window: 'week', amount: 4000 };

t.test('another limit goes on with what was counted, another definition begins anew', async (t) => {
  const tenant = new RuledTenant();
  tenant.rule([DAY]);
  tenant.authorise({ amount: 2000 });
  tenant.rule([{ ...DAY, amount: 2500 }]);
  t.equal(tenant.authorise({ amount: 501 }).code, exceedsAmountLimit);
  tenant.rule([{ ...DAY, filter: { mcc: [[0, 9999]] } }]);
  t.equal(tenant.authorise({ amount: 3000 }).code, approved);
});

t.test('rules that stand at other places go on with what they counted', async (t) => {
  const tenant = new RuledTenant();
  // More than one row of slots.
  const others = Array.from(
    { length: 20 },
    (_, index): Rule => ({
      number: 100 + index,
      name: `other ${index}`,
      window: 'day',
      amount: 100_000,
    }),
  );
  tenant.rule([
    { ...DAY, number: 1 },
    { ...WEEK, number: 2 },
  ]);
  tenant.authorise({ amount: 2000 });
  tenant.rule([...others, { ...WEEK, number: 2 }, { ...DAY, number: 1 }]);
  t.equal(tenant.authorise({ amount: 1001 }).code, exceedsAmountLimit);
  t.equal(tenant.authorise({ amount: 500 }).code, approved);
  tenant.rule([{ ...WEEK, number: 2 }]);
  t.equal(tenant.authorise({ amount: 1501 }).code, exceedsAmountLimit);
  t.equal(tenant.authorise({ amount: 1500 }).code, approved);
});

t.test(
  'a message gives back to a counter that stands elsewhere by now, and to none that is gone',
  async (t) => {
    const tenant = new RuledTenant();
    tenant.rule([
      { ...DAY, number: 1 },
      { ...WEEK, number: 2 },
    ]);
    tenant.authorise({ key: 1, amount: 2000 });
    tenant.rule([{ ...WEEK, number: 2 }]);
    tenant.reverse({ originalKey: 1 });
    t.equal(tenant.authorise({ amount: 4000 }).code, approved);
  },
);

t.test('a text that is no set of rules is refused, and leaves what there is', async (t) => {
  const tenant = new RuledTenant();
  tenant.rule([{ each: 500 }]);
  const programs = [
    'x',
    '{}',
    programOf([{ each: 1, code: 0 }]),
    programOf([{ window: 'day' }]),
    programOf([{ amount: 1 }]),
    programOf([{ each: 1, scope: 'programme' }]),
    programOf([{ window: 'lifetime', amount: 1, carry: 1 }]),
    programOf([{ each: 1 }, { each: 1, number: 1 }]),
    programOf([DAY, { ...DAY, number: 9 }]),
    programOf([{ window: 'trailing', buckets: 97, amount: 1 }]),
  ];
  for (const program of programs) {
    const told = tenant.ask({ kind: 'setRules', level: 1, entity: 0, program });
    t.match(told, { code: invalidTransaction, journalled: false }, program.slice(0, 200));
  }
  const text = programOf([{ each: 1, scope: 'account' }]);
  for (const [level, entity] of [
    [1, 1],
    [4, 1],
    [5, 1],
    [2, 0],
    [6, 1],
    [5, 0],
  ] as const) {
    t.equal(
      tenant.ask({ kind: 'setRules', level, entity, program: text }).code,
      invalidTransaction,
      `${level} ${entity}`,
    );
  }
  t.equal(tenant.authorise().code, exceedsAmountLimit);
  t.equal(tenant.authorise({ amount: 500 }).code, approved);
});

function restored(state: TenantState): TenantState {
  const image = Buffer.concat([...imageOf(state)].map((part) => Buffer.from(part)));
  const restoring = restoreState();
  let at = 0;
  for (let next = restoring.next(); ; next = restoring.next()) {
    if (next.done) return next.value.state;
    const wanted = next.value;
    wanted.set(image.subarray(at, at + wanted.length));
    at += wanted.length;
  }
}

t.test('an image has rules and what they counted', async (t) => {
  const tenant = new RuledTenant();
  tenant.rule([
    { ...DAY, filter: { names: ['*É*'] } },
    { ...WEEK, number: 2 },
  ]);
  tenant.rule([{ each: 50_000 }], { level: 'card' });
  tenant.authorise({ key: 1, amount: 2000 });
  const state = restored(tenant.state);
  t.same(stateDigest(state), stateDigest(tenant.state));
  const decision = new Decision();
  const message = { kind: 'authorise', token: 1, currency: 978, channels: 1 } as const;
  for (const one of [state, tenant.state]) {
    apply(one, commandOf({ ...message, key: 2, amount: 2001 }), NOON, decision);
    t.match(decision, { responseCode: exceedsAmountLimit, rule: 2 });
    apply(one, commandOf({ kind: 'reverse', token: 1, key: 3, originalKey: 1 }), NOON, decision);
    apply(one, commandOf({ ...message, key: 4, amount: 4000 }), NOON, decision);
    t.equal(decision.responseCode, approved);
  }
  t.same(stateDigest(state), stateDigest(tenant.state));
});
