import t from 'tap';
import { FLAG, RESPONSE } from '../../ledger/command.js';
import { DAY, OneTenant } from './one-tenant.js';

const FULL = 10_000_000;
const NOTHING = { posted: FULL, held: 0, available: FULL, daySpent: 0, dayCount: 0 };

t.test('reversing the completion credits it', async (t) => {
  const tenant = new OneTenant();
  tenant.authorise({ key: 1 });
  tenant.present({ key: 2, originalKey: 1 });
  t.equal(tenant.reverse({ key: 3, originalKey: 2 }).code, RESPONSE.approved);
  t.equal(tenant.standing(3)!.marks, '');
  t.hasStrict(tenant.standing(1), { status: 'released', held: 0, posted: 0 });
  t.hasStrict(tenant.standing(2), { status: 'undone', billed: 0, posted: 0 });
  t.same(tenant.position(), NOTHING);
  t.same(tenant.book(), { cardholders: FULL });
});

t.test('reversing the authorisation late credits all of it, and says so', async (t) => {
  const tenant = new OneTenant();
  tenant.authorise({ key: 1, amount: 1000 });
  tenant.present({ key: 2, originalKey: 1, amount: 300, flags: FLAG.more });
  tenant.present({ key: 3, originalKey: 1, amount: 900 });
  t.hasStrict(tenant.book(), { settlement: 1200, suspense: -200 });
  t.equal(tenant.reverse({ key: 4, originalKey: 1 }).code, RESPONSE.approved);
  t.equal(tenant.standing(4)!.marks, 'late');
  t.equal(tenant.standing(1)!.status, 'released');
  t.same(tenant.position(), NOTHING);
  t.same(tenant.book(), { cardholders: FULL });
});

t.test('by both keys in either order it is credited once', async (t) => {
  for (const keys of [
    [1, 2],
    [2, 1],
    [2, 2, 1, 1],
  ]) {
    const tenant = new OneTenant();
    tenant.authorise({ key: 1 });
    tenant.present({ key: 2, originalKey: 1 });
    for (const originalKey of keys) {
      t.equal(tenant.reverse({ originalKey }).code, RESPONSE.approved);
    }
    t.same(tenant.position(), NOTHING);
  }
});

t.test('a part of an open hold is credited, and not held again', async (t) => {
  const tenant = new OneTenant();
  tenant.authorise({ key: 1, amount: 1000 });
  tenant.present({ key: 2, originalKey: 1, amount: 400, flags: FLAG.more });
  tenant.reverse({ originalKey: 2 });
  t.same(tenant.position(), { posted: FULL, held: 600, available: FULL - 600, daySpent: 600, dayCount: 1 });
  tenant.reverse({ originalKey: 1 });
  t.same(tenant.position(), NOTHING);
});

t.test('the next day the money comes back, but not to that day’s limits', async (t) => {
  const tenant = new OneTenant();
  tenant.authorise({ key: 1 });
  tenant.present({ key: 2, originalKey: 1 });
  tenant.tick(DAY);
  tenant.authorise({ key: 3, amount: 600 });
  tenant.reverse({ originalKey: 2 });
  t.same(tenant.position(), { posted: FULL, held: 600, available: FULL - 600, daySpent: 600, dayCount: 1 });
});

t.test('a purchase that was booked at once is credited, to its day’s limits too', async (t) => {
  const tenant = new OneTenant({ perDay: 1000, perDayCount: 1 });
  tenant.buy({ key: 1 });
  t.equal(tenant.reverse({ originalKey: 1, amount: 999 }).code, RESPONSE.invalidTransaction);
  t.equal(tenant.reverse({ originalKey: 1, amount: 1000 }).code, RESPONSE.approved);
  t.same(tenant.position(), NOTHING);
  t.equal(tenant.buy().code, RESPONSE.approved);
  tenant.reverse({ originalKey: 1 });
  t.hasStrict(tenant.position(), { posted: FULL - 1000, daySpent: 1000, dayCount: 1 });
});

t.test('after the hold expired with a part cleared, the reversal credits that part', async (t) => {
  const tenant = new OneTenant();
  tenant.authorise({ key: 1, amount: 1000 });
  tenant.present({ originalKey: 1, amount: 400, flags: FLAG.more });
  tenant.tick(7 * DAY);
  t.equal(tenant.reverse({ key: 3, originalKey: 1 }).code, RESPONSE.approved);
  t.equal(tenant.standing(3)!.marks, 'late');
  t.same(tenant.book(), { cardholders: FULL });
});

t.test('after it expired with nothing cleared, it is approved and moves nothing', async (t) => {
  const tenant = new OneTenant();
  tenant.authorise({ key: 1 });
  tenant.tick(7 * DAY);
  const before = tenant.position();
  for (const amount of [0, 1000, 7]) {
    t.equal(tenant.reverse({ key: 3 + amount, originalKey: 1, amount }).code, RESPONSE.approved);
    t.equal(tenant.standing(3 + amount)!.marks, 'late');
  }
  t.same(tenant.position(), before);
});

t.test('what is left in suspense goes back with the authorisation', async (t) => {
  const tenant = new OneTenant();
  tenant.authorise({ key: 1, amount: 1000 });
  tenant.reverse({ originalKey: 1, amount: 1000, kept: 0 });
  tenant.present({ key: 2, originalKey: 1, amount: 1000 });
  tenant.reverse({ originalKey: 2, amount: 1000, kept: 400 });
  t.same(tenant.book(), { cardholders: FULL, settlement: 400, suspense: -400 });
  tenant.reverse({ originalKey: 1 });
  t.same(tenant.book(), { cardholders: FULL });
});

t.test('another card’s reversal credits nothing', async (t) => {
  const tenant = new OneTenant();
  tenant.issue(2, {}, 5000);
  tenant.buy({ key: 1 });
  t.equal(tenant.reverse({ token: 2, originalKey: 1 }).code, RESPONSE.invalidTransaction);
  t.equal(tenant.position().posted, FULL - 1000);
});

t.test('an original that is not named is found as a financial request of the same elements', async (t) => {
  const tenant = new OneTenant();
  const financial = tenant.financialKey(1);
  tenant.buy(financial);
  t.equal(tenant.reverse({ originalKey: 1, flags: FLAG.unnamed }).code, RESPONSE.approved);
  t.same(tenant.position(), NOTHING);
});
