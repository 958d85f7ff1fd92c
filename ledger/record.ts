import { KEY_WORDS, RESPONSE } from './command.js';
import { invariant } from './invariant-error.js';
import { KeyedRows, SEGMENT_BITS } from './keyed-rows.js';

/** Where a message that was decided stands now. */
export const RECORD = {
  declined: 0,
  /** An authorisation whose hold is open. */
  held: 1,
  /** An authorisation whose hold was given back. */
  released: 2,
  /** No authorisation came yet, but its reversal did. */
  blocked: 3,
  /** A reversal: it has an answer, but never a hold. */
  reversal: 4,
  /** An authorisation that was cleared for good. */
  cleared: 5,
  /** An authorisation whose time was up. */
  expired: 6,
  /** It raised the hold of another. */
  increment: 7,
  /** A clearing that is booked. */
  clearing: 8,
  /** A refund, or another credit, that is booked. */
  credited: 9,
  /** It has an answer, and moved nothing: an inquiry, a verification, a refund that is still to be cleared. */
  noted: 10,
  /** An increment, a clearing or a credit that was given back. */
  undone: 11,
  /** A clearing that no account could be charged for: all of it is in suspense, until a person has decided. */
  suspended: 12,
  /** Funds that a tenant moved, or was refused to move: no message, and nothing to be given back. */
  funds: 13,
} as const;

/** Words of a record after its key. */
export const FINGERPRINT = KEY_WORDS;
/** Card number + 1; 0 when the card is unknown. */
export const CARD = KEY_WORDS + 1;
/** Approval code (20 bits), response code (7), status (5). */
export const OUTCOME = KEY_WORDS + 2;
/** Row + 1 of the next record that is due in the same minute. */
export const DUE_NEXT = KEY_WORDS + 3;
/** Minute, since 1970, at which the hold expires. */
export const EXPIRES = KEY_WORDS + 4;
/** Of what is in suspense, which never expires: twice the number of its book; 1 more when it is a credit. */
export const SUSPENSE = EXPIRES;
/** Minute from which a record without an open hold is forgotten. */
export const FORGET = KEY_WORDS + 5;
/**
 * Of an increment or a clearing: row + 1 of the authorisation that it is of. Of an authorisation: row + 1 of the
 * last increment or clearing of it, whose siblings follow by {@link SIBLING}.
 */
export const FAMILY = KEY_WORDS + 6;
/** Amounts, low 32 bits each: as the message has it, in the account's currency, still held, posted to the account. */
export const AMOUNT = KEY_WORDS + 7;
export const BILLED = KEY_WORDS + 8;
export const HELD = KEY_WORDS + 9;
export const POSTED = KEY_WORDS + 10;
/** The next 8 bits of each of the four amounts. */
const HIGHS = KEY_WORDS + 11;
/** Of the message's amount, what partial reversals took back: low 32 bits. */
const REDUCED = KEY_WORDS + 12;
/** Day since 1970 (16 bits), the next 8 bits of what was taken back, marks (7), whether it is in its card's list (1). */
const DAY = KEY_WORDS + 13;
/** What the record has in common with a clearing that does not name it: DE37, and DE41 with DE42; hashed. */
export const RETRIEVAL = KEY_WORDS + 14;
export const MERCHANT = KEY_WORDS + 15;
/** Row + 1 of the neighbours among the card's authorisations, and its clearings without one. */
export const CARD_NEXT = KEY_WORDS + 16;
export const CARD_PREVIOUS = KEY_WORDS + 17;
/** Of an increment or a clearing, which is not in the card's list: row + 1 of the one before it. */
export const SIBLING = CARD_NEXT;
/** Of a clearing, likewise: what it released of its authorisation's hold, low 32 bits and the next 8. */
const RELEASED = EXPIRES;
const RELEASED_HIGH = CARD_PREVIOUS;
/** Number + 1 of the list of counters that counted the message (see `CountedLists`); 0 for none. And when, in minutes. */
export const COUNTED = KEY_WORDS + 18;
export const COUNTED_AT = KEY_WORDS + 19;
const RECORD_WORDS = 20;

/** Of a key's second word: above six bits of the second come six of the minute. */
const MINUTE_SHIFT = 6;
const MINUTE_BITS = 6;
/** Of a hash: the low ones of the bits that are its segment. */
const MINUTES = (2 ** MINUTE_BITS - 1) << (32 - SEGMENT_BITS);
const TWO_32 = 0x1_0000_0000;
const STATUS_SHIFT = 27;
const RESPONSE_SHIFT = 20;
const APPROVAL_MASK = 0xfffff;
const MARKS = 0x7f;
const LISTED = 0x80;

/** A record has 40 bits for each amount; the 12 digits of DE4 are less. */
export const AMOUNT_END = 2 ** 40;

