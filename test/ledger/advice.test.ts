import t from 'tap';
import { CARD_STATUS, FLAG, RESPONSE } from '../../ledger/command.js';
import { EUR, OneTenant, USD } from './one-tenant.js';

const FULL = 10_000_000;

t.test('what was approved elsewhere is held, whatever stands against it', async (t) => {
  const tenant = new OneTenant({ perTransaction: 1, perDay: 1, perDayCount: 0, channels: 0 });
  tenant.issue(2, { status: CARD_STATUS.blocked, expiry: 2601, channels: 0 }, 2000);
  const told = tenant.advise({ key: 1, token: 2, expiry: 2712, approvalCode: 4711 });
  t.same(told, { code: RESPONSE.approved, approvalCode: 0, journalled: true });
  t.hasStrict(tenant.standing(1), { status: 'held', held: 1000, marks: '' });
  t.same(tenant.position(2), { posted: 2000, held: 1000, available: 1000, daySpent: 1000, dayCount: 1 });
  tenant.present({ token: 2, approvalCode: 4711 });
  t.same(tenant.book(), { cardholders: FULL + 1000, settlement: 1000 });
});

t.test('its repeat is recognised, in whatever form it comes', async (t) => {
  const tenant = new OneTenant();
  const first = tenant.advise({ key: 1, approvalCode: 77 });
  t.same(tenant.advise({ key: 1, approvalCode: 77 }), { ...first, journalled: false });
  const presented = tenant.present({ key: 2, approvalCode: 78 });
  t.same(tenant.present({ key: 2, approvalCode: 78 }), { ...presented, journalled: false });
  t.equal(tenant.advise({ key: 1, amount: 1001 }).code, RESPONSE.duplicate);
  t.equal(tenant.position().held, 1000);
});

t.test('an advice of what was declined holds nothing', async (t) => {
  const tenant = new OneTenant();
  t.equal(tenant.advise({ key: 1, flags: FLAG.declined }).code, RESPONSE.approved);
  t.equal(tenant.standing(1)!.status, 'noted');
  t.equal(tenant.position().held, 0);
});

t.test('an advice for a card that is unknown has no account to be held of', async (t) => {
  const tenant = new OneTenant();
  const told = { code: RESPONSE.noSuchCard, approvalCode: 0, journalled: true };
  t.same(tenant.advise({ key: 1, token: 9 }), told);
  t.same(tenant.advise({ key: 2, token: 9, flags: FLAG.declined }), told);
  t.same(tenant.advise({ key: 3, token: 9, flags: FLAG.incremental, originalKey: 1 }), told);
  t.same(tenant.advise({ key: 1, token: 9 }), { ...told, journalled: false });
  tenant.issue(9, {}, 5000);
  t.same(tenant.advise({ key: 1, token: 9 }), { ...told, journalled: false }, 'issued meanwhile');
  t.same(tenant.book(), { cardholders: FULL + 5000 });
});

t.test('an advice in a currency without a rate can’t be held', async (t) => {
  const tenant = new OneTenant();
  t.equal(tenant.advise({ key: 1, currency: USD }).code, RESPONSE.invalidTransaction);
  t.hasStrict(tenant.standing(1), { status: 'declined', billed: 0, marks: '' });
  tenant.ask({ kind: 'setRate', currency: USD, billingCurrency: EUR, rate: 79_000_000, exponents: 0 });
  t.equal(tenant.advise({ key: 2, currency: USD }).code, RESPONSE.approved);
  t.equal(tenant.position().held, 900);
});

t.test('an advice of an inquiry, of a refund, of nothing, is noted', async (t) => {
  const tenant = new OneTenant();
  t.equal(tenant.advise({ processingCode: 310_000 }).code, RESPONSE.approved);
  t.equal(tenant.advise({ processingCode: 200_000 }).code, RESPONSE.approved);
  t.equal(tenant.advise({ amount: 0 }).code, RESPONSE.approved);
  t.same(tenant.book(), { cardholders: FULL });
});

t.test('an advice is reversed as a request is', async (t) => {
  const tenant = new OneTenant();
  const before = tenant.position();
  tenant.advise({ key: 1 });
  t.equal(tenant.reverse({ originalKey: 1, flags: FLAG.advice }).code, RESPONSE.approved);
  t.same(tenant.position(), before);
});
