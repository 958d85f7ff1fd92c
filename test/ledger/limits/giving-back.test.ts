import t from 'tap';
import { FLAG, RESPONSE } from '../../../ledger/command.js';
import { DAY, HOUR } from '../one-tenant.js';
import { RuledTenant } from './ruled-tenant.js';

const { approved, exceedsAmountLimit } = RESPONSE;
const MONTH = { window: 'month', amount: 5000 } as const;

/** What is left of {@link MONTH} for card 1: the most that could be authorised. */
function left(tenant: RuledTenant): number {
  for (let amount = 10_000; amount > 0; amount -= 100) {
    const key = tenant.nextKey();
    if (tenant.authorise({ key, amount }).code !== approved) continue;
    tenant.reverse({ originalKey: key });
    return amount;
  }
  return 0;
}

function spent(amount: number): RuledTenant {
  const tenant = new RuledTenant();
  tenant.rule([MONTH]);
  tenant.authorise({ key: 1, amount, mcc: 5812 });
  return tenant;
}

t.test('a reversal gives all of it back', async (t) => {
  const tenant = spent(3000);
  t.equal(left(tenant), 2000);
  tenant.reverse({ originalKey: 1 });
  t.equal(left(tenant), 5000);
  tenant.reverse({ originalKey: 1 });
  t.equal(left(tenant), 5000, 'and once');
});

t.test('a partial reversal gives a part back', async (t) => {
  const tenant = spent(3000);
  tenant.reverse({ originalKey: 1, amount: 3000, kept: 1000 });
  t.equal(left(tenant), 4000);
});

t.test('what expires is given back', async (t) => {
  const tenant = spent(3000);
  tenant.tick(7 * DAY);
  t.equal(tenant.standing(1)?.status, 'expired');
  t.equal(left(tenant), 5000);
});

t.test('a smaller clearing gives the rest back, a larger one takes more', async (t) => {
  const smaller = spent(3000);
  smaller.present({ originalKey: 1, amount: 2000 });
  t.equal(left(smaller), 3000);
  const larger = spent(3000);
  larger.ask({ kind: 'setHoldRule', mcc: 5812, mccTo: 5812, holdMinutes: DAY, tolerance: 2000 });
  larger.present({ originalKey: 1, amount: 3500, mcc: 5812 });
  t.equal(left(larger), 1500);
});

t.test('a reversed clearing is given back', async (t) => {
  const tenant = spent(3000);
  tenant.present({ key: 2, originalKey: 1, amount: 3000 });
  tenant.reverse({ originalKey: 2 });
  t.equal(left(tenant), 5000);
});

t.test('an increment counts with its authorisation, and is given back with it or alone', async (t) => {
  const tenant = spent(2000);
  tenant.raise(1, { key: 2, amount: 1000 });
  t.equal(left(tenant), 2000);
  tenant.reverse({ originalKey: 2 });
  t.equal(left(tenant), 3000);
  tenant.raise(1, { key: 3, amount: 1000 });
  tenant.reverse({ originalKey: 1 });
  t.equal(left(tenant), 5000);
});

t.test('an increment may not take its authorisation beyond a cap, or a window', async (t) => {
  const tenant = new RuledTenant();
  tenant.rule([{ each: 2500 }, { number: 2, window: 'day', amount: 4000 }]);
  tenant.authorise({ key: 1, amount: 2000 });
  t.equal(tenant.raise(1, { amount: 501 }).code, exceedsAmountLimit);
  t.equal(tenant.decision.rule, 1);
  t.equal(tenant.raise(1, { amount: 500 }).code, approved);
  t.equal(tenant.authorise({ amount: 1501 }).code, exceedsAmountLimit);
  t.equal(tenant.decision.rule, 2);
  t.equal(tenant.authorise({ amount: 1500 }).code, approved);
});

t.test('a request that was answered 91 is undone, as if it had never come', async (t) => {
  const tenant = spent(3000);
  tenant.ask({ kind: 'voidRequest', key: 1 });
  t.equal(left(tenant), 5000);
});

t.test('an advice counts, whatever the rules say of it', async (t) => {
  const tenant = spent(3000);
  t.equal(tenant.advise({ amount: 4000 }).code, approved);
  t.equal(left(tenant), 0);
});

t.test('a rule that keeps what it counted gives nothing back', async (t) => {
  const tenant = new RuledTenant();
  tenant.rule([{ window: 'day', count: 2, keeps: true, code: RESPONSE.exceedsCountLimit }]);
  for (const key of [1, 2]) {
    t.equal(tenant.authorise({ key }).code, approved);
    tenant.reverse({ originalKey: key });
  }
  t.equal(tenant.authorise().code, RESPONSE.exceedsCountLimit);
});

t.test('but for what was answered 91: that never was', async (t) => {
  for (const kind of ['authorise', 'buy'] as const) {
    const tenant = new RuledTenant();
    tenant.rule([{ window: 'day', count: 1, amount: 1000, keeps: true, code: RESPONSE.exceedsCountLimit }]);
    const key = kind === 'buy' ? tenant.financialKey(1) : { key: 1 };
    t.equal(tenant[kind](key).code, approved);
    t.equal(tenant.authorise().code, RESPONSE.exceedsCountLimit);
    tenant.ask({ kind: 'voidRequest', ...key });
    t.equal(tenant.authorise().code, approved, kind);
  }
});

t.test('what is given back when its day is over takes nothing from the new one', async (t) => {
  const tenant = new RuledTenant();
  tenant.rule([{ window: 'day', amount: 2000 }]);
  tenant.authorise({ key: 1, amount: 2000 });
  tenant.tick(DAY);
  tenant.authorise({ amount: 2000 });
  tenant.reverse({ originalKey: 1 });
  t.equal(tenant.authorise({ amount: 100 }).code, exceedsAmountLimit);
});

t.test('of a trailing window, what is given back leaves the hour in which it was taken', async (t) => {
  const tenant = new RuledTenant();
  tenant.rule([{ window: 'trailing', bucketMinutes: 60, buckets: 3, amount: 3000 }]);
  tenant.authorise({ key: 1, amount: 1000 });
  tenant.tick(HOUR);
  tenant.authorise({ key: 2, amount: 2000 });
  t.equal(tenant.authorise({ amount: 100 }).code, exceedsAmountLimit);
  tenant.reverse({ originalKey: 1 });
  t.equal(tenant.authorise({ amount: 1000 }).code, approved);
});

t.test('partial clearings count as they come, and what is never cleared is given back', async (t) => {
  const tenant = spent(4000);
  tenant.present({ originalKey: 1, amount: 1000, flags: FLAG.more });
  t.equal(left(tenant), 1000);
  tenant.tick(7 * DAY);
  t.equal(left(tenant), 4000);
});

t.test('what messages remember of counters is forgotten with the last of them', async (t) => {
  const tenant = spent(1000);
  tenant.authorise({ key: 2 });
  t.equal(tenant.state.rules.counted.numbers()[0], 1, 'both counted alike');
  tenant.tick(60 * DAY);
  t.equal(tenant.standing(1), undefined);
  t.same(tenant.state.rules.counted.numbers(), [1, 0, 0, 0], 'one list, which is free');
});
