import t from 'tap';
import { FLAG, RESPONSE } from '../../ledger/command.js';
import { DAY, HOUR, OneTenant } from './one-tenant.js';

const FULL = 10_000_000;

t.test('a message that holds nothing is remembered for its link’s window, to the minute', async (t) => {
  const tenant = new OneTenant({ perTransaction: 1000 });
  const window = { windowHours: 24 };
  tenant.authorise({ key: 1, amount: 1001, ...window });
  tenant.authorise({ key: 2, amount: 0, ...window });
  tenant.buy({ key: 3, ...window });
  tenant.present({ key: 4, token: 9, ...window });
  tenant.buy({ key: 5, processingCode: 200_000, ...window });
  tenant.reverse({ key: 6, originalKey: 1, ...window });
  const keys = [1, 2, 3, 4, 5, 6];
  tenant.tick(DAY - 1);
  t.same(
    keys.filter((key) => tenant.standing(key) === undefined),
    [],
  );
  const before = tenant.position();
  tenant.tick(1);
  t.same(
    keys.filter((key) => tenant.standing(key) !== undefined),
    [],
  );
  t.hasStrict(tenant.position(), { posted: before.posted, held: 0 }, 'what was booked stays');
  t.equal(tenant.state.records.size, 0);
  t.equal(tenant.authorise({ key: 1 }).code, RESPONSE.approved, 'under that key another may come');
});

t.test('the window is the message’s own', async (t) => {
  const tenant = new OneTenant();
  tenant.buy({ key: 1, windowHours: 1 });
  tenant.buy({ key: 2, windowHours: 48 });
  tenant.tick(2 * DAY - 1);
  t.equal(tenant.standing(1), undefined);
  t.equal(tenant.buy({ key: 2, windowHours: 48 }).journalled, false);
  tenant.tick(1);
  t.equal(tenant.standing(2), undefined);
});

t.test('an authorisation is remembered for its window after its hold would have expired', async (t) => {
  for (const end of ['expired', 'released', 'cleared']) {
    const tenant = new OneTenant();
    tenant.authorise({ key: 1, windowHours: 24 });
    if (end === 'released') tenant.reverse({ originalKey: 1, windowHours: 1 });
    if (end === 'cleared') tenant.present({ originalKey: 1, windowHours: 1 });
    tenant.tick(8 * DAY - 1);
    t.equal(tenant.standing(1)!.status, end);
    tenant.tick(1);
    t.equal(tenant.standing(1), undefined, end);
    tenant.tick(1);
    t.equal(tenant.state.records.size, 0, end);
  }
});

t.test('what comes of it prolongs that, and it stays as long as its authorisation', async (t) => {
  const tenant = new OneTenant();
  tenant.authorise({ key: 1, windowHours: 1 });
  tenant.present({ key: 2, originalKey: 1, flags: FLAG.more, amount: 1, windowHours: 1 });
  tenant.tick(7 * DAY);
  tenant.present({ key: 3, originalKey: 1, windowHours: 240 });
  tenant.tick(10 * DAY - 1);
  t.hasStrict(tenant.standing(1), { status: 'cleared', posted: 1001 });
  t.equal(tenant.standing(2)!.status, 'clearing');
  tenant.tick(1);
  tenant.tick(1);
  t.equal(tenant.state.records.size, 0);
});

t.test('a late message of what is forgotten finds nothing', async (t) => {
  const tenant = new OneTenant();
  const { approvalCode } = tenant.authorise({ key: 1, windowHours: 1 });
  tenant.tick(7 * DAY + HOUR);
  tenant.present({ key: 2, originalKey: 1, approvalCode });
  t.equal(tenant.standing(2)!.marks, 'forced');
  tenant.reverse({ originalKey: 1 });
  t.equal(tenant.standing(1)!.status, 'blocked', 'the reversal keeps what may come');
});

t.test(
  'a clearing of which all is in suspense goes with its authorisation, and takes nothing along',
  async (t) => {
    const tenant = new OneTenant();
    tenant.authorise({ key: 1, windowHours: 300 });
    tenant.authorise({ key: 2, windowHours: 300 });
    tenant.present({ key: 3, originalKey: 1, flags: FLAG.more, windowHours: 300 });
    tenant.present({ key: 4, originalKey: 1, flags: FLAG.more, windowHours: 1 });
    t.hasStrict(tenant.standing(4), { billed: 1000, posted: 0 });
    tenant.tick(2 * HOUR);
    t.hasStrict(tenant.position(), { posted: FULL - 1000, held: 1000 });
    tenant.reverse({ originalKey: 1 });
    t.same(tenant.book(), { cardholders: FULL - 1000, holds: 1000 });
  },
);

t.test('rows are used again, and what they were is not mixed with what they are', async (t) => {
  const tenant = new OneTenant();
  const quick = { mcc: 0, mccTo: 9999, holdMinutes: 60, estimateMinutes: 60, tolerance: 0 };
  tenant.ask({ kind: 'setHoldRule', ...quick });
  for (let round = 0; round < 50; round++) {
    const key = 10 * round;
    tenant.authorise({ key: key + 1, windowHours: 1 });
    tenant.raise(key + 1, { windowHours: 1 });
    tenant.present({ key: key + 2, originalKey: key + 1, amount: 300, flags: FLAG.more, windowHours: 1 });
    tenant.buy({ key: key + 3, windowHours: 1 });
    tenant.reverse({ originalKey: key + 3, windowHours: 1 });
    tenant.reverse({ originalKey: key + 4, windowHours: 1 });
    tenant.tick(25);
    tenant.position();
  }
  t.equal(tenant.position().posted, FULL - 50 * 300);
  t.ok(tenant.state.records.length < 100, `${tenant.state.records.length} rows for 350 messages`);
  tenant.tick(3 * HOUR);
  tenant.tick(1);
  t.equal(tenant.state.records.size, 0);
  t.equal(tenant.position().held, 0);
});

t.test('approval codes go on, though rows are used again', async (t) => {
  const tenant = new OneTenant();
  const quick = { mcc: 0, mccTo: 9999, holdMinutes: 1, estimateMinutes: 1, tolerance: 0 };
  tenant.ask({ kind: 'setHoldRule', ...quick });
  const given = new Set<number>();
  for (let round = 0; round < 100; round++) {
    given.add(tenant.authorise({ amount: 1, windowHours: 1 }).approvalCode);
    tenant.tick(HOUR);
  }
  t.equal(given.size, 100);
});
