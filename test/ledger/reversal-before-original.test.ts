import t from 'tap';
import { FLAG, RESPONSE } from '../../ledger/command.js';
import { DAY, HOUR, OneTenant } from './one-tenant.js';

const FULL = 10_000_000;
const NOTHING = { posted: FULL, held: 0, available: FULL, daySpent: 0, dayCount: 0 };

t.test('what comes after its reversal takes nothing: a request is refused, an advice noted', async (t) => {
  const tenant = new OneTenant();
  for (const originalKey of [1, 2, 3, 4, 5]) {
    t.equal(tenant.reverse({ originalKey }).code, RESPONSE.approved);
    t.equal(tenant.standing(originalKey)!.status, 'blocked');
  }
  tenant.authorise({ key: 10 });
  t.equal(tenant.authorise({ key: 1 }).code, RESPONSE.invalidTransaction);
  t.equal(tenant.advise({ key: 2 }).code, RESPONSE.approved);
  t.equal(tenant.buy({ key: 3, originalKey: 10 }).code, RESPONSE.invalidTransaction);
  t.equal(tenant.present({ key: 4, originalKey: 10 }).code, RESPONSE.approved);
  t.equal(tenant.raise(10, { key: 5 }).code, RESPONSE.invalidTransaction);
  t.same(
    [1, 2, 3, 4, 5].map((key) => tenant.standing(key)!.status),
    ['declined', 'noted', 'declined', 'noted', 'declined'],
  );
  t.equal(tenant.standing(10)!.held, 1000, 'nor does it touch what it names');
  tenant.reverse({ originalKey: 10 });
  t.same(tenant.position(), NOTHING);
});

t.test('their repeats are told the same', async (t) => {
  const tenant = new OneTenant();
  tenant.reverse({ originalKey: 1 });
  tenant.reverse({ originalKey: 2 });
  const advised = tenant.advise({ key: 1 });
  t.same(tenant.advise({ key: 1 }), { ...advised, journalled: false });
  const presented = tenant.present({ key: 2 });
  t.same(tenant.present({ key: 2 }), { ...presented, journalled: false });
  t.same(tenant.position(), NOTHING);
});

t.test('an advice holds what a partial reversal lets stand', async (t) => {
  const tenant = new OneTenant();
  tenant.reverse({ originalKey: 1, amount: 1000, kept: 600 });
  t.equal(tenant.advise({ key: 1, amount: 1000 }).code, RESPONSE.approved);
  t.equal(tenant.decision.billed, 600);
  t.hasStrict(tenant.standing(1), { status: 'held', amount: 1000, held: 600, marks: '' });
  t.same(tenant.position(), { posted: FULL, held: 600, available: FULL - 600, daySpent: 600, dayCount: 1 });
  tenant.reverse({ originalKey: 1, amount: 1000, kept: 500 });
  t.equal(tenant.position().held, 500);
  tenant.reverse({ originalKey: 1 });
  t.same(tenant.position(), NOTHING);
});

t.test('so does the advice of a clearing: it books that, against its hold', async (t) => {
  const tenant = new OneTenant();
  tenant.authorise({ key: 1, amount: 1000 });
  tenant.reverse({ originalKey: 2, amount: 1000, kept: 300 });
  t.equal(tenant.present({ key: 2, originalKey: 1, amount: 1000 }).code, RESPONSE.approved);
  t.equal(tenant.decision.billed, 300);
  t.hasStrict(tenant.standing(1), { status: 'cleared', posted: 300, held: 0 });
  t.hasStrict(tenant.standing(2), { status: 'clearing', billed: 300, posted: 300 });
  t.same(tenant.book(), { cardholders: FULL - 300, settlement: 300 });
});

t.test('and one without an account, or of a refund', async (t) => {
  const tenant = new OneTenant();
  tenant.reverse({ originalKey: 2, amount: 1000, kept: 300 });
  tenant.present({ key: 2, processingCode: 200_000 });
  t.equal(tenant.position().posted, FULL + 300);
  tenant.reverse({ originalKey: 3, amount: 1000, kept: 300 });
  tenant.present({ key: 3, currency: 840 });
  t.same(tenant.book(840), { settlement: 300, suspense: -300 });
});

