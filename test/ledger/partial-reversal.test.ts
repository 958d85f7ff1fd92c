import t from 'tap';
import { FLAG, RESPONSE } from '../../ledger/command.js';
import { DAY, EUR, OneTenant, USD } from './one-tenant.js';

const FULL = 10_000_000;
const APPROVED = { code: RESPONSE.approved, approvalCode: 0, journalled: true };

t.test('a partial reversal lets stand what it says, of the hold and of the day', async (t) => {
  const tenant = new OneTenant();
  tenant.authorise({ key: 1, amount: 1000 });
  t.same(tenant.reverse({ originalKey: 1, amount: 1000, kept: 600 }), APPROVED);
  t.same(tenant.position(), { posted: FULL, held: 600, available: FULL - 600, daySpent: 600, dayCount: 1 });
  t.hasStrict(tenant.standing(1), { status: 'held', amount: 1000, held: 600 });
  t.equal(tenant.buy({ originalKey: 1, amount: 601 }).code, RESPONSE.invalidAmount);
  t.equal(tenant.buy({ originalKey: 1, amount: 600 }).code, RESPONSE.approved);
  t.same(tenant.book(), { cardholders: FULL - 600, settlement: 600 });
});

t.test('each says what stands, not what goes: the least counts, and more brings nothing back', async (t) => {
  const tenant = new OneTenant();
  tenant.authorise({ key: 1, amount: 1000 });
  const stand = (kept: number) => {
    t.same(tenant.reverse({ originalKey: 1, amount: 1000, kept }), APPROVED);
    return tenant.position().held;
  };
  t.equal(stand(1000), 1000);
  t.equal(stand(1200), 1000);
  t.equal(stand(700), 700);
  t.equal(stand(700), 700, 'the same again under another key');
  t.equal(stand(800), 700);
  t.equal(stand(1), 1);
  t.equal(stand(0), 0);
  t.equal(tenant.standing(1)!.status, 'held', 'increments may come');
});

t.test('a repeat lowers once', async (t) => {
  const tenant = new OneTenant();
  tenant.authorise({ key: 1, amount: 1000 });
  const first = tenant.reverse({ key: 2, originalKey: 1, kept: 600 });
  t.same(tenant.reverse({ key: 2, originalKey: 1, kept: 600 }), { ...first, journalled: false });
  t.equal(tenant.position().held, 600);
});

t.test('a full reversal after it takes the rest, whatever amount it names', async (t) => {
  for (const amount of [0, 600, 1000]) {
    const tenant = new OneTenant();
    const before = tenant.position();
    tenant.authorise({ key: 1, amount: 1000 });
    tenant.reverse({ originalKey: 1, amount: 1000, kept: 600 });
    t.same(tenant.reverse({ originalKey: 1, amount }), APPROVED);
    t.same(tenant.position(), before);
  }
});

t.test('increments are messages of their own, and stand', async (t) => {
  const tenant = new OneTenant();
  tenant.authorise({ key: 1, amount: 1000 });
  tenant.raise(1, { key: 2, amount: 500 });
  tenant.reverse({ originalKey: 1, amount: 1000, kept: 100 });
  t.equal(tenant.standing(1)!.held, 600);
  tenant.reverse({ originalKey: 2, amount: 500, kept: 200 });
  t.equal(tenant.standing(1)!.held, 300);
  tenant.reverse({ originalKey: 1, amount: 1000, kept: 0 });
  t.equal(tenant.standing(1)!.held, 200);
  t.hasStrict(tenant.position(), { daySpent: 200, dayCount: 1 });
});

t.test('after a part was cleared, the hold goes first, then what was cleared', async (t) => {
  const tenant = new OneTenant();
  tenant.authorise({ key: 1, amount: 1000 });
  tenant.present({ key: 2, originalKey: 1, amount: 300, flags: FLAG.more });
  tenant.reverse({ originalKey: 1, amount: 1000, kept: 800 });
  t.hasStrict(tenant.standing(1), { status: 'held', held: 500, posted: 300 });
  tenant.reverse({ originalKey: 1, amount: 1000, kept: 300 });
  t.hasStrict(tenant.standing(1), { held: 0, posted: 300 });
  tenant.reverse({ originalKey: 1, amount: 1000, kept: 120 });
  t.hasStrict(tenant.standing(1), { held: 0, posted: 120 });
  t.hasStrict(tenant.standing(2), { status: 'clearing', billed: 120, posted: 120 });
  t.same(tenant.book(), { cardholders: FULL - 120, settlement: 120 });
  t.hasStrict(tenant.position(), { daySpent: 120, dayCount: 1 });
});

t.test('after all was cleared it is a credit; the newest clearing gives back first', async (t) => {
  const tenant = new OneTenant();
  tenant.authorise({ key: 1, amount: 1000 });
  tenant.present({ key: 2, originalKey: 1, amount: 600, flags: FLAG.more });
  tenant.present({ key: 3, originalKey: 1, amount: 400 });
  const told = tenant.reverse({ key: 4, originalKey: 1, amount: 1000, kept: 500 });
  t.same(told, APPROVED);
  t.equal(tenant.standing(4)!.marks, 'late');
  t.equal(tenant.standing(2)!.posted, 500);
  t.hasStrict(tenant.standing(3), { status: 'undone', posted: 0 });
  t.same(tenant.book(), { cardholders: FULL - 500, settlement: 500 });
});

