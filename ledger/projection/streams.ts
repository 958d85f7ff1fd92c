import { CopyRows } from './copy-rows.js';
import { EVENT_COLUMNS } from './event-row.js';
import { MESSAGE_COLUMNS } from './message-row.js';
import { TRANSFER_COLUMNS } from './transfer-row.js';

/** Where rows are streamed to by COPY, and what is done with them there. */
interface Stream {
  /** A table of the read model; or one of this session alone, whose rows then change those of the read model. */
  readonly into: string;
  readonly columns: readonly string[];
  /** Definitions of the columns of a table of this session. */
  readonly staged?: string;
  /** The statement that brings what was staged into the read model. */
  readonly merge?: string;
  /** Whether each staged row has one to change. */
  readonly changes?: boolean;
}

/** Rows that come with a batch, and what changed in rows that came with one before, in the order of loading. */
export const STREAMS = {
  account: added('account', [
    'tenant',
    'account',
    'currency',
    'overdraft',
    'holder',
    'posted',
    'held',
    'as_of',
  ]),
  changedAccount: changed(
    'account',
    { tenant: 'smallint', account: 'integer' },
    { overdraft: 'bigint', holder: 'bigint', posted: 'bigint', held: 'bigint', as_of: 'bigint' },
  ),
  card: added('card', [
    'tenant',
    'card',
    'token',
    'account',
    'parent',
    'expiry',
    'status',
    'channels',
    'card_group',
    'as_of',
  ]),
  changedCard: changed(
    'card',
    { tenant: 'smallint', card: 'integer' },
    {
      token: 'bytea',
      expiry: 'char(4)',
      status: 'text',
      channels: 'text[]',
      card_group: 'bigint',
      as_of: 'bigint',
    },
    ['token'],
  ),
  authorisation: added('authorisation', MESSAGE_COLUMNS),
  event: added('event', EVENT_COLUMNS),
  hold: added('hold', [
    'tenant',
    'seq',
    'entry',
    'at',
    'key',
    'card',
    'account',
    'currency',
    'billed',
    'held',
    'posted',
    'status',
    'expires_at',
    'as_of',
  ]),
  changedHold: changed(
    'hold',
    { tenant: 'smallint', seq: 'bigint', entry: 'integer' },
    { held: 'bigint', posted: 'bigint', status: 'text', expires_at: 'timestamptz', as_of: 'bigint' },
  ),
  entry: added('entry', [
    'tenant',
    'seq',
    'entry',
    'posting',
    'at',
    'account',
    'from_book',
    'to_book',
    'currency',
    'amount',
  ]),
  transfer: added('transfer', TRANSFER_COLUMNS),
  book: {
    into: 'pg_temp.staged_book',
    columns: ['tenant', 'currency', 'account', 'balance', 'as_of'],
    staged:
      'tenant smallint, currency char(3), account holdfast_read.book_account, balance bigint, as_of bigint',
    merge: `INSERT INTO holdfast_read.book (tenant, currency, account, balance, as_of)
      SELECT tenant, currency, account, balance, as_of FROM pg_temp.staged_book
      ON CONFLICT (tenant, currency, account) DO UPDATE SET balance = excluded.balance, as_of = excluded.as_of`,
  },
} as const satisfies Readonly<Record<string, Stream>>;

export type StreamName = keyof typeof STREAMS;

export const STREAM_LIST = Object.entries(STREAMS) as [StreamName, Stream][];

/** The rows of one batch of one tenant, by stream. */
export type StreamRows = Readonly<Record<StreamName, CopyRows>>;

export function newStreamRows(): StreamRows {
  return Object.fromEntries(STREAM_LIST.map(([name]) => [name, new CopyRows()])) as Record<
    StreamName,
    CopyRows
  >;
}

function added(table: string, columns: readonly string[]): Stream {
  return { into: `holdfast_read.${table}`, columns };
}

/**
 * @param key values: columns with their types
 * @param kept columns that stay as they are where nothing is given for them
 */
function changed(
  table: string,
  key: Readonly<Record<string, string>>,
  values: Readonly<Record<string, string>>,
  kept: readonly string[] = [],
): Stream {
  const all = { ...key, ...values };
  const sets = Object.keys(values).map((column) =>
    kept.includes(column) ? `${column} = coalesce(s.${column}, r.${column})` : `${column} = s.${column}`,
  );
  const same = Object.keys(key).map((column) => `r.${column} = s.${column}`);
  return {
    into: `pg_temp.changed_${table}`,
    columns: Object.keys(all),
    staged: Object.entries(all)
      .map(([column, type]) => `${column} ${type}`)
      .join(', '),
    merge: `UPDATE holdfast_read.${table} r SET ${sets.join(', ')} FROM pg_temp.changed_${table} s WHERE ${same.join(' AND ')}`,
    changes: true,
  };
}
