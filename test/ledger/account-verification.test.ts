import t from 'tap';
import { CARD_STATUS, RESPONSE } from '../../ledger/command.js';
import { ECOMMERCE, OneTenant, USD } from './one-tenant.js';

t.test('an authorisation of nothing says that a card is good, and holds nothing', async (t) => {
  const tenant = new OneTenant({ perDayCount: 0, perTransaction: 0, perDay: 0 });
  const before = tenant.position();
  const first = tenant.authorise({ key: 1, amount: 0 });
  t.equal(first.code, RESPONSE.approved, 'no limit stands against nothing');
  t.ok(first.approvalCode > 0);
  t.ok(first.journalled);
  t.same(tenant.position(), before);
  t.hasStrict(tenant.standing(1), { status: 'noted', held: 0 });
  t.same(tenant.authorise({ key: 1, amount: 0 }), { ...first, journalled: false });
});

t.test('a verification tells what is wrong with the card', async (t) => {
  const tenant = new OneTenant();
  tenant.issue(2, { status: CARD_STATUS.blocked });
  tenant.issue(3, { expiry: 2605 });
  tenant.issue(4, { channels: ECOMMERCE });
  t.equal(tenant.authorise({ amount: 0, token: 9 }).code, RESPONSE.noSuchCard);
  t.equal(tenant.authorise({ amount: 0, token: 2 }).code, RESPONSE.restrictedCard);
  t.equal(tenant.authorise({ amount: 0, token: 3 }).code, RESPONSE.expiredCard);
  t.equal(tenant.authorise({ amount: 0, token: 4 }).code, RESPONSE.notPermittedToCardholder);
  t.equal(tenant.authorise({ amount: 0, expiry: 2701 }).code, RESPONSE.expiredCard);
});

t.test('nothing is nothing in every currency', async (t) => {
  const tenant = new OneTenant();
  t.equal(tenant.authorise({ amount: 0, currency: USD }).code, RESPONSE.approved);
  t.equal(tenant.authorise({ amount: 0, currency: 0 }).code, RESPONSE.approved);
});

t.test('a card without money is good', async (t) => {
  const tenant = new OneTenant();
  tenant.issue(2);
  t.equal(tenant.authorise({ token: 2, amount: 0 }).code, RESPONSE.approved);
  t.equal(tenant.buy({ token: 2, amount: 0 }).code, RESPONSE.approved, 'by 0200 too');
  t.same(tenant.book(), { cardholders: 10_000_000 });
});

t.test('reversing or voiding a verification moves nothing', async (t) => {
  const tenant = new OneTenant();
  const before = tenant.position();
  tenant.authorise({ key: 1, amount: 0 });
  tenant.authorise({ key: 2, amount: 0 });
  t.equal(tenant.reverse({ originalKey: 1 }).code, RESPONSE.approved);
  tenant.ask({ kind: 'voidRequest', key: 2 });
  t.equal(tenant.authorise({ key: 2, amount: 0 }).code, RESPONSE.issuerInoperative);
  t.same(tenant.position(), before);
});
