import t from 'tap';
import { CARD_STATUS, FLAG, RESPONSE } from '../../ledger/command.js';
import { DAY, EUR, HOUR, OneTenant, RESTAURANT } from './one-tenant.js';

t.test(
  'an increment raises the hold of its authorisation, and counts for the day’s amount alone',
  async (t) => {
    const tenant = new OneTenant();
    tenant.authorise({ key: 1, amount: 1000 });
    const { code, approvalCode } = tenant.raise(1, { key: 2, amount: 500 });
    t.equal(code, RESPONSE.approved);
    t.ok(approvalCode > 0);
    t.same(tenant.position(), {
      posted: 10_000_000,
      held: 1500,
      available: 10_000_000 - 1500,
      daySpent: 1500,
      dayCount: 1,
    });
    t.hasStrict(tenant.standing(1), { status: 'held', billed: 1000, held: 1500 });
    t.hasStrict(tenant.standing(2), { status: 'increment', billed: 500, held: 0 });
    t.same(tenant.book(), { cardholders: 10_000_000 - 1500, holds: 1500 });
  },
);

t.test('an increment is decided like any other: what stands against it declines it alone', async (t) => {
  const tenant = new OneTenant({ perDay: 3000 });
  tenant.issue(2, {}, 2000);
  tenant.authorise({ key: 1, token: 2, amount: 1500 });
  t.equal(tenant.raise(1, { token: 2, amount: 501 }).code, RESPONSE.insufficientFunds);
  t.equal(tenant.raise(1, { token: 2, amount: 1501 }).code, RESPONSE.exceedsAmountLimit);
  t.equal(tenant.raise(1, { token: 2, expiry: 2611 }).code, RESPONSE.expiredCard);
  t.equal(tenant.position(2).held, 1500);
  t.equal(tenant.raise(1, { token: 2, amount: 500 }).code, RESPONSE.approved);
  t.equal(tenant.position(2).available, 0);
});

t.test('an increment of a blocked card is declined', async (t) => {
  const tenant = new OneTenant();
  tenant.issue(2, { status: CARD_STATUS.blocked }, 5000);
  tenant.advise({ key: 1, token: 2 });
  t.equal(tenant.raise(1, { token: 2 }).code, RESPONSE.restrictedCard);
  t.equal(tenant.position(2).held, 1000);
});

t.test('an authorisation with its increments is one transaction for the limit of one', async (t) => {
  const tenant = new OneTenant({ perTransaction: 2000 });
  tenant.authorise({ key: 1, amount: 1500 });
  t.equal(tenant.raise(1, { amount: 501 }).code, RESPONSE.exceedsAmountLimit);
  t.equal(tenant.raise(1, { amount: 500 }).code, RESPONSE.approved);
  t.equal(tenant.raise(1, { amount: 1 }).code, RESPONSE.exceedsAmountLimit);
  t.equal(tenant.position().held, 2000);
});

t.test('an increment does not count as another transaction of the day', async (t) => {
  const tenant = new OneTenant({ perDayCount: 1 });
  tenant.authorise({ key: 1 });
  t.equal(tenant.raise(1).code, RESPONSE.approved);
  t.equal(tenant.authorise().code, RESPONSE.exceedsCountLimit);
});

t.test('an increment of nothing that is open finds no original', async (t) => {
  const tenant = new OneTenant();
  tenant.issue(2, {}, 5000);
  tenant.authorise({ key: 1 });
  t.equal(tenant.raise(9).code, RESPONSE.originalNotFound, 'of none');
  t.equal(tenant.raise(1, { token: 2 }).code, RESPONSE.originalNotFound, 'of another card’s');
  tenant.reverse({ originalKey: 1 });
  t.equal(tenant.raise(1).code, RESPONSE.originalNotFound, 'of one that was reversed');
  tenant.authorise({ key: 3 });
  tenant.present({ originalKey: 3 });
  t.equal(tenant.raise(3).code, RESPONSE.originalNotFound, 'of one that was cleared');
  t.equal(tenant.position().held, 0);
});

