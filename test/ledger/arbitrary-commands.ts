import fc from 'fast-check';
import { CARD_STATUS } from '../../ledger/command.js';
import type { Asked } from './commands.js';
import { EUR, POS, USD } from './one-tenant.js';

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
