import { Rows } from './rows.js';

/** Words of an account: 32 bytes, half a line of the cache. */
const POSTED = 0;
const HELD = 2;
const OVERDRAFT = 4;
/** Number of the currency's book (16 bits), ISO 4217 number (16). */
const BOOK_AND_CURRENCY = 6;
const HOLDER = 7;
const ACCOUNT_WORDS = 8;

/** A tenant's accounts, numbered in the order in which they were opened; balances in minor units of their currency. */
export class Accounts {
  readonly rows = new Rows(ACCOUNT_WORDS);

  get length(): number {
    return this.rows.length;
  }

  /** @param overdraft by how much it may be overdrawn */
  add(currency: number, book: number, overdraft: number): number {
    const account = this.rows.add();
    this.rows.setWord(account, BOOK_AND_CURRENCY, (book << 16) | currency);
    this.rows.setNumber(account, OVERDRAFT, overdraft);
    return account;
  }

  currency(account: number): number {
    return this.rows.word(account, BOOK_AND_CURRENCY) & 0xffff;
  }

  book(account: number): number {
    return this.rows.word(account, BOOK_AND_CURRENCY) >>> 16;
  }

  posted(account: number): number {
    return this.rows.number(account, POSTED);
  }

  held(account: number): number {
    return this.rows.number(account, HELD);
  }

  overdraft(account: number): number {
    return this.rows.number(account, OVERDRAFT);
  }

  setOverdraft(account: number, overdraft: number): void {
    this.rows.setNumber(account, OVERDRAFT, overdraft);
  }

  /** Number of who holds it; 0 for nobody. */
  holder(account: number): number {
    return this.rows.word(account, HOLDER);
  }

  setHolder(account: number, holder: number): void {
    this.rows.setWord(account, HOLDER, holder);
  }

  setBalances(account: number, posted: number, held: number): void {
    this.rows.setNumber(account, POSTED, posted);
    this.rows.setNumber(account, HELD, held);
  }

  /** What the account can still pay; below zero when it is in debt. */
  available(account: number): number {
    return this.posted(account) - this.held(account) + this.overdraft(account);
  }

  /** What the account owes beyond its overdraft line, as others approved what it could not pay. */
  debt(account: number): number {
    return Math.max(0, -this.available(account));
  }
}
