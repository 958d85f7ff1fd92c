import t from 'tap';
import { CARD_STATUS, FLAG, RESPONSE } from '../../ledger/command.js';
import { OneTenant, USD } from './one-tenant.js';

const REFUND = 200_000;
/** An original credit transaction (OCT), as it is sent by Visa and Mastercard. */
const ORIGINAL_CREDIT = 260_000;

t.test('a refund is booked to the account, whatever its limits', async (t) => {
  for (const processingCode of [REFUND, ORIGINAL_CREDIT]) {
    const tenant = new OneTenant({ perTransaction: 1, perDay: 1, perDayCount: 0 });
    const first = tenant.buy({ key: 1, amount: 2500, processingCode });
    t.equal(first.code, RESPONSE.approved);
    t.ok(first.approvalCode > 0);
    t.hasStrict(tenant.standing(1), { status: 'credited', posted: 2500 });
    t.same(tenant.position(), {
      posted: 10_002_500,
      held: 0,
      available: 10_002_500,
      daySpent: 0,
      dayCount: 0,
    });
    t.same(tenant.book(), { cardholders: 10_002_500, settlement: -2500 });
    t.same(tenant.buy({ key: 1, amount: 2500, processingCode }), { ...first, journalled: false });
    t.equal(tenant.position().posted, 10_002_500, 'once');
  }
});

t.test('money comes to a card that may not spend any more', async (t) => {
  const tenant = new OneTenant();
  tenant.issue(2, { status: CARD_STATUS.blocked, expiry: 2601 });
  t.equal(tenant.buy({ token: 2, processingCode: REFUND, channels: 0 }).code, RESPONSE.approved);
  t.equal(tenant.position(2).posted, 1000);
});

t.test('a refund that is authorised moves nothing until it is presented', async (t) => {
  const tenant = new OneTenant();
  const { code, approvalCode } = tenant.authorise({ key: 1, processingCode: REFUND });
  t.equal(code, RESPONSE.approved);
  t.ok(approvalCode > 0);
  t.equal(tenant.position().posted, 10_000_000);
  t.equal(tenant.standing(1)!.status, 'noted');
  t.equal(tenant.present({ key: 2, originalKey: 1, processingCode: REFUND }).code, RESPONSE.approved);
  t.equal(tenant.position().posted, 10_001_000);
  t.hasStrict(tenant.standing(2), { status: 'credited', marks: '' });
});

t.test('a refund is no clearing of a hold, though it names it', async (t) => {
  const tenant = new OneTenant();
  tenant.authorise({ key: 1 });
  tenant.present({ originalKey: 1, processingCode: REFUND });
  t.hasStrict(tenant.standing(1), { status: 'held', held: 1000 });
  t.equal(tenant.position().posted, 10_001_000);
});

t.test('a refund pays stand-in debt back first', async (t) => {
  const tenant = new OneTenant();
  tenant.issue(2);
  tenant.present({ token: 2, amount: 1500 });
  tenant.present({ token: 2, amount: 1200, processingCode: REFUND });
  t.same(tenant.book(), { cardholders: 10_000_000, settlement: 300, standInDebt: -300 });
});

t.test('a refund is taken back once, and what is spent already becomes a debt', async (t) => {
  const tenant = new OneTenant();
  tenant.issue(2);
  tenant.buy({ key: 1, token: 2, amount: 1000, processingCode: REFUND });
  tenant.buy({ token: 2, amount: 800 });
  t.equal(tenant.reverse({ token: 2, originalKey: 1 }).code, RESPONSE.approved);
  t.equal(tenant.position(2).posted, -800);
  t.equal(tenant.book().standInDebt, -800);
  t.equal(tenant.reverse({ token: 2, originalKey: 1 }).code, RESPONSE.approved);
  t.equal(tenant.position(2).posted, -800);
  t.equal(tenant.standing(1)!.status, 'undone');
});

t.test('a refund is taken back in part', async (t) => {
  const tenant = new OneTenant();
  tenant.buy({ key: 1, amount: 1000, processingCode: REFUND });
  tenant.reverse({ originalKey: 1, amount: 1000, kept: 600 });
  t.equal(tenant.position().posted, 10_000_600);
  tenant.reverse({ originalKey: 1, amount: 1000, kept: 0 });
  t.equal(tenant.position().posted, 10_000_000);
  t.same(tenant.book(), { cardholders: 10_000_000 });
});

t.test('a refund for a card that is unknown: a request is declined, an advice in suspense', async (t) => {
  const tenant = new OneTenant();
  t.equal(tenant.buy({ token: 7, processingCode: REFUND }).code, RESPONSE.noSuchCard);
  t.equal(tenant.present({ key: 2, token: 7, processingCode: REFUND }).code, RESPONSE.approved);
  t.hasStrict(tenant.standing(2), { status: 'suspended', billed: 1000, posted: 0, marks: 'forced' });
  t.same(tenant.book(), { cardholders: 10_000_000, settlement: -1000, suspense: 1000 });
});

t.test('a refund in a currency without a rate: a request is declined, an advice in suspense', async (t) => {
  const tenant = new OneTenant();
  const asked = { currency: USD, processingCode: REFUND };
  t.equal(tenant.buy(asked).code, RESPONSE.invalidTransaction);
  t.equal(tenant.present(asked).code, RESPONSE.approved);
  t.same(tenant.book(USD), { settlement: -1000, suspense: 1000 });
});

t.test('an advice of a refund that was declined books nothing', async (t) => {
  const tenant = new OneTenant();
  tenant.present({ processingCode: REFUND, flags: FLAG.declined });
  t.same(tenant.book(), { cardholders: 10_000_000 });
});
