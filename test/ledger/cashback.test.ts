import t from 'tap';
import { FLAG, RESPONSE } from '../../ledger/command.js';
import { OneTenant } from './one-tenant.js';

const WITH_CASHBACK = 90_000;
const asked = { token: 2, amount: 1500, cashback: 500, processingCode: WITH_CASHBACK };

function holding(balance: number): OneTenant {
  const tenant = new OneTenant();
  tenant.issue(2, {}, balance);
  return tenant;
}

t.test('a purchase with cashback holds both', async (t) => {
  const tenant = holding(1500);
  t.equal(tenant.authorise({ key: 1, ...asked }).code, RESPONSE.approved);
  t.equal(tenant.position(2).held, 1500);
  tenant.present({ originalKey: 1, ...asked });
  t.same(tenant.book(), { cardholders: 10_000_000, settlement: 1500 });
});

t.test('where the account can’t pay both, neither is approved', async (t) => {
  const tenant = holding(1499);
  t.equal(tenant.authorise(asked).code, RESPONSE.insufficientFunds);
  t.equal(tenant.position(2).held, 0);
});

t.test('where the terminal can take less, the purchase is approved without the cash', async (t) => {
  const tenant = holding(1499);
  t.equal(tenant.authorise({ ...asked, flags: FLAG.partial }).code, RESPONSE.partiallyApproved);
  t.equal(tenant.decision.approvedAmount, 1000);
  t.equal(tenant.position(2).held, 1000);
});

t.test('or less than the purchase, where not even that can be paid', async (t) => {
  const tenant = holding(800);
  t.equal(tenant.authorise({ ...asked, flags: FLAG.partial }).code, RESPONSE.partiallyApproved);
  t.equal(tenant.decision.approvedAmount, 800);
});

t.test('cash alone is not approved in part, and neither is more cash than the whole', async (t) => {
  const tenant = holding(800);
  for (const cashback of [1500, 1501]) {
    const { code } = tenant.authorise({ ...asked, cashback, flags: FLAG.partial });
    t.equal(code, RESPONSE.insufficientFunds);
  }
});

t.test('booked at once, it is the same', async (t) => {
  const tenant = holding(1200);
  t.equal(tenant.buy({ ...asked, flags: FLAG.partial }).code, RESPONSE.partiallyApproved);
  t.equal(tenant.position(2).posted, 200);
});
