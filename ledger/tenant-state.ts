import { KEY_WORDS, TOKEN_WORDS } from './command.js';
import { KeyedRows } from './keyed-rows.js';

/** Where a message that was decided stands now. */
export const RECORD = {
  declined: 0,
  held: 1,
  released: 2,
  /** No authorisation came yet, but its reversal did. */
  blocked: 3,
  /** A reversal: it has an answer, but never a hold. */
  reversal: 4,
} as const;

/** Words of a record after its key; the amount's high part and the day share one. */
export const FINGERPRINT = KEY_WORDS;
/** Card number + 1; 0 when the card is unknown. */
export const CARD = KEY_WORDS + 1;
/** Approval code (20 bits), response code (7), status (3). */
export const OUTCOME = KEY_WORDS + 2;
/** Day (16 bits), amount high (8). */
export const DAY_AND_HIGH = KEY_WORDS + 3;
export const AMOUNT_LOW = KEY_WORDS + 4;
const RECORD_WORDS = 5;

/** Word of a token's row that holds the card's number. */
export const TOKEN_CARD = TOKEN_WORDS;

/** The limits a tenant sets on each of its cards; amounts in minor units of `currency`. */
export interface Limits {
  currency: number;
  channels: number;
  perTransaction: number;
  perDay: number;
  perDayCount: number;
}

/**
 * The ledger of one tenant: a value that only `apply` changes. Cards and accounts are numbered from 0 in the
 * order in which they came; amounts are whole minor units, exact up to 2^53 − 1, in doubles.
 */
export class TenantState {
  readonly limits: Limits = { currency: 0, channels: 0, perTransaction: 0, perDay: 0, perDayCount: 0 };
  readonly tokens = new KeyedRows(TOKEN_WORDS, 1);
  readonly records = new KeyedRows(KEY_WORDS, RECORD_WORDS);
  cards = 0;
  cardAccount = new Uint32Array(64);
  cardExpiry = new Uint16Array(64);
  cardStatus = new Uint8Array(64);
  cardChannels = new Uint8Array(64);
  /** The UTC day (since 1970) that `daySpent` and `dayCount` are of. */
  cardDay = new Uint16Array(64);
  cardDaySpent = new Float64Array(64);
  cardDayCount = new Uint32Array(64);
  accounts = 0;
  accountCurrency = new Uint16Array(64);
  accountPosted = new Float64Array(64);
  accountHeld = new Float64Array(64);

  /** Makes room for one card more and returns its number. */
  addCard(): number {
    if (this.cards === this.cardAccount.length) {
      this.cardAccount = doubled(this.cardAccount);
      this.cardExpiry = doubled(this.cardExpiry);
      this.cardStatus = doubled(this.cardStatus);
      this.cardChannels = doubled(this.cardChannels);
      this.cardDay = doubled(this.cardDay);
      this.cardDaySpent = doubled(this.cardDaySpent);
      this.cardDayCount = doubled(this.cardDayCount);
    }
    return this.cards++;
  }

  /** Makes room for one account more and returns its number. */
  addAccount(): number {
    if (this.accounts === this.accountCurrency.length) {
      this.accountCurrency = doubled(this.accountCurrency);
      this.accountPosted = doubled(this.accountPosted);
      this.accountHeld = doubled(this.accountHeld);
    }
    return this.accounts++;
  }

  /** The number of the card with that token, or −1. */
  cardOf(token: Uint32Array): number {
    const row = this.tokens.find(token);
    return row < 0 ? -1 : this.tokens.chunk(row)[this.tokens.at(row) + TOKEN_CARD]!;
  }

  /** Lets a token, which must not be known yet, stand for a card. */
  nameCard(token: Uint32Array, card: number): void {
    const row = this.tokens.insert(token);
    this.tokens.chunk(row)[this.tokens.at(row) + TOKEN_CARD] = card;
  }

  /** What an account can still pay, in minor units. */
  available(account: number): number {
    return this.accountPosted[account]! - this.accountHeld[account]!;
  }
}

interface Growable<T> {
  readonly length: number;
  set(from: T): void;
}

function doubled<T extends Growable<T>>(column: T): T {
  const grown = new (column.constructor as new (length: number) => T)(column.length * 2);
  grown.set(column);
  return grown;
}
