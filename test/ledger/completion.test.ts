import t from 'tap';
import { CARD_STATUS, FLAG, RESPONSE } from '../../ledger/command.js';
import { OneTenant } from './one-tenant.js';

const FULL = 10_000_000;

t.test('a completion of what was held books it, by advice and by request', async (t) => {
  for (const flags of [FLAG.advice, 0]) {
    const tenant = new OneTenant();
    const { approvalCode } = tenant.authorise({ key: 1 });
    const told = tenant.buy({ key: 2, originalKey: 1, flags });
    t.same(told, { code: RESPONSE.approved, approvalCode: flags === 0 ? approvalCode : 0, journalled: true });
    t.hasStrict(tenant.standing(1), { status: 'cleared', held: 0, posted: 1000 });
    t.hasStrict(tenant.standing(2), { status: 'clearing', billed: 1000, posted: 1000, marks: '' });
    t.same(tenant.position(), {
      posted: FULL - 1000,
      held: 0,
      available: FULL - 1000,
      daySpent: 1000,
      dayCount: 1,
    });
    t.same(tenant.book(), { cardholders: FULL - 1000, settlement: 1000 });
  }
});

t.test('a smaller one releases the rest, to the day’s limits too', async (t) => {
  const tenant = new OneTenant();
  tenant.authorise({ key: 1, amount: 1000 });
  t.equal(tenant.present({ originalKey: 1, amount: 350 }).code, RESPONSE.approved);
  t.hasStrict(tenant.standing(1), { status: 'cleared', held: 0, posted: 350 });
  t.same(tenant.position(), {
    posted: FULL - 350,
    held: 0,
    available: FULL - 350,
    daySpent: 350,
    dayCount: 1,
  });
});

t.test('one of nothing releases all of it', async (t) => {
  for (const flags of [FLAG.advice, 0]) {
    const tenant = new OneTenant();
    const before = tenant.position();
    tenant.authorise({ key: 1 });
    const told = tenant.buy({ key: 2, originalKey: 1, amount: 0, flags });
    t.equal(told.code, RESPONSE.approved);
    t.same(tenant.position(), before);
    t.equal(tenant.standing(1)!.status, 'released');
    t.equal(tenant.standing(2)!.status, 'noted');
    t.same(tenant.buy({ key: 2, originalKey: 1, amount: 0, flags }), { ...told, journalled: false });
    t.equal(tenant.reverse({ originalKey: 2 }).code, RESPONSE.approved);
    t.same(tenant.position(), before);
  }
});

t.test('an advice of nothing for what holds nothing moves nothing', async (t) => {
  const tenant = new OneTenant();
  tenant.authorise({ key: 1 });
  tenant.present({ originalKey: 1 });
  const before = tenant.position();
  t.equal(tenant.present({ originalKey: 1, amount: 0 }).code, RESPONSE.approved);
  t.equal(tenant.present({ amount: 0 }).code, RESPONSE.approved);
  t.same(tenant.position(), before);
});

t.test('a larger one charges what was held; the rest of an advice is in suspense', async (t) => {
  const tenant = new OneTenant();
  tenant.authorise({ key: 1, amount: 1000 });
  t.equal(tenant.present({ key: 2, originalKey: 1, amount: 1300 }).code, RESPONSE.approved);
  t.hasStrict(tenant.standing(2), {
    status: 'clearing',
    billed: 1300,
    posted: 1000,
    marks: 'overTolerance',
  });
  t.same(tenant.book(), { cardholders: FULL - 1000, settlement: 1300, suspense: -300 });
});

t.test('a larger request is refused, and its hold stays', async (t) => {
  const tenant = new OneTenant();
  tenant.authorise({ key: 1, amount: 1000 });
  t.equal(tenant.buy({ key: 2, originalKey: 1, amount: 1001 }).code, RESPONSE.invalidAmount);
  t.hasStrict(tenant.standing(1), { status: 'held', held: 1000, posted: 0 });
  t.hasStrict(tenant.standing(2), { status: 'declined', billed: 0, marks: '' });
  t.equal(tenant.buy({ originalKey: 1, amount: 1000 }).code, RESPONSE.approved);
});

