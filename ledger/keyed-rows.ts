/** Rows of a chunk: 65,536, so that growth allocates one chunk and copies nothing. */
const CHUNK_BITS = 16;
const CHUNK_ROWS = 1 << CHUNK_BITS;

/** Tables of the index. Each grows alone, so no insertion waits for all rows to be placed anew. */
const SEGMENT_BITS = 8;
const SEGMENTS = 1 << SEGMENT_BITS;
const SLOTS_MIN = 16;

/**
 * Rows of 32-bit words that are found by a key of fixed width, in typed arrays: nothing for the garbage
 * collector to follow. Rows are numbered from 0 in the order of insertion, and never leave.
 *
 * ```
 * key ──hash──▶ segment (high bits) ──▶ slots [hash, row + 1], linear probing ──▶ row
 * row r ──▶ chunk r >>> 16 at (r & 65,535) × stride:  key words │ other words
 * ```
 */
export class KeyedRows {
  readonly stride: number;
  readonly #chunks: Uint32Array[] = [];
  readonly #slots: Uint32Array[] = Array.from({ length: SEGMENTS }, () => new Uint32Array(2 * SLOTS_MIN));
  readonly #used = new Uint32Array(SEGMENTS);
  #length = 0;

  /** `keyWords` and `otherWords` are the words of a row's key and of all else in it. */
  constructor(
    readonly keyWords: number,
    otherWords: number,
  ) {
    this.stride = keyWords + otherWords;
  }

  /** Rows inserted so far. */
  get length(): number {
    return this.#length;
  }

  /** The chunk that row `row` is in; its words begin at {@link at}. */
  chunk(row: number): Uint32Array {
    return this.#chunks[row >>> CHUNK_BITS]!;
  }

  /** Where row `row` begins in its chunk: the key first, then the other words. */
  at(row: number): number {
    return (row & (CHUNK_ROWS - 1)) * this.stride;
  }

  /** The row of the key `words[0 … keyWords)`, or −1. */
  find(words: Uint32Array): number {
    const hash = this.#hash(words);
    const slots = this.#slots[hash >>> (32 - SEGMENT_BITS)]!;
    const mask = slots.length - 1;
    for (let slot = (hash << 1) & mask; slots[slot + 1] !== 0; slot = (slot + 2) & mask) {
      if (slots[slot] === hash && this.#same(slots[slot + 1]! - 1, words)) return slots[slot + 1]! - 1;
    }
    return -1;
  }

  /** Appends a row of that key, which must not be there yet, with all other words 0; returns its number. */
  insert(words: Uint32Array): number {
    const row = this.#length++;
    if (row >>> CHUNK_BITS === this.#chunks.length)
      this.#chunks.push(new Uint32Array(CHUNK_ROWS * this.stride));
    const chunk = this.chunk(row);
    const at = this.at(row);
    for (let word = 0; word < this.keyWords; word++) chunk[at + word] = words[word]!;
    const hash = this.#hash(words);
    const segment = hash >>> (32 - SEGMENT_BITS);
    if (++this.#used[segment]! > this.#limit(segment)) this.#grow(segment);
    place(this.#slots[segment]!, hash, row + 1);
    return row;
  }

  /** Segments fill alike; limits from a half to three quarters keep them from growing all at once. */
  #limit(segment: number): number {
    const capacity = this.#slots[segment]!.length >>> 1;
    return (capacity >>> 1) + (((capacity >>> 2) * segment) >>> SEGMENT_BITS);
  }

  #grow(segment: number): void {
    const from = this.#slots[segment]!;
    const to = new Uint32Array(from.length * 2);
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

  /** Murmur3's mixing, word by word: STANs are consecutive, so every bit must reach every other. */
  #hash(words: Uint32Array): number {
    let hash = 0x9747b28c;
    for (let word = 0; word < this.keyWords; word++) {
      let mixed = Math.imul(words[word]!, 0xcc9e2d51);
      mixed = Math.imul((mixed << 15) | (mixed >>> 17), 0x1b873593);
      hash ^= mixed;
      hash = Math.imul((hash << 13) | (hash >>> 19), 5) + 0xe6546b64;
    }
    hash ^= hash >>> 16;
    hash = Math.imul(hash, 0x85ebca6b);
    hash ^= hash >>> 13;
    hash = Math.imul(hash, 0xc2b2ae35);
    return (hash ^ (hash >>> 16)) >>> 0;
  }
}

function place(slots: Uint32Array, hash: number, value: number): void {
  const mask = slots.length - 1;
  let slot = (hash << 1) & mask;
  while (slots[slot + 1] !== 0) slot = (slot + 2) & mask;
  slots[slot] = hash;
  slots[slot + 1] = value;
}
