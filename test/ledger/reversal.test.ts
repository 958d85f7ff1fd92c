import t from 'tap';
import { RESPONSE } from '../../ledger/command.js';
import { OneTenant } from './one-tenant.js';

const DAY = 86_400_000;
const APPROVED = { code: RESPONSE.approved, approvalCode: 0, journalled: true };
const REFUSED = { code: RESPONSE.invalidTransaction, approvalCode: 0, journalled: true };

t.test('a reversal releases the whole hold and gives the day’s limits back', async (t) => {
  const tenant = new OneTenant({ perDay: 1000, perDayCount: 1 });
  const before = tenant.position();
  tenant.authorise({ key: 1 });
  t.same(tenant.reverse({ originalKey: 1 }), APPROVED);
  t.same(tenant.position(), before);
  t.equal(tenant.authorise().code, RESPONSE.approved, 'the day has room again');
});

t.test('a reversal may name the amount, which must be the original’s', async (t) => {
  const tenant = new OneTenant();
  tenant.authorise({ key: 1, amount: 1000 });
  t.same(tenant.reverse({ originalKey: 1, amount: 999 }), REFUSED);
  t.same(tenant.reverse({ originalKey: 1, amount: 1001 }), REFUSED);
  t.equal(tenant.position().held, 1000);
  t.same(tenant.reverse({ originalKey: 1, amount: 1000 }), APPROVED);
  t.equal(tenant.position().held, 0);
});

t.test('a repeated reversal gets the same answer and releases once', async (t) => {
  const tenant = new OneTenant();
  tenant.authorise({ key: 1 });
  tenant.authorise({ key: 2 });
  const first = tenant.reverse({ key: 3, originalKey: 1 });
  t.same(tenant.reverse({ key: 3, originalKey: 1 }), { ...first, journalled: false });
  t.equal(tenant.position().held, 1000);
});

t.test('a second reversal of the same original is approved and moves nothing', async (t) => {
  const tenant = new OneTenant();
  tenant.authorise({ key: 1 });
  tenant.authorise({ key: 2 });
  tenant.reverse({ originalKey: 1 });
  t.same(tenant.reverse({ originalKey: 1 }), APPROVED);
  t.equal(tenant.position().held, 1000);
  t.equal(tenant.position().dayCount, 1);
});

t.test('a reversal’s key used for another reversal is a duplicate', async (t) => {
  const tenant = new OneTenant();
  tenant.authorise({ key: 1 });
  tenant.authorise({ key: 2 });
  tenant.reverse({ key: 3, originalKey: 1 });
  const again = tenant.reverse({ key: 3, originalKey: 2 });
  t.same(again, { code: RESPONSE.duplicate, approvalCode: 0, journalled: false });
  t.equal(tenant.position().held, 1000);
});

t.test('a reversal that comes before its original keeps it from holding', async (t) => {
  const tenant = new OneTenant();
  const before = tenant.position();
  t.same(tenant.reverse({ key: 2, originalKey: 1 }), APPROVED);
  const late = tenant.authorise({ key: 1 });
  t.same(late, REFUSED, 'whoever sent it gave it up');
  t.same(tenant.authorise({ key: 1 }), { ...late, journalled: false });
  t.same(tenant.authorise({ key: 1, amount: 7 }).code, RESPONSE.duplicate);
  t.same(tenant.reverse({ key: 2, originalKey: 1 }), { ...APPROVED, journalled: false });
  t.same(tenant.reverse({ originalKey: 1 }), APPROVED);
  t.same(tenant.position(), before);
});

t.test('two reversals before the original are both approved, another card’s is not', async (t) => {
  const tenant = new OneTenant();
  tenant.issue(2, {}, 5000);
  t.same(tenant.reverse({ originalKey: 1 }), APPROVED);
  t.same(tenant.reverse({ originalKey: 1 }), APPROVED);
  t.same(tenant.reverse({ originalKey: 1, token: 2 }), REFUSED);
  t.same(tenant.authorise({ key: 1 }), REFUSED);
});

t.test('a reversal of what was declined is approved and moves nothing', async (t) => {
  const tenant = new OneTenant({ perTransaction: 999 });
  const before = tenant.position();
  const declined = tenant.authorise({ key: 1 });
  t.same(tenant.reverse({ originalKey: 1 }), APPROVED);
  t.same(tenant.position(), before);
  t.same(tenant.authorise({ key: 1 }), { ...declined, journalled: false });
});

