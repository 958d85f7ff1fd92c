import fc from 'fast-check';
import { apply, isDecided } from '../../ledger/apply.js';
import { BOOK } from '../../ledger/books.js';
import { CARD_STATUS, type Command, Decision, DIRECTION, FLAG } from '../../ledger/command.js';
import { RECORD } from '../../ledger/record.js';
import { TenantState } from '../../ledger/tenant-state.js';
import { type Asked, commandOf } from './commands.js';
import { EUR, JPY, KWD, NOON, POS, USD } from './one-tenant.js';

/** A command, and how long after the one before it comes, in ms. */
export interface Step {
  readonly asked: Asked;
  readonly waitMs: number;
}

const ACCOUNTS = 3;
/** Tokens 1 to 4 are issued by {@link OPENING}, 5 and 6 perhaps by a step, 7 never. */
const token = fc.integer({ min: 1, max: 7 });
const currency = fc.constantFrom(EUR, EUR, EUR, USD);
/** Few keys, so that they meet again: those of authorisations, then those of reversals. */
const authorisationKey = fc.integer({ min: 1, max: 40 });
const reversalKey = fc.integer({ min: 101, max: 120 });
const amount = fc.oneof(fc.constantFrom(1, 500, 1000, 1001), fc.integer({ min: 1, max: 1500 }));
const channels = fc.constantFrom(POS, POS, POS, 4, 16, 0);
const expiry = fc.constantFrom(0, 0, 0, 2612, 2606);

const authorise = fc
  .record({ key: authorisationKey, token, amount, currency, channels, expiry })
  .map((fields): Asked => ({ kind: 'authorise', fingerprint: fields.amount, ...fields }));

const reverse = fc
  .record({
    key: reversalKey,
    token,
    originalKey: fc.oneof({ weight: 8, arbitrary: authorisationKey }, { weight: 1, arbitrary: reversalKey }),
    amount: fc.oneof({ weight: 5, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: amount }),
  })
  .map((fields): Asked => ({ kind: 'reverse', fingerprint: fields.originalKey, ...fields }));

const voided = authorisationKey.map((key): Asked => ({ kind: 'voidRequest', key }));

const expired = authorisationKey.map((key): Asked => ({ kind: 'expireHold', key }));

const setLimits = fc
  .record({
    channels: fc.constantFrom(31, 31, 5),
    perTransaction: fc.constantFrom(999, 1000, 5000),
    perDay: fc.constantFrom(2000, 5000, 50_000),
    perDayCount: fc.constantFrom(2, 5, 50),
  })
  .map((fields): Asked => ({ kind: 'setLimits', currency: EUR, ...fields }));

const credit = fc
  .record({ account: fc.nat(ACCOUNTS - 1), amount: fc.integer({ min: 1, max: 100 }) })
  .map((fields): Asked => ({ kind: 'credit', currency: fields.account === 2 ? USD : EUR, ...fields }));

const issueCard = fc
  .record({ token: fc.constantFrom(5, 6), account: fc.nat(ACCOUNTS - 1), channels: fc.constantFrom(31, 4) })
  .map((fields): Asked => ({ kind: 'issueCard', expiry: 2612, ...fields }));

const aliasCard = fc
  .record({ token: fc.constantFrom(5, 6), originalToken: fc.integer({ min: 1, max: 4 }) })
  .map((fields): Asked => ({ kind: 'aliasCard', ...fields }));

/** Mostly messages, and now and then what a tenant's operator does. Not all of them can follow each other. */
export const step: fc.Arbitrary<Step> = fc.record({
  asked: fc.oneof(
    { weight: 20, arbitrary: authorise },
    { weight: 8, arbitrary: reverse },
    { weight: 2, arbitrary: voided },
    { weight: 1, arbitrary: setLimits },
    { weight: 2, arbitrary: credit },
    { weight: 1, arbitrary: issueCard },
    { weight: 1, arbitrary: aliasCard },
  ),
  waitMs: fc.constantFrom(0, 0, 1, 1000, 3_600_000, 43_200_000),
});

/** What every sequence of steps begins with: two accounts in EUR, one in USD, four cards, one of them blocked. */
export const OPENING: readonly Asked[] = [
  { kind: 'setLimits', currency: EUR, channels: 31, perTransaction: 5000, perDay: 50_000, perDayCount: 50 },
  { kind: 'openAccount', account: 0, currency: EUR },
  { kind: 'openAccount', account: 1, currency: EUR },
  { kind: 'openAccount', account: 2, currency: USD },
  { kind: 'credit', account: 0, currency: EUR, amount: 20_000 },
  { kind: 'credit', account: 1, currency: EUR, amount: 3000 },
  { kind: 'credit', account: 2, currency: USD, amount: 5000 },
  { kind: 'issueCard', token: 1, account: 0, expiry: 2612, channels: 31 },
  { kind: 'issueCard', token: 2, account: 1, expiry: 2612, channels: 5 },
  { kind: 'issueCard', token: 3, account: 2, expiry: 2606, channels: 31 },
  { kind: 'issueCard', token: 4, account: 0, expiry: 2612, channels: 31, status: CARD_STATUS.blocked },
];