t.test('a clearing of less than is kept stays as it is', async (t) => {
  const tenant = new OneTenant();
  tenant.authorise({ key: 1, amount: 1000 });
  tenant.present({ originalKey: 1, amount: 300 });
  t.same(tenant.reverse({ originalKey: 1, amount: 1000, kept: 400 }), APPROVED);
  t.same(tenant.book(), { cardholders: FULL - 300, settlement: 300 });
});

t.test('what no cardholder was charged for stays in suspense', async (t) => {
  const tenant = new OneTenant();
  tenant.authorise({ key: 1, amount: 1000 });
  tenant.present({ key: 2, originalKey: 1, amount: 1500 });
  tenant.reverse({ originalKey: 1, amount: 1000, kept: 600 });
  t.same(tenant.book(), { cardholders: FULL - 600, settlement: 1100, suspense: -500 });
});

t.test('a clearing’s own gives back what is in suspense first', async (t) => {
  const tenant = new OneTenant();
  tenant.authorise({ key: 1, amount: 1000 });
  tenant.present({ key: 2, originalKey: 1, amount: 1500 });
  tenant.reverse({ originalKey: 2, amount: 1500, kept: 1200 });
  t.same(tenant.book(), { cardholders: FULL - 1000, settlement: 1200, suspense: -200 });
  tenant.reverse({ originalKey: 2, amount: 1500, kept: 700 });
  t.same(tenant.book(), { cardholders: FULL - 700, settlement: 700 });
  t.equal(tenant.standing(1)!.posted, 700);
});

t.test('a clearing that its authorisation’s reversal lowered is not lowered twice', async (t) => {
  const tenant = new OneTenant();
  tenant.authorise({ key: 1, amount: 1000 });
  tenant.present({ key: 2, originalKey: 1, amount: 1000 });
  tenant.reverse({ originalKey: 1, amount: 1000, kept: 600 });
  tenant.reverse({ originalKey: 2, amount: 1000, kept: 700 });
  t.equal(tenant.position().posted, FULL - 600, 'less stood already');
  tenant.reverse({ originalKey: 2, amount: 1000, kept: 500 });
  t.equal(tenant.position().posted, FULL - 500);
});

t.test('of a purchase that was booked at once, the day gets its part back too', async (t) => {
  const tenant = new OneTenant();
  tenant.buy({ key: 1, amount: 1000 });
  tenant.reverse({ originalKey: 1, amount: 1000, kept: 300 });
  t.same(tenant.position(), {
    posted: FULL - 300,
    held: 0,
    available: FULL - 300,
    daySpent: 300,
    dayCount: 1,
  });
  tenant.reverse({ originalKey: 1, amount: 1000, kept: 0 });
  t.same(tenant.position(), { posted: FULL, held: 0, available: FULL, daySpent: 0, dayCount: 0 });
  t.equal(tenant.standing(1)!.status, 'undone');
});

t.test('a part of what was converted is the same part of what was billed, rounded up', async (t) => {
  const tenant = new OneTenant();
  const billed = { currency: USD, billing: 1001, billingCurrency: EUR, rate: 0 };
  tenant.authorise({ key: 1, amount: 900, ...billed });
  const kept = (amount: number) => {
    tenant.reverse({ originalKey: 1, amount: 900, currency: USD, kept: amount });
    return tenant.position().held;
  };
  t.equal(kept(600), 668, '667.33');
  t.equal(kept(300), 334, '333.67: of the whole, not of what was left');
  t.equal(kept(1), 2);
  t.equal(kept(0), 0);
});

t.test('of what expired it lowers what was cleared before', async (t) => {
  const tenant = new OneTenant();
  tenant.authorise({ key: 1, amount: 1000 });
  tenant.present({ originalKey: 1, amount: 700, flags: FLAG.more });
  tenant.tick(7 * DAY);
  tenant.reverse({ key: 3, originalKey: 1, amount: 1000, kept: 200 });
  t.equal(tenant.standing(3)!.marks, 'late');
  t.same(tenant.book(), { cardholders: FULL - 200, settlement: 200 });
});

t.test('of what holds and was cleared for nothing it is approved, and moves nothing', async (t) => {
  const tenant = new OneTenant({ perTransaction: 1500 });
  tenant.authorise({ key: 1 });
  tenant.reverse({ originalKey: 1 });
  tenant.authorise({ key: 2, amount: 1501 });
  tenant.authorise({ key: 3, amount: 0 });
  const before = tenant.position();
  for (const originalKey of [1, 2, 3]) t.same(tenant.reverse({ originalKey, kept: 10 }), APPROVED);
  t.same(tenant.position(), before);
});
