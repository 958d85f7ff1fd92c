import { hmac } from '@noble/hashes/hmac';
import { sha256 } from '@noble/hashes/sha2';
import { TOKEN_WORDS } from './batch.js';

/** Bytes of the key of the PAN's hash. */
export const TOKEN_KEY_BYTES = 32;

/**
 * Turns a PAN into its token: the leftmost 128 bits of HMAC-SHA-256 (RFC 2104 clause 5, FIPS 198-1) over the
 * PAN's ASCII digits. The state after the key is kept and copied, which halves the work of each hash and makes
 * no garbage.
 */
export class PanTokeniser {
  readonly #keyed;
  readonly #scratch;
  readonly #digest = new Uint8Array(32);
  readonly #words = new DataView(this.#digest.buffer);

  constructor(key: Uint8Array) {
    if (key.length !== TOKEN_KEY_BYTES) throw new RangeError(`a token key has ${TOKEN_KEY_BYTES} bytes`);
    this.#keyed = hmac.create(sha256, key);
    this.#scratch = hmac.create(sha256, key);
  }

  /** Writes the token of the PAN `digits` (ASCII) to `words[at … at + 4)`. */
  write(digits: Uint8Array, words: Uint32Array, at: number): void {
    const hash = this.#keyed._cloneInto(this.#scratch);
    hash.update(digits);
    hash.digestInto(this.#digest);
    for (let word = 0; word < TOKEN_WORDS; word++) words[at + word] = this.#words.getUint32(word * 4);
  }

  /** All 32 bytes of the hash, for the card table. */
  hash(digits: Uint8Array): Uint8Array {
    const hash = this.#keyed._cloneInto(this.#scratch);
    hash.update(digits);
    return hash.digest();
  }
}

/** The token in a hash: four big-endian words. */
export function tokenOfHash(hash: Uint8Array): Uint32Array {
  const view = new DataView(hash.buffer, hash.byteOffset, hash.byteLength);
  return Uint32Array.from({ length: TOKEN_WORDS }, (_, word) => view.getUint32(word * 4));
}
