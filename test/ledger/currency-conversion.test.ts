import t from 'tap';
import { FLAG, RESPONSE } from '../../ledger/command.js';
import { convert, share } from '../../ledger/convert.js';
import { EUR, JPY, KWD, OneTenant, type OneTenant as Tenant, USD } from './one-tenant.js';

const FULL = 10_000_000;
/** DE10: the first digit says how many of the other seven are decimals. */
const NINE_TENTHS = 79_000_000;
const REFUND = 200_000;

t.test('what the network converted is billed as it says (DE6, DE51, DE10)', async (t) => {
  const tenant = new OneTenant();
  const asked = { currency: USD, billing: 923, billingCurrency: EUR, rate: 70_923_000 };
  t.equal(tenant.authorise({ key: 1, ...asked }).code, RESPONSE.approved);
  t.hasStrict(tenant.decision, { billed: 923, rate: 70_923_000, spread: 0 });
  t.hasStrict(tenant.standing(1), { amount: 1000, billed: 923, held: 923, marks: 'converted' });
  t.hasStrict(tenant.position(), { held: 923, daySpent: 923 });
  tenant.present({ originalKey: 1, ...asked });
  t.same(tenant.book(), { cardholders: FULL - 923, settlement: 923 });
});

t.test('it is of no use where it is in another currency, or says no amount', async (t) => {
  const tenant = new OneTenant();
  for (const billing of [
    { billing: 923, billingCurrency: JPY },
    { billing: 0, billingCurrency: EUR },
  ]) {
    t.equal(tenant.authorise({ currency: USD, ...billing }).code, RESPONSE.invalidTransaction);
    t.equal(tenant.buy({ currency: USD, ...billing }).code, RESPONSE.invalidTransaction);
  }
  setRate(tenant, USD, EUR, NINE_TENTHS);
  t.equal(tenant.authorise({ currency: USD, billing: 0, billingCurrency: EUR }).code, RESPONSE.approved);
  t.equal(tenant.position().held, 900, 'not for nothing');
});

t.test('an amount in the account’s currency is billed as it is, whatever else is said', async (t) => {
  const tenant = new OneTenant();
  setRate(tenant, EUR, EUR, NINE_TENTHS);
  tenant.authorise({ key: 1, billing: 5000, billingCurrency: EUR, rate: 75_000_000 });
  t.hasStrict(tenant.standing(1), { held: 1000, marks: '' });
});

t.test('else it is the tenant’s rate, by the minor units of each currency', async (t) => {
  for (const [name, from, to, exponents, rate, amount, billed] of [
    ['dollars to euros', USD, EUR, 0, NINE_TENTHS, 1000, 900],
    ['yen, which have none, to euros', JPY, EUR, 2, 70_061_234, 12_345, 7559],
    ['dinars, which have three, to euros', KWD, EUR, -1, 63_012_345, 12_345, 3719],
    ['euros to yen', EUR, JPY, -2, 20_016_331, 1999, 3265],
    ['euros to dinars', EUR, KWD, 1, 73_319_000, 1999, 6635],
    ['yen to dinars', JPY, KWD, 3, 70_002_050, 10_000, 2050],
  ] as const) {
    const tenant = new OneTenant();
    tenant.issue(2, { currency: to }, FULL);
    setRate(tenant, from, to, rate, exponents);
    t.equal(tenant.authorise({ token: 2, currency: from, amount }).code, RESPONSE.approved, name);
    t.equal(tenant.position(2).held, billed, name);
  }
});

t.test('a half is rounded up, less than that down', async (t) => {
  t.equal(convert(1, 75_000_000, 0, 0), 1, '0.5');
  t.equal(convert(1, 74_999_999, 0, 0), 0, '0.4999999');
  t.equal(convert(3, 75_000_000, 0, 0), 2, '1.5');
  t.equal(convert(5, 75_000_000, 0, 0), 3, '2.5: not to even');
  t.equal(convert(999_999_999_999, 71_234_567, 0, 1), 123_469_045_670, 'exact beyond sixteen digits');
  t.equal(convert(999_999_999_999, 71_000_000, 0, 0), 100_000_000_000);
  t.equal(convert(0, NINE_TENTHS, 2, 150), 0);
  t.equal(convert(1, 90_000_001, 3, 0), 0, 'nine decimals');
});

t.test('a part is rounded up, and the whole is the whole', async (t) => {
  t.equal(share(1000, 1, 3), 334);
  t.equal(share(999_999_999_999, 999_999_999_998, 999_999_999_999), 999_999_999_998);
  t.equal(share(1_099_511_627_775, 7, 9), 855_175_710_492);
  t.equal(share(1001, 900, 900), 1001);
  t.equal(share(1001, 0, 900), 0);
  t.equal(share(1, 1, 999_999_999_999), 1);
});

