import type { Test } from 'tap';
import { apply } from '../../ledger/apply.js';
import { type BOOK, BOOK_NAMES } from '../../ledger/books.js';
import { dayOf } from '../../ledger/calendar.js';
import { Decision, FLAG, MARK, RESPONSE } from '../../ledger/command.js';
import { AMOUNT, BILLED, HELD, POSTED, RECORD } from '../../ledger/record.js';
import { type Limits, TenantState } from '../../ledger/tenant-state.js';
import { type Asked, commandOf, type Fields } from './commands.js';
import { contentOf } from './state-content.js';
import { proveSums } from './sums.js';

export const EUR = 978;
export const USD = 840;
export const JPY = 392;
export const KWD = 414;
export const POS = 1;
export const ECOMMERCE = 4;
export const ATM = 16;
/** Restaurants (ISO 18245). */
export const RESTAURANT = 5812;
/** Minutes. */
export const HOUR = 60;
export const DAY = 24 * HOUR;
/** 2026-06-15T12:00:00Z, in the middle of a day and of a month. */
export const NOON = Date.UTC(2026, 5, 15, 12);

const LIMITS: Limits = {
  currency: EUR,
  channels: 31,
  perTransaction: 100_000,
  perDay: 1_000_000,
  perDayCount: 1000,
};

/** What the sender of a message is told. */
export interface Answer {
  readonly code: (typeof RESPONSE)[keyof typeof RESPONSE];
  readonly approvalCode: number;
  readonly journalled: boolean;
}

/** All that can move when a message is decided, of a card and its account. */
export interface Position {
  readonly posted: number;
  readonly held: number;
  readonly available: number;
  readonly daySpent: number;
  readonly dayCount: number;
}

/** Where a message stands, by the names of `RECORD` and `MARK`. */
export interface Standing {
  readonly status: string;
  readonly amount: number;
  readonly billed: number;
  readonly held: number;
  readonly posted: number;
  /** Names with spaces between. */
  readonly marks: string;
}

const MS_A_MINUTE = 60_000;

/** A tenant's ledger whose first account (100,000.00 EUR) has card 1, which can do everything until 2612. */
export class OneTenant {
  readonly state = new TenantState();
  /** Time of what is asked next, ms since 1970. */
  now = NOON;
  /** What was decided last. */
  readonly decision = new Decision();
  #keys = 1000;

  constructor(limits: Partial<Limits> = {}) {
    this.ask({ kind: 'setLimits', ...LIMITS, ...limits });
    this.issue(1, {}, 10_000_000);
  }

  ask(asked: Asked): Answer {
    apply(this.state, commandOf(asked), this.now, this.decision);
    const { responseCode, approvalCode, journalled } = this.decision;
    return { code: responseCode as Answer['code'], approvalCode, journalled };
  }

  /** Opens an account of its own for a card and issues it. */
  issue(token: number, card: Fields = {}, balance = 0): number {
    const account = this.state.accounts.length;
    const currency = card.currency ?? EUR;
    this.ask({ kind: 'openAccount', account, currency });
    if (balance > 0) this.ask({ kind: 'credit', account, currency, amount: balance });
    this.ask({ kind: 'issueCard', token, account, expiry: 2612, channels: 31, ...card });
    return account;
  }

  /** Changes card 1, which stays as it was issued but for what is given. */
  change(fields: Fields): Answer {
    return this.ask({ kind: 'changeCard', token: 1, expiry: 2612, channels: 31, ...fields });
  }

  /** Says that such a change is refused, and leaves everything as it is. */
  refuses(t: Test, fields: Fields): void {
    const before = contentOf(this.state);
    const answer = this.change(fields);
    t.same(
      answer,
      { code: RESPONSE.invalidTransaction, approvalCode: 0, journalled: false },
      JSON.stringify(fields),
    );
    t.equal(contentOf(this.state), before, 'nothing is changed');
  }

