import { Rows } from './rows.js';

/** Words of a card: 32 bytes, half a line of the cache. */
const DAY_SPENT = 0;
const ACCOUNT = 2;
const NEWEST = 3;
const DAY_COUNT = 4;
/** Day (16 bits), expiry (16). */
const DAY_AND_EXPIRY = 5;
/** Status (8 bits), channels (8). */
const STATUS_AND_CHANNELS = 6;
const CARD_WORDS = 8;

/** A tenant's cards, numbered in the order in which they were issued. */
export class Cards {
  readonly rows = new Rows(CARD_WORDS);

  get length(): number {
    return this.rows.length;
  }

  /** @param expiry YYMM; `channels` a set of bits */
  add(account: number, expiry: number, status: number, channels: number): number {
    const card = this.rows.add();
    this.rows.setWord(card, ACCOUNT, account);
    this.rows.setWord(card, DAY_AND_EXPIRY, expiry);
    this.rows.setWord(card, STATUS_AND_CHANNELS, (status << 8) | channels);
    return card;
  }

  account(card: number): number {
    return this.rows.word(card, ACCOUNT);
  }

  expiry(card: number): number {
    return this.rows.word(card, DAY_AND_EXPIRY) & 0xffff;
  }

  status(card: number): number {
    return this.rows.word(card, STATUS_AND_CHANNELS) >>> 8;
  }

  channels(card: number): number {
    return this.rows.word(card, STATUS_AND_CHANNELS) & 0xff;
  }

  /** The UTC day, since 1970, that {@link daySpent} and {@link dayCount} are of. */
  day(card: number): number {
    return this.rows.word(card, DAY_AND_EXPIRY) >>> 16;
  }

  /** What the card spent on its day, in minor units. */
  daySpent(card: number): number {
    return this.rows.number(card, DAY_SPENT);
  }

  /** Authorisations of the card on its day. */
  dayCount(card: number): number {
    return this.rows.word(card, DAY_COUNT);
  }

  setDay(card: number, day: number, spent: number, count: number): void {
    this.rows.setWord(card, DAY_AND_EXPIRY, (day << 16) | this.expiry(card));
    this.rows.setNumber(card, DAY_SPENT, spent);
    this.rows.setWord(card, DAY_COUNT, count);
  }

  group(_card: number): number {
    return 0;
  }

  /** Row + 1 of the newest record in the card's list. */
  newest(card: number): number {
    return this.rows.word(card, NEWEST);
  }

  setNewest(card: number, newest: number): void {
    this.rows.setWord(card, NEWEST, newest);
  }
}
