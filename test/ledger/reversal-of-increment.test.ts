import t from 'tap';
import { FLAG, RESPONSE } from '../../ledger/command.js';
import { DAY, OneTenant } from './one-tenant.js';

const FULL = 10_000_000;

/** A hold of 10.00 under key 1, raised by 5.00 under key 2. */
function raised(): OneTenant {
  const tenant = new OneTenant();
  tenant.authorise({ key: 1, amount: 1000 });
  tenant.raise(1, { key: 2, amount: 500 });
  return tenant;
}

t.test('it lowers the hold by what the increment added, and the day’s amount', async (t) => {
  const tenant = raised();
  t.equal(tenant.reverse({ originalKey: 2, amount: 500 }).code, RESPONSE.approved);
  t.hasStrict(tenant.standing(1), { status: 'held', held: 1000 });
  t.hasStrict(tenant.standing(2), { status: 'undone', billed: 500 });
  t.hasStrict(tenant.position(), { held: 1000, daySpent: 1000, dayCount: 1 });
  tenant.reverse({ originalKey: 2 });
  t.equal(tenant.position().held, 1000, 'once');
});

t.test('another amount than the increment’s is refused', async (t) => {
  const tenant = raised();
  t.equal(tenant.reverse({ originalKey: 2, amount: 1500 }).code, RESPONSE.invalidTransaction);
  t.equal(tenant.position().held, 1500);
});

t.test('the reversal of the authorisation takes its increments with it', async (t) => {
  for (const amount of [0, 1000, 1500]) {
    const tenant = raised();
    t.equal(tenant.reverse({ originalKey: 1, amount }).code, RESPONSE.approved, `${amount}`);
    t.same(tenant.position(), { posted: FULL, held: 0, available: FULL, daySpent: 0, dayCount: 0 });
    t.equal(tenant.standing(2)!.status, 'undone');
    tenant.reverse({ originalKey: 2 });
    t.equal(tenant.position().held, 0);
  }
});

t.test('both in either order leave nothing', async (t) => {
  for (const keys of [
    [1, 2],
    [2, 1],
  ]) {
    const tenant = raised();
    for (const originalKey of keys) tenant.reverse({ originalKey });
    t.same(tenant.position(), { posted: FULL, held: 0, available: FULL, daySpent: 0, dayCount: 0 });
  }
});

t.test(
  'after a part was cleared: the hold goes first, then what was cleared beyond what is approved',
  async (t) => {
    const tenant = raised();
    tenant.present({ key: 3, originalKey: 1, amount: 1200, flags: FLAG.more });
    tenant.reverse({ originalKey: 2 });
    t.hasStrict(tenant.standing(1), { status: 'held', held: 0, posted: 1000 });
    t.hasStrict(tenant.standing(3), { billed: 1000, posted: 1000 });
    t.same(tenant.book(), { cardholders: FULL - 1000, settlement: 1000 });
  },
);

t.test('after all was cleared it becomes a credit', async (t) => {
  const tenant = raised();
  tenant.present({ originalKey: 1, amount: 1500 });
  t.equal(tenant.reverse({ originalKey: 2 }).code, RESPONSE.approved);
  t.same(tenant.book(), { cardholders: FULL - 1000, settlement: 1000 });
});

t.test('what was cleared without it stays', async (t) => {
  const tenant = raised();
  tenant.present({ originalKey: 1, amount: 800 });
  tenant.reverse({ originalKey: 2 });
  t.same(tenant.book(), { cardholders: FULL - 800, settlement: 800 });
});

t.test('after its hold expired it moves nothing but what was cleared beyond', async (t) => {
  const tenant = raised();
  tenant.present({ originalKey: 1, amount: 1300, flags: FLAG.more });
  tenant.tick(7 * DAY);
  tenant.reverse({ originalKey: 2 });
  t.same(tenant.book(), { cardholders: FULL - 1000, settlement: 1000 });
});

t.test('it counts for the day of the increment, not of the authorisation', async (t) => {
  const tenant = new OneTenant();
  tenant.authorise({ key: 1, amount: 1000 });
  tenant.tick(DAY);
  tenant.raise(1, { key: 2, amount: 500 });
  t.hasStrict(tenant.position(), { daySpent: 500, dayCount: 0 });
  tenant.reverse({ originalKey: 2 });
  t.hasStrict(tenant.position(), { held: 1000, daySpent: 0, dayCount: 0 });
});

t.test('in part, it lowers by a part', async (t) => {
  const tenant = raised();
  tenant.reverse({ originalKey: 2, amount: 500, kept: 200 });
  t.hasStrict(tenant.position(), { held: 1200, daySpent: 1200 });
  t.hasStrict(tenant.standing(2), { status: 'increment', billed: 200 });
  tenant.reverse({ originalKey: 2, amount: 500 });
  t.hasStrict(tenant.position(), { held: 1000, daySpent: 1000 });
});

t.test('one whose authorisation is forgotten already finds nothing to lower', async (t) => {
  const tenant = new OneTenant();
  tenant.authorise({ key: 1, windowHours: 1 });
  tenant.raise(1, { key: 2, windowHours: 1 });
  tenant.tick(7 * DAY + 60);
  t.equal(tenant.standing(1), undefined);
  t.equal(tenant.standing(2)!.status, 'increment', 'is forgotten a minute later');
  t.equal(tenant.reverse({ originalKey: 2 }).code, RESPONSE.approved);
  t.equal(tenant.raise(2, { key: 4 }).code, RESPONSE.originalNotFound);
  t.equal(tenant.present({ key: 3, originalKey: 2 }).code, RESPONSE.approved);
  t.equal(tenant.standing(3)!.marks, 'forced');
  t.equal(tenant.position().posted, FULL - 1000);
  tenant.tick(1);
  t.equal(tenant.standing(2), undefined);
});
