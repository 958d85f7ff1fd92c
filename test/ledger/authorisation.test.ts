import t from 'tap';
import { CARD_STATUS, RESPONSE } from '../../ledger/command.js';
import type { Limits } from '../../ledger/tenant-state.js';
import type { Fields } from './commands.js';
import { ECOMMERCE, EUR, NOON, OneTenant, POS, USD } from './one-tenant.js';

const HOUR = 3_600_000;
const MIDNIGHT = Date.UTC(2026, 5, 16);

t.test('an approval holds its amount and counts for the day', async (t) => {
  const tenant = new OneTenant();
  const { code, approvalCode, journalled } = tenant.authorise({ amount: 2599 });
  t.equal(code, RESPONSE.approved);
  t.ok(approvalCode >= 1 && approvalCode <= 999_999, 'six digits, of which one is not 0');
  t.ok(journalled);
  t.same(tenant.position(), {
    posted: 10_000_000,
    held: 2599,
    available: 10_000_000 - 2599,
    daySpent: 2599,
    dayCount: 1,
  });
});

/** Everything that can stand against an authorisation, in the order in which it is looked for. */
const FAULTS: readonly {
  code: keyof typeof RESPONSE;
  limits?: Partial<Limits>;
  card?: Fields;
  message?: Fields;
  unissued?: boolean;
  poor?: boolean;
}[] = [
  { code: 'noSuchCard', unissued: true },
  { code: 'expiredCard', card: { expiry: 2605 } },
  { code: 'restrictedCard', card: { status: CARD_STATUS.blocked } },
  { code: 'notPermittedToTerminal', limits: { channels: ECOMMERCE } },
  { code: 'notPermittedToCardholder', card: { channels: ECOMMERCE } },
  { code: 'invalidTransaction', message: { currency: USD } },
  { code: 'exceedsAmountLimit', limits: { perTransaction: 999 } },
  { code: 'exceedsCountLimit', limits: { perDayCount: 0 } },
  { code: 'insufficientFunds', poor: true },
];

/** Asks a card against which those faults stand, and whether anything of it moved. */
function askAgainst(faults: typeof FAULTS) {
  const all: (typeof FAULTS)[number] = Object.assign({}, ...faults);
  const limits = Object.assign({}, ...faults.map((fault) => fault.limits));
  const card = Object.assign({}, ...faults.map((fault) => fault.card));
  const message = Object.assign({}, ...faults.map((fault) => fault.message));
  const tenant = new OneTenant(limits);
  tenant.issue(2, card, all.poor ? 999 : 1000);
  const before = tenant.position(2);
  const answer = tenant.authorise({ token: all.unissued ? 3 : 2, ...message });
  return { answer, before, after: tenant.position(2) };
}

t.test('each reason declines on its own, with nothing moved', async (t) => {
  for (const fault of FAULTS) {
    const { answer, before, after } = askAgainst([fault]);
    t.same(answer, { code: RESPONSE[fault.code], approvalCode: 0, journalled: true }, fault.code);
    t.same(after, before, `nothing moves by ${fault.code}`);
  }
  t.equal(askAgainst([]).answer.code, RESPONSE.approved);
});

t.test('where several reasons stand, the first in the order is told', async (t) => {
  for (const [first, fault] of FAULTS.entries()) {
    const { answer } = askAgainst(FAULTS.slice(first));
    t.equal(answer.code, RESPONSE[fault.code], `${FAULTS.length - first} faults`);
  }
});

t.test('a card is good until the last moment of its month, in UTC', async (t) => {
  const tenant = new OneTenant();
  tenant.issue(2, { expiry: 2606 }, 100_000);
  tenant.now = Date.UTC(2026, 6, 1) - 1;
  t.equal(tenant.authorise({ token: 2 }).code, RESPONSE.approved);
  tenant.now += 1;
  t.equal(tenant.authorise({ token: 2 }).code, RESPONSE.expiredCard);
});

t.test('a card that expires in December is good until the new year', async (t) => {
  const tenant = new OneTenant();
  tenant.now = Date.UTC(2027, 0, 1) - 1;
  t.equal(tenant.authorise().code, RESPONSE.approved);
  tenant.now += 1;
  t.equal(tenant.authorise().code, RESPONSE.expiredCard);
});