/** What a message of any kind may say about itself, seldom all at once. */
const flags = fc.oneof(
  { weight: 2, arbitrary: fc.constant(0) },
  { weight: 2, arbitrary: fc.constantFrom(...Object.values(FLAG), FLAG.incremental, FLAG.incremental) },
  {
    weight: 1,
    arbitrary: fc.subarray(Object.values(FLAG)).map((bits) => bits.reduce((all, bit) => all | bit, 0)),
  },
);
/** 8 and 9 are second numbers, where a step issued them. */
export const anyToken = fc.integer({ min: 1, max: 9 });
const anyCurrency = fc.constantFrom(EUR, EUR, EUR, EUR, EUR, EUR, USD, USD, JPY, KWD);
/** Fewer still, so that messages often name one that there is. */
const anyKey = fc.integer({ min: 1, max: 24 });
const original = fc.oneof({ weight: 6, arbitrary: anyKey }, { weight: 1, arbitrary: fc.constant(0) });
/** By DE6, DE51 and DE10: to EUR at 0.9, to USD at 1.1. */
const converted = fc.constantFrom(
  {},
  {},
  { billing: 900, billingCurrency: EUR, rate: 70_900_000 },
  { billing: 1100, billingCurrency: USD, rate: 71_100_000 },
);
const mcc = fc.constantFrom(5411, 5411, 5812, 7011, 5542);
/** Purchase, cash, refund, inquiry, purchase with cashback. */
const processingCode = fc.constantFrom(0, 0, 0, 10_000, 200_000, 310_000, 90_000);
const message = fc.record({
  key: anyKey,
  token: fc.oneof({ weight: 2, arbitrary: fc.constantFrom(1, 2) }, { weight: 1, arbitrary: anyToken }),
  amount,
  currency: anyCurrency,
  channels: fc.constantFrom(POS, POS, 4),
  flags,
  mcc,
  processingCode,
  originalKey: original,
  windowHours: fc.constantFrom(1, 24, 168),
  approvalCode: fc.constantFrom(0, 0, 611_953, 123_456),
});

const anyAuthorisation = fc
  .record({ message, converted, cashback: fc.constantFrom(0, 0, 0, 100) })
  .map(({ message, converted, cashback }): Asked => {
    return { kind: 'authorise', ...message, ...converted, cashback, fingerprint: message.amount };
  });

const clearing = fc.record({ message, converted }).map(
  ({ message, converted }): Asked => ({
    kind: 'clear',
    ...message,
    ...converted,
    fingerprint: message.amount,
  }),
);

const anyReversal = fc
  .record({ message, kept: fc.oneof(fc.constant(-1), fc.constant(-1), fc.integer({ min: 0, max: 1500 })) })
  .map(({ message, kept }): Asked => {
    const given = { ...message, amount: kept < 0 ? 0 : message.amount, kept };
    return { kind: 'reverse', ...given, fingerprint: message.originalKey };
  });

const holdRule = fc
  .record({
    mcc: fc.constantFrom(0, 5411, 7011),
    holdMinutes: fc.constantFrom(1, 120, 10_080),
    estimateMinutes: fc.constantFrom(60, 43_200),
    tolerance: fc.constantFrom(0, 2000),
  })
  .map((fields): Asked => ({ kind: 'setHoldRule', mccTo: fields.mcc + 500, ...fields }));

const rate = fc
  .record({
    currency: fc.constantFrom(EUR, USD, JPY, KWD),
    billingCurrency: fc.constantFrom(EUR, USD),
    rate: fc.constantFrom(71_100_000, 46_123_400),
    spread: fc.constantFrom(0, 150),
  })
  .map(({ currency, ...fields }): Asked => {
    const exponents = currency === JPY ? 2 : currency === KWD ? -1 : 0;
    return { kind: 'setRate', currency, exponents, ...fields };
  });

const changeCard = fc
  .record({
    token: fc.constantFrom(1, 3, 4, 5, 8, 8, 9),
    status: fc.oneof({ weight: 2, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(8) }),
    channels: fc.constantFrom(31, 31, 31, 5),
    expiry: fc.constantFrom(2612, 2612, 2606, 2706, 2613),
    group: fc.constantFrom(0, 1, 7, 2 ** 32 - 1),
  })
  .map((fields): Asked => ({ kind: 'changeCard', ...fields }));

/** Second numbers 8 and 9; 8 now and then of 9, which is none of a card. */
const issueToken = fc
  .record({ token: fc.constantFrom(8, 9, 1), originalToken: fc.constantFrom(1, 2, 3, 9) })
  .map((fields): Asked => ({ kind: 'issueToken', expiry: 2912, channels: 31, ...fields }));

