import { Rows } from './rows.js';

/** Words of a card: 64 bytes, a line of the cache. */
const DAY_SPENT = 0;
const ACCOUNT = 2;
const NEWEST = 3;
const DAY_COUNT = 4;
/** Day (16 bits), expiry (16). */
const DAY_AND_EXPIRY = 5;
/** Status (8 bits), channels (8). */
const STATUS_AND_CHANNELS = 6;
const GROUP = 7;
/** Of a second number: the card that it is for, + 1. */
const PARENT = 8;
/** Until it has passed, messages may still have it. */
const PREVIOUS_EXPIRY = 9;
const CARD_WORDS = 16;

/** A tenant's cards, and second numbers of cards, numbered in the order in which they were issued. */
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

  /** A second number of a card, which draws on that card's account. */
  addToken(parent: number, expiry: number, status: number, channels: number): number {
    const card = this.add(this.account(parent), expiry, status, channels);
    this.rows.setWord(card, PARENT, parent + 1);
    return card;
  }

  account(card: number): number {
    return this.rows.word(card, ACCOUNT);
  }

  /** The card that a second number is for; −1 of a card. */
  parent(card: number): number {
    return this.rows.word(card, PARENT) - 1;
  }

  expiry(card: number): number {
    return this.rows.word(card, DAY_AND_EXPIRY) & 0xffff;
  }

  /** What the expiry was before the card was renewed; 0 when it was not. */
  previousExpiry(card: number): number {
    return this.rows.word(card, PREVIOUS_EXPIRY);
  }

  /** Gives a card another expiry: where that is a later one, messages may have the one of before until it has passed. */
  renew(card: number, expiry: number): void {
    const before = this.expiry(card);
    if (before === expiry) return;
    this.rows.setWord(card, DAY_AND_EXPIRY, (this.day(card) << 16) | expiry);
    this.rows.setWord(card, PREVIOUS_EXPIRY, before < expiry ? before : 0);
  }

  setStatusAndChannels(card: number, status: number, channels: number): void {
    this.rows.setWord(card, STATUS_AND_CHANNELS, (status << 8) | channels);
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

  /** The group that it is in; 0 for none. */
  group(card: number): number {
    return this.rows.word(card, GROUP);
  }

  setGroup(card: number, group: number): void {
    this.rows.setWord(card, GROUP, group);
  }

  /** Row + 1 of the newest record in the card's list. */
  newest(card: number): number {
    return this.rows.word(card, NEWEST);
  }

  setNewest(card: number, newest: number): void {
    this.rows.setWord(card, NEWEST, newest);
  }
}
