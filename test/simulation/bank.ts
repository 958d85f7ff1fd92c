import { type Asked, commandOf } from '../ledger/commands.js';
import { ECOMMERCE, EUR, POS, USD } from '../ledger/one-tenant.js';

/** What every tenant of a simulated bank is furnished with, in one place for whoever decides and whoever checks. */

export const JPY = 392;

/** Tokens of the cards and their accounts; the last is little, so that it is soon empty. */
export const CARDS = [
  { token: 1, account: 0, currency: EUR },
  { token: 2, account: 0, currency: EUR },
  { token: 3, account: 1, currency: USD },
  { token: 4, account: 2, currency: EUR },
] as const;

/** A card that was never issued. */
export const UNKNOWN_TOKEN = 9;

/** Rates from one currency to another: the digits of DE10 as numerator and denominator, decimals, and spread in 0.01 %. */
export const RATES = [
  {
    from: USD,
    to: EUR,
    rate: 71_234_567,
    numerator: 1_234_567n,
    denominator: 10_000_000n,
    exponents: 0,
    spread: 150,
  },
  {
    from: JPY,
    to: EUR,
    rate: 60_006_173,
    numerator: 6_173n,
    denominator: 1_000_000n,
    exponents: 2,
    spread: 0,
  },
] as const;

/** Merchants: how long their holds last, and by how much a clearing may exceed them. */
export const SHOP = { mcc: 5411, minutes: 7 * 1440, tolerance: 0n } as const;
export const RESTAURANT = { mcc: 5812, minutes: 7 * 1440, tolerance: 2000n } as const;
/** Its holds end while a history goes on. */
export const PUMP = { mcc: 5542, minutes: 0, tolerance: 0n } as const;
export const MERCHANTS = [SHOP, RESTAURANT, PUMP] as const;

/** What a card may spend in a day, and how often; a history is of one. */
export const DAY = { perDay: 20_000, perDayCount: 4 } as const;

const CHANNELS = POS | ECOMMERCE;

const FURNITURE: readonly Asked[] = [
  {
    kind: 'setLimits',
    currency: EUR,
    channels: CHANNELS,
    perTransaction: 1e9,
    ...DAY,
  },
  ...MERCHANTS.map(
    ({ mcc, minutes, tolerance }): Asked => ({
      kind: 'setHoldRule',
      mcc,
      mccTo: mcc,
      holdMinutes: minutes,
      estimateMinutes: minutes,
      tolerance: Number(tolerance),
    }),
  ),
  ...RATES.map(
    ({ from, to, rate, exponents, spread }): Asked => ({
      kind: 'setRate',
      currency: from,
      billingCurrency: to,
      rate,
      exponents,
      spread,
    }),
  ),
  { kind: 'openAccount', account: 0, currency: EUR },
  { kind: 'credit', account: 0, currency: EUR, amount: 1_000_000 },
  { kind: 'openAccount', account: 1, currency: USD },
  { kind: 'credit', account: 1, currency: USD, amount: 500_000 },
  { kind: 'openAccount', account: 2, currency: EUR },
  { kind: 'credit', account: 2, currency: EUR, amount: 5_000 },
  ...CARDS.map(
    ({ token, account }): Asked => ({ kind: 'issueCard', token, account, expiry: 2712, channels: CHANNELS }),
  ),
];

/** The commands that furnish a tenant. */
export const FURNISHING = FURNITURE.map(commandOf);