t.test('another card’s reversal is refused and releases nothing', async (t) => {
  const tenant = new OneTenant();
  tenant.issue(2, {}, 5000);
  tenant.authorise({ key: 1 });
  t.same(tenant.reverse({ originalKey: 1, token: 2 }), REFUSED);
  t.equal(tenant.position().held, 1000);
});

t.test('an unknown card’s reversal finds no card, and blocks nothing', async (t) => {
  const tenant = new OneTenant();
  t.same(tenant.reverse({ originalKey: 1, token: 7 }), { ...APPROVED, code: RESPONSE.noSuchCard });
  t.equal(tenant.authorise({ key: 1 }).code, RESPONSE.approved);
  t.same(tenant.reverse({ originalKey: 1, token: 7 }), { ...APPROVED, code: RESPONSE.noSuchCard });
  t.equal(tenant.position().held, 1000);
});

t.test('a reversal can’t be reversed, nor reverse itself', async (t) => {
  const tenant = new OneTenant();
  tenant.authorise({ key: 1 });
  tenant.reverse({ key: 2, originalKey: 1 });
  t.same(tenant.reverse({ originalKey: 2 }), REFUSED);
  t.same(tenant.reverse({ key: 5, originalKey: 5 }), REFUSED);
  t.same(tenant.reverse({ key: 5, originalKey: 5 }), { ...REFUSED, journalled: false });
  t.equal(tenant.position().held, 0);
});

t.test('the next day the money comes back, but not to that day’s limits', async (t) => {
  const tenant = new OneTenant({ perDay: 1500, perDayCount: 2 });
  tenant.authorise({ key: 1 });
  tenant.now += DAY;
  tenant.authorise({ key: 2, amount: 600 });
  t.same(tenant.reverse({ originalKey: 1 }), APPROVED);
  t.same(tenant.position(), {
    posted: 10_000_000,
    held: 600,
    available: 9_999_400,
    daySpent: 600,
    dayCount: 1,
  });
  t.equal(tenant.authorise({ amount: 901 }).code, RESPONSE.exceedsAmountLimit);
});

t.test('a reversal on the next day, before that day’s first hold, leaves its limits whole', async (t) => {
  const tenant = new OneTenant({ perDay: 1000, perDayCount: 1 });
  tenant.authorise({ key: 1 });
  tenant.now += DAY;
  tenant.reverse({ originalKey: 1 });
  t.equal(tenant.authorise().code, RESPONSE.approved);
  t.equal(tenant.authorise().code, RESPONSE.exceedsAmountLimit);
});

t.test('an authorisation that is voided holds nothing, and its repeats are told 91', async (t) => {
  const tenant = new OneTenant();
  const before = tenant.position();
  tenant.authorise({ key: 1 });
  t.same(tenant.ask({ kind: 'voidRequest', key: 1 }), APPROVED);
  t.same(tenant.position(), before);
  const told = { code: RESPONSE.issuerInoperative, approvalCode: 0, journalled: false };
  t.same(tenant.authorise({ key: 1 }), told);
  t.same(tenant.reverse({ originalKey: 1 }), APPROVED, 'its reversal finds nothing to release');
  t.same(tenant.position(), before);
});

t.test('voiding what was reversed or declined releases nothing more', async (t) => {
  const tenant = new OneTenant({ perTransaction: 1000 });
  tenant.authorise({ key: 1 });
  tenant.authorise({ key: 2 });
  tenant.reverse({ originalKey: 1 });
  tenant.authorise({ key: 3, amount: 1001 });
  const before = tenant.position();
  for (const key of [1, 3]) {
    tenant.ask({ kind: 'voidRequest', key });
    t.equal(tenant.authorise({ key, amount: key === 3 ? 1001 : 1000 }).code, RESPONSE.issuerInoperative);
  }
  t.same(tenant.position(), before);
});

t.test('voiding twice releases once', async (t) => {
  const tenant = new OneTenant();
  tenant.authorise({ key: 1 });
  tenant.authorise({ key: 2 });
  tenant.ask({ kind: 'voidRequest', key: 1 });
  tenant.ask({ kind: 'voidRequest', key: 1 });
  t.equal(tenant.position().held, 1000);
  t.equal(tenant.position().dayCount, 1);
});
