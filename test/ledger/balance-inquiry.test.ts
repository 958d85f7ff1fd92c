import t from 'tap';
import { CARD_STATUS, RESPONSE } from '../../ledger/command.js';
import { type Answer, EUR, JPY, OneTenant } from './one-tenant.js';

const INQUIRY = 310_000;

function balances({ decision }: OneTenant) {
  const { balanceCurrency, availableBalance, ledgerBalance } = decision;
  return { balanceCurrency, availableBalance, ledgerBalance };
}

t.test(
  'an inquiry is told the ledger’s balance and what is available, overdraft and holds counted',
  async (t) => {
    const tenant = new OneTenant();
    tenant.ask({ kind: 'openAccount', account: 1, currency: EUR, overdraft: 700 });
    tenant.ask({ kind: 'credit', account: 1, currency: EUR, amount: 5000 });
    tenant.ask({ kind: 'issueCard', token: 2, account: 1, expiry: 2612, channels: 31 });
    tenant.authorise({ token: 2, amount: 1200 });
    const before = tenant.position(2);
    const { code } = tenant.authorise({ token: 2, amount: 0, processingCode: INQUIRY });
    t.equal(code, RESPONSE.approved);
    t.same(balances(tenant), { balanceCurrency: EUR, availableBalance: 4500, ledgerBalance: 5000 });
    t.same(tenant.position(2), before);
  },
);

t.test('a repeated inquiry is told the balances as they are now', async (t) => {
  const tenant = new OneTenant();
  const first = tenant.authorise({ key: 1, amount: 0, processingCode: INQUIRY });
  tenant.authorise({ amount: 999 });
  t.same(tenant.authorise({ key: 1, amount: 0, processingCode: INQUIRY }), { ...first, journalled: false });
  t.equal(tenant.decision.availableBalance, 10_000_000 - 999);
});

t.test('an account in debt has less than nothing available', async (t) => {
  const tenant = new OneTenant();
  tenant.issue(2, {}, 100);
  tenant.present({ token: 2, amount: 350 });
  tenant.authorise({ token: 2, amount: 0, processingCode: INQUIRY });
  t.same(balances(tenant), { balanceCurrency: EUR, availableBalance: -250, ledgerBalance: -250 });
});

t.test('the balances are in the account’s currency, whatever the message’s is', async (t) => {
  const tenant = new OneTenant();
  tenant.issue(2, { currency: JPY }, 12_345);
  tenant.authorise({ token: 2, amount: 0, currency: EUR, processingCode: INQUIRY });
  t.same(balances(tenant), { balanceCurrency: JPY, availableBalance: 12_345, ledgerBalance: 12_345 });
});

t.test('an inquiry that is declined, and what is no inquiry, are told nothing', async (t) => {
  const tenant = new OneTenant();
  tenant.issue(2, { status: CARD_STATUS.blocked }, 5000);
  tenant.authorise({ key: 1, token: 2, amount: 0, processingCode: INQUIRY });
  t.equal(tenant.decision.balanceCurrency, 0);
  tenant.authorise({ key: 1, token: 2, amount: 0, processingCode: INQUIRY });
  t.equal(tenant.decision.balanceCurrency, 0, 'nor when it is repeated');
  tenant.authorise({ amount: 0 });
  t.equal(tenant.decision.balanceCurrency, 0);
});

t.test('an inquiry moves nothing whatever amount it has, and by whatever message it comes', async (t) => {
  const tenant = new OneTenant({ perTransaction: 1 });
  const before = tenant.position();
  const asked = { amount: 5000, processingCode: INQUIRY };
  const ways: [string, (key: number) => Answer][] = [
    ['0100', (key) => tenant.authorise({ ...asked, key })],
    ['0120', (key) => tenant.advise({ ...asked, key })],
    ['0200', (key) => tenant.buy({ ...asked, key })],
    ['0220', (key) => tenant.present({ ...asked, key })],
  ];
  for (const [index, [name, ask]] of ways.entries()) {
    const first = ask(index + 1);
    t.equal(first.code, RESPONSE.approved, name);
    const told = balances(tenant);
    t.same(told, { balanceCurrency: EUR, availableBalance: 10_000_000, ledgerBalance: 10_000_000 }, name);
    t.same(ask(index + 1), { ...first, journalled: false }, `${name} again`);
    t.same(balances(tenant), told);
    t.equal(tenant.standing(index + 1)!.status, 'noted');
  }
  t.same(tenant.position(), before);
});
