import { Type } from '@sinclair/typebox';

/** Two digits stand for the year in a message (DE14). */
const CENTURY = 2000;
const YEARS_WHERE_NOT_SAID = 3;

export const ExpiryMonth = Type.Integer({ minimum: 1, maximum: 12 });
export const ExpiryYear = Type.Integer({ minimum: CENTURY, maximum: CENTURY + 99 });

/** YYMM of a month of a year; three years from now where none is given. */
export function expiryOf(year: number | undefined, month: number | undefined, now = new Date()): string {
  const inYear = year ?? now.getUTCFullYear() + YEARS_WHERE_NOT_SAID;
  const inMonth = month ?? now.getUTCMonth() + 1;
  return `${inYear - CENTURY}`.padStart(2, '0') + `${inMonth}`.padStart(2, '0');
}

/** The year and the month in YYMM as a number. */
export function expiryParts(expiry: number): { readonly exp_year: number; readonly exp_month: number } {
  return { exp_year: CENTURY + Math.floor(expiry / 100), exp_month: expiry % 100 };
}
