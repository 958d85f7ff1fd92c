import t from 'tap';
import { CARD_STATUS, RESPONSE } from '../../ledger/command.js';
import { DAY, EUR, OneTenant } from './one-tenant.js';

const FULL = 10_000_000;

t.test('a clearing after its hold expired is booked and marked', async (t) => {
  const tenant = new OneTenant();
  tenant.authorise({ key: 1 });
  tenant.tick(7 * DAY);
  t.equal(tenant.standing(1)!.status, 'expired');
  t.same(tenant.present({ key: 2, originalKey: 1 }), {
    code: RESPONSE.approved,
    approvalCode: 0,
    journalled: true,
  });
  t.hasStrict(tenant.standing(2), { status: 'clearing', posted: 1000, marks: 'late' });
  t.hasStrict(tenant.standing(1), { status: 'cleared', held: 0, posted: 1000 });
  t.same(tenant.book(), { cardholders: FULL - 1000, settlement: 1000 });
});

t.test('so is one after its hold was reversed, into debt if need be', async (t) => {
  const tenant = new OneTenant();
  tenant.issue(2, {}, 1000);
  tenant.authorise({ key: 1, token: 2 });
  tenant.reverse({ token: 2, originalKey: 1 });
  tenant.buy({ token: 2, amount: 800 });
  tenant.present({ key: 2, token: 2, originalKey: 1 });
  t.hasStrict(tenant.standing(2), { marks: 'late indebted' });
  t.same(tenant.book(), { cardholders: FULL, settlement: 1800, standInDebt: -800 });
});

t.test('a request after its hold is gone is decided anew', async (t) => {
  const tenant = new OneTenant({ perDayCount: 1 });
  const account = tenant.issue(2, {}, 1000);
  tenant.authorise({ key: 1, token: 2 });
  tenant.tick(7 * DAY);
  tenant.present({ token: 2, amount: 1 });
  t.equal(tenant.buy({ token: 2, originalKey: 1 }).code, RESPONSE.insufficientFunds);
  tenant.ask({ kind: 'credit', account, currency: EUR, amount: 1 });
  const told = tenant.buy({ key: 2, token: 2, originalKey: 1 });
  t.equal(told.code, RESPONSE.approved);
  t.ok(told.approvalCode > 0);
  t.hasStrict(tenant.standing(2), { status: 'clearing', posted: 1000, marks: 'late' });
  t.hasStrict(tenant.position(2), { posted: 0, daySpent: 1000, dayCount: 1 }, 'and counts for its own day');
  t.equal(tenant.buy({ token: 2, originalKey: 1 }).code, RESPONSE.duplicate);
  tenant.reverse({ token: 2, originalKey: 2 });
  t.hasStrict(tenant.position(2), { posted: 1000, daySpent: 0, dayCount: 0 });
});

t.test('nor does a reversed hold let a blocked card buy', async (t) => {
  const tenant = new OneTenant();
  tenant.issue(2, { status: CARD_STATUS.blocked }, 5000);
  tenant.advise({ key: 1, token: 2 });
  tenant.reverse({ token: 2, originalKey: 1 });
  t.equal(tenant.buy({ token: 2, originalKey: 1 }).code, RESPONSE.restrictedCard);
  t.equal(tenant.position(2).posted, 5000);
});

t.test('a late advice counts for no day, also when it is reversed', async (t) => {
  const tenant = new OneTenant();
  const quick = { mcc: 0, mccTo: 9999, holdMinutes: 60, estimateMinutes: 60, tolerance: 0 };
  tenant.ask({ kind: 'setHoldRule', ...quick });
  tenant.authorise({ amount: 300 });
  tenant.authorise({ key: 1 });
  tenant.tick(60);
  t.hasStrict(tenant.position(), { daySpent: 0, dayCount: 0 });
  tenant.authorise({ amount: 300 });
  tenant.present({ key: 2, originalKey: 1 });
  t.hasStrict(tenant.position(), { daySpent: 300, dayCount: 1 });
  tenant.reverse({ originalKey: 2 });
  t.hasStrict(tenant.position(), { posted: FULL, daySpent: 300, dayCount: 1 });
});

t.test('reversing what was cleared late credits it, by either key', async (t) => {
  for (const originalKey of [1, 2]) {
    const tenant = new OneTenant();
    tenant.authorise({ key: 1 });
    tenant.tick(7 * DAY);
    tenant.present({ key: 2, originalKey: 1 });
    t.equal(tenant.reverse({ originalKey }).code, RESPONSE.approved);
    t.same(tenant.book(), { cardholders: FULL });
    t.equal(tenant.standing(1)!.status, 'released');
    t.equal(tenant.standing(2)!.status, 'undone');
  }
});

t.test('parts before and after the expiry are booked, and reversed with their authorisation', async (t) => {
  const tenant = new OneTenant();
  tenant.authorise({ key: 1 });
  tenant.present({ originalKey: 1, amount: 400, flags: 32 });
  tenant.tick(7 * DAY);
  tenant.present({ originalKey: 1, amount: 500 });
  t.hasStrict(tenant.standing(1), { status: 'cleared', posted: 900 });
  tenant.reverse({ originalKey: 1 });
  t.same(tenant.book(), { cardholders: FULL });
});

t.test(
  'what is remembered of an expired hold is enough for a second late message, within bounds',
  async (t) => {
    const most = 999_999_999_999;
    const tenant = new OneTenant({ perTransaction: most, perDay: 9 * most });
    tenant.issue(2, {}, 4 * most);
    tenant.authorise({ key: 1, token: 2, amount: most });
    tenant.present({ token: 2, originalKey: 1, amount: most, flags: 32 });
    tenant.tick(7 * DAY);
    t.equal(tenant.buy({ key: 3, token: 2, originalKey: 1, amount: most }).code, RESPONSE.approved);
    t.hasStrict(tenant.standing(3), { posted: most, marks: '' }, 'on its own: there is no room in the other');
    t.equal(tenant.present({ key: 4, token: 2, originalKey: 1, amount: most }).code, RESPONSE.approved);
    t.hasStrict(tenant.standing(4), {
      posted: 2 ** 40 - 1 - most,
      marks: 'late overTolerance',
    });
  },
);