t.test('a debt that the kept part does not make is not written down', async (t) => {
  const tenant = new OneTenant();
  tenant.issue(2, {}, 400);
  tenant.reverse({ token: 2, originalKey: 1, kept: 400 });
  tenant.advise({ key: 1, token: 2 });
  t.hasStrict(tenant.standing(1), { held: 400, marks: '' });
  tenant.reverse({ token: 2, originalKey: 2, kept: 10 });
  tenant.advise({ key: 2, token: 2 });
  t.hasStrict(tenant.standing(2), { held: 10, marks: 'indebted' });
  t.equal(tenant.book().standInDebt, -10);
});

t.test('of several reversals that come first, the one that lets least stand counts', async (t) => {
  for (const kept of [
    [600, 300, 500],
    [300, 600],
    [300, 300],
  ]) {
    const tenant = new OneTenant();
    for (const stands of kept) tenant.reverse({ originalKey: 1, kept: stands });
    tenant.advise({ key: 1 });
    t.equal(tenant.position().held, 300, `${kept}`);
  }
  for (const kept of [
    [600, -1],
    [-1, 600],
    [0, 600],
  ]) {
    const tenant = new OneTenant();
    for (const stands of kept) tenant.reverse({ originalKey: 1, kept: stands });
    tenant.advise({ key: 1 });
    t.same(tenant.position(), NOTHING, `${kept}`);
  }
});

t.test('one that lets more stand than there is lets all stand', async (t) => {
  const tenant = new OneTenant();
  tenant.reverse({ originalKey: 1, kept: 2000 });
  tenant.advise({ key: 1, amount: 1000 });
  t.equal(tenant.position().held, 1000);
});

t.test('a request is given up even where a part would stand: its sender had no answer', async (t) => {
  const tenant = new OneTenant();
  tenant.reverse({ originalKey: 1, kept: 300 });
  t.equal(tenant.authorise({ key: 1 }).code, RESPONSE.invalidTransaction);
  t.same(tenant.position(), NOTHING);
});

t.test('one that can’t name its original blocks it as either kind of request', async (t) => {
  const tenant = new OneTenant();
  const told = tenant.reverse({ key: 9, originalKey: 1, flags: FLAG.unnamed });
  t.equal(told.code, RESPONSE.approved);
  t.equal(tenant.authorise({ key: 1 }).code, RESPONSE.invalidTransaction);
  t.equal(tenant.buy(tenant.financialKey(1)).code, RESPONSE.invalidTransaction);
  t.same(tenant.position(), NOTHING);
});

t.test('a second one that lets less stand lowers both', async (t) => {
  const tenant = new OneTenant();
  tenant.reverse({ originalKey: 1, flags: FLAG.unnamed, kept: 500 });
  tenant.reverse({ originalKey: 1, flags: FLAG.unnamed, kept: 200 });
  tenant.present(tenant.financialKey(1));
  t.equal(tenant.position().posted, FULL - 200);
});

t.test('one that names it keeps to that kind', async (t) => {
  const tenant = new OneTenant();
  tenant.reverse({ originalKey: 1 });
  t.equal(tenant.buy(tenant.financialKey(1)).code, RESPONSE.approved);
});

t.test('what is kept expires as its merchant’s category has it, an hour late at most', async (t) => {
  const tenant = new OneTenant();
  const quick = { mcc: 0, mccTo: 9999, holdMinutes: 2 * HOUR, estimateMinutes: 2 * HOUR, tolerance: 0 };
  tenant.ask({ kind: 'setHoldRule', ...quick });
  tenant.reverse({ originalKey: 1, kept: 600 });
  tenant.tick(30);
  tenant.advise({ key: 1 });
  t.equal(tenant.position().held, 600);
  tenant.tick(30);
  tenant.tick(89);
  t.equal(tenant.position().held, 600);
  tenant.tick(61);
  t.equal(tenant.position().held, 0);
  t.equal(tenant.standing(1)!.status, 'expired');
});

t.test('outside its window a reversal that came first is forgotten', async (t) => {
  const tenant = new OneTenant();
  tenant.reverse({ key: 2, originalKey: 1, windowHours: 24 });
  for (let hour = 0; hour < 23; hour++) tenant.tick(HOUR);
  tenant.tick(59);
  t.equal(tenant.standing(1)!.status, 'blocked');
  tenant.tick(1);
  t.equal(tenant.standing(1), undefined);
  t.equal(tenant.authorise({ key: 1 }).code, RESPONSE.approved);
  tenant.tick(7 * DAY);
  t.equal(tenant.position().held, 0);
});
