import type pg from 'pg';
import { inTransaction } from './transaction.js';

/** Sequence numbers of a partition. */
export const PARTITION_ROWS = 2 ** 22;
/** Two nodes must not make the same one at once. */
const PARTITION_LOCK = 0x686f6c70;

/** A range of the journal's sequence numbers, the same of all tenants, in a table of its own. */
export interface Partition {
  readonly name: string;
  /** The first sequence number; −∞ of the first partition. */
  readonly from: number;
  /** The first one behind it. */
  readonly to: number;
}

/** The journal's partitions, in the order of their sequence numbers. */
export async function listPartitions(client: pg.Client): Promise<readonly Partition[]> {
  const { rows } = await client.query<{ name: string; bounds: string }>(
    `SELECT c.relname AS name, pg_get_expr(c.relpartbound, c.oid) AS bounds
     FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = 'holdfast.journal'::regclass`,
  );
  return rows
    .map(({ name, bounds }) => {
      const [, from, to] = /^FOR VALUES FROM \(('\d+'|MINVALUE)\) TO \('(\d+)'\)$/.exec(bounds) ?? [];
      if (from === undefined)
        throw new Error(`partition ${name} of the journal is not one of ours: ${bounds}`);
      const first = from === 'MINVALUE' ? Number.NEGATIVE_INFINITY : Number(from.slice(1, -1));
      return { name, from: first, to: Number(to) };
    })
    .sort((a, b) => a.from - b.from);
}

/**
 * Makes partitions for each tenant's next rows, as many as half a partition holds: well before they are written, as an
 * insert without one fails. Locks nothing that an insert needs.
 *
 * @param rows sequence numbers of a partition
 * @returns the names of those that were made
 */
export async function ensurePartitions(client: pg.Client, rows = PARTITION_ROWS): Promise<readonly string[]> {
  if ((await missing(client, rows)).length === 0) return [];
  return inTransaction(client, async () => {
    await client.query('SELECT pg_advisory_xact_lock($1)', [PARTITION_LOCK]);
    const due = await missing(client, rows);
    for (const { name, from, to } of due) {
      const first = from === Number.NEGATIVE_INFINITY ? 'MINVALUE' : from;
      // Made on its own and attached when it is whole: PARTITION OF would lock the journal as a whole.
      await client.query(`CREATE TABLE holdfast.${name} (LIKE holdfast.journal INCLUDING ALL)`);
      await client.query(
        `ALTER TABLE holdfast.journal ATTACH PARTITION holdfast.${name} FOR VALUES FROM (${first}) TO (${to})`,
      );
    }
    return due.map(({ name }) => name);
  });
}

async function missing(client: pg.Client, rows: number): Promise<readonly Partition[]> {
  const { rows: nexts } = await client.query<{ next: number }>(
    `SELECT (coalesce(
       (SELECT j.seq FROM holdfast.journal j WHERE j.tenant = t.id ORDER BY j.seq DESC LIMIT 1),
       (SELECT max(a.last_seq) FROM holdfast.archive a WHERE a.tenant = t.id), 0) + 1)::float8 AS next
     FROM holdfast.tenant t`,
  );
  const seqs = [1, ...nexts.map(({ next }) => next)];
  const partitions = await listPartitions(client);
  const due: Partition[] = [];
  const first = partitions[0]?.from ?? rows;
  // The oldest were archived, and a tenant is new.
  if (Math.min(...seqs) < first) due.push({ name: 'journal_0', from: Number.NEGATIVE_INFINITY, to: first });
  const until = Math.max(...seqs) + rows / 2;
  for (let from = partitions.at(-1)?.to ?? rows; from < until; ) {
    const to = (Math.floor(from / rows) + 1) * rows;
    due.push({ name: `journal_${Math.floor(from / rows)}`, from, to });
    from = to;
  }
  return due;
}
