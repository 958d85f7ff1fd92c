import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import type { Keys } from '../keys.js';

const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/**
 * Keeps signing secrets encrypted by AES-256-GCM, under keys that are derived from those of the PANs (HKDF, RFC 5869), each
 * secret bound to its endpoint.
 *
 * ```
 * key version 1 │ nonce 12, random │ ciphertext │ tag 16
 * ```
 */
export class SecretCipher {
  readonly #version: number;
  readonly #keys: ReadonlyMap<number, Buffer>;

  constructor({ panVersion, panKeys }: Pick<Keys, 'panVersion' | 'panKeys'>) {
    this.#version = panVersion;
    this.#keys = new Map(
      [...panKeys].map(([version, key]) => [
        version,
        Buffer.from(hkdfSync('sha256', key, '', 'holdfast webhook secrets', 32)),
      ]),
    );
  }

  /** @param endpoint its UUID */
  encrypt(secret: string, endpoint: string): Buffer {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv('aes-256-gcm', this.#key(this.#version), nonce);
    cipher.setAAD(Buffer.from(endpoint));
    const hidden = Buffer.concat([cipher.update(secret, 'latin1'), cipher.final()]);
    return Buffer.concat([Uint8Array.of(this.#version), nonce, hidden, cipher.getAuthTag()]);
  }

  /** @throws Error when the bytes were changed, or belong to another endpoint or key */
  decrypt(bytes: Buffer, endpoint: string): string {
    const from = 1 + NONCE_BYTES;
    const decipher = createDecipheriv('aes-256-gcm', this.#key(bytes[0]!), bytes.subarray(1, from), {
      authTagLength: TAG_BYTES,
    });
    decipher.setAAD(Buffer.from(endpoint));
    decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
    const hidden = bytes.subarray(from, -TAG_BYTES);
    return Buffer.concat([decipher.update(hidden), decipher.final()]).toString('latin1');
  }

  #key(version: number): Buffer {
    const key = this.#keys.get(version);
    if (key === undefined) throw new Error(`there is no key of version ${version} for signing secrets`);
    return key;
  }
}
