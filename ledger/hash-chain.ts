import { hash } from 'node:crypto';
import { writeUInt64 } from './uint64.js';

/** Bytes of a row's hash (SHA-256, FIPS 180-4). */
export const HASH_BYTES = 32;

/** What stands before the first row of a tenant's journal. */
export const GENESIS: Buffer = Buffer.alloc(HASH_BYTES);

/** Of what is hashed before a row's body: hash before it (32), tenant (2), sequence number (8), epoch (8), time (8). */
const HEAD_BYTES = HASH_BYTES + 26;

/** What is hashed, in one piece: a hash that is fed in several costs twice as much of a small row, and garbage. */
let row = Buffer.alloc(64 * 1024);

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
  const bytes = HEAD_BYTES + body.length;
  if (bytes > row.length) row = Buffer.alloc(2 * bytes);
  row.set(previous, 0);
  let to = row.writeUInt16BE(tenant, HASH_BYTES);
  to = writeUInt64(row, to, seq);
  to = writeUInt64(row, to, epoch);
  to = writeUInt64(row, to, at);
  row.set(body, to);
  // As a text of a byte a character, which is the cheapest form that it comes in.
  return Buffer.from(hash('sha256', row.subarray(0, bytes), 'binary'), 'binary');
}
