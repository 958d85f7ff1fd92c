import { COPY_HEADER, POSTGRES_EPOCH_MS } from './copy-format.js';
import { InvariantError } from './invariant-error.js';
import type { TenantRow } from './read-journal.js';

/** A row's columns, in the order in which {@link CopiedRows} expects them. */
export const ROW_COLUMNS = 'tenant, seq, epoch, previous_hash, hash, at, body';
const COLUMNS = 7;
/** Number of columns (2), and of each its length (4); tenant (2), seq, epoch and at (8). */
const ROW_BYTES_LEAST = 2 + 4 * COLUMNS + 2 + 3 * 8;
const TWO_32 = 0x1_0000_0000;

/**
 * Reads rows of a journal out of a COPY in the binary format, which comes in pieces of any size. What it gives are views
 * of the pieces: nothing is decoded, or copied, but where a row lies over two of them.
 */
export class CopiedRows {
  #rest: Buffer[] = [];
  #restBytes = 0;
  /** Bytes without which there is nothing more to read. */
  #needed = COPY_HEADER.length;
  #begun: boolean;
  #ended = false;

  /** @param inside whether what comes is from inside a copy, without its beginning */
  constructor(inside = false) {
    this.#begun = inside;
    if (inside) this.#needed = 2;
  }

  /** Whether the copy ended as it should. */
  get ended(): boolean {
    return this.#ended;
  }

  /**
   * The rows that are whole with that piece.
   * @throws InvariantError when it is no copy of such rows
   */
  take(piece: Buffer): TenantRow[] {
    const rows: TenantRow[] = [];
    this.#rest.push(piece);
    this.#restBytes += piece.length;
    if (this.#restBytes < this.#needed) return rows;
    const bytes = this.#rest.length === 1 ? piece : Buffer.concat(this.#rest);
    let at = 0;
    if (!this.#begun) {
      if (!bytes.subarray(0, COPY_HEADER.length).equals(COPY_HEADER)) throw notRows();
      this.#begun = true;
      at = COPY_HEADER.length;
    }
    for (
      let next = this.#endOf(bytes, at);
      next <= bytes.length && !this.#ended;
      next = this.#endOf(bytes, at)
    ) {
      rows.push(rowAt(bytes, at));
      at = next;
    }
    const rest = bytes.subarray(at);
    this.#rest = rest.length === 0 ? [] : [rest];
    this.#restBytes = rest.length;
    return rows;
  }

  /** Where the row at `at` ends; behind `bytes` when it isn't whole, and then notes how much is. */
  #endOf(bytes: Buffer, at: number): number {
    this.#needed = 2;
    if (at + 2 > bytes.length) return Number.POSITIVE_INFINITY;
    const columns = bytes.readInt16BE(at);
    if (columns === -1) {
      this.#ended = true;
      return at + 2;
    }
    if (columns !== COLUMNS) throw notRows();
    let end = at + 2;
    for (let column = 0; column < COLUMNS; column++) {
      this.#needed = end + 4 - at;
      if (end + 4 > bytes.length) return Number.POSITIVE_INFINITY;
      const length = bytes.readInt32BE(end);
      if (length < 0) throw notRows();
      end += 4 + length;
    }
    this.#needed = end - at;
    return end;
  }
}

/** Bytes that a row takes in a copy. */
export function copiedBytes({ previous_hash, hash, body }: TenantRow): number {
  return ROW_BYTES_LEAST + previous_hash.length + hash.length + body.length;
}

function rowAt(bytes: Buffer, start: number): TenantRow {
  let at = start + 2;
  const next = (): number => {
    const length = bytes.readInt32BE(at);
    at += 4 + length;
    return at - length;
  };
  const tenant = bytes.readInt16BE(next());
  const seq = int64(bytes, next());
  const epoch = int64(bytes, next());
  let from = next();
  const previous_hash = bytes.subarray(from, at);
  from = next();
  const hash = bytes.subarray(from, at);
  const time = int64(bytes, next()) / 1000 + POSTGRES_EPOCH_MS;
  from = next();
  return { tenant, seq, epoch, previous_hash, hash, at: time, body: bytes.subarray(from, at) };
}

/** Exact below 2^53; no safe integer above. */
function int64(bytes: Buffer, at: number): number {
  return bytes.readInt32BE(at) * TWO_32 + bytes.readUInt32BE(at + 4);
}

function notRows(): InvariantError {
  return new InvariantError('what should be rows of a journal is something else');
}
