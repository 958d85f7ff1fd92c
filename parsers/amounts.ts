import { type Edition, PARTIAL_REVERSAL } from './edition.js';
import { RULE } from './errors.js';
import { type MessageView, refuse } from './view.js';

const TRANSACTION = 4;
const BILLING = 6;
const RATE = 10;
const FUNCTION_CODE = 24;
const ADDITIONAL = 54;
/** Digits of an amount, and of the first part of DE95: the actual amount of the transaction. */
const AMOUNT_DIGITS = 12;
/** Where an additional amount has its type and its currency. */
const AMOUNT_TYPE_AT = 2;
const CURRENCY_AT = 4;
const CURRENCY_DIGITS = 3;
const ZERO = 0x30;
const FOUR = 0x34;
const NINE = 0x39;

/** What a reversal keeps that releases all. */
export const NOTHING_KEPT = -1;
/** An amount that could not be read; the view says why. */
export const REFUSED = -2;

/** A field in minor units; where currency and exponent stand before the amount (2003), without them. */
function minorUnits(view: MessageView, { amountSkips }: Edition, field: number): number {
  return view.digits(field, amountSkips, view.units[field]! - amountSkips);
}

/** DE4 in minor units; 0 when there is none. */
export function amountOf(view: MessageView, edition: Edition): number {
  return view.has(TRANSACTION) ? minorUnits(view, edition, TRANSACTION) : 0;
}

/** ISO 4217 number of DE4; 0 when none is given. */
export function currencyOf(view: MessageView, edition: Edition): number {
  return currency(view, TRANSACTION, edition.currency);
}

/** DE6 in minor units; 0 when there is none. */
export function billingOf(view: MessageView, edition: Edition): number {
  return view.has(BILLING) ? minorUnits(view, edition, BILLING) : 0;
}

/** ISO 4217 number of DE6; 0 when none is given. */
export function billingCurrencyOf(view: MessageView, edition: Edition): number {
  return view.has(BILLING) ? currency(view, BILLING, edition.billingCurrency) : 0;
}

/** DE10 as it is, eight digits; 0 when there is none. */
export function rateOf(view: MessageView): number {
  return view.has(RATE) ? view.number(RATE) : 0;
}

/** Of a field of its own, or, where there is none such, in front of the amount. */
function currency(view: MessageView, amount: number, field: number): number {
  if (field !== 0) return view.has(field) ? view.number(field) : 0;
  return view.has(amount) ? view.digits(amount, 0, CURRENCY_DIGITS) : 0;
}

/**
 * The part of DE4 that is paid out in cash: the additional amounts of type 40 (ISO 8583:1987 table A.5, 1993 annex
 * A.2) that are in the currency of DE4, as networks say it once more in that of the card. 0 for none; `REFUSED` when
 * one is not written in digits.
 */
export function cashbackOf(view: MessageView, edition: Edition): number {
  if (!view.has(ADDITIONAL)) return 0;
  const { additionalAmount } = edition;
  const units = view.units[ADDITIONAL]!;
  const wanted = currencyOf(view, edition);
  let sum = 0;
  for (let at = 0; at + additionalAmount <= units; at += additionalAmount) {
    const type = at + AMOUNT_TYPE_AT;
    if (view.character(ADDITIONAL, type) !== FOUR || view.character(ADDITIONAL, type + 1) !== ZERO) continue;
    const given = digitsIn(view, ADDITIONAL, at + CURRENCY_AT, CURRENCY_DIGITS);
    const amount = digitsIn(view, ADDITIONAL, at + additionalAmount - AMOUNT_DIGITS, AMOUNT_DIGITS);
    if (given === REFUSED || amount === REFUSED) return REFUSED;
    if (given === wanted) sum += amount;
  }
  return sum;
}

/**
 * What a reversal lets stand of its original, in minor units: the actual amount of DE95 in 1987; in the later editions,
 * where DE24 says that it is a partial one, the original amount of DE30 less DE4, which is reversed. `NOTHING_KEPT` for a
 * full reversal; `REFUSED` where the amounts are missing or contradict each other.
 */
export function keptOf(view: MessageView, edition: Edition): number {
  const { replacement, originalAmount, amountSkips } = edition;
  if (replacement !== 0) {
    if (!view.has(replacement)) return NOTHING_KEPT;
    const actual = digitsIn(view, replacement, 0, AMOUNT_DIGITS);
    return actual === 0 ? NOTHING_KEPT : actual;
  }
  if (!view.has(FUNCTION_CODE) || view.number(FUNCTION_CODE) !== PARTIAL_REVERSAL) return NOTHING_KEPT;
  if (!view.has(TRANSACTION) || !view.has(originalAmount)) {
    refuse(view, RULE.missingField, view.has(TRANSACTION) ? originalAmount : TRANSACTION, view.end);
    return REFUSED;
  }
  const kept = view.digits(originalAmount, amountSkips, AMOUNT_DIGITS) - amountOf(view, edition);
  const sameUnits =
    amountSkips === 0 ||
    view.digits(originalAmount, 0, amountSkips) === view.digits(TRANSACTION, 0, amountSkips);
  if (kept < 0 || !sameUnits) {
    refuse(view, RULE.badValue, originalAmount, view.offsets[originalAmount]!);
    return REFUSED;
  }
  return kept === 0 ? NOTHING_KEPT : kept;
}

/** Characters `from`…`from + count` of a field as a number; `REFUSED` where one is no digit. */
function digitsIn(view: MessageView, field: number, from: number, count: number): number {
  let value = 0;
  for (let at = from; at < from + count; at++) {
    const character = view.character(field, at);
    if (character < ZERO || character > NINE) {
      refuse(view, RULE.badValue, field, view.offsets[field]! + at);
      return REFUSED;
    }
    value = value * 10 + character - ZERO;
  }
  return value;
}
