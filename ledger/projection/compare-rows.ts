import type pg from 'pg';
import { COPY_HEADER, COPY_TRAILER } from '../copy-format.js';
import { invariant } from '../invariant-error.js';
import { copyOut } from '../read-journal.js';
import type { Difference } from './compare.js';
import type { JournalBatches } from './journal-batches.js';
import { STREAMS } from './streams.js';
import type { TenantProjection } from './tenant-projection.js';

/** Bytes of journal whose rows are compared at a time. */
const BATCH_BYTES = 1024 * 1024;
/** The tables that are only added to, and the order of the journal in them. */
const TABLES = [
  ['authorisation', 'at, seq, entry'],
  ['entry', 'at, seq, entry, posting'],
  ['transfer', 'at, seq, entry'],
  ['event', 'at, seq, entry, ordinal'],
] as const;
type Table = (typeof TABLES)[number][0];

/**
 * Compares each authorisation, entry, transfer and event with what the journal gives, byte by byte as COPY has them. In a transaction
 * of level REPEATABLE READ.
 *
 * @param projection level with the row behind which they are compared
 * @param batches of the journal from there on
 * @param seq the journal row up to which the tables are filled
 * @throws InvariantError when a row of the journal does not fit
 */
export async function compareRows(
  client: pg.Client,
  tenant: number,
  projection: TenantProjection,
  batches: JournalBatches,
  seq: number,
): Promise<Difference | null> {
  const from = projection.seq;
  const counts = { authorisation: 0, entry: 0, transfer: 0, event: 0 };
  while (projection.seq < seq) {
    const position = { tenant, seq: projection.seq };
    const rows = (await batches.next(client, position, BATCH_BYTES)).filter((row) => row.seq <= seq);
    invariant(rows.length > 0, `row ${projection.seq + 1} of the journal is missing`);
    projection.take(rows);
    const where = `tenant = ${tenant} AND seq > ${position.seq} AND seq <= ${projection.seq}
      AND at >= '${timeOf(rows[0]!)}' AND at <= '${timeOf(rows.at(-1)!)}'`;
    for (const [table, order] of TABLES) {
      const expected = projection.rows[table];
      counts[table] += expected.count;
      const select = `SELECT ${STREAMS[table].columns.join(', ')} FROM holdfast_read.${table} WHERE ${where} ORDER BY ${order}`;
      const found: Buffer[] = [];
      for await (const piece of copyOut(client, `COPY (${select}) TO STDOUT (FORMAT binary)`))
        found.push(piece);
      const difference = differenceOf(table, expected.bytes(), rowsOfCopy(Buffer.concat(found)));
      if (difference !== null) return difference;
    }
    projection.settle();
  }
  for (const [table] of TABLES) {
    const { rows } = await client.query<{ count: number; as_of: number }>(
      `SELECT count(*)::float8 AS count, max(seq)::float8 AS as_of FROM holdfast_read.${table} WHERE tenant = $1 AND seq > $2`,
      [tenant, from],
    );
    const { count, as_of } = rows[0]!;
    // More than those that were met in their times.
    if (count === counts[table]) continue;
    return { text: `read model, ${table} has ${count} rows, the journal gives ${counts[table]}`, seq: as_of };
  }
  return null;
}

function timeOf({ at }: { readonly at: number }): string {
  return new Date(at).toISOString();
}

/** Without what a COPY begins and ends with. */
function rowsOfCopy(copied: Buffer): Buffer {
  return copied.subarray(COPY_HEADER.length, copied.length - COPY_TRAILER.length);
}

/** Where two runs of rows differ first. */
function differenceOf(table: Table, expected: Buffer, found: Buffer): Difference | null {
  if (expected.equals(found)) return null;
  for (let at = 0; ; ) {
    const [ours, theirs] = [fieldsAt(expected, at), fieldsAt(found, at)];
    const order = ours === null ? 1 : theirs === null ? -1 : compareSeqs(ours, theirs);
    if (order < 0) return said(table, ours!, 'is missing');
    if (order > 0) return said(table, theirs!, 'the journal has no such');
    const column = ours!.findIndex((field, index) => !field.equals(theirs![index]!));
    if (column >= 0) {
      return said(table, ours!, `has another ${STREAMS[table].columns[column]} than the journal gives`);
    }
    at += ours!.reduce((bytes, field) => bytes + field.length, 2);
  }
}

/** The fields of a row with the lengths before them; null at the end. */
function fieldsAt(rows: Buffer, from: number): readonly Buffer[] | null {
  if (from === rows.length) return null;
  const fields: Buffer[] = [];
  let at = from + 2;
  for (let left = rows.readInt16BE(from); left > 0; left--) {
    const end = at + 4 + Math.max(0, rows.readInt32BE(at));
    fields.push(rows.subarray(at, end));
    at = end;
  }
  return fields;
}

/** The tables begin with tenant, seq and entry. */
function placeOf(fields: readonly Buffer[]): { readonly seq: number; readonly entry: number } {
  return { seq: Number(fields[1]!.readBigInt64BE(4)), entry: fields[2]!.readInt32BE(4) };
}

function compareSeqs(a: readonly Buffer[], b: readonly Buffer[]): number {
  const [ours, theirs] = [placeOf(a), placeOf(b)];
  return ours.seq - theirs.seq || ours.entry - theirs.entry;
}

function said(table: Table, fields: readonly Buffer[], what: string): Difference {
  const { seq, entry } = placeOf(fields);
  return { text: `read model, ${table} ${seq}/${entry} (journal row ${seq}): ${what}`, seq };
}