t.test('an expiry date in the message must be the card’s; none asks for none', async (t) => {
  const tenant = new OneTenant();
  t.equal(tenant.authorise({ expiry: 2612 }).code, RESPONSE.approved);
  t.equal(tenant.authorise({ expiry: 2611 }).code, RESPONSE.expiredCard);
  t.equal(tenant.authorise({ expiry: 2701 }).code, RESPONSE.expiredCard);
  t.equal(tenant.authorise({ expiry: 0 }).code, RESPONSE.approved);
});

t.test('a message whose channel is not known is on none that is allowed', async (t) => {
  t.equal(new OneTenant().authorise({ channels: 0 }).code, RESPONSE.notPermittedToTerminal);
});

t.test('the currency must be the account’s', async (t) => {
  const tenant = new OneTenant();
  tenant.issue(2, { currency: USD }, 5000);
  t.equal(tenant.authorise({ token: 2, currency: USD }).code, RESPONSE.approved);
  t.equal(tenant.authorise({ token: 2, currency: EUR }).code, RESPONSE.invalidTransaction);
});

t.test('the limit for one transaction is the largest amount that passes', async (t) => {
  const tenant = new OneTenant({ perTransaction: 5000 });
  t.equal(tenant.authorise({ amount: 5001 }).code, RESPONSE.exceedsAmountLimit);
  t.equal(tenant.authorise({ amount: 5000 }).code, RESPONSE.approved);
});

t.test('the limit for a day is the largest sum of a card that passes', async (t) => {
  const tenant = new OneTenant({ perDay: 5000 });
  tenant.ask({ kind: 'issueCard', token: 2, account: 0, expiry: 2612, channels: POS });
  t.equal(tenant.authorise({ amount: 3000 }).code, RESPONSE.approved);
  t.equal(tenant.authorise({ amount: 2001 }).code, RESPONSE.exceedsAmountLimit);
  t.equal(tenant.authorise({ amount: 2000 }).code, RESPONSE.approved);
  t.equal(tenant.authorise({ amount: 1 }).code, RESPONSE.exceedsAmountLimit);
  t.equal(
    tenant.authorise({ amount: 5000, token: 2 }).code,
    RESPONSE.approved,
    'another card of the account',
  );
});

t.test('the limit for a day’s count is the last one that passes; declines don’t count', async (t) => {
  const tenant = new OneTenant({ perDayCount: 2, perTransaction: 1000 });
  t.equal(tenant.authorise().code, RESPONSE.approved);
  t.equal(tenant.authorise({ amount: 1001 }).code, RESPONSE.exceedsAmountLimit);
  t.equal(tenant.authorise().code, RESPONSE.approved);
  t.equal(tenant.authorise().code, RESPONSE.exceedsCountLimit);
});

t.test('the day’s limits begin anew at midnight UTC, holds stay', async (t) => {
  const tenant = new OneTenant({ perDay: 1000, perDayCount: 1 });
  tenant.now = MIDNIGHT - 1;
  t.equal(tenant.authorise().code, RESPONSE.approved);
  t.equal(tenant.authorise().code, RESPONSE.exceedsAmountLimit);
  tenant.now = MIDNIGHT;
  t.same(tenant.position(), {
    posted: 10_000_000,
    held: 1000,
    available: 9_999_000,
    daySpent: 0,
    dayCount: 0,
  });
  t.equal(tenant.authorise().code, RESPONSE.approved);
  t.equal(tenant.position().held, 2000);
  tenant.now = MIDNIGHT + 24 * HOUR - 1;
  t.equal(tenant.authorise().code, RESPONSE.exceedsAmountLimit);
});

t.test('an account can be spent to its last minor unit, by all its cards together', async (t) => {
  const tenant = new OneTenant();
  const account = tenant.issue(2, {}, 1500);
  tenant.ask({ kind: 'issueCard', token: 3, account, expiry: 2612, channels: POS });
  t.equal(tenant.authorise({ token: 2, amount: 1501 }).code, RESPONSE.insufficientFunds);
  t.equal(tenant.authorise({ token: 2, amount: 1000 }).code, RESPONSE.approved);
  t.equal(tenant.authorise({ token: 3, amount: 501 }).code, RESPONSE.insufficientFunds);
  t.equal(tenant.authorise({ token: 3, amount: 500 }).code, RESPONSE.approved);
  t.equal(tenant.authorise({ token: 2, amount: 1 }).code, RESPONSE.insufficientFunds);
  tenant.ask({ kind: 'credit', account, currency: EUR, amount: 1 });
  t.equal(tenant.authorise({ token: 2, amount: 1 }).code, RESPONSE.approved);
});