/** What becomes of cards. */
export const cardStep: fc.Arbitrary<Step> = fc.record({
  asked: fc.oneof({ weight: 3, arbitrary: changeCard }, { weight: 1, arbitrary: issueToken }),
  waitMs: fc.constantFrom(0, 1000),
});

const fundsKey = fc.integer({ min: 1, max: 12 });
const anyAccount = fc.oneof(
  { weight: 9, arbitrary: fc.nat(ACCOUNTS - 1) },
  { weight: 1, arbitrary: fc.nat(9) },
);

/** Few keys and amounts, so that some repeat others, and some are of other content. */
export const funds: fc.Arbitrary<Asked> = fc
  .record({
    key: fundsKey,
    account: anyAccount,
    counterAccount: anyAccount,
    amount: fc.constantFrom(1, 500, 500, 9000),
    currency,
    windowHours: fc.constantFrom(1, 24, 168),
  })
  .chain((fields) =>
    fc.oneof(
      fc
        .record({
          direction: fc.constantFrom(...Object.values(DIRECTION)),
          book: fc.constantFrom(BOOK.funding, BOOK.funding, BOOK.fees, BOOK.suspense, BOOK.holds),
          mayOverdraw: fc.constantFrom(0, 0, 1),
        })
        .map((more): Asked => ({ kind: 'postFunds', ...fields, ...more })),
      fc.constant<Asked>({ kind: 'transferFunds', ...fields }),
    ),
  );

const setOverdraft = fc
  .record({ account: anyAccount, overdraft: fc.constantFrom(0, 0, 500, 5000) })
  .map((fields): Asked => ({ kind: 'setOverdraft', ...fields }));

const setHolder = fc
  .record({ account: anyAccount, holder: fc.constantFrom(0, 1, 2 ** 32 - 1) })
  .map((fields): Asked => ({ kind: 'setHolder', ...fields }));

/** What a tenant does with cards and funds. */
export const tenantsOwn: fc.Arbitrary<Asked> = fc.oneof(
  { weight: 2, arbitrary: changeCard },
  { weight: 1, arbitrary: issueToken },
  { weight: 4, arbitrary: funds },
  { weight: 1, arbitrary: setOverdraft },
  { weight: 1, arbitrary: setHolder },
);

const openAccount = fc
  .record({ currency: fc.constantFrom(EUR, USD, KWD), overdraft: fc.constantFrom(0, 5000) })
  .map((fields): Asked => ({ kind: 'openAccount', ...fields }));

/** Applies what can follow in a state, and leaves out what can't. */
export function applyAny(state: TenantState, asked: Asked, at: number, decision: Decision): void {
  const command = following(state, asked);
  if (command !== undefined) apply(state, command, at, decision);
}

/** The command, unless it can't follow in a state, as the issue of a card that is issued, or the void of nothing. */
export function following(state: TenantState, asked: Asked): Command | undefined {
  const command = commandOf(asked);
  const decided = isDecided(state, command.key);
  switch (asked.kind) {
    case 'voidRequest': {
      const row = state.records.find(command.key);
      if (!decided || state.records.status(row) === RECORD.reversal) return undefined;
      break;
    }
    case 'aliasCard':
    case 'issueCard':
      if (state.cardOf(command.token) >= 0) return undefined;
      break;
    case 'openAccount':
      // The next one.
      command.account = state.accounts.length;
  }
  return command;
}

/** Every command that there is; from far apart, so that holds expire and messages are forgotten. */
export const anyStep: fc.Arbitrary<Step> = fc.record({
  asked: fc.oneof(
    { weight: 10, arbitrary: anyAuthorisation },
    { weight: 8, arbitrary: clearing },
    { weight: 6, arbitrary: anyReversal },
    { weight: 6, arbitrary: fc.constant<Asked>({ kind: 'advanceTime' }) },
    { weight: 1, arbitrary: voided },
    { weight: 1, arbitrary: expired },
    { weight: 1, arbitrary: setLimits },
    { weight: 1, arbitrary: credit },
    { weight: 1, arbitrary: issueCard },
    { weight: 1, arbitrary: aliasCard },
    { weight: 1, arbitrary: holdRule },
    { weight: 2, arbitrary: rate },
    { weight: 1, arbitrary: openAccount },
    { weight: 4, arbitrary: tenantsOwn },
  ),
  waitMs: fc.constantFrom(0, 0, 0, 1000, 60_000, 3_600_000, 43_200_000, 345_600_000),
});

/** A state after {@link OPENING} and those steps; `onStep` is told of it after each of them. */
export function stateAfter(
  steps: readonly Step[],
  onStep: (state: TenantState) => void = () => {},
): TenantState {
  const state = new TenantState();
  const decision = new Decision();
  for (const asked of OPENING) apply(state, commandOf(asked), NOON, decision);
  let at = NOON;
  for (const { asked, waitMs } of steps) {
    at += waitMs;
    applyAny(state, asked, at, decision);
    onStep(state);
  }
  return state;
}
