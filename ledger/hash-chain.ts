import { createHash } from 'node:crypto';

/** Bytes of a row's hash (SHA-256, FIPS 180-4). */
export const HASH_BYTES = 32;

/** What stands before the first row of a tenant's journal. */
export const GENESIS: Buffer = Buffer.alloc(HASH_BYTES);

const header = Buffer.alloc(26);

/**
 * The hash of a journal row: over the hash of the row before it, the row's tenant, sequence number, epoch and
 * time (ms since 1970), and its body. A row that is changed, moved, missing or added breaks the chain.
 */
export function rowHash(
  previous: Uint8Array,
  tenant: number,
  seq: number,
  epoch: number,
  at: number,
  body: Uint8Array,
): Buffer {
  header.writeUInt16BE(tenant, 0);
  header.writeBigUInt64BE(BigInt(seq), 2);
  header.writeBigUInt64BE(BigInt(epoch), 10);
  header.writeBigUInt64BE(BigInt(at), 18);
  return createHash('sha256').update(previous).update(header).update(body).digest();
}
