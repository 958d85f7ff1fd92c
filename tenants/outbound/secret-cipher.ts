import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import type { Keys } from '../keys.js';

const VERSION_BYTES = 1;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const KEY_BYTES = 32;

/**
 * Keeps the secrets that tenants' endpoints know us by: AES-256-GCM (NIST SP 800-38D) under a key of its own, derived
 * from that of the PANs (HKDF, RFC 5869), each bound to what it is for.
 *
 * ```
 * key version 1 │ nonce 12, random │ ciphertext │ tag 16
 * ```
 */
export class SecretCipher {
  readonly #version: number;
  readonly #keys: ReadonlyMap<number, Uint8Array>;

  constructor({ panVersion, panKeys }: Pick<Keys, 'panVersion' | 'panKeys'>) {
    this.#version = panVersion;
    this.#keys = panKeys;
  }

  /** @param purpose what it is for, and whose: bytes that are moved to another place don't decrypt */
  encrypt(secret: Uint8Array, purpose: string): Buffer {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv('aes-256-gcm', this.#key(this.#version), nonce, {
      authTagLength: TAG_BYTES,
    }).setAAD(Buffer.from(purpose));
    const hidden = Buffer.concat([cipher.update(secret), cipher.final()]);
    return Buffer.concat([Uint8Array.of(this.#version), nonce, hidden, cipher.getAuthTag()]);
  }

  /** @throws Error when the key is not there any more, or the bytes were changed or are for something else */
  decrypt(bytes: Uint8Array, purpose: string): Buffer {
    const nonce = bytes.subarray(VERSION_BYTES, VERSION_BYTES + NONCE_BYTES);
    const decipher = createDecipheriv('aes-256-gcm', this.#key(bytes[0]!), nonce, {
      authTagLength: TAG_BYTES,
    })
      .setAAD(Buffer.from(purpose))
      .setAuthTag(bytes.subarray(-TAG_BYTES));
    const hidden = bytes.subarray(VERSION_BYTES + NONCE_BYTES, -TAG_BYTES);
    return Buffer.concat([decipher.update(hidden), decipher.final()]);
  }

  #key(version: number): Buffer {
    const key = this.#keys.get(version);
    if (key === undefined) throw new Error(`there is no key ${version} for the secrets of endpoints`);
    return Buffer.from(hkdfSync('sha256', key, new Uint8Array(0), 'holdfast endpoint secrets', KEY_BYTES));
  }
}
