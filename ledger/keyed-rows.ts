import { avalanche, MURMUR_SEED, mixWord } from './murmur.js';
import { Rows } from './rows.js';

/** Tables of the index. Each grows alone, so no insertion waits for all rows to be placed anew. */
export const SEGMENT_BITS = 10;
const SEGMENTS = 1 << SEGMENT_BITS;
/** Of a table that has rows; as small an array lies in the heap itself, where it costs next to nothing. */
const SLOTS_MIN = 8;
/** Of all tables that have none. */
const NO_SLOTS = new Uint32Array(2);

/**
 * Rows that are found by a key of fixed width, their first words. A row keeps its number until it is removed; the next
 * insertion then takes its place.
 *
 * ```
 * key ──hash──▶ segment (high bits) ──▶ slots [hash, row + 1], linear probing ──▶ row:  key words │ other words
 * ```
 */
export class KeyedRows extends Rows {
  readonly #slots: Uint32Array[] = new Array(SEGMENTS).fill(NO_SLOTS);
  readonly #used = new Uint32Array(SEGMENTS);
  #removed = 0;
  #inserted = 0;
  /** Row + 1 of the row that was removed last; the one before it is in its first word. */
  #free = 0;

  /** `keyWords` and `otherWords` are the words of a row's key and of all else in it. */
  constructor(
    readonly keyWords: number,
    otherWords: number,
  ) {
    super(keyWords + otherWords);
  }

  /** Rows that are in use. */
  get size(): number {
    return this.length - this.#removed;
  }

  /** Rows that were ever inserted. */
  get inserted(): number {
    return this.#inserted;
  }

