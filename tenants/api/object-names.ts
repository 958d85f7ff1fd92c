import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto';
import { notFound, Problem } from './problem.js';

/** What is named by numbers of the ledger or the database, and the number that stands for the kind in a name. */
const KINDS = { acct: 1, auth: 2, hold: 3, evt: 4, event: 5 } as const;
export type Kind = keyof typeof KINDS;

const BLOCK_BYTES = 16;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const HEX = /^[0-9a-f]{32}$/;

/**
 * The names of objects in the API: numbers that count up would tell a tenant how many others there are, and what they
 * do. So a name is the number, encrypted: one block of AES-256 (FIPS 197), which is a permutation, so that no two
 * objects have one name, and what is not of this tenant and kind does not decrypt to anything.
 *
 * ```
 * tenant 2 │ kind 1 │ third number 3 │ first number 6 │ second number 4 ──AES──▶ acct_ and 32 hexadecimal digits
 * ```
 */
export class ObjectNames {
  readonly #key: Buffer;
  readonly #cursorKey: Buffer;

  /** @param key 32 bytes, the same on every node */
  constructor(key: Buffer) {
    this.#key = key;
    this.#cursorKey = createHmac('sha256', key).update('cursor').digest();
  }

  /** The name of a tenant's object; `second` tells those of one `first` apart, `third` those of both. */
  name(kind: Kind, tenant: number, first: number, second = 0, third = 0): string {
    const block = Buffer.alloc(BLOCK_BYTES);
    block.writeUInt16BE(tenant, 0);
    block[2] = KINDS[kind];
    block.writeUIntBE(third, 3, 3);
    block.writeUIntBE(first, 6, 6);
    block.writeUInt32BE(second, 12);
    const cipher = createCipheriv('aes-256-ecb', this.#key, null).setAutoPadding(false);
    return `${kind}_${cipher.update(block).toString('hex')}`;
  }

  /** The numbers of a name; null where it is none of this tenant's. */
  find(
    kind: Kind,
    tenant: number,
    name: string,
  ): readonly [first: number, second: number, third: number] | null {
    const hex = name.slice(kind.length + 1);
    if (!name.startsWith(`${kind}_`) || !HEX.test(hex)) return null;
    const decipher = createDecipheriv('aes-256-ecb', this.#key, null).setAutoPadding(false);
    const block = decipher.update(Buffer.from(hex, 'hex'));
    const third = block.readUIntBE(3, 3);
    // Only events have three; else there would be names of what is not named like that.
    const ours =
      block.readUInt16BE(0) === tenant && block[2] === KINDS[kind] && (third === 0 || kind === 'event');
    return ours ? [block.readUIntBE(6, 6), block.readUInt32BE(12), third] : null;
  }

  /** @throws Problem `HF_NOT_FOUND` where the name is none of this tenant's */
  require(kind: Kind, tenant: number, name: string): readonly [first: number, second: number, third: number] {
    const found = this.find(kind, tenant, name);
    if (found === null) throw notFound();
    return found;
  }

  /** Where a list goes on, as text that only this switch can read, for this tenant and this list. */
  cursor(tenant: number, list: string, place: readonly (string | number)[]): string {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv('aes-256-gcm', this.#cursorKey, nonce);
    cipher.setAAD(Buffer.from(`${tenant} ${list}`));
    const hidden = Buffer.concat([cipher.update(JSON.stringify(place)), cipher.final()]);
    return Buffer.concat([nonce, hidden, cipher.getAuthTag()]).toString('base64url');
  }

  /** @throws Problem `HF_INVALID_CURSOR` where it is none of this tenant's and list's */
  place(tenant: number, list: string, cursor: string): readonly (string | number)[] {
    const bytes = Buffer.from(cursor, 'base64url');
    try {
      const decipher = createDecipheriv('aes-256-gcm', this.#cursorKey, bytes.subarray(0, NONCE_BYTES), {
        authTagLength: TAG_BYTES,
      });
      decipher.setAAD(Buffer.from(`${tenant} ${list}`));
      decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
      const hidden = bytes.subarray(NONCE_BYTES, -TAG_BYTES);
      return JSON.parse(Buffer.concat([decipher.update(hidden), decipher.final()]).toString());
    } catch {
      // Too short, changed, or made for another list: nothing that could be told apart, nor should be.
      throw new Problem('HF_INVALID_CURSOR');
    }
  }
}

/** The name of what has a random UUID. */
export function uuidName(kind: string, uuid: string): string {
  return `${kind}_${uuid.replaceAll('-', '')}`;
}

/** The UUID in such a name, as Postgres reads it. @throws Problem `HF_NOT_FOUND` where it is no such name */
export function uuidOf(kind: string, name: string): string {
  const hex = name.slice(kind.length + 1);
  if (!name.startsWith(`${kind}_`) || !HEX.test(hex)) throw notFound();
  return hex;
}

/** The name of a card, whose UUID is random and in the card table. */
export function cardName(uuid: string): string {
  return uuidName('card', uuid);
}

/** The UUID in a card's name, as Postgres reads it. @throws Problem `HF_NOT_FOUND` where it is no such name */
export function cardUuid(name: string): string {
  return uuidOf('card', name);
}
