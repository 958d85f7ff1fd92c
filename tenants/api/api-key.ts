import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/** What a key may do: `read` reads; the others do so too, and what their name says; `admin` does all of a tenant's. */
export const ROLES = ['read', 'cards', 'limits', 'funds', 'admin'] as const;
export type TenantRole = (typeof ROLES)[number];
/** `operator` does all, for every tenant. */
export type Role = TenantRole | 'operator';

/** What a key begins with: `test` where the cards are demo cards. */
export type Environment = 'test' | 'live';

const ID_BYTES = 8;
const SECRET_BYTES = 32;
const KEY = /^hf_(?:test|live)_([0-9a-f]{16})_([0-9a-f]{64})$/;

/** A new key: `text` is shown once, and only `id` and `hash` are kept. */
export interface NewKey {
  readonly id: string;
  readonly hash: Buffer;
  readonly text: string;
}

/** Makes a key `hf_<environment>_<id>_<secret>`, of 256 random bits. */
export function newKey(environment: Environment): NewKey {
  const id = randomBytes(ID_BYTES).toString('hex');
  const secret = randomBytes(SECRET_BYTES).toString('hex');
  return { id, hash: hashOf(secret), text: `hf_${environment}_${id}_${secret}` };
}

/** The id and the hash of the secret in a key; null where it is none. */
export function readKey(text: string): { readonly id: string; readonly hash: Buffer } | null {
  const found = KEY.exec(text);
  return found === null ? null : { id: found[1]!, hash: hashOf(found[2]!) };
}

/** In a time that does not tell how far they agree. */
export function isSameHash(one: Buffer, other: Buffer): boolean {
  return one.length === other.length && timingSafeEqual(one, other);
}

/** Of 256 random bits one SHA-256 is enough: there are no passwords to be guessed. */
function hashOf(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}
