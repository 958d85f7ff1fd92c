import type pg from 'pg';
import type { ObjectNames } from './object-names.js';

/** An entry of an account. */
export interface EntryRow {
  readonly seq: string;
  readonly entry: number;
  readonly posting: number;
  readonly at: Date;
  /** `at` in full. */
  readonly place: string;
  /** Minor units; above zero where it came to the account. */
  readonly amount: number;
  readonly currency: string;
  /** Where from, or where to. */
  readonly counter: string;
  readonly is_authorization: boolean;
  /** Of the transfer that it is of. */
  readonly key: Buffer | null;
  /** The account's balances with it, and before it. */
  readonly posted: number;
  readonly held: number;
  readonly before: Balances;
}

interface Balances {
  readonly posted: number;
  readonly held: number;
}

type Place = readonly (string | number | null)[];

/** Where the list of an account begins: with its balances of now, which the same statement reads. */
export const EMPTY_ENTRIES: Place = [null, null, null, null, null, null];

type Row = Omit<EntryRow, 'amount' | 'posted' | 'held' | 'before'> & {
  readonly amount: string;
  readonly posted_now: string;
  readonly held_now: string;
};

/**
 * The newest first, those behind `place`. Balances are counted back from those of the account, or of the place.
 * @param place time, row, command, posting, and the balances before it
 */
export async function listEntries(
  client: pg.ClientBase,
  tenant: number,
  account: number,
  limit: number,
  place: Place,
): Promise<readonly EntryRow[]> {
  const { rows } = await client.query<Row>(
    `SELECT e.seq, e.entry, e.posting, e.at, e.at::text AS place, e.currency,
       CASE WHEN e.to_book = 'cardholders' THEN e.amount ELSE -e.amount END AS amount,
       CASE WHEN e.to_book = 'cardholders' THEN e.from_book ELSE e.to_book END::text AS counter,
       f.key, EXISTS (
         SELECT FROM holdfast_read.authorisation m
         WHERE m.tenant = e.tenant AND m.at = e.at AND m.seq = e.seq AND m.entry = e.entry AND m.kind = 'authorisation'
       ) AS is_authorization,
       coalesce($8::bigint, b.posted) AS posted_now, coalesce($9::bigint, b.held) AS held_now
     FROM holdfast_read.entry e
     JOIN holdfast_read.account b ON b.tenant = e.tenant AND b.account = e.account
     LEFT JOIN holdfast_read.transfer f ON f.tenant = e.tenant AND f.seq = e.seq AND f.entry = e.entry
     WHERE e.tenant = $1 AND e.account = $2
       AND ($4::timestamptz IS NULL OR (e.at, e.seq, e.entry, e.posting) < ($4, $5::bigint, $6::int, $7::int))
     ORDER BY e.at DESC, e.seq DESC, e.entry DESC, e.posting DESC LIMIT $3`,
    [tenant, account, limit, ...place],
  );
  let posted = Number(rows[0]?.posted_now ?? 0);
  let held = Number(rows[0]?.held_now ?? 0);
  return rows.map(({ posted_now: _posted, held_now: _held, ...row }) => {
    const amount = Number(row.amount);
    const after = { posted, held };
    // What is reserved is not spent yet, and what an account can't pay is no balance of its own.
    if (row.counter === 'holds') held += amount;
    else if (row.counter !== 'stand_in_debt') posted -= amount;
    return { ...row, amount, ...after, before: { posted, held } };
  });
}

/** The name of an entry: its command, and its place among that one's postings. */
export function entryName(
  names: ObjectNames,
  tenant: number,
  { seq, entry, posting }: Pick<EntryRow, 'seq' | 'entry' | 'posting'>,
): string {
  const bytes = Buffer.alloc(12);
  bytes.writeUIntBE(Number(seq), 0, 6);
  bytes.writeUIntBE(entry, 6, 3);
  bytes.writeUIntBE(posting, 9, 3);
  return names.longName('ent', tenant, bytes);
}
