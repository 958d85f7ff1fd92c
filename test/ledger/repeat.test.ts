import t from 'tap';
import { RESPONSE } from '../../ledger/command.js';
import { OneTenant } from './one-tenant.js';

t.test('the same message again gets the same answer, and nothing moves', async (t) => {
  const tenant = new OneTenant();
  const first = tenant.authorise({ key: 1 });
  const before = tenant.position();
  t.same(tenant.authorise({ key: 1 }), { ...first, journalled: false });
  t.same(tenant.authorise({ key: 1 }), { ...first, journalled: false });
  t.same(tenant.position(), before);
  t.equal(tenant.state.records.length, 1);
});

t.test('a decline is repeated even when the reason for it is gone', async (t) => {
  const tenant = new OneTenant({ perTransaction: 999 });
  const first = tenant.authorise({ key: 1 });
  t.equal(first.code, RESPONSE.exceedsAmountLimit);
  tenant.ask({ kind: 'setLimits', channels: 31, perTransaction: 1000, perDay: 9999, perDayCount: 9 });
  t.same(tenant.authorise({ key: 1 }), { ...first, journalled: false });
  t.equal(tenant.position().held, 0);
});

t.test('an approval is repeated even when a new one would be declined', async (t) => {
  const tenant = new OneTenant({ perDayCount: 1 });
  const first = tenant.authorise({ key: 1 });
  t.equal(tenant.authorise().code, RESPONSE.exceedsCountLimit);
  tenant.now = Date.UTC(2030, 0, 1); // the card has expired
  t.same(tenant.authorise({ key: 1 }), { ...first, journalled: false });
});

t.test('another message under the key is a duplicate; nothing moves and the first stands', async (t) => {
  const tenant = new OneTenant();
  tenant.issue(2, {}, 5000);
  const first = tenant.authorise({ key: 1 });
  const before = [tenant.position(1), tenant.position(2)];
  const duplicate = { code: RESPONSE.duplicate, approvalCode: 0, journalled: false };
  t.same(tenant.authorise({ key: 1, amount: 1001 }), duplicate, 'other content');
  t.same(tenant.authorise({ key: 1, token: 2 }), duplicate, 'other card');
  t.same(tenant.authorise({ key: 1, token: 3 }), duplicate, 'unknown card');
  t.same([tenant.position(1), tenant.position(2)], before);
  t.same(tenant.authorise({ key: 1 }), { ...first, journalled: false });
});

t.test('a repeat after the token’s key was rotated is the same card’s', async (t) => {
  const tenant = new OneTenant();
  const first = tenant.authorise({ key: 1 });
  tenant.ask({ kind: 'aliasCard', token: 9, originalToken: 1 });
  t.same(tenant.authorise({ key: 1, token: 9 }), { ...first, journalled: false });
});

t.test('a repeat for a card that was issued meanwhile gets the decline again', async (t) => {
  const tenant = new OneTenant();
  const first = tenant.authorise({ key: 1, token: 2 });
  t.equal(first.code, RESPONSE.noSuchCard);
  tenant.issue(2, {}, 5000);
  t.same(tenant.authorise({ key: 1, token: 2 }), { ...first, journalled: false });
  t.equal(tenant.authorise({ token: 2 }).code, RESPONSE.approved);
});

t.test('a repeat of what was reversed still gets the approval, and holds nothing', async (t) => {
  const tenant = new OneTenant();
  const first = tenant.authorise({ key: 1 });
  tenant.reverse({ originalKey: 1 });
  t.same(tenant.authorise({ key: 1 }), { ...first, journalled: false });
  t.equal(tenant.position().held, 0);
});
