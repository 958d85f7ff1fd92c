import { hmac } from '@noble/hashes/hmac';
import { SHA256, sha256 } from '@noble/hashes/sha2';
import { TOKEN_WORDS } from './batch.js';

/** Bytes of the key of the PAN's hash. */
export const TOKEN_KEY_BYTES = 32;
const BLOCK_BYTES = 64;
const HASH_BYTES = 32;
/** What is hashed together with 0x80 and its length of eight bytes is one block (FIPS 180-4 clause 5.1.1). */
const DIGITS_MAX = BLOCK_BYTES - 9;
const END = 0x80;

/** One block at a time of SHA-256: the library's own compression, without what it allocates around it. */
class Sha256Block extends SHA256 {
  get bytes(): Uint8Array {
    return this.buffer;
  }

  /** Goes on from where another is. */
  startFrom(other: Sha256Block): void {
    this.set(other.A, other.B, other.C, other.D, other.E, other.F, other.G, other.H);
  }

  compress(): void {
    this.process(this.view, 0);
  }

  /** Ends the message with the `length` bytes of this block, behind one other, and hashes the block. */
  finish(length: number): void {
    this.buffer.fill(0, length);
    this.buffer[length] = END;
    this.view.setUint32(BLOCK_BYTES - 4, 8 * (BLOCK_BYTES + length));
    this.compress();
  }

  /** Writes the hash so far to the beginning of another's block. */
  writeTo({ view }: Sha256Block): void {
    view.setInt32(0, this.A);
    view.setInt32(4, this.B);
    view.setInt32(8, this.C);
    view.setInt32(12, this.D);
    view.setInt32(16, this.E);
    view.setInt32(20, this.F);
    view.setInt32(24, this.G);
    view.setInt32(28, this.H);
  }

  /** Writes the leftmost 128 bits of the hash so far. */
  writeToken(words: Uint32Array, at: number): void {
    words[at] = this.A;
    words[at + 1] = this.B;
    words[at + 2] = this.C;
    words[at + 3] = this.D;
  }
}

/**
 * Turns a PAN into its token: the leftmost 128 bits of HMAC-SHA-256 (RFC 2104 clause 5, FIPS 198-1) over the
 * PAN's ASCII digits. The states after the key are kept, so that a token takes two blocks, and makes no garbage.
 */
export class PanTokeniser {
  readonly #key: Uint8Array;
  /** After the key's block, of the inner and the outer hash. */
  readonly #inner: Sha256Block;
  readonly #outer: Sha256Block;
  readonly #hash = new Sha256Block();

  constructor(key: Uint8Array) {
    if (key.length !== TOKEN_KEY_BYTES) throw new RangeError(`a token key has ${TOKEN_KEY_BYTES} bytes`);
    this.#key = Uint8Array.from(key);
    this.#inner = this.#afterKey(0x36);
    this.#outer = this.#afterKey(0x5c);
  }

  /**
   * Writes the token of a PAN, the first `length` of `digits` (ASCII), to `words[at … at + 4)`.
   * @throws RangeError when it is longer than any PAN
   */
  write(digits: Uint8Array, words: Uint32Array, at: number, length = digits.length): void {
    if (length > DIGITS_MAX) throw new RangeError(`a PAN has at most ${DIGITS_MAX} digits here`);
    const hash = this.#hash;
    hash.startFrom(this.#inner);
    for (let index = 0; index < length; index++) hash.bytes[index] = digits[index]!;
    hash.finish(length);
    hash.writeTo(hash);
    hash.startFrom(this.#outer);
    hash.finish(HASH_BYTES);
    hash.writeToken(words, at);
  }

  /** All 32 bytes of the hash, for the card table. */
  hash(digits: Uint8Array): Uint8Array {
    return hmac(sha256, this.#key, digits);
  }

  #afterKey(pad: number): Sha256Block {
    const block = new Sha256Block();
    for (let index = 0; index < BLOCK_BYTES; index++) block.bytes[index] = (this.#key[index] ?? 0) ^ pad;
    block.compress();
    return block;
  }
}

/** The token in a hash: four big-endian words. */
export function tokenOfHash(hash: Uint8Array): Uint32Array {
  const view = new DataView(hash.buffer, hash.byteOffset, hash.byteLength);
  return Uint32Array.from({ length: TOKEN_WORDS }, (_, word) => view.getUint32(word * 4));
}
