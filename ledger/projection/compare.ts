import type pg from 'pg';
import { BOOK_ACCOUNTS } from '../books.js';
import { KEY_WORDS, TOKEN_WORDS } from '../command.js';
import type { TenantId } from '../list-tenants.js';
import { BILLED, CARD, EXPIRES, HELD, POSTED } from '../record.js';
import type { TenantState } from '../tenant-state.js';
import { BOOK_ACCOUNT_NAMES, CARD_STATUS_NAMES, CHANNEL_SETS, currencyName, RECORD_NAMES } from './names.js';
import { isHold } from './rows-of-state.js';

const MS_A_MINUTE = 60_000;
/** Rows that are fetched at a time. */
const FETCHED = 5000;

/** Columns of a row, or what the state has for them. */
type Values = Readonly<Record<string, string | number | null>>;

/** Up to which row of its journal a tenant's read model is filled; 0 when it was never begun. */
export async function projectedSeq(client: pg.Client, tenant: number): Promise<number> {
  const { rows } = await client.query<{ seq: number }>(
    'SELECT seq::float8 AS seq FROM holdfast_read.position WHERE tenant = $1',
    [tenant],
  );
  return rows[0]?.seq ?? 0;
}

/**
 * Compares a tenant's accounts, cards, books and holds in the read model with a replayed state. To be called in a
 * transaction of level REPEATABLE READ, in which {@link projectedSeq} said how far to replay: the projector goes on
 * meanwhile.
 *
 * @param state what the journal up to there gives
 * @returns the first difference in words, with tenant, row, and the sequence number of the journal row that the row
 * goes by; null when there is none
 */
export async function compareProjection(
  client: pg.Client,
  state: TenantState,
  tenant: TenantId,
): Promise<string | null> {
  for (const compare of [compareAccounts, compareCards, compareBooks, compareHolds, compareHeld]) {
    const difference = await compare(client, state, tenant.id);
    if (difference !== null) return `tenant ${tenant.name}, read model: ${difference}`;
  }
  return null;
}

const ACCOUNTS = `SELECT account AS number, currency, overdraft::float8 AS overdraft, posted::float8 AS posted,
    held::float8 AS held, available::float8 AS available, debt::float8 AS debt, as_of::float8 AS as_of
  FROM holdfast_read.account WHERE tenant = $1 ORDER BY account`;

function compareAccounts(client: pg.Client, { accounts }: TenantState, tenant: number) {
  return compareNumbered(client, ACCOUNTS, tenant, 'account', accounts.length, (account) => ({
    currency: currencyName(accounts.currency(account)),
    overdraft: accounts.overdraft(account),
    posted: accounts.posted(account),
    held: accounts.held(account),
    available: accounts.available(account),
    debt: accounts.debt(account),
  }));
}

const CARDS = `SELECT card AS number, account, expiry, status, array_to_string(channels, ' ') AS channels, token,
    as_of::float8 AS as_of
  FROM holdfast_read.card WHERE tenant = $1 ORDER BY card`;

function compareCards(client: pg.Client, { cards, tokens }: TenantState, tenant: number) {
  const token = new Uint32Array(TOKEN_WORDS);
  return compareNumbered(client, CARDS, tenant, 'card', cards.length, (card, row) => ({
    account: cards.account(card),
    expiry: String(cards.expiry(card)).padStart(4, '0'),
    status: CARD_STATUS_NAMES[cards.status(card)]!,
    channels: CHANNEL_SETS.of(cards.channels(card)).join(' '),
    // Any of its tokens finds a card; the row's has to.
    number: tokens.find(readWords(row.token as unknown as Buffer, token)),
  }));
}

/** Of a table that has a row for each number below `count`. */
async function compareNumbered(
  client: pg.Client,
  sql: string,
  tenant: number,
  what: string,
  count: number,
  expected: (number: number, row: Values) => Values,
): Promise<string | null> {
  let next = 0;
  for await (const row of rowsOf(client, sql, tenant)) {
    if (row.number !== next) return `${what} ${next} is missing`;
    if (next >= count) return `${what} ${next} (journal row ${row.as_of}): the journal has no such`;
    const difference = differenceIn(`${what} ${next}`, row, expected(next, row));
    if (difference !== null) return difference;
    next++;
  }
  return next < count ? `${what} ${next} is missing` : null;
}

const BOOKS = `SELECT currency, account, balance::float8 AS balance, as_of::float8 AS as_of
  FROM holdfast_read.book WHERE tenant = $1 ORDER BY currency, account`;