  /** The row of the key `words[0 … keyWords)`, or −1. */
  find(words: Uint32Array): number {
    const hash = this.hash(words, 0);
    const slots = this.#slots[hash >>> (32 - SEGMENT_BITS)]!;
    const mask = slots.length - 1;
    for (let slot = (hash << 1) & mask; slots[slot + 1] !== 0; slot = (slot + 2) & mask) {
      if (slots[slot] === hash && this.#same(slots[slot + 1]! - 1, words)) return slots[slot + 1]! - 1;
    }
    return -1;
  }

  /** Adds a row of that key, which must not be there yet, with all other words 0; returns its number. */
  insert(words: Uint32Array): number {
    const row = this.#take();
    const chunk = this.chunk(row);
    const at = this.at(row);
    for (let word = 0; word < this.keyWords; word++) chunk[at + word] = words[word]!;
    this.#inserted++;
    this.#index(row, this.hash(words, 0));
    return row;
  }

  /** Removes a row, whose number is then free. */
  remove(row: number): void {
    const chunk = this.chunk(row);
    const at = this.at(row);
    const hash = this.hash(chunk, at);
    const segment = hash >>> (32 - SEGMENT_BITS);
    this.#used[segment]!--;
    unplace(this.#slots[segment]!, hash, row + 1);
    chunk.fill(0, at, at + this.stride);
    chunk[at] = this.#free;
    this.#free = row + 1;
    this.#removed++;
  }

  /** Row + 1 of the row that the next insertion takes; 0 when that is a new one. */
  get firstFree(): number {
    return this.#free;
  }

  /**
   * Takes over rows that were filled ({@link Rows.fill}), of which `removed` are free, `free` - 1 the first of them:
   * builds the index anew.
   *
   * @returns whether so many rows are free
   */
  restore(inserted: number, removed: number, free: number): boolean {
    const isFree = new Uint8Array(this.length);
    let row = free;
    for (let left = removed; left > 0; left--) {
      if (row < 1 || row > this.length) return false;
      isFree[row - 1] = 1;
      row = this.word(row - 1, 0);
    }
    if (row !== 0) return false;
    this.#inserted = inserted;
    this.#removed = removed;
    this.#free = free;
    this.#indexAll(isFree);
    return true;
  }

  /** Numbers of the rows that were removed and not taken again, as they will be taken. */
  *free(): Generator<number> {
    for (let row = this.#free; row !== 0; row = this.word(row - 1, 0)) yield row - 1;
  }

  /** A row's place, all 0: one that was removed, else a new one. */
  #take(): number {
    if (this.#free === 0) return this.add();
    const row = this.#free - 1;
    this.#free = this.word(row, 0);
    this.#removed--;
    return row;
  }

  #index(row: number, hash: number): void {
    const segment = hash >>> (32 - SEGMENT_BITS);
    if (++this.#used[segment]! > this.#limit(segment)) this.#grow(segment);
    place(this.#slots[segment]!, hash, row + 1);
  }

  /** Indexes all rows but the free ones, in tables that are large enough from the start. */
  #indexAll(isFree: Uint8Array): void {
    const hashes = new Uint32Array(this.length);
    for (let row = 0; row < this.length; row++) {
      if (isFree[row] !== 0) continue;
      const hash = this.hash(this.chunk(row), this.at(row));
      hashes[row] = hash;
      this.#used[hash >>> (32 - SEGMENT_BITS)]!++;
    }
    for (let segment = 0; segment < SEGMENTS; segment++) {
      if (this.#used[segment] === 0) continue;
      let words = 2 * SLOTS_MIN;
      while (this.#used[segment]! > limitOf(segment, words)) words *= 2;
      this.#slots[segment] = new Uint32Array(words);
    }
    for (let row = 0; row < this.length; row++) {
      const hash = hashes[row]!;
      if (isFree[row] === 0) place(this.#slots[hash >>> (32 - SEGMENT_BITS)]!, hash, row + 1);
    }
  }

  #limit(segment: number): number {
    return limitOf(segment, this.#slots[segment]!.length);
  }

  #grow(segment: number): void {
    const from = this.#slots[segment]!;
    const to = new Uint32Array(2 * Math.max(SLOTS_MIN, from.length));
    for (let slot = 0; slot < from.length; slot += 2) {
      if (from[slot + 1] !== 0) place(to, from[slot]!, from[slot + 1]!);
    }
    this.#slots[segment] = to;
  }

  #same(row: number, words: Uint32Array): boolean {
    const chunk = this.chunk(row);
    const at = this.at(row);
    for (let word = 0; word < this.keyWords; word++) if (chunk[at + word] !== words[word]) return false;
    return true;
  }

  /** Of the key at `at`: 32 bits, of which the high ones are its segment. Every bit reaches every other: STANs are consecutive. */
  protected hash(words: Uint32Array, at: number): number {
    let hash = MURMUR_SEED;
    for (let word = 0; word < this.keyWords; word++) hash = mixWord(hash, words[at + word]!);
    return avalanche(hash);
  }
}

/** Of rows in a table of so many words. Segments fill alike; limits from a half to three quarters part their growth. */
function limitOf(segment: number, words: number): number {
  const capacity = words >>> 1;
  return (capacity >>> 1) + (((capacity >>> 2) * segment) >>> SEGMENT_BITS);
}

function place(slots: Uint32Array, hash: number, value: number): void {
  const mask = slots.length - 1;
  let slot = (hash << 1) & mask;
  while (slots[slot + 1] !== 0) slot = (slot + 2) & mask;
  slots[slot] = hash;
  slots[slot + 1] = value;
}

/** Takes an entry out, and moves those behind it up that could not be found over the gap (Knuth, 6.4, R). */
function unplace(slots: Uint32Array, hash: number, value: number): void {
  const mask = slots.length - 1;
  let gap = (hash << 1) & mask;
  while (slots[gap + 1] !== value) gap = (gap + 2) & mask;
  for (let slot = (gap + 2) & mask; slots[slot + 1] !== 0; slot = (slot + 2) & mask) {
    const wanted = (slots[slot]! << 1) & mask;
    // Whether the wanted place lies, going round, behind the gap and up to where the entry is.
    if (((slot - wanted) & mask) < ((slot - gap) & mask)) continue;
    slots[gap] = slots[slot]!;
    slots[gap + 1] = slots[slot + 1]!;
    gap = slot;
  }
  slots[gap] = 0;
  slots[gap + 1] = 0;
}
