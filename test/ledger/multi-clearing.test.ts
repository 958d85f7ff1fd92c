import t from 'tap';
import { FLAG, RESPONSE } from '../../ledger/command.js';
import { DAY, OneTenant } from './one-tenant.js';

const FULL = 10_000_000;
const more = { originalKey: 1, flags: FLAG.more };

t.test('the hold is kept for the parts to come, and ends with the final one', async (t) => {
  const tenant = new OneTenant();
  tenant.authorise({ key: 1, amount: 1000 });
  t.equal(tenant.present({ ...more, amount: 300 }).code, RESPONSE.approved);
  t.hasStrict(tenant.standing(1), { status: 'held', held: 700, posted: 300 });
  t.equal(tenant.buy({ ...more, amount: 200 }).code, RESPONSE.approved);
  t.hasStrict(tenant.standing(1), { status: 'held', held: 500, posted: 500 });
  t.same(tenant.position(), {
    posted: FULL - 500,
    held: 500,
    available: FULL - 1000,
    daySpent: 1000,
    dayCount: 1,
  });
  t.equal(tenant.present({ originalKey: 1, amount: 100 }).code, RESPONSE.approved);
  t.hasStrict(tenant.standing(1), { status: 'cleared', held: 0, posted: 600 });
  t.same(tenant.position(), {
    posted: FULL - 600,
    held: 0,
    available: FULL - 600,
    daySpent: 600,
    dayCount: 1,
  });
  t.same(tenant.book(), { cardholders: FULL - 600, settlement: 600 });
});

t.test('a final one of nothing releases the rest', async (t) => {
  const tenant = new OneTenant();
  tenant.authorise({ key: 1, amount: 1000 });
  tenant.present({ ...more, amount: 300 });
  t.equal(tenant.present({ originalKey: 1, amount: 0 }).code, RESPONSE.approved);
  t.hasStrict(tenant.standing(1), { status: 'cleared', held: 0, posted: 300 });
});

t.test('after the final one there is no other', async (t) => {
  const tenant = new OneTenant();
  tenant.authorise({ key: 1, amount: 1000 });
  tenant.present({ ...more, amount: 300 });
  tenant.present({ originalKey: 1, amount: 300 });
  t.equal(tenant.present({ ...more, amount: 300 }).code, RESPONSE.duplicate);
  t.equal(tenant.position().posted, FULL - 600);
});

t.test('parts together can’t charge more than was approved', async (t) => {
  const tenant = new OneTenant();
  tenant.authorise({ key: 1, amount: 1000 });
  tenant.buy({ ...more, amount: 600 });
  t.equal(tenant.buy({ ...more, amount: 401 }).code, RESPONSE.invalidAmount);
  tenant.present({ key: 3, ...more, amount: 500 });
  t.hasStrict(tenant.standing(3), { billed: 500, posted: 400, marks: 'overTolerance' });
  t.hasStrict(tenant.standing(1), { status: 'held', held: 0, posted: 1000 });
  tenant.present({ key: 4, ...more, amount: 500 });
  t.hasStrict(tenant.standing(4), { status: 'clearing', billed: 500, posted: 0 });
  t.same(tenant.book(), { cardholders: FULL - 1000, settlement: 1600, suspense: -600 });
  tenant.reverse({ originalKey: 4 });
  t.same(tenant.book(), { cardholders: FULL - 1000, settlement: 1100, suspense: -100 });
});

t.test('what is left when the time is up is released; what was cleared stays, and counts', async (t) => {
  const tenant = new OneTenant();
  const quick = { mcc: 0, mccTo: 9999, holdMinutes: 60, estimateMinutes: 60, tolerance: 0 };
  tenant.ask({ kind: 'setHoldRule', ...quick });
  tenant.authorise({ key: 1, amount: 1000 });
  tenant.present({ ...more, amount: 300 });
  tenant.tick(60);
  t.hasStrict(tenant.standing(1), { status: 'expired', held: 0, posted: 300 });
  t.same(tenant.position(), {
    posted: FULL - 300,
    held: 0,
    available: FULL - 300,
    daySpent: 300,
    dayCount: 1,
  });
});

t.test('a part that is reversed can be presented again', async (t) => {
  const tenant = new OneTenant();
  tenant.authorise({ key: 1, amount: 1000 });
  tenant.present({ key: 2, ...more, amount: 400 });
  tenant.reverse({ originalKey: 2 });
  t.hasStrict(tenant.standing(1), { status: 'held', held: 600, posted: 0 });
  t.equal(tenant.present({ originalKey: 1, amount: 1000 }).code, RESPONSE.approved);
  t.same(tenant.book(), { cardholders: FULL - 1000, settlement: 1000 });
});

t.test(
  'children are not forgotten before their authorisation, nor is it while they are remembered',
  async (t) => {
    const tenant = new OneTenant();
    tenant.authorise({ key: 1, amount: 1000 });
    tenant.present({ key: 2, ...more, amount: 400, windowHours: 1 });
    tenant.present({ key: 3, ...more, amount: 1000, windowHours: 60 * 24 });
    tenant.present({ key: 4, originalKey: 1, amount: 1 });
    tenant.tick(20 * DAY);
    tenant.position();
    t.equal(tenant.reverse({ originalKey: 2 }).code, RESPONSE.approved);
    t.equal(tenant.position().posted, FULL - 600, 'the part is credited');
    tenant.tick(40 * DAY);
    tenant.tick(1);
    t.same(
      [1, 2, 3, 4].map((key) => tenant.standing(key)),
      [undefined, undefined, undefined, undefined],
    );
    t.equal(tenant.position().posted, FULL - 600);
  },
);
