import t from 'tap';
import { isDue } from '../../ledger/advance-time.js';
import { FLAG, RESPONSE } from '../../ledger/command.js';
import { DAY, HOUR, OneTenant } from './one-tenant.js';

const FULL = 10_000_000;
const HOTEL = 7011;
const FUEL = 5542;

function ruled(): OneTenant {
  const tenant = new OneTenant({ perDayCount: 10_000 });
  const hotels = { mcc: 7000, mccTo: 7512, holdMinutes: 7 * DAY, estimateMinutes: 30 * DAY, tolerance: 1500 };
  tenant.ask({ kind: 'setHoldRule', ...hotels });
  const fuel = { mcc: FUEL, mccTo: FUEL, holdMinutes: 2 * HOUR, estimateMinutes: 3 * DAY, tolerance: 0 };
  tenant.ask({ kind: 'setHoldRule', ...fuel });
  return tenant;
}

t.test('a hold lasts as long as its merchant’s category and kind have it, to the minute', async (t) => {
  for (const [name, mcc, flags, minutes] of [
    ['by default', 5411, 0, 7 * DAY],
    ['an estimate by default', 5411, FLAG.estimated, 7 * DAY],
    ['a hotel’s', HOTEL, 0, 7 * DAY],
    ['a hotel’s estimate', HOTEL, FLAG.estimated, 30 * DAY],
    ['the last of the range', 7512, FLAG.estimated, 30 * DAY],
    ['the one behind it', 7513, FLAG.estimated, 7 * DAY],
    ['a fuel pump’s', FUEL, 0, 2 * HOUR],
    ['a fuel pump’s estimate', FUEL, FLAG.estimated, 3 * DAY],
  ] as const) {
    for (const advice of [0, FLAG.advice]) {
      const tenant = ruled();
      tenant.authorise({ key: 1, mcc, flags: flags | advice });
      tenant.tick(minutes - 1);
      t.equal(tenant.position().held, 1000, name);
      tenant.tick(1);
      t.equal(tenant.standing(1)!.status, 'expired', name);
      t.hasStrict(tenant.position(), { posted: FULL, held: 0, available: FULL }, name);
    }
  }
});

t.test('a new rule is for the holds after it', async (t) => {
  const tenant = ruled();
  tenant.authorise({ key: 1, mcc: FUEL });
  const longer = { mcc: FUEL, mccTo: FUEL, holdMinutes: DAY, estimateMinutes: DAY, tolerance: 0 };
  tenant.ask({ kind: 'setHoldRule', ...longer });
  tenant.authorise({ key: 2, mcc: FUEL });
  tenant.tick(2 * HOUR);
  t.equal(tenant.standing(1)!.status, 'expired');
  t.equal(tenant.standing(2)!.status, 'held');
});

t.test('on the day of the hold, its limits come back too', async (t) => {
  const tenant = ruled();
  tenant.authorise({ mcc: FUEL });
  t.hasStrict(tenant.position(), { daySpent: 1000, dayCount: 1 });
  tenant.tick(2 * HOUR);
  t.hasStrict(tenant.position(), { daySpent: 0, dayCount: 0 });
});

t.test('nothing expires by itself: only a command of the journal says that time went on', async (t) => {
  const tenant = ruled();
  tenant.authorise({ key: 1, mcc: FUEL });
  tenant.now += 30 * DAY * 60_000;
  t.equal(tenant.authorise({ key: 2 }).code, RESPONSE.approved);
  t.equal(tenant.position().held, 2000);
  t.equal(isDue(tenant.state, tenant.now), true);
  tenant.tick(0);
  t.equal(tenant.position().held, 1000);
  t.equal(isDue(tenant.state, tenant.now), false);
});

t.test('until something is due, nothing is', async (t) => {
  const tenant = ruled();
  t.equal(isDue(tenant.state, Number.MAX_SAFE_INTEGER), false);
  tenant.authorise({ mcc: FUEL });
  t.equal(isDue(tenant.state, tenant.now + 2 * HOUR * 60_000 - 1), false);
  t.equal(isDue(tenant.state, tenant.now + 2 * HOUR * 60_000), true);
});

t.test('an expired hold is not raised, and its reversal and its clearing come late', async (t) => {
  const tenant = ruled();
  tenant.authorise({ key: 1, mcc: FUEL });
  tenant.tick(2 * HOUR);
  t.equal(tenant.raise(1).code, RESPONSE.originalNotFound);
  tenant.reverse({ key: 3, originalKey: 1 });
  t.equal(tenant.standing(3)!.marks, 'late');
  tenant.present({ key: 4, originalKey: 1 });
  t.equal(tenant.standing(4)!.marks, 'late');
});

t.test('one command looks at a bounded number of messages; the next goes on', async (t) => {
  const tenant = ruled();
  for (let count = 0; count < 2500; count++) tenant.authorise({ amount: 1, mcc: FUEL });
  tenant.now += 2 * HOUR * 60_000;
  const left = [];
  do {
    tenant.ask({ kind: 'advanceTime' });
    left.push(tenant.position().held);
  } while (tenant.decision.unfinished);
  t.same(left, [2500 - 1024, 2500 - 2048, 0]);
});

t.test('what is decided between two such commands is decided as it stands then', async (t) => {
  const tenant = ruled();
  const keys = Array.from({ length: 1025 }, (_, index) => 5000 + index);
  for (const key of keys) tenant.authorise({ key, amount: 1, mcc: FUEL });
  tenant.now += 2 * HOUR * 60_000;
  tenant.ask({ kind: 'advanceTime' });
  t.equal(tenant.decision.unfinished, true);
  const open = keys.filter((key) => tenant.standing(key)!.status === 'held');
  t.equal(open.length, 1);
  t.equal(tenant.buy({ key: 1, originalKey: open[0]!, amount: 1 }).code, RESPONSE.approved);
  t.equal(tenant.standing(1)!.marks, '');
  tenant.tick(0);
  t.hasStrict(tenant.position(), { posted: FULL - 1, held: 0 });
});
