import type { FieldClass } from '../dialect.js';
import { AMOUNT_TYPES, CONDITION_CODES, NETWORK_CODES } from './codes.js';
import { countryOf } from './countries.js';
import { type Currency, currencyOf, decimalAmount } from './currencies.js';
import { pointOfServiceText } from './entry-mode.js';
import { merchantCategory } from './merchant-categories.js';
import { processingCodeText } from './processing-code.js';
import { responseText } from './response-codes.js';

/** The field in which an amount's currency stands: transaction 49, settlement 50, cardholder billing 51. */
const CURRENCY_OF: Readonly<Record<string, number>> = {
  4: 49,
  5: 50,
  6: 51,
  8: 51,
  28: 49,
  29: 50,
  30: 49,
  31: 50,
};

/**
 * What a field's value says; '' where it says nothing that its characters don't.
 *
 * @param path of the field: `4`, `54.1.3`
 * @param textOf the value of another field of the message, '' when absent: amounts are told by their currency
 */
export function fieldMeaning(
  fieldClass: FieldClass,
  path: string,
  value: string,
  textOf: (field: number) => string,
): string {
  switch (fieldClass) {
    case 'amount':
      return amountText(value, currencyOf(textOf(CURRENCY_OF[path] ?? 49)));
    case 'currency': {
      const currency = currencyOf(value);
      if (currency === undefined) return '';
      return `${currency.alpha}, ${currency.name}, ${currency.exponent} decimal places`;
    }
    case 'country':
      return countryOf(value)?.name ?? '';
    case 'mcc':
      return merchantCategory(value);
    case 'response-code':
      return responseText(value);
    case 'processing-code':
      return /^\d{6}$/.test(value) ? processingCodeText(value) : '';
    case 'entry-mode':
      return pointOfServiceText(value);
    case 'expiry':
      return /^\d{4}$/.test(value) ? `20${value.slice(0, 2)}-${value.slice(2)}` : '';
    case 'date-time':
      return dateTimeText(value);
    default:
      return plainMeaning(path, value);
  }
}

/** Fields whose class says nothing, by number; their 1987 values are of these lengths. */
function plainMeaning(path: string, value: string): string {
  if (path === '25' && value.length === 2) return CONDITION_CODES[value] ?? '';
  if (path === '70' && value.length === 3) return NETWORK_CODES[value] ?? '';
  if (/^54\.\d+\.2$/.test(path)) return AMOUNT_TYPES[value] ?? '';
  return '';
}

/** Digits of minor units, with a sign where x+n has one: `C` credit, `D` debit. */
function amountText(value: string, currency: Currency | undefined): string {
  const parts = /^([CD]?)(\d+)$/.exec(value);
  if (parts === null || currency === undefined) return '';
  const sign = parts[1] === '' ? '' : parts[1] === 'C' ? ', credit' : ', debit';
  return `${decimalAmount(parts[2]!, currency.exponent)} ${currency.alpha}${sign}`;
}

/** MMDDhhmmss, with CCYY or YY before it where the edition has so. */
function dateTimeText(value: string): string {
  const parts = /^(\d{4}|\d{2})?(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})$/.exec(value);
  if (parts === null) return '';
  const [, year, month, day, hour, minute, second] = parts;
  const date = year === undefined ? `${month}-${day}` : `${year.padStart(4, '20')}-${month}-${day}`;
  return `${date} ${hour}:${minute}:${second}`;
}
