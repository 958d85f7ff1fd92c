import { TOKEN_WORDS } from './command.js';

/** Tables, by the high bits of a token. Each grows alone, so no insertion waits for all tokens to be placed anew. */
const SEGMENT_BITS = 8;
const SEGMENTS = 1 << SEGMENT_BITS;
const SLOTS_MIN = 16;
/** Words of a slot: the token, and the card's number + 1; 0 where the slot is free. */
const SLOT_WORDS = TOKEN_WORDS + 1;

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
    const capacity = this.#segments[which]!.length / SLOT_WORDS;
    // Segments fill alike; limits from a half to three quarters keep them from growing all at once.
    if (used > (capacity >>> 1) + (((capacity >>> 2) * which) >>> SEGMENT_BITS)) this.#grow(which);
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

  #grow(which: number): void {
    const from = this.#segments[which]!;
    const to = new Uint32Array(2 * from.length);
    for (let at = 0; at < from.length; at += SLOT_WORDS) {
      if (from[at + TOKEN_WORDS] !== 0) place(to, from, at, from[at + TOKEN_WORDS]!);
    }
    this.#segments[which] = to;
  }
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