  /** An authorisation of 10.00 by card 1 under a key of its own, but for what is given. */
  authorise(fields: Fields = {}): Answer {
    return this.ask({ kind: 'authorise', ...this.#message(fields) });
  }

  /** 0120: likewise of what was approved elsewhere. */
  advise(fields: Fields = {}): Answer {
    return this.authorise({ ...fields, flags: (fields.flags ?? 0) | FLAG.advice });
  }

  /** An increment of 10.00, but for what is given, of the authorisation of that key. */
  raise(originalKey: number, fields: Fields = {}): Answer {
    return this.authorise({ originalKey, ...fields, flags: (fields.flags ?? 0) | FLAG.incremental });
  }

  /** 0200: a purchase of 10.00 by card 1 under a key of its own, but for what is given. */
  buy(fields: Fields = {}): Answer {
    return this.ask({ kind: 'clear', ...this.#message(fields) });
  }

  /** 0220: likewise of what was done elsewhere, as a clearing of the authorisation of `originalKey` if that is given. */
  present(fields: Fields = {}): Answer {
    return this.buy({ ...fields, flags: (fields.flags ?? 0) | FLAG.advice });
  }

  #message(fields: Fields) {
    const { amount = 1000 } = fields;
    const given = { token: 1, key: this.nextKey(), currency: EUR, channels: POS };
    return { ...given, amount, fingerprint: amount, ...fields };
  }

  /** Lets minutes pass, and then does all that is due. */
  tick(minutes: number): void {
    this.now += minutes * MS_A_MINUTE;
    do this.ask({ kind: 'advanceTime' });
    while (this.decision.unfinished);
  }

  /** A reversal by card 1 under a key of its own, but for what is given. */
  reverse(fields: Fields): Answer {
    const { originalKey = 0 } = fields;
    return this.ask({ kind: 'reverse', token: 1, key: this.nextKey(), fingerprint: originalKey, ...fields });
  }

  /** DE37, DE41 and DE42 as a command has them, filled up with spaces. */
  identifiers(retrievalReference: string, terminal = '', merchant = ''): Uint8Array {
    const text = retrievalReference.padEnd(12) + terminal.padEnd(8) + merchant.padEnd(15);
    return Buffer.from(text, 'latin1');
  }

  /** For a message that is what that key has, but of the financial class. */
  financialKey(key: number): Fields {
    return { key, keyClass: 2 };
  }

  nextKey(): number {
    return ++this.#keys;
  }

  /** Where a card and its account stand at this moment; everything that must sum up is seen to. */
  position(token = 1): Position {
    const { state } = this;
    proveSums(state);
    const card = state.cardOf(commandOf({ kind: 'authorise', token }).token);
    const account = state.cards.account(card);
    const today = state.cards.day(card) === dayOf(this.now);
    return {
      posted: state.accounts.posted(account),
      held: state.accounts.held(account),
      available: state.accounts.available(account),
      daySpent: today ? state.cards.daySpent(card) : 0,
      dayCount: today ? state.cards.dayCount(card) : 0,
    };
  }

  /** The accounts of a currency's book that are not 0, but for where the cards' money came from. */
  book(currency = EUR): Partial<Record<keyof typeof BOOK, number>> {
    const { books } = this.state;
    proveSums(this.state);
    const book = books.currencies.indexOf(currency);
    const all = BOOK_NAMES.map((name, account) => [name, books.balance(book, account)] as const);
    return Object.fromEntries(all.filter(([name, balance]) => name !== 'funding' && balance !== 0));
  }

  /** Where the message of that key stands; nothing when it is not remembered. */
  standing(key: number): Standing | undefined {
    const { records } = this.state;
    const row = records.find(commandOf({ kind: 'authorise', key }).key);
    if (row < 0) return undefined;
    const names = Object.keys(RECORD) as (keyof typeof RECORD)[];
    const marks = Object.keys(MARK) as (keyof typeof MARK)[];
    return {
      status: names.find((name) => RECORD[name] === records.status(row))!,
      amount: records.amount(row, AMOUNT),
      billed: records.amount(row, BILLED),
      held: records.amount(row, HELD),
      posted: records.amount(row, POSTED),
      marks: marks.filter((name) => (records.marks(row) & MARK[name]) !== 0).join(' '),
    };
  }
}
