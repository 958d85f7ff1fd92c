import type pg from 'pg';
import type { ApiContext } from './api.js';
import type { CallerTenant } from './authentication.js';
import { lettersOf } from './currency.js';
import type { ObjectNames } from './object-names.js';
import { TRANSFER_TYPES, type TransferKind } from './transfer-schema.js';

/** Funds that were moved, or were not, as the read model has them. */
export interface TransferRow {
  readonly kind: TransferKind;
  /** Of the tenant's idempotency key. */
  readonly key: Buffer;
  readonly account: number | null;
  /** `in` or `out`, as `account` sees it. */
  readonly direction: string;
  readonly counter_account: number | null;
  readonly book: string | null;
  readonly amount: string;
  readonly currency: string;
  readonly response_code: string;
  readonly description: string | null;
  readonly at: Date | null;
}

/** One of a list, with its place there. */
export type ListedTransfer = TransferRow & { readonly seq: string; readonly entry: number };

const TRANSFERS = `SELECT f.seq, f.entry, f.at, f.kind, f.key, f.account, f.direction, f.counter_account, f.book::text, f.amount,
    f.currency, f.response_code, x.description
  FROM holdfast_read.transfer f LEFT JOIN holdfast.transfer_text x ON x.tenant = f.tenant AND x.key = f.key`;

/** What a list is narrowed to; undefined for everything. */
export interface TransferFilter {
  /** Number of an account that pays or is paid. */
  readonly account: number | undefined;
  readonly kind: TransferKind | undefined;
}

/** The newest first, those behind `place` where that is given. */
export async function listTransfers(
  client: pg.ClientBase,
  tenant: number,
  { account, kind }: TransferFilter,
  limit: number,
  place: readonly (string | number)[],
): Promise<readonly ListedTransfer[]> {
  const { rows } = await client.query<ListedTransfer>(
    `${TRANSFERS}
     WHERE f.tenant = $1 AND ($3::bigint IS NULL OR (f.seq, f.entry) < ($3, $4::int))
       AND ($5::int IS NULL OR f.account = $5 OR f.counter_account = $5) AND ($6::text IS NULL OR f.kind = $6)
     ORDER BY f.seq DESC, f.entry DESC LIMIT $2`,
    [tenant, limit, place[0] ?? null, place[1] ?? null, account ?? null, kind ?? null],
  );
  return rows;
}

/** The newest that was asked under that key: one may be used again when its window is over. */
export async function findTransfer(
  client: pg.ClientBase,
  tenant: number,
  key: Buffer,
): Promise<TransferRow | undefined> {
  const { rows } = await client.query<ListedTransfer>(
    `${TRANSFERS} WHERE f.tenant = $1 AND f.key = $2 ORDER BY f.seq DESC, f.entry DESC LIMIT 1`,
    [tenant, key],
  );
  return rows[0];
}

/** A transfer of the API. */
export function transferOf(
  { currencyOf }: ApiContext,
  names: ObjectNames,
  tenant: CallerTenant,
  row: TransferRow,
) {
  const nameOf = (account: number | null) =>
    account === null ? null : names.name('acct', tenant.number, account);
  const [account, counterAccount] = [nameOf(row.account), nameOf(row.counter_account)];
  const incoming = row.direction === 'in';
  return {
    id: names.longName('trf', tenant.number, row.key),
    object: 'transfer' as const,
    type: TRANSFER_TYPES[row.kind],
    status: row.response_code === '00' ? 'posted' : 'declined',
    from: incoming ? counterAccount : account,
    to: incoming ? account : counterAccount,
    counter: row.book,
    amount: Number(row.amount),
    currency: lettersOf(currencyOf, row.currency),
    description: row.description,
    created: row.at?.toISOString() ?? null,
  };
}

export type Transfer = ReturnType<typeof transferOf>;
