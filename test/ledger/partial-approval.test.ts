import t from 'tap';
import { FLAG, RESPONSE } from '../../ledger/command.js';
import { EUR, OneTenant, USD } from './one-tenant.js';

const CASH = 10_000;

/** A tenant whose card 2 has 7.00. */
function withSeven(): OneTenant {
  const tenant = new OneTenant();
  tenant.issue(2, {}, 700);
  return tenant;
}

t.test('a terminal that can take less is given what there is', async (t) => {
  const tenant = withSeven();
  const { code, approvalCode } = tenant.authorise({ key: 1, token: 2, flags: FLAG.partial });
  t.equal(code, RESPONSE.partiallyApproved);
  t.ok(approvalCode > 0);
  t.equal(tenant.decision.approvedAmount, 700);
  t.hasStrict(tenant.standing(1), { status: 'held', amount: 700, held: 700, marks: 'partial' });
  t.same(tenant.position(2), { posted: 700, held: 700, available: 0, daySpent: 700, dayCount: 1 });
});

t.test('one that can’t is declined, and so is one that finds nothing at all', async (t) => {
  const tenant = withSeven();
  t.equal(tenant.authorise({ token: 2 }).code, RESPONSE.insufficientFunds);
  t.equal(tenant.decision.approvedAmount, -1);
  tenant.authorise({ token: 2, amount: 700 });
  t.equal(tenant.authorise({ token: 2, flags: FLAG.partial }).code, RESPONSE.insufficientFunds);
  tenant.present({ token: 2, amount: 300 });
  t.equal(tenant.authorise({ token: 2, flags: FLAG.partial }).code, RESPONSE.insufficientFunds, 'in debt');
});

t.test('what is there in full is approved in full', async (t) => {
  const tenant = withSeven();
  t.equal(tenant.authorise({ token: 2, amount: 700, flags: FLAG.partial }).code, RESPONSE.approved);
  t.equal(tenant.decision.approvedAmount, -1);
});

t.test('a limit declines; it is not a reason to approve less', async (t) => {
  const tenant = new OneTenant({ perTransaction: 900 });
  tenant.issue(2, {}, 700);
  t.equal(tenant.authorise({ token: 2, flags: FLAG.partial }).code, RESPONSE.exceedsAmountLimit);
});

t.test('cash is paid out in full or not at all', async (t) => {
  const tenant = withSeven();
  const { code } = tenant.authorise({ token: 2, flags: FLAG.partial, processingCode: CASH });
  t.equal(code, RESPONSE.insufficientFunds);
});

t.test('an amount that was converted is approved in full or not at all', async (t) => {
  const tenant = withSeven();
  const billed = { currency: USD, billing: 900, billingCurrency: EUR };
  t.equal(tenant.authorise({ token: 2, flags: FLAG.partial, ...billed }).code, RESPONSE.insufficientFunds);
});

t.test('a repeat is told the same amount, also after more came in', async (t) => {
  const tenant = withSeven();
  const first = tenant.authorise({ key: 1, token: 2, flags: FLAG.partial });
  tenant.ask({ kind: 'credit', account: 1, currency: EUR, amount: 1000 });
  t.same(tenant.authorise({ key: 1, token: 2, flags: FLAG.partial }), { ...first, journalled: false });
  t.equal(tenant.decision.approvedAmount, 700);
  t.equal(tenant.position(2).held, 700);
});

t.test('a reversal may name what was asked or what was approved', async (t) => {
  for (const amount of [1000, 700, 0]) {
    const tenant = withSeven();
    const before = tenant.position(2);
    tenant.authorise({ key: 1, token: 2, flags: FLAG.partial });
    t.equal(tenant.reverse({ token: 2, originalKey: 1, amount }).code, RESPONSE.approved);
    t.same(tenant.position(2), before);
    tenant.authorise({ key: 1, token: 2, flags: FLAG.partial });
    t.equal(tenant.decision.approvedAmount, 700, 'its repeat is told what it was');
  }
});

t.test('what was approved is what it is cleared for', async (t) => {
  const tenant = withSeven();
  tenant.authorise({ key: 1, token: 2, flags: FLAG.partial });
  t.equal(tenant.buy({ token: 2, originalKey: 1, amount: 1000 }).code, RESPONSE.invalidAmount);
  t.equal(tenant.buy({ token: 2, originalKey: 1, amount: 700 }).code, RESPONSE.approved);
  t.same(tenant.book(), { cardholders: 10_000_000, settlement: 700 });
});

t.test('a purchase that is booked at once can be of less, too', async (t) => {
  const tenant = withSeven();
  const first = tenant.buy({ key: 1, token: 2, flags: FLAG.partial });
  t.equal(first.code, RESPONSE.partiallyApproved);
  t.equal(tenant.decision.approvedAmount, 700);
  t.hasStrict(tenant.standing(1), { status: 'clearing', amount: 700, posted: 700, marks: 'partial' });
  t.same(tenant.position(2), { posted: 0, held: 0, available: 0, daySpent: 700, dayCount: 1 });
  t.same(tenant.buy({ key: 1, token: 2, flags: FLAG.partial }), { ...first, journalled: false });
  t.equal(tenant.decision.approvedAmount, 700);
  t.equal(tenant.reverse({ token: 2, originalKey: 1, amount: 1000 }).code, RESPONSE.approved);
  t.same(tenant.position(2), { posted: 700, held: 0, available: 700, daySpent: 0, dayCount: 0 });
});

t.test('an increment can be of less, too', async (t) => {
  const tenant = withSeven();
  tenant.authorise({ key: 1, token: 2, amount: 400 });
  t.equal(tenant.raise(1, { key: 2, token: 2, flags: FLAG.partial }).code, RESPONSE.partiallyApproved);
  t.equal(tenant.decision.approvedAmount, 300);
  t.equal(tenant.position(2).held, 700);
});

t.test('an advice is of all that was approved elsewhere', async (t) => {
  const tenant = withSeven();
  t.equal(tenant.advise({ token: 2, flags: FLAG.partial }).code, RESPONSE.approved);
  t.equal(tenant.position(2).held, 1000);
});
