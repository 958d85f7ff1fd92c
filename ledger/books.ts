import { InvariantError } from './invariant-error.js';

/** The accounts of a book, of each currency one. A balance above zero is money that the tenant owes. */
export const BOOK = {
  /** What cardholders have available, all accounts together. */
  cardholders: 0,
  /** What is reserved for holds. */
  holds: 1,
  /** What is owed to the network. */
  settlement: 2,
  /** What the tenant earned. */
  fees: 3,
  /** What nobody is charged for until a person has decided. */
  suspense: 4,
  /** What others approved beyond what accounts could pay; below zero, as it is owed to the tenant. */
  standInDebt: 5,
  /** Where cardholders' money came from; below zero. */
  funding: 6,
} as const;
export const BOOK_ACCOUNTS = 7;
/** Half of what numbers count exactly: so a sum of two balances is exact as well. */
export const COUNTED_MAX = 2 ** 52;

/** Names as {@link BOOK} has them, by number. */
export const BOOK_NAMES = Object.keys(BOOK) as readonly (keyof typeof BOOK)[];

/**
 * A tenant's general ledger: by double entry, a book for each currency, whose accounts always sum to zero.
 * Balances are in minor units.
 */
export class Books {
  /** ISO 4217 number of each book. */
  readonly currencies: number[] = [];
  /** Book after book, its accounts in the order of {@link BOOK}. */
  balances = new Float64Array(0);

  /** The number of a currency's book, which begins at {@link BOOK_ACCOUNTS} times it; opened when there is none. */
  of(currency: number): number {
    const found = this.currencies.indexOf(currency);
    if (found >= 0) return found;
    this.currencies.push(currency);
    const balances = new Float64Array(BOOK_ACCOUNTS * this.currencies.length);
    balances.set(this.balances);
    this.balances = balances;
    return this.currencies.length - 1;
  }

  balance(book: number, account: number): number {
    return this.balances[BOOK_ACCOUNTS * book + account]!;
  }

  /**
   * Moves an amount from one account of a book to another, so that their sum stays.
   * @throws InvariantError when a balance could not be counted exactly any more
   */
  move(book: number, from: number, to: number, amount: number): void {
    if (amount === 0) return;
    const base = BOOK_ACCOUNTS * book;
    const less = this.balances[base + from]! - amount;
    const more = this.balances[base + to]! + amount;
    if (!Number.isSafeInteger(less) || !Number.isSafeInteger(more)) {
      throw new InvariantError(
        `book ${this.currencies[book]} would have a balance that can't be counted exactly`,
      );
    }
    this.balances[base + from] = less;
    this.balances[base + to] = more;
  }

  /** Whether that amount can go between any accounts of a book, and each balance stay far from what can't be counted. */
  hasRoom(book: number, amount: number): boolean {
    for (let account = 0; account < BOOK_ACCOUNTS; account++) {
      if (Math.abs(this.balance(book, account)) + amount > COUNTED_MAX) return false;
    }
    return true;
  }

  /** The sum of a book; not zero only when memory is wrong. */
  sum(book: number): number {
    let sum = 0;
    for (let account = 0; account < BOOK_ACCOUNTS; account++) sum += this.balance(book, account);
    return sum;
  }
}