t.test('the tenant’s spread is on top of a debit, and its income once that is booked', async (t) => {
  const tenant = new OneTenant();
  setRate(tenant, USD, EUR, NINE_TENTHS, 0, 150);
  tenant.authorise({ key: 1, currency: USD });
  t.hasStrict(tenant.decision, { billed: 914, spread: 14, rate: NINE_TENTHS });
  t.same(tenant.book(), { cardholders: FULL - 914, holds: 914 });
  tenant.present({ key: 2, originalKey: 1, currency: USD });
  t.same(tenant.book(), { cardholders: FULL - 914, settlement: 900, fees: 14 });
  tenant.reverse({ originalKey: 2, currency: USD, amount: 1000 });
  t.same(tenant.book(), { cardholders: FULL }, 'and no more when it is given back');
});

t.test('and taken from a refund', async (t) => {
  const tenant = new OneTenant();
  setRate(tenant, USD, EUR, NINE_TENTHS, 0, 150);
  tenant.buy({ key: 1, currency: USD, processingCode: REFUND });
  t.hasStrict(tenant.decision, { billed: 887, spread: 13 });
  t.same(tenant.book(), { cardholders: FULL + 887, settlement: -900, fees: 13 });
  tenant.reverse({ originalKey: 1, currency: USD, kept: 500 });
  t.same(
    tenant.book(),
    { cardholders: FULL + 444, settlement: -457, fees: 13 },
    'a fee is given back with all',
  );
  tenant.reverse({ originalKey: 1, currency: USD, kept: 0 });
  t.same(tenant.book(), { cardholders: FULL });
});

t.test('the rate is one way, the newest counts, and a repeat keeps what it was', async (t) => {
  const tenant = new OneTenant();
  setRate(tenant, EUR, USD, 71_100_000);
  t.equal(tenant.authorise({ currency: USD }).code, RESPONSE.invalidTransaction);
  setRate(tenant, USD, EUR, 75_000_000);
  setRate(tenant, USD, EUR, NINE_TENTHS);
  const first = tenant.authorise({ key: 1, currency: USD });
  t.equal(tenant.position().held, 900);
  setRate(tenant, USD, EUR, 71_000_000);
  t.same(tenant.authorise({ key: 1, currency: USD }), { ...first, journalled: false });
  t.equal(tenant.position().held, 900);
});

t.test('a clearing at a rate that moved by no more than a tenth is charged', async (t) => {
  for (const [billing, charged] of [
    [800, 800],
    [900, 900],
    [990, 990],
    [991, 990],
    [4000, 990],
  ] as const) {
    const tenant = new OneTenant();
    const asked = { currency: USD, billingCurrency: EUR, rate: 0 };
    tenant.authorise({ key: 1, billing: 900, ...asked });
    t.equal(tenant.present({ originalKey: 1, billing, ...asked }).code, RESPONSE.approved);
    t.equal(FULL - tenant.position().posted, charged, `${billing}`);
    t.equal(tenant.book().suspense, charged === billing ? undefined : charged - billing);
  }
});

t.test('of a larger amount the rate is no excuse', async (t) => {
  const tenant = new OneTenant();
  const asked = { currency: USD, billingCurrency: EUR, rate: 0 };
  tenant.authorise({ key: 1, amount: 1000, billing: 900, ...asked });
  tenant.present({ key: 2, originalKey: 1, amount: 1001, billing: 950, ...asked });
  t.hasStrict(tenant.standing(2), { billed: 950, posted: 900, marks: 'converted overTolerance' });
});

t.test('nor is another currency, whose units are worth more', async (t) => {
  const tenant = new OneTenant();
  setRate(tenant, JPY, EUR, 70_060_000, 2);
  setRate(tenant, KWD, EUR, 63_000_000, -1);
  tenant.authorise({ key: 1, amount: 10_000, currency: JPY });
  t.equal(tenant.position().held, 6000);
  tenant.present({ key: 2, originalKey: 1, amount: 10_000_000, currency: KWD });
  t.hasStrict(tenant.standing(2), { billed: 3_000_000, posted: 6000 });
  tenant.authorise({ key: 3, amount: 100, currency: JPY });
  tenant.present({ key: 4, originalKey: 3, amount: 100, currency: USD, billing: 8000, billingCurrency: EUR });
  t.hasStrict(tenant.standing(4), { billed: 8000, posted: 66 }, 'though it is the same number');
});

