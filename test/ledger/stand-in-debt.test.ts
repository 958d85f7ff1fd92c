import t from 'tap';
import { FLAG, RESPONSE } from '../../ledger/command.js';
import { EUR, OneTenant } from './one-tenant.js';

const FULL = 10_000_000;

/** Card 2, of an account with 10.00 that may be overdrawn by 5.00. */
function opened(): OneTenant {
  const tenant = new OneTenant();
  tenant.ask({ kind: 'openAccount', account: 1, currency: EUR, overdraft: 500 });
  tenant.ask({ kind: 'credit', account: 1, currency: EUR, amount: 1000 });
  tenant.ask({ kind: 'issueCard', token: 2, account: 1, expiry: 2612, channels: 31 });
  return tenant;
}

t.test('the overdraft line can be used, and is no debt', async (t) => {
  const tenant = opened();
  t.equal(tenant.authorise({ token: 2, amount: 1501 }).code, RESPONSE.insufficientFunds);
  t.equal(tenant.authorise({ token: 2, amount: 1500 }).code, RESPONSE.approved);
  t.same(tenant.book(), { cardholders: FULL - 500, holds: 1500 });
  t.equal(tenant.position(2).available, 0);
});

t.test('what an advice holds beyond it is debt', async (t) => {
  const tenant = opened();
  tenant.advise({ key: 1, token: 2, amount: 1500 });
  t.equal(tenant.standing(1)!.marks, '', 'to the last unit');
  tenant.advise({ key: 3, token: 2, amount: 1 });
  t.equal(tenant.standing(3)!.marks, 'indebted');
  t.same(tenant.book(), { cardholders: FULL - 500, holds: 1501, standInDebt: -1 });
  t.equal(tenant.authorise({ token: 2, amount: 1 }).code, RESPONSE.insufficientFunds);
});

t.test('what is cleared without a hold is debt just so', async (t) => {
  const tenant = opened();
  tenant.present({ key: 1, token: 2, amount: 1700 });
  t.equal(tenant.standing(1)!.marks, 'forced indebted');
  t.same(tenant.book(), { cardholders: FULL - 500, settlement: 1700, standInDebt: -200 });
});

t.test('what comes in pays it back first, whatever it is', async (t) => {
  const ways: [string, (tenant: OneTenant) => void][] = [
    ['money', (tenant) => tenant.ask({ kind: 'credit', account: 1, currency: EUR, amount: 300 })],
    ['a refund', (tenant) => tenant.buy({ token: 2, amount: 300, processingCode: 200_000 })],
    ['a hold that is released', (tenant) => tenant.reverse({ token: 2, originalKey: 1 })],
    ['one that is released in part', (tenant) => tenant.reverse({ token: 2, originalKey: 1, kept: 0 })],
    ['a smaller completion', (tenant) => tenant.present({ token: 2, originalKey: 1, amount: 0 })],
    ['a clearing that is reversed', (tenant) => tenant.reverse({ token: 2, originalKey: 3, kept: 1100 })],
  ];
  for (const [name, come] of ways) {
    const tenant = opened();
    tenant.authorise({ key: 1, token: 2, amount: 300 });
    tenant.present({ key: 3, token: 2, amount: 1400 });
    t.equal(tenant.book().standInDebt, -200);
    come(tenant);
    t.equal(tenant.book().standInDebt, undefined, name);
    t.equal(tenant.position(2).available, 100, name);
  }
});

t.test('a completion of what was held makes no debt; a late one may', async (t) => {
  const tenant = opened();
  tenant.authorise({ key: 1, token: 2, amount: 1500 });
  tenant.present({ key: 3, token: 2, originalKey: 1, amount: 1500 });
  t.equal(tenant.standing(3)!.marks, '');
  t.same(tenant.book(), { cardholders: FULL - 500, settlement: 1500 });
});

t.test('a tip within the tolerance may', async (t) => {
  const tenant = opened();
  const rule = { mcc: 0, mccTo: 9999, holdMinutes: 60, estimateMinutes: 60, tolerance: 2000 };
  tenant.ask({ kind: 'setHoldRule', ...rule });
  tenant.authorise({ key: 1, token: 2, amount: 1500 });
  t.equal(tenant.buy({ key: 3, token: 2, originalKey: 1, amount: 1700 }).code, RESPONSE.approved);
  t.equal(tenant.standing(3)!.marks, 'indebted');
  t.equal(tenant.book().standInDebt, -200);
});

t.test('a refund that is taken back may', async (t) => {
  const tenant = opened();
  tenant.buy({ key: 1, token: 2, amount: 100, processingCode: 200_000 });
  tenant.authorise({ token: 2, amount: 1600 });
  tenant.reverse({ token: 2, originalKey: 1 });
  t.equal(tenant.book().standInDebt, -100);
  t.equal(tenant.position(2).available, -100);
});

t.test('each account has its own; none pays another’s', async (t) => {
  const tenant = opened();
  tenant.issue(3, {}, 100);
  tenant.present({ token: 2, amount: 2000 });
  tenant.present({ token: 3, amount: 400, flags: FLAG.advice });
  t.equal(tenant.book().standInDebt, -800);
  tenant.ask({ kind: 'credit', account: 2, currency: EUR, amount: 9000 });
  t.equal(tenant.book().standInDebt, -500);
});