/** The messages that were decided, by key: what a repeat is told again, and what is held. */
export class Records extends KeyedRows {
  constructor() {
    super(KEY_WORDS, RECORD_WORDS);
  }

  /**
   * Messages of one minute of DE7 share a few segments of the index, so that those that come now all look into a part of
   * it that is in the cache; a key without a time (DE37) has other bits there, which are as good as any. The high bits of
   * a segment are still of the hash: by those they part their growth.
   */
  protected override hash(words: Uint32Array, at: number): number {
    const minute = ((words[at + 1]! >>> MINUTE_SHIFT) << (32 - SEGMENT_BITS)) & MINUTES;
    return ((super.hash(words, at) & ~MINUTES) | minute) >>> 0;
  }

  status(row: number): number {
    return this.word(row, OUTCOME) >>> STATUS_SHIFT;
  }

  responseCode(row: number): number {
    return (this.word(row, OUTCOME) >>> RESPONSE_SHIFT) & 0x7f;
  }

  /** Whether it is a request that was answered 91, as its commit was not in time: no other answer is 91. */
  isVoided(row: number): boolean {
    return this.responseCode(row) === RESPONSE.issuerInoperative;
  }

  approvalCode(row: number): number {
    return this.word(row, OUTCOME) & APPROVAL_MASK;
  }

  setOutcome(row: number, status: number, responseCode: number, approvalCode: number): void {
    this.setWord(row, OUTCOME, (status << STATUS_SHIFT) | (responseCode << RESPONSE_SHIFT) | approvalCode);
  }

  setStatus(row: number, status: number): void {
    const rest = this.word(row, OUTCOME) & (2 ** STATUS_SHIFT - 1);
    this.setWord(row, OUTCOME, (status << STATUS_SHIFT) | rest);
  }

  /** Lets a record be remembered until that minute, if it would be forgotten before. */
  rememberUntil(row: number, minute: number): void {
    if (this.word(row, FORGET) < minute) this.setWord(row, FORGET, minute);
  }

  /** One of {@link AMOUNT}, {@link BILLED}, {@link HELD} and {@link POSTED}, in minor units. */
  amount(row: number, which: number): number {
    const chunk = this.chunk(row);
    const base = this.at(row);
    const shift = 8 * (which - AMOUNT);
    return ((chunk[base + HIGHS]! >>> shift) & 0xff) * TWO_32 + chunk[base + which]!;
  }

  /** @throws InvariantError when the amount is less than nothing, or more than its 40 bits can hold */
  setAmount(row: number, which: number, amount: number): void {
    invariant(amount >= 0 && amount < AMOUNT_END, 'an amount of a message is more than its record can hold');
    const chunk = this.chunk(row);
    const base = this.at(row);
    const shift = 8 * (which - AMOUNT);
    chunk[base + which] = amount >>> 0;
    chunk[base + HIGHS] = (chunk[base + HIGHS]! & ~(0xff << shift)) | (Math.floor(amount / TWO_32) << shift);
  }

  /** What partial reversals took back of the message's amount. */
  reduced(row: number): number {
    return ((this.word(row, DAY) >>> 8) & 0xff) * TWO_32 + this.word(row, REDUCED);
  }

  setReduced(row: number, amount: number): void {
    this.setWord(row, REDUCED, amount >>> 0);
    this.setWord(row, DAY, (this.word(row, DAY) & ~0xff00) | (Math.floor(amount / TWO_32) << 8));
  }

  /** What a clearing released of its authorisation's hold. */
  released(row: number): number {
    return this.word(row, RELEASED_HIGH) * TWO_32 + this.word(row, RELEASED);
  }

  /** Only of a clearing that has an authorisation. */
  setReleased(row: number, amount: number): void {
    this.setWord(row, RELEASED, amount >>> 0);
    this.setWord(row, RELEASED_HIGH, Math.floor(amount / TWO_32));
  }

  /** The UTC day, since 1970, that the message counts for; 0 when it counts for none, or through its authorisation. */
  day(row: number): number {
    return this.word(row, DAY) >>> 16;
  }

  /** See `MARK`. */
  marks(row: number): number {
    return this.word(row, DAY) & MARKS;
  }

  setDayAndMarks(row: number, day: number, marks: number): void {
    this.setWord(row, DAY, (day << 16) | (this.word(row, DAY) & 0xff80) | marks);
  }

  /** Whether the record is in the list of its card; one that is there is no child of another. */
  isListed(row: number): boolean {
    return (this.word(row, DAY) & LISTED) !== 0;
  }

  /** The authorisation that an increment or a clearing is of, or −1 when it has none. */
  parent(row: number): number {
    return this.isListed(row) ? -1 : this.word(row, FAMILY) - 1;
  }

  setListed(row: number): void {
    this.setWord(row, DAY, this.word(row, DAY) | LISTED);
  }
}
