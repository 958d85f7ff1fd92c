import fc from 'fast-check';
import { BOOK } from '../../ledger/books.js';
import { DIRECTION, FLAG } from '../../ledger/command.js';
import type { Step } from './arbitrary-commands.js';
import type { Asked } from './commands.js';
import { EUR, JPY, POS, RESTAURANT, USD } from './one-tenant.js';

/** Of an hour, holds of fuel last two; of everything else a day, or three by estimate. */
export const FUEL = 5542;
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** What every life begins with: two accounts in EUR, one of which may be overdrawn, one in JPY; a card of each. */
export const LIVES_OPENING: readonly Asked[] = [
  { kind: 'setLimits', currency: EUR, channels: 31, perTransaction: 2400, perDay: 7000, perDayCount: 4 },
  { kind: 'openAccount', account: 0, currency: EUR },
  { kind: 'openAccount', account: 1, currency: EUR, overdraft: 500 },
  { kind: 'openAccount', account: 2, currency: JPY },
  { kind: 'credit', account: 0, currency: EUR, amount: 6000 },
  { kind: 'credit', account: 1, currency: EUR, amount: 1500 },
  { kind: 'credit', account: 2, currency: JPY, amount: 90_000 },
  { kind: 'issueCard', token: 1, account: 0, expiry: 9912, channels: 31 },
  { kind: 'issueCard', token: 2, account: 1, expiry: 9912, channels: 31 },
  { kind: 'issueCard', token: 3, account: 2, expiry: 9912, channels: 31 },
  { kind: 'setHoldRule', mcc: 0, mccTo: 9999, holdMinutes: 1440, estimateMinutes: 4320, tolerance: 0 },
  {
    kind: 'setHoldRule',
    mcc: RESTAURANT,
    mccTo: RESTAURANT,
    holdMinutes: 1440,
    estimateMinutes: 4320,
    tolerance: 2000,
  },
  { kind: 'setHoldRule', mcc: FUEL, mccTo: FUEL, holdMinutes: 120, estimateMinutes: 1440, tolerance: 500 },
  { kind: 'setRate', currency: USD, billingCurrency: EUR, rate: 79_000_000, exponents: 0, spread: 150 },
  { kind: 'setRate', currency: EUR, billingCurrency: JPY, rate: 20_016_331, exponents: -2, spread: 0 },
];

/** Few keys, so that messages meet: mostly those of authorisations, of clearings and of reversals. */
const authorisationKey = fc.integer({ min: 1, max: 8 });
const clearingKey = fc.integer({ min: 21, max: 32 });
const reversalKey = fc.integer({ min: 101, max: 112 });
const key = fc.oneof(
  { weight: 5, arbitrary: authorisationKey },
  { weight: 2, arbitrary: clearingKey },
  { weight: 1, arbitrary: fc.constant(0) },
);
/** Card 1 mostly; 9 is never issued. */
const token = fc.constantFrom(1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 3, 9);
const amount = fc.oneof(
  fc.constantFrom(1000, 1000, 1000, 500, 1200, 1201),
  fc.integer({ min: 0, max: 2500 }),
);
const money = fc.constantFrom(
  { currency: EUR },
  { currency: EUR },
  { currency: EUR },
  { currency: EUR },
  { currency: EUR },
  { currency: USD },
  { currency: USD, billing: 950, billingCurrency: EUR, rate: 79_500_000 },
  { currency: JPY },
);
const identifiers = fc
  .constantFrom('', '', 'RRN000000001', 'RRN000000002')
  .chain((reference) =>
    fc
      .constantFrom('', 'TERM0001SHOP')
      .map((merchant) => Buffer.from(reference.padEnd(12) + merchant.padEnd(23))),
  );
const windowHours = fc.constantFrom(1, 24, 168);

function flags(...likely: number[]): fc.Arbitrary<number> {
  return fc
    .array(fc.constantFrom(0, 0, ...likely), { minLength: 1, maxLength: 2 })
    .map((bits) => bits.reduce((all, bit) => all | bit, 0));
}

const message = fc
  .record({
    token,
    amount,
    mcc: fc.constantFrom(5411, RESTAURANT, FUEL),
    windowHours,
    identifiers,
    channels: fc.constant(POS),
    approvalCode: fc.constantFrom(0, 0, 0, 77, 78),
  })
  .chain((fields) => money.map((extra) => ({ ...fields, ...extra, fingerprint: fields.amount })));

