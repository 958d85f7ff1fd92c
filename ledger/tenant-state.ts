import { Accounts } from './accounts.js';
import { BalanceDigest } from './balance-digest.js';
import { BOOK, Books } from './books.js';
import { Cards } from './cards.js';
import type { Command, Decision } from './command.js';
import { DueList } from './due.js';
import type { Effects } from './effects.js';
import { HoldRules } from './hold-rules.js';
import { invariant } from './invariant-error.js';
import { TenantRules } from './limits/tenant-rules.js';
import { Rates } from './rates.js';
import { CARD_NEXT, CARD_PREVIOUS, Records } from './record.js';
import { TokenTable } from './token-table.js';

/** The limits a tenant sets on each of its cards; amounts in minor units of `currency`. */
export interface Limits {
  currency: number;
  channels: number;
  perTransaction: number;
  perDay: number;
  perDayCount: number;
}

/**
 * What one tenant's ledger knows: rows in typed arrays, and the few things that it goes by.
 */
export class TenantState {
  readonly limits: Limits = { currency: 0, channels: 0, perTransaction: 0, perDay: 0, perDayCount: 0 };
  readonly holdRules = new HoldRules();
  readonly rates = new Rates();
  readonly rules = new TenantRules();
  readonly books = new Books();
  readonly balances = new BalanceDigest();
  readonly tokens = new TokenTable();
  readonly records = new Records();
  readonly due = new DueList(this.records);
  /** See {@link Effects}; null where nobody listens. */
  effects: Effects | null = null;
  readonly cards = new Cards();
  readonly accounts = new Accounts();

  /** Opens an account, which is empty, and returns its number. */
  openAccount(currency: number, overdraft: number): number {
    const account = this.accounts.add(currency, this.books.of(currency), overdraft);
    this.balances.add(account, 0, 0);
    return account;
  }

  /** The number of the card with that token, or −1. */
  cardOf(token: Uint32Array): number {
    return this.tokens.find(token);
  }

  /**
   * The card that a message is of, or −1, and in `decision` the one whose number it came with: the same, unless that is a
   * second number of it.
   */
  cardOfMessage(command: Command, decision: Decision): number {
    decision.presented = this.tokens.find(command.token);
    return this.meantBy(decision.presented);
  }

  /** The card that is meant by one, whose account, limits and messages count: of a second number, the card that it is for. */
  meantBy(card: number): number {
    if (card < 0) return -1;
    const parent = this.cards.parent(card);
    return parent < 0 ? card : parent;
  }

  /** Gives an account another overdraft line; what it can't pay because of it is debt from now on, or no debt any more. */
  setOverdraft(account: number, overdraft: number): void {
    const { accounts, books } = this;
    const debtBefore = accounts.debt(account);
    accounts.setOverdraft(account, overdraft);
    const debt = accounts.debt(account) - debtBefore;
    books.move(accounts.book(account), BOOK.standInDebt, BOOK.cardholders, debt);
    if (this.effects !== null) this.effects.indebted(account, accounts.currency(account), debt);
  }

  /**
   * Enters a difference of an account's balances: `posted`, whose other side is `counter` (one of `BOOK`), and
   * `held`. What the account can't pay goes into stand-in debt, and what comes in pays that back first.
   *
   * @throws InvariantError when less than nothing would be held, or a balance not be exact any more
   */
  enter(account: number, counter: number, posted: number, held: number): void {
    if (posted === 0 && held === 0) return;
    const { accounts, balances, books } = this;
    const book = accounts.book(account);
    const debtBefore = accounts.debt(account);
    const oldPosted = accounts.posted(account);
    const oldHeld = accounts.held(account);
    const newPosted = oldPosted + posted;
    const newHeld = oldHeld + held;
    invariant(newHeld >= 0, 'an account would hold less than nothing');
    invariant(
      Number.isSafeInteger(newPosted) && Number.isSafeInteger(newHeld),
      'an account would have a balance that can’t be counted exactly',
    );
    balances.remove(account, oldPosted, oldHeld);
    accounts.setBalances(account, newPosted, newHeld);
    balances.add(account, newPosted, newHeld);
    books.move(book, BOOK.cardholders, BOOK.holds, held);
    books.move(book, counter, BOOK.cardholders, posted);
    books.move(book, BOOK.standInDebt, BOOK.cardholders, accounts.debt(account) - debtBefore);
    if (this.effects !== null) {
      this.effects.entered(account, counter, accounts.currency(account), posted, held);
    }
  }

  /** Puts a record, newest first, into the list of its card. */
  linkToCard(row: number, card: number): void {
    const { records } = this;
    records.setListed(row);
    const next = this.cards.newest(card);
    records.setWord(row, CARD_NEXT, next);
    if (next !== 0) records.setWord(next - 1, CARD_PREVIOUS, row + 1);
    this.cards.setNewest(card, row + 1);
  }

  unlinkFromCard(row: number, card: number): void {
    const { records } = this;
    const next = records.word(row, CARD_NEXT);
    const previous = records.word(row, CARD_PREVIOUS);
    if (next !== 0) records.setWord(next - 1, CARD_PREVIOUS, previous);
    if (previous !== 0) records.setWord(previous - 1, CARD_NEXT, next);
    else this.cards.setNewest(card, next);
  }
}
