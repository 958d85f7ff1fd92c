import type { ApiSettings } from './api-settings.js';

/** The letters of a currency, by its number of ISO 4217; the number where it has none. */
export function lettersOf(currencyOf: ApiSettings['currencyOf'], number: number | string): string {
  const digits = String(number).padStart(3, '0');
  return currencyOf(digits)?.alpha ?? digits;
}