t.test(
  'what was approved is completed, also when the card was blocked meanwhile or has no more money',
  async (t) => {
    const tenant = new OneTenant();
    tenant.issue(2, {}, 1000);
    tenant.authorise({ key: 1, token: 2 });
    tenant.now = Date.UTC(2027, 1, 1); // the card has expired
    t.equal(tenant.buy({ token: 2, originalKey: 1 }).code, RESPONSE.approved);
    tenant.issue(3, { status: CARD_STATUS.blocked });
    tenant.advise({ key: 5, token: 3 });
    t.equal(tenant.buy({ token: 3, originalKey: 5 }).code, RESPONSE.approved);
  },
);

t.test('a completion may name an increment; all that both hold is completed', async (t) => {
  const tenant = new OneTenant();
  tenant.authorise({ key: 1, amount: 1000 });
  tenant.raise(1, { key: 2, amount: 500 });
  t.equal(tenant.present({ originalKey: 2, amount: 1500 }).code, RESPONSE.approved);
  t.hasStrict(tenant.standing(1), { status: 'cleared', posted: 1500 });
});

t.test('an advice of a completion that was declined books nothing', async (t) => {
  const tenant = new OneTenant();
  tenant.authorise({ key: 1 });
  t.equal(tenant.present({ originalKey: 1, flags: FLAG.declined }).code, RESPONSE.approved);
  t.hasStrict(tenant.standing(1), { status: 'held', held: 1000 });
});

t.test('a completion that names what was declined is one without an authorisation', async (t) => {
  const tenant = new OneTenant({ perTransaction: 999 });
  tenant.authorise({ key: 1 });
  t.equal(tenant.buy({ originalKey: 1 }).code, RESPONSE.exceedsAmountLimit);
  t.equal(tenant.present({ key: 2, originalKey: 1 }).code, RESPONSE.approved);
  t.hasStrict(tenant.standing(2), { marks: 'forced' });
});

t.test('one that names itself is one without an authorisation', async (t) => {
  const tenant = new OneTenant();
  t.equal(tenant.buy({ key: 1, originalKey: 1 }).code, RESPONSE.approved);
  t.hasStrict(tenant.standing(1), { status: 'clearing', posted: 1000 });
  t.equal(tenant.present({ key: 2, originalKey: 2 }).code, RESPONSE.approved);
  t.hasStrict(tenant.standing(2), { marks: 'forced' });
});

t.test('a repeat is told the same, and books nothing', async (t) => {
  const tenant = new OneTenant();
  tenant.authorise({ key: 1 });
  const first = tenant.buy({ key: 2, originalKey: 1 });
  const before = tenant.position();
  t.same(tenant.buy({ key: 2, originalKey: 1 }), { ...first, journalled: false });
  t.equal(tenant.buy({ key: 2, originalKey: 1, amount: 999 }).code, RESPONSE.duplicate);
  t.same(tenant.position(), before);
});

t.test('a purchase by one message is decided and booked at once', async (t) => {
  const tenant = new OneTenant({ perTransaction: 1000 });
  const { code, approvalCode } = tenant.buy({ key: 1 });
  t.equal(code, RESPONSE.approved);
  t.ok(approvalCode > 0);
  t.same(tenant.position(), {
    posted: FULL - 1000,
    held: 0,
    available: FULL - 1000,
    daySpent: 1000,
    dayCount: 1,
  });
  t.equal(tenant.buy({ amount: 1001 }).code, RESPONSE.exceedsAmountLimit);
  t.equal(tenant.buy({ token: 9 }).code, RESPONSE.noSuchCard);
  t.same(tenant.book(), { cardholders: FULL - 1000, settlement: 1000 });
});
