import t from 'tap';
import { FLAG, RESPONSE } from '../../ledger/command.js';
import { DAY, OneTenant, RESTAURANT, type OneTenant as Tenant } from './one-tenant.js';

const FUEL = 5542;

/** A tenant that tolerates a fifth on top in restaurants, and all of 655.35 % at fuel pumps. */
function tolerant(): Tenant {
  const tenant = new OneTenant();
  const lasting = { holdMinutes: 7 * DAY, estimateMinutes: 7 * DAY };
  tenant.ask({ kind: 'setHoldRule', mcc: RESTAURANT, mccTo: RESTAURANT, tolerance: 2000, ...lasting });
  tenant.ask({ kind: 'setHoldRule', mcc: FUEL, mccTo: FUEL, tolerance: 65_535, ...lasting });
  return tenant;
}

t.test('a tip within the tolerance is charged', async (t) => {
  for (const flags of [FLAG.advice, 0]) {
    const tenant = tolerant();
    tenant.authorise({ key: 1, amount: 1000 });
    const told = tenant.buy({ originalKey: 1, amount: 1200, mcc: RESTAURANT, flags });
    t.equal(told.code, RESPONSE.approved);
    t.same(tenant.position(), {
      posted: 10_000_000 - 1200,
      held: 0,
      available: 10_000_000 - 1200,
      daySpent: 1200,
      dayCount: 1,
    });
  }
});

t.test('one unit more is in suspense of an advice, and refused of a request', async (t) => {
  const tenant = tolerant();
  tenant.authorise({ key: 1, amount: 1000 });
  const more = { originalKey: 1, amount: 1201, mcc: RESTAURANT };
  t.equal(tenant.buy(more).code, RESPONSE.invalidAmount);
  t.equal(tenant.present({ key: 2, ...more }).code, RESPONSE.approved);
  t.hasStrict(tenant.standing(2), { billed: 1201, posted: 1200, marks: 'overTolerance' });
  t.equal(tenant.book().suspense, -1);
});

t.test('the tolerance is that of the merchant’s category', async (t) => {
  const tenant = tolerant();
  tenant.authorise({ key: 1, amount: 1000 });
  t.equal(tenant.buy({ originalKey: 1, amount: 1001 }).code, RESPONSE.invalidAmount);
  t.equal(tenant.buy({ originalKey: 1, amount: 7553, mcc: FUEL }).code, RESPONSE.approved);
});

t.test('it is rounded down to the minor unit', async (t) => {
  for (const [amount, most] of [
    [4, 4],
    [5, 6],
    [9, 10],
    [10, 12],
    [12_344, 14_812],
    [123_456_789_014, 148_148_146_816],
  ] as const) {
    const tenant = new OneTenant({ perTransaction: 1e12, perDay: 1e13 });
    tenant.issue(2, {}, 1e12);
    const rule = { mcc: RESTAURANT, mccTo: RESTAURANT, holdMinutes: DAY, estimateMinutes: DAY };
    tenant.ask({ kind: 'setHoldRule', tolerance: 2000, ...rule });
    tenant.authorise({ key: 1, token: 2, amount });
    const asked = { token: 2, originalKey: 1, mcc: RESTAURANT };
    t.equal(tenant.buy({ ...asked, amount: most + 1 }).code, RESPONSE.invalidAmount, `${most} + 1`);
    t.equal(tenant.buy({ ...asked, amount: most }).code, RESPONSE.approved, `${most}`);
  }
});

t.test('it is of all that was approved, increments and all, less what was reversed', async (t) => {
  const tenant = tolerant();
  tenant.authorise({ key: 1, amount: 1000 });
  tenant.raise(1, { amount: 500 });
  tenant.reverse({ originalKey: 1, amount: 1000, kept: 500 });
  const asked = { originalKey: 1, mcc: RESTAURANT };
  t.equal(tenant.buy({ ...asked, amount: 1201 }).code, RESPONSE.invalidAmount);
  t.equal(tenant.buy({ ...asked, amount: 1200 }).code, RESPONSE.approved);
});

t.test('several clearings have it once together, not each', async (t) => {
  const tenant = tolerant();
  tenant.authorise({ key: 1, amount: 1000 });
  const part = { originalKey: 1, mcc: RESTAURANT, flags: FLAG.more };
  for (const [amount, code] of [
    [1100, RESPONSE.approved],
    [101, RESPONSE.invalidAmount],
    [100, RESPONSE.approved],
    [1, RESPONSE.invalidAmount],
  ] as const) {
    t.equal(tenant.buy({ ...part, amount }).code, code, `${amount}`);
  }
  tenant.present({ ...part, amount: 5000 });
  t.same(tenant.book(), { cardholders: 10_000_000 - 1200, settlement: 6200, suspense: -5000 });
  tenant.tick(7 * DAY);
  t.equal(tenant.position().held, 0);
});

t.test('the largest amounts with the largest tolerance stay within what a record counts', async (t) => {
  const amount = 999_999_999_999;
  const tenant = new OneTenant({ perTransaction: amount, perDay: 9 * amount });
  tenant.issue(2, {}, amount);
  const rule = { mcc: FUEL, mccTo: FUEL, holdMinutes: DAY, estimateMinutes: DAY };
  tenant.ask({ kind: 'setHoldRule', tolerance: 65_535, ...rule });
  tenant.authorise({ key: 1, token: 2, amount });
  const asked = { token: 2, originalKey: 1, mcc: FUEL, amount };
  t.equal(tenant.present({ ...asked, flags: FLAG.more }).code, RESPONSE.approved);
  t.equal(tenant.present({ key: 3, ...asked }).code, RESPONSE.approved);
  const most = 2 ** 40 - 1 - amount;
  t.hasStrict(tenant.standing(1), {
    status: 'cleared',
    amount,
    billed: amount,
    posted: 2 ** 40 - 1,
    held: 0,
  });
  t.hasStrict(tenant.standing(3), { posted: most, billed: amount, marks: 'overTolerance indebted' });
  t.same(tenant.book(), {
    cardholders: 10_000_000,
    settlement: 2 * amount,
    suspense: most - amount,
    standInDebt: -most,
  });
});
