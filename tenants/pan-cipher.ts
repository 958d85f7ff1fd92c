import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { Keys } from './keys.js';

const VERSION_BYTES = 1;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const OVERHEAD_BYTES = VERSION_BYTES + NONCE_BYTES + TAG_BYTES;
/** Digits of a PAN (ISO/IEC 7812-1:2017 has at most 19). */
const PAN_DIGITS_MIN = 12;
const PAN_DIGITS_MAX = 19;

/** Encrypted bytes that can't be read; the text holds nothing of what they hide. */
export class PanCipherError extends Error {
  override readonly name = 'PanCipherError';
  constructor(
    readonly code: 'HF_PAN_CIPHER_KEY' | 'HF_PAN_CIPHER_TAMPERED',
    rule: string,
    options?: ErrorOptions,
  ) {
    super(`${code}: ${rule}`, options);
  }
}

/**
 * Keeps PANs encrypted by AES-256-GCM (NIST SP 800-38D), each bound to its card's hash: bytes moved to another
 * card don't decrypt.
 *
 * ```
 * key version 1 │ nonce 12, random │ ciphertext 12–19 │ tag 16
 * ```
 *
 * Random nonces allow 2³² PANs a key (clause 8.3); rotate the key before.
 */
export class PanCipher {
  readonly #version: number;
  readonly #keys: ReadonlyMap<number, Uint8Array>;
  readonly #currentKey: Uint8Array;

  /** @throws PanCipherError `HF_PAN_CIPHER_KEY` when the current version has no key */
  constructor({ panVersion, panKeys }: Pick<Keys, 'panVersion' | 'panKeys'>) {
    this.#version = panVersion;
    this.#keys = panKeys;
    this.#currentKey = this.#key(panVersion);
  }

  /**
   * `pan` is its digits, as text or ASCII bytes; `cardHash` all bytes of the card's keyed hash.
   * @throws RangeError when `pan` is not 12 to 19 digits
   */
  encrypt(pan: Uint8Array | string, cardHash: Uint8Array): Buffer {
    const digits = typeof pan === 'string' ? Buffer.from(pan, 'latin1') : pan;
    if (!isPan(digits)) throw new RangeError(`a PAN is ${PAN_DIGITS_MIN} to ${PAN_DIGITS_MAX} digits`);
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv('aes-256-gcm', this.#currentKey, nonce, { authTagLength: TAG_BYTES });
    cipher.setAAD(cardHash);
    const hidden = Buffer.concat([cipher.update(digits), cipher.final()]);
    return Buffer.concat([Uint8Array.of(this.#version), nonce, hidden, cipher.getAuthTag()]);
  }

  /**
   * The PAN's digits.
   * @throws PanCipherError `HF_PAN_CIPHER_TAMPERED` when the bytes are not what was encrypted for this card,
   *   `HF_PAN_CIPHER_KEY` when the key of their version is not there
   */
  decrypt(bytes: Uint8Array, cardHash: Uint8Array): string {
    const length = bytes.length - OVERHEAD_BYTES;
    if (length < PAN_DIGITS_MIN || length > PAN_DIGITS_MAX) {
      throw new PanCipherError('HF_PAN_CIPHER_TAMPERED', `${bytes.length} bytes can't be an encrypted PAN`);
    }
    const nonce = bytes.subarray(VERSION_BYTES, VERSION_BYTES + NONCE_BYTES);
    const decipher = createDecipheriv('aes-256-gcm', this.#key(bytes[0]!), nonce, {
      authTagLength: TAG_BYTES,
    });
    decipher.setAAD(cardHash);
    decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
    const hidden = bytes.subarray(VERSION_BYTES + NONCE_BYTES, -TAG_BYTES);
    try {
      return Buffer.concat([decipher.update(hidden), decipher.final()]).toString('latin1');
    } catch (cause) {
      const rule = 'the bytes were changed, or belong to another card or key';
      throw new PanCipherError('HF_PAN_CIPHER_TAMPERED', rule, { cause });
    }
  }

  #key(version: number): Uint8Array {
    const key = this.#keys.get(version);
    if (key === undefined) throw new PanCipherError('HF_PAN_CIPHER_KEY', `no key of version ${version}`);
    return key;
  }
}

function isPan(digits: Uint8Array): boolean {
  return (
    digits.length >= PAN_DIGITS_MIN &&
    digits.length <= PAN_DIGITS_MAX &&
    digits.every((digit) => digit >= 0x30 && digit <= 0x39)
  );
}
