/** Two amounts of DE54: what is posted and what can be spent, in minor units; below zero when overdrawn. */
export interface Balances {
  readonly ledger: number;
  readonly available: number;
  /** ISO 4217 number. */
  readonly currency: string;
  /** Digits 3 and 4 of DE3. */
  readonly accountType: string;
}

/** Account type, amount type, currency, in 2003 its exponent, sign, twelve digits (ISO 8583:1987 clause 4.3.16). */
const AMOUNT = /^(\d\d)(\d\d)(\d\d\d)\d?([CD])(\d{12})$/;
const LEDGER = '01';
const AVAILABLE = '02';

/**
 * Reads DE54 of the reply to an inquiry.
 * @throws when it is anything but those two amounts, of one account
 */
export function balancesOf(text: string): Balances {
  const half = text.length / 2;
  const [first, second] = [text.slice(0, half), text.slice(half)].map((part) => AMOUNT.exec(part));
  if (first == null || second == null) throw new Error(`DE54 is ${text}`);
  const [, accountType, firstType, currency] = first;
  const [, otherAccount, secondType, otherCurrency] = second;
  const ordered = firstType === LEDGER && secondType === AVAILABLE;
  if (!ordered || accountType !== otherAccount || currency !== otherCurrency) {
    throw new Error(`DE54 is ${text}`);
  }
  const signed = ([, , , , sign, digits]: RegExpExecArray) => (sign === 'D' ? -1 : 1) * Number(digits);
  return { ledger: signed(first), available: signed(second), currency: currency!, accountType: accountType! };
}
