import { KeyedRows } from '../keyed-rows.js';

/** Words of a slot. */
export const NUMBER = 0;
export const PERIOD = 1;
const AMOUNT = 2;
export const COUNT = 4;
const SLOT_WORDS = 6;
/** A place among an entity's slots is a page and, in its low bits, a slot. */
export const SLOT_BITS = 3;
export const SLOTS_A_ROW = 1 << SLOT_BITS;
export const SLOT_MASK = SLOTS_A_ROW - 1;
const KEY_WORDS = 2;
const SCOPE_SHIFT = 8;
const LEVEL_SHIFT = 16;

const key = new Uint32Array(KEY_WORDS);
const moved = new Map<number, readonly [period: number, amount: number, count: number]>();

/**
 * What the rules of a tenant have counted, for each card, account, group…: rows of slots. A slot is known by a number,
 * which a set of rules knows the place of; one that is found at another place stems from another revision of the set.
 *
 * ```
 * level, scope, page │ entity ──▶ row:  slot = number, period │ amount │ count, spare   × 8
 * ```
 */
export class Counters extends KeyedRows {
  constructor() {
    super(KEY_WORDS, SLOTS_A_ROW * SLOT_WORDS);
  }

  /** The row of a page of an entity's slots, or −1. */
  rowOf(level: number, scope: number, page: number, entity: number): number {
    key[0] = (level << LEVEL_SHIFT) | (scope << SCOPE_SHIFT) | page;
    key[1] = entity;
    return this.find(key);
  }

  addRow(level: number, scope: number, page: number, entity: number): number {
    key[0] = (level << LEVEL_SHIFT) | (scope << SCOPE_SHIFT) | page;
    key[1] = entity;
    return this.insert(key);
  }

  /** A word of a slot of a row. */
  slotWord(row: number, slot: number, word: number): number {
    return this.word(row, KEY_WORDS + slot * SLOT_WORDS + word);
  }

  setSlotWord(row: number, slot: number, word: number, value: number): void {
    this.setWord(row, KEY_WORDS + slot * SLOT_WORDS + word, value);
  }

  /** In minor units, or whatever else a rule keeps there. */
  amount(row: number, slot: number): number {
    return this.number(row, KEY_WORDS + slot * SLOT_WORDS + AMOUNT);
  }

  setAmount(row: number, slot: number, amount: number): void {
    this.setNumber(row, KEY_WORDS + slot * SLOT_WORDS + AMOUNT, amount);
  }

  setSlot(row: number, slot: number, number: number, period: number, amount: number, count: number): void {
    this.setSlotWord(row, slot, NUMBER, number);
    this.setSlotWord(row, slot, PERIOD, period);
    this.setAmount(row, slot, amount);
    this.setSlotWord(row, slot, COUNT, count);
  }

  /** Among an entity's rows, the place of the slot of that number; −1 when there is none. */
  placeOf(level: number, scope: number, entity: number, pages: number, number: number): number {
    for (let page = 0; page < pages; page++) {
      const row = this.rowOf(level, scope, page, entity);
      for (let slot = 0; row >= 0 && slot < SLOTS_A_ROW; slot++) {
        if (this.slotWord(row, slot, NUMBER) === number) return page * SLOTS_A_ROW + slot;
      }
    }
    return -1;
  }

  /**
   * Whether each slot of a row is where a set of rules expects it, if it is anything at all.
   * @param numbers of the set's slots by their places
   */
  isArranged(row: number, page: number, numbers: Uint32Array): boolean {
    for (let slot = 0; slot < SLOTS_A_ROW; slot++) {
      const number = this.slotWord(row, slot, NUMBER);
      if (number !== 0 && number !== numbers[page * SLOTS_A_ROW + slot]) return false;
    }
    return true;
  }

  /**
   * Puts an entity's slots where a set of rules expects them; those that are no counters of it any more are gone.
   * @param pages how many rows its slots may be in; the missing ones are added
   */
  arrange(
    level: number,
    scope: number,
    entity: number,
    pages: number,
    places: ReadonlyMap<number, number>,
  ): void {
    moved.clear();
    for (let page = 0; page < pages; page++) {
      const row = this.rowOf(level, scope, page, entity);
      if (row < 0) {
        this.addRow(level, scope, page, entity);
        continue;
      }
      for (let slot = 0; slot < SLOTS_A_ROW; slot++) {
        const number = this.slotWord(row, slot, NUMBER);
        if (places.has(number)) {
          const period = this.slotWord(row, slot, PERIOD);
          moved.set(number, [period, this.amount(row, slot), this.slotWord(row, slot, COUNT)]);
        }
        this.setSlot(row, slot, 0, 0, 0, 0);
      }
    }
    for (const [number, [period, amount, count]] of moved) {
      const place = places.get(number)!;
      const row = this.rowOf(level, scope, place >>> SLOT_BITS, entity);
      this.setSlot(row, place & SLOT_MASK, number, period, amount, count);
    }
  }
}
