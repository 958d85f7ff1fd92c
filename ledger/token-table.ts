import { TOKEN_WORDS } from './command.js';

/** Tables, by the high bits of a token. Each grows alone, so no insertion waits for all tokens to be placed anew. */
const SEGMENT_BITS = 8;
const SEGMENTS = 1 << SEGMENT_BITS;
const SLOTS_MIN = 16;
/** Words of a slot: the token, and the card's number + 1; 0 where the slot is free. */
const SLOT_WORDS = TOKEN_WORDS + 1;
/** Tokens of a segment: 2^32 in all. */
const COUNT_MAX = 2 ** (32 - SEGMENT_BITS);
/** What of a token's first word tells it from others of its segment, and the most slots that a number can name too. */
const FIRST_MASK = 2 ** (32 - SEGMENT_BITS) - 1;
const SLOTS_MAX = 2 ** (53 - 32 + SEGMENT_BITS);

/**
 * Which card a token stands for. Tokens are bits of an HMAC, so they need no hashing, and a token lies in its slot,
 * so that finding one costs one miss of the cache. Tokens never leave.
 */
export class TokenTable {
  readonly #segments: Uint32Array[] = Array.from(
    { length: SEGMENTS },
    () => new Uint32Array(SLOT_WORDS * SLOTS_MIN),
  );
  readonly #used = new Uint32Array(SEGMENTS);
  #length = 0;

  /** Tokens in the table. */
  get length(): number {
    return this.#length;
  }

  /** The number of the card of a token, or −1. */
  find(token: Uint32Array): number {
    const segment = this.#segments[token[0]! >>> (32 - SEGMENT_BITS)]!;
    const at = find(segment, token, 0);
    return segment[at + TOKEN_WORDS]! - 1;
  }

  /** Adds a token, which must not be there yet. */
  add(token: Uint32Array, card: number): void {
    const which = token[0]! >>> (32 - SEGMENT_BITS);
    const used = ++this.#used[which]!;
    if (used > limitOf(which, this.#segments[which]!.length / SLOT_WORDS)) this.#grow(which);
    place(this.#segments[which]!, token, 0, card + 1);
    this.#length++;
  }

  /** Every token and its card, segment by segment: to be written down. */
  *entries(): Generator<{ readonly token: Uint32Array; readonly card: number }> {
    for (const segment of this.#segments) {
      for (let at = 0; at < segment.length; at += SLOT_WORDS) {
        const card = segment[at + TOKEN_WORDS]!;
        if (card !== 0) yield { token: segment.subarray(at, at + TOKEN_WORDS), card: card - 1 };
      }
    }
  }

  /** Whether {@link counts} can be that. */
  static isPossible(counts: readonly number[]): boolean {
    const possible = (count: number) => Number.isInteger(count) && count >= 0 && count <= COUNT_MAX;
    return counts.length === SEGMENTS && counts.every(possible);
  }

  /** Tokens of each segment. */
  get counts(): readonly number[] {
    return [...this.#used];
  }

  /**
   * Of each segment its tokens, each with its card's number + 1, in their order: the same of the same tokens,
   * whatever the order in which they came.
   */
  *parts(): Generator<Uint8Array> {
    for (let which = 0; which < SEGMENTS; which++)
      if (this.#used[which] !== 0) yield bytesOf(this.#sorted(which));
  }

  /** Takes over, into an empty table, as many tokens of each segment; each is to be filled with what {@link parts} gave. */
  *fill(counts: readonly number[]): Generator<Uint8Array> {
    for (const [which, count] of counts.entries()) {
      if (count === 0) continue;
      const words = new Uint32Array(SLOT_WORDS * count);
      yield bytesOf(words);
      let capacity = SLOTS_MIN;
      while (count > limitOf(which, capacity)) capacity *= 2;
      const segment = new Uint32Array(SLOT_WORDS * capacity);
      for (let at = 0; at < words.length; at += SLOT_WORDS)
        place(segment, words, at, words[at + TOKEN_WORDS]!);
      this.#segments[which] = segment;
      this.#used[which] = count;
      this.#length += count;
    }
  }

  #sorted(which: number): Uint32Array {
    const segment = this.#segments[which]!;
    // A token's first word and its slot are one number, so that numbers are sorted, which is fast.
    const order = new Float64Array(this.#used[which]!);
    let count = 0;
    for (let at = 0; at < segment.length; at += SLOT_WORDS) {
      if (segment[at + TOKEN_WORDS] !== 0)
        order[count++] = (segment[at]! & FIRST_MASK) * SLOTS_MAX + at / SLOT_WORDS;
    }
    order.sort();
    const sorted = new Uint32Array(SLOT_WORDS * count);
    for (let to = 0; to < count; to++) {
      const at = SLOT_WORDS * (order[to]! % SLOTS_MAX);
      // Those with the same first word, of which there are few, are put in order by the others.
      let place = SLOT_WORDS * to;
      for (; place > 0 && isAfter(sorted, place - SLOT_WORDS, segment, at); place -= SLOT_WORDS) {
        sorted.copyWithin(place, place - SLOT_WORDS, place);
      }
      for (let word = 0; word < SLOT_WORDS; word++) sorted[place + word] = segment[at + word]!;
    }
    return sorted;
  }

  #grow(which: number): void {
    const from = this.#segments[which]!;
    const to = new Uint32Array(2 * from.length);
    for (let at = 0; at < from.length; at += SLOT_WORDS) {
      if (from[at + TOKEN_WORDS] !== 0) place(to, from, at, from[at + TOKEN_WORDS]!);
    }
    this.#segments[which] = to;
  }
}

/** Of tokens. Segments fill alike; limits from a half to three quarters keep them from growing all at once. */
function limitOf(which: number, capacity: number): number {
  return (capacity >>> 1) + (((capacity >>> 2) * which) >>> SEGMENT_BITS);
}

/** Whether the token at `at` of `one` comes after that at `from` of `other`. */
function isAfter(one: Uint32Array, at: number, other: Uint32Array, from: number): boolean {
  for (let word = 0; word < TOKEN_WORDS; word++) {
    if (one[at + word] !== other[from + word]) return one[at + word]! > other[from + word]!;
  }
  return false;
}

function bytesOf(words: Uint32Array): Uint8Array {
  return new Uint8Array(words.buffer, words.byteOffset, words.byteLength);
}

/** Where a token is in a segment, or else the free slot where it would be. */
function find(segment: Uint32Array, words: Uint32Array, from: number): number {
  const mask = segment.length / SLOT_WORDS - 1;
  for (let slot = words[from + 1]! & mask; ; slot = (slot + 1) & mask) {
    const at = SLOT_WORDS * slot;
    if (segment[at + TOKEN_WORDS] === 0) return at;
    if (
      segment[at] === words[from] &&
      segment[at + 1] === words[from + 1] &&
      segment[at + 2] === words[from + 2] &&
      segment[at + 3] === words[from + 3]
    ) {
      return at;
    }
  }
}

function place(segment: Uint32Array, words: Uint32Array, from: number, value: number): void {
  const at = find(segment, words, from);
  for (let word = 0; word < TOKEN_WORDS; word++) segment[at + word] = words[from + word]!;
  segment[at + TOKEN_WORDS] = value;
}