async function compareBooks(client: pg.Client, { books }: TenantState, tenant: number) {
  const missing = new Map<string, number>();
  for (const [book, currency] of books.currencies.entries()) {
    for (let account = 0; account < BOOK_ACCOUNTS; account++) {
      const name = `${currencyName(currency)} ${BOOK_ACCOUNT_NAMES[account]}`;
      missing.set(name, books.balance(book, account));
    }
  }
  for await (const row of rowsOf(client, BOOKS, tenant)) {
    const name = `${row.currency} ${row.account}`;
    const balance = missing.get(name);
    if (balance === undefined) return `book ${name} (journal row ${row.as_of}): the journal has no such`;
    const difference = differenceIn(`book ${name}`, row, { balance });
    if (difference !== null) return difference;
    missing.delete(name);
  }
  for (const name of missing.keys()) return `book ${name} is missing`;
  return null;
}

/** Of holds of one key, which was used again after its window, the last. */
const HOLDS = `SELECT DISTINCT ON (key) key, seq::float8 AS seq, entry, card, account, billed::float8 AS billed,
    held::float8 AS held, posted::float8 AS posted, status,
    (extract(epoch FROM expires_at) * 1000)::float8 AS "expires_at", as_of::float8 AS as_of
  FROM holdfast_read.hold WHERE tenant = $1 ORDER BY key, hold.seq DESC, entry DESC`;

async function compareHolds(client: pg.Client, { records, cards }: TenantState, tenant: number) {
  const key = new Uint32Array(KEY_WORDS);
  const seen = new Uint8Array(records.length);
  for await (const row of rowsOf(client, HOLDS, tenant)) {
    const record = records.find(readWords(row.key as unknown as Buffer, key));
    const what = `hold ${row.seq}/${row.entry} of account ${row.account}`;
    if (record < 0 || !isHold(records.status(record))) {
      // The ledger has forgotten it, which it only does when nothing is held any more.
      const difference = differenceIn(what, row, { held: 0 });
      if (difference !== null) return difference;
      continue;
    }
    const card = records.word(record, CARD) - 1;
    const difference = differenceIn(what, row, {
      card,
      account: cards.account(card),
      billed: records.amount(record, BILLED),
      held: records.amount(record, HELD),
      posted: records.amount(record, POSTED),
      status: RECORD_NAMES[records.status(record)]!,
      expires_at: records.word(record, EXPIRES) * MS_A_MINUTE,
    });
    if (difference !== null) return difference;
    seen[record] = 1;
  }
  for (let record = 0; record < records.length; record++) {
    if (seen[record] === 1 || !isHold(records.status(record))) continue;
    const card = records.word(record, CARD) - 1;
    return `a hold of ${records.amount(record, HELD)} of account ${cards.account(card)}, card ${card}, is missing`;
  }
  return null;
}

const HELD_BY_ACCOUNT = `SELECT account, sum(held)::float8 AS held, max(as_of)::float8 AS as_of
  FROM holdfast_read.hold WHERE tenant = $1 GROUP BY account ORDER BY account`;

async function compareHeld(client: pg.Client, { accounts }: TenantState, tenant: number) {
  for await (const row of rowsOf(client, HELD_BY_ACCOUNT, tenant)) {
    const account = row.account as number;
    const held = account < accounts.length ? accounts.held(account) : 0;
    const difference = differenceIn(`all holds of account ${account}`, row, { held });
    if (difference !== null) return difference;
  }
  return null;
}

/** What a row has otherwise than is expected. */
function differenceIn(what: string, row: Values, expected: Values): string | null {
  for (const [column, value] of Object.entries(expected)) {
    if (row[column] === value) continue;
    return `${what} (journal row ${row.as_of}) has ${column} ${row[column]}, the journal gives ${value}`;
  }
  return null;
}

async function* rowsOf(client: pg.Client, sql: string, tenant: number): AsyncGenerator<Values> {
  await client.query(`DECLARE compared NO SCROLL CURSOR FOR ${sql}`, [tenant]);
  let open = true;
  try {
    for (;;) {
      open = false;
      const { rows } = await client.query<Values>(`FETCH ${FETCHED} FROM compared`);
      open = true;
      yield* rows;
      if (rows.length < FETCHED) return;
    }
  } finally {
    // Not where fetching failed, and the transaction with it: the caller is to learn of that.
    if (open) await client.query('CLOSE compared');
  }
}

function readWords(bytes: Buffer, words: Uint32Array): Uint32Array {
  for (let word = 0; word < words.length; word++) words[word] = bytes.readUInt32BE(4 * word);
  return words;
}