t.test('several clearings have the tenth once together', async (t) => {
  const tenant = new OneTenant();
  const asked = { originalKey: 1, currency: USD, billing: 900, billingCurrency: EUR, flags: 32 };
  tenant.authorise({ key: 1, currency: USD, billing: 900, billingCurrency: EUR });
  for (let count = 0; count < 3; count++) tenant.present(asked);
  t.same(tenant.book(), { cardholders: FULL - 990, settlement: 2700, suspense: -1710 });
});

t.test('a hold in one currency and its increment in another are one hold', async (t) => {
  const tenant = new OneTenant();
  setRate(tenant, USD, EUR, NINE_TENTHS);
  tenant.authorise({ key: 1, currency: USD, amount: 1000 });
  tenant.raise(1, { key: 2, currency: USD, amount: 500 });
  t.equal(tenant.position().held, 1350);
  t.equal(tenant.reverse({ originalKey: 1, currency: USD, amount: 1500 }).code, RESPONSE.approved);
  t.equal(tenant.position().held, 0);
});

t.test('a clearing without a rate is in suspense, and its hold stays until it expires', async (t) => {
  const tenant = new OneTenant();
  tenant.authorise({ key: 1 });
  t.equal(tenant.buy({ originalKey: 1, currency: USD }).code, RESPONSE.invalidTransaction);
  t.equal(tenant.present({ key: 2, originalKey: 1, currency: USD }).code, RESPONSE.approved);
  t.hasStrict(tenant.standing(2), { status: 'suspended', marks: 'forced' });
  t.hasStrict(tenant.standing(1), { status: 'held', held: 1000 });
});

t.test('what comes to nothing in the account’s currency moves nothing', async (t) => {
  const tenant = new OneTenant();
  setRate(tenant, JPY, EUR, 70_000_001, 0);
  tenant.authorise({ key: 5, currency: USD, billing: 900, billingCurrency: EUR });
  const before = tenant.position();
  const asked = { currency: JPY, amount: 3 };
  t.equal(tenant.authorise({ key: 1, ...asked }).code, RESPONSE.approved);
  t.equal(tenant.buy({ key: 2, ...asked }).code, RESPONSE.approved);
  t.equal(tenant.present({ key: 3, ...asked }).code, RESPONSE.approved);
  t.equal(tenant.buy({ key: 4, ...asked, processingCode: REFUND }).code, RESPONSE.approved);
  for (const originalKey of [1, 2, 3, 4]) tenant.reverse({ originalKey });
  t.hasStrict(tenant.position(), { posted: before.posted, held: before.held });
  tenant.tick(30 * 24 * 60);
  tenant.position();
});

t.test(
  'an amount that is too large in the account’s currency is refused; an advice is in suspense',
  async (t) => {
    const tenant = new OneTenant({ perTransaction: 1e15, perDay: 1e15 });
    setRate(tenant, KWD, EUR, 9_999_999, 2);
    const asked = { currency: KWD, amount: 999_999_999_999 };
    t.equal(tenant.authorise(asked).code, RESPONSE.invalidTransaction);
    t.equal(tenant.buy(asked).code, RESPONSE.invalidTransaction);
    t.equal(tenant.present(asked).code, RESPONSE.approved);
    t.same(tenant.book(KWD), { settlement: 999_999_999_999, suspense: -999_999_999_999 });
  },
);

t.test('nor does it clear a hold that is gone, which can be cleared yet', async (t) => {
  for (const flags of [0, FLAG.advice]) {
    const tenant = new OneTenant();
    setRate(tenant, JPY, EUR, 70_000_001, 0);
    tenant.authorise({ key: 1 });
    tenant.reverse({ originalKey: 1 });
    tenant.buy({ key: 2, originalKey: 1, currency: JPY, amount: 3, flags });
    t.equal(tenant.standing(2)!.status, 'noted');
    tenant.ask({ kind: 'voidRequest', key: 2 });
    t.equal(tenant.standing(1)!.status, 'released');
    t.equal(tenant.buy({ originalKey: 1, flags }).code, RESPONSE.approved);
    t.equal(tenant.position().posted, FULL - 1000);
  }
});

t.test('what was booked for nothing is not found again', async (t) => {
  const tenant = new OneTenant();
  setRate(tenant, JPY, EUR, 70_000_001, 0);
  const identifiers = tenant.identifiers('RRN000000001');
  tenant.buy({ currency: JPY, amount: 3, identifiers });
  tenant.present({ currency: JPY, amount: 3, identifiers });
  tenant.present({ key: 1, identifiers });
  t.hasStrict(tenant.standing(1), { status: 'clearing', marks: 'forced' });
});

function setRate(
  tenant: Tenant,
  currency: number,
  billingCurrency: number,
  rate: number,
  exponents = 0,
  spread = 0,
): void {
  tenant.ask({ kind: 'setRate', currency, billingCurrency, rate, exponents, spread });
}
