import type { TenantRow } from '../../../ledger/read-journal.js';

const SIGNATURE = Buffer.from('PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0', 'latin1');
const TRAILER = Buffer.from([0xff, 0xff]);
const COLUMNS = 7;
const MS_TO_2000 = Date.UTC(2000, 0, 1);

/** Rows of the journal as `COPY … TO STDOUT (FORMAT binary)` sends them (PostgreSQL, COPY). */
export function copyOf(rows: readonly object[]): Buffer {
  return Buffer.concat([SIGNATURE, ...(rows as readonly TenantRow[]).map(rowOf), TRAILER]);
}

function rowOf({ tenant, seq, epoch, previous_hash, hash, at, body }: TenantRow): Buffer {
  const microseconds = Math.round((at - MS_TO_2000) * 1000);
  const columns = [
    int(tenant, 2),
    int(seq, 8),
    int(epoch, 8),
    previous_hash,
    hash,
    int(microseconds, 8),
    body,
  ];
  return Buffer.concat([int(COLUMNS, 2), ...columns.flatMap((column) => [int(column.length, 4), column])]);
}

function int(value: number, bytes: 2 | 4 | 8): Buffer {
  const buffer = Buffer.alloc(bytes);
  if (bytes === 8) buffer.writeBigInt64BE(BigInt(value));
  else buffer.writeIntBE(value, 0, bytes);
  return buffer;
}