t.test('an increment may name an increment, and raises what both are of', async (t) => {
  const tenant = new OneTenant();
  tenant.authorise({ key: 1 });
  tenant.raise(1, { key: 2 });
  t.equal(tenant.raise(2, { key: 3 }).code, RESPONSE.approved);
  t.equal(tenant.standing(1)!.held, 3000);
});

t.test('a repeated increment raises once', async (t) => {
  const tenant = new OneTenant();
  tenant.authorise({ key: 1 });
  const first = tenant.raise(1, { key: 2 });
  t.same(tenant.raise(1, { key: 2 }), { ...first, journalled: false });
  t.equal(tenant.raise(1, { key: 2, amount: 7 }).code, RESPONSE.duplicate);
  t.equal(tenant.position().held, 2000);
});

t.test('an increment after a part was cleared raises what is left', async (t) => {
  const tenant = new OneTenant();
  tenant.authorise({ key: 1, amount: 1000 });
  tenant.present({ originalKey: 1, amount: 400, flags: FLAG.more });
  tenant.raise(1, { amount: 300 });
  t.hasStrict(tenant.standing(1), { status: 'held', held: 900, posted: 400 });
  t.equal(tenant.present({ originalKey: 1, amount: 900 }).code, RESPONSE.approved);
  t.same(tenant.book(), { cardholders: 10_000_000 - 1300, settlement: 1300 });
});

t.test('an increment prolongs its hold, and how long that is remembered', async (t) => {
  const tenant = new OneTenant();
  const fuel = { mcc: RESTAURANT, holdMinutes: 2 * HOUR, estimateMinutes: 30 * DAY, tolerance: 0 };
  tenant.ask({ kind: 'setHoldRule', ...fuel, mccTo: RESTAURANT });
  tenant.authorise({ key: 1, mcc: RESTAURANT, windowHours: 1 });
  tenant.tick(HOUR);
  tenant.raise(1, { mcc: RESTAURANT, flags: FLAG.estimated, windowHours: 1 });
  tenant.tick(30 * DAY - 1);
  t.equal(tenant.position().held, 2000);
  tenant.tick(1);
  t.equal(tenant.position().held, 0);
  t.equal(tenant.standing(1)!.status, 'expired', 'still to be found by what comes late');
  tenant.tick(HOUR);
  t.equal(tenant.standing(1), undefined);
});

t.test('an advised increment is booked beyond limits and funds', async (t) => {
  const tenant = new OneTenant({ perTransaction: 1000 });
  tenant.issue(2, {}, 1200);
  tenant.authorise({ key: 1, token: 2, amount: 1000 });
  const told = tenant.raise(1, { key: 2, token: 2, amount: 900, flags: FLAG.advice });
  t.equal(told.code, RESPONSE.approved);
  t.hasStrict(tenant.standing(1), { held: 1900 });
  t.hasStrict(tenant.standing(2), { status: 'increment', marks: 'indebted' });
  t.equal(tenant.book().standInDebt, -700);
});

t.test('an advised increment that finds no hold places its own', async (t) => {
  const tenant = new OneTenant();
  t.equal(tenant.raise(9, { key: 2, flags: FLAG.advice }).code, RESPONSE.approved);
  t.hasStrict(tenant.standing(2), { status: 'held', held: 1000, marks: '' });
});

t.test('a hold that a record can’t count any more is not raised; an advice holds on its own', async (t) => {
  const most = 999_999_999_999;
  const tenant = new OneTenant({ perTransaction: 4 * most, perDay: 9 * most });
  tenant.ask({ kind: 'credit', account: 0, currency: EUR, amount: 5 * most });
  tenant.authorise({ key: 1, amount: most });
  t.equal(tenant.raise(1, { amount: most }).code, RESPONSE.invalidAmount);
  t.equal(tenant.raise(1, { key: 2, amount: most, flags: FLAG.advice }).code, RESPONSE.approved);
  t.hasStrict(tenant.standing(1), { amount: most, billed: most, held: most, posted: 0 });
  t.hasStrict(tenant.standing(2), { status: 'held', amount: most, billed: most, held: most });
  t.equal(tenant.position().held, 2 * most);
});