const authorise = fc
  .record({
    message,
    key: fc.oneof({ weight: 9, arbitrary: authorisationKey }, { weight: 1, arbitrary: clearingKey }),
    flags: flags(
      FLAG.incremental,
      FLAG.incremental,
      FLAG.advice,
      FLAG.partial,
      FLAG.estimated,
      FLAG.declined,
    ),
    originalKey: key,
    cashback: fc.constantFrom(0, 0, 0, 300),
    processingCode: fc.constantFrom(0, 0, 0, 0, 10_000, 200_000, 310_000),
  })
  .map(({ message, ...rest }): Asked => ({ kind: 'authorise', ...message, ...rest }));

const clear = fc
  .record({
    message,
    key: fc.oneof({ weight: 9, arbitrary: clearingKey }, { weight: 1, arbitrary: authorisationKey }),
    flags: flags(FLAG.advice, FLAG.advice, FLAG.more, FLAG.more | FLAG.advice, FLAG.partial),
    originalKey: key,
    processingCode: fc.constantFrom(0, 0, 0, 0, 0, 200_000, 310_000),
  })
  .map(({ message, ...rest }): Asked => ({ kind: 'clear', ...message, ...rest }));

const reverse = fc
  .record({
    key: reversalKey,
    token,
    originalKey: fc.oneof({ weight: 19, arbitrary: key }, { weight: 1, arbitrary: reversalKey }),
    amount: fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: amount }),
    kept: fc.oneof(fc.constant(-1), fc.constant(-1), fc.constantFrom(0, 300, 600), fc.nat(1500)),
    windowHours,
  })
  .map(
    (fields): Asked => ({
      kind: 'reverse',
      currency: EUR,
      fingerprint: 1 + fields.originalKey + 1000 * (fields.kept + 1),
      ...fields,
    }),
  );

const voided = fc
  .oneof(authorisationKey, clearingKey)
  .map((number): Asked => ({ kind: 'voidRequest', key: number }));
const expired = authorisationKey.map((number): Asked => ({ kind: 'expireHold', key: number }));
const credit = fc
  .integer({ min: 1, max: 900 })
  .map((number): Asked => ({ kind: 'credit', account: 1, currency: EUR, amount: number }));
/** Few amounts, so that some are asked for again under their key. */
const funds = fc
  .record({
    key: fc.integer({ min: 1, max: 9 }),
    account: fc.constantFrom(0, 0, 1, 1, 2, 3),
    counterAccount: fc.constantFrom(0, 1, 1, 2),
    amount: fc.constantFrom(700, 700, 3000),
    currency: fc.constantFrom(EUR, EUR, EUR, JPY),
    windowHours,
  })
  .chain((fields) =>
    fc.oneof(
      fc.constant<Asked>({ kind: 'transferFunds', ...fields }),
      fc
        .record({
          direction: fc.constantFrom(...Object.values(DIRECTION)),
          book: fc.constantFrom(BOOK.funding, BOOK.funding, BOOK.fees, BOOK.suspense),
          mayOverdraw: fc.constantFrom(0, 0, 0, 1),
        })
        .map((more): Asked => ({ kind: 'postFunds', ...fields, counterAccount: 0, ...more })),
    ),
  );
const overdraft = fc
  .record({ account: fc.constantFrom(0, 1), overdraft: fc.constantFrom(0, 500, 900) })
  .map((fields): Asked => ({ kind: 'setOverdraft', ...fields }));
const time: fc.Arbitrary<Asked> = fc.constant({ kind: 'advanceTime' });

/** All that can happen in the life of a hold, while its account's tenant moves funds. */
export const lifeStep: fc.Arbitrary<Step> = fc.record({
  asked: fc.oneof(
    { weight: 12, arbitrary: authorise },
    { weight: 14, arbitrary: clear },
    { weight: 9, arbitrary: reverse },
    { weight: 4, arbitrary: time },
    { weight: 1, arbitrary: voided },
    { weight: 1, arbitrary: expired },
    { weight: 1, arbitrary: credit },
    { weight: 3, arbitrary: funds },
    { weight: 1, arbitrary: overdraft },
  ),
  waitMs: fc.constantFrom(0, 0, 0, MINUTE_MS, 25 * MINUTE_MS, HOUR_MS, 13 * HOUR_MS, 60 * HOUR_MS),
});