t.test('new limits hold from the next message on', async (t) => {
  const tenant = new OneTenant({ perTransaction: 1000 });
  t.equal(tenant.authorise({ amount: 1001 }).code, RESPONSE.exceedsAmountLimit);
  tenant.ask({ kind: 'setLimits', channels: POS, perTransaction: 1001, perDay: 9999, perDayCount: 9 });
  t.equal(tenant.authorise({ amount: 1001 }).code, RESPONSE.approved);
});

t.test('a second token draws on the same card, its day and its account', async (t) => {
  const tenant = new OneTenant({ perDayCount: 1 });
  tenant.ask({ kind: 'aliasCard', token: 9, originalToken: 1 });
  t.equal(tenant.authorise({ token: 9 }).code, RESPONSE.approved);
  t.equal(tenant.authorise({ token: 1 }).code, RESPONSE.exceedsCountLimit);
  t.same(tenant.position(9), tenant.position(1));
});

t.test('approval codes have six digits, and all are given before one comes again', async (t) => {
  const codes = 999_999;
  const tenant = new OneTenant({ perDay: 1e9, perDayCount: 1e9 });
  const given = new Uint8Array(codes + 1);
  for (let count = 0; count < codes; count++) given[tenant.authorise({ amount: 1 }).approvalCode]!++;
  t.equal(given[0], 0);
  t.equal(given.indexOf(0, 1), -1, 'each was given');
});

t.test('of many cards and accounts, each keeps its own', async (t) => {
  const tenant = new OneTenant();
  const cards = Array.from({ length: 300 }, (_, index) => index + 2);
  for (const token of cards) {
    tenant.issue(token, { currency: token % 2 === 0 ? EUR : USD }, 10_000 + token);
    tenant.authorise({ token, amount: token, currency: token % 2 === 0 ? EUR : USD });
  }
  t.same(
    cards.map((token) => tenant.position(token)),
    cards.map((token) => ({
      posted: 10_000 + token,
      held: token,
      available: 10_000,
      daySpent: token,
      dayCount: 1,
    })),
  );
  tenant.issue(1000, { channels: ECOMMERCE, status: CARD_STATUS.blocked, expiry: 2607 });
  t.equal(tenant.authorise({ token: 301, currency: USD }).code, RESPONSE.approved);
});

t.test('the largest amount that DE4 can carry is counted exactly', async (t) => {
  const amount = 999_999_999_999;
  const tenant = new OneTenant({ perTransaction: amount, perDay: 10 * amount });
  tenant.issue(2, {}, 2 * amount);
  const key = tenant.nextKey();
  t.equal(tenant.authorise({ token: 2, amount, key }).code, RESPONSE.approved);
  t.equal(tenant.authorise({ token: 2, amount }).code, RESPONSE.approved);
  t.equal(tenant.authorise({ token: 2, amount: 1 }).code, RESPONSE.insufficientFunds);
  t.equal(tenant.reverse({ token: 2, originalKey: key, amount }).code, RESPONSE.approved);
  t.same(tenant.position(2), {
    posted: 2 * amount,
    held: amount,
    available: amount,
    daySpent: amount,
    dayCount: 1,
  });
});

t.test('a command that can’t follow the ones before it breaks the invariant', async (t) => {
  const tenant = new OneTenant();
  tenant.now = NOON;
  const broken = { name: 'InvariantError', code: 'HF_LEDGER_INVARIANT' };
  t.throws(() => tenant.ask({ kind: 'openAccount', account: 7, currency: EUR }), broken);
  t.throws(() => tenant.ask({ kind: 'issueCard', token: 5, account: 7 }), broken);
  t.throws(() => tenant.ask({ kind: 'issueCard', token: 1, account: 0 }), broken);
  t.throws(() => tenant.ask({ kind: 'aliasCard', token: 6, originalToken: 5 }), broken);
  t.throws(() => tenant.ask({ kind: 'aliasCard', token: 1, originalToken: 1 }), broken);
  t.throws(() => tenant.ask({ kind: 'credit', account: 7, currency: EUR, amount: 1 }), broken);
  t.throws(() => tenant.ask({ kind: 'credit', account: 0, currency: USD, amount: 1 }), broken);
  t.throws(
    () => tenant.ask({ kind: 'credit', account: 0, currency: EUR, amount: Number.MAX_SAFE_INTEGER }),
    broken,
  );
  t.throws(() => tenant.authorise({ amount: 2 ** 40 }), broken);
  t.throws(() => tenant.ask({ kind: 'voidRequest', key: 5 }), broken);
});
