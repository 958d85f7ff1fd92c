import type pg from 'pg';
import { BOOK_ACCOUNTS } from '../books.js';
import { KEY_WORDS, TOKEN_WORDS } from '../command.js';
import { BILLED, CARD, EXPIRES, HELD, POSTED } from '../record.js';
import type { TenantState } from '../tenant-state.js';
import { readWords, rowsOf } from './cursor.js';
import { BOOK_ACCOUNT_NAMES, CARD_STATUS_NAMES, CHANNEL_SETS, currencyName, RECORD_NAMES } from './names.js';
import { isHold } from './rows-of-state.js';

const MS_A_MINUTE = 60_000;

/** Columns of a row, or what the state has for them. */
type Values = Readonly<Record<string, string | number | null>>;

/** What the tables have otherwise than the journal gives. */
export interface Difference {
  /** In words, with the row of the table. */
  readonly text: string;
  /** The journal row that the table's row goes by; null where that is missing. */
  readonly seq: number | null;
}

/** Up to which row of its journal a tenant's read model is filled; 0 when it was never begun. */
export async function projectedSeq(client: pg.Client, tenant: number): Promise<number> {
  const { rows } = await client.query<{ seq: number }>(
    'SELECT seq::float8 AS seq FROM holdfast_read.position WHERE tenant = $1',
    [tenant],
  );
  return rows[0]?.seq ?? 0;
}

/**
 * Compares a tenant's accounts, cards, books and holds in the read model with a replayed state, and what its entries add
 * up to. To be called in a transaction of level REPEATABLE READ, in which {@link projectedSeq} said how far to replay: the
 * projector goes on meanwhile.
 *
 * @param state what the journal up to there gives
 * @param tenant its number in the database
 * @returns the first difference; null when there is none
 */
export async function compareProjection(
  client: pg.Client,
  state: TenantState,
  tenant: number,
): Promise<Difference | null> {
  for (const compare of COMPARISONS) {
    const difference = await compare(client, state, tenant);
    if (difference !== null) return { ...difference, text: `read model, ${difference.text}` };
  }
  return null;
}

const ACCOUNTS = `SELECT account AS number, currency, overdraft::float8 AS overdraft, posted::float8 AS posted,
    held::float8 AS held, available::float8 AS available, debt::float8 AS debt, holder::float8 AS holder,
    as_of::float8 AS as_of
  FROM holdfast_read.account WHERE tenant = $1 ORDER BY account`;

function compareAccounts(client: pg.Client, { accounts }: TenantState, tenant: number) {
  return compareNumbered(client, ACCOUNTS, tenant, 'account', accounts.length, (account) => ({
    currency: currencyName(accounts.currency(account)),
    overdraft: accounts.overdraft(account),
    posted: accounts.posted(account),
    held: accounts.held(account),
    available: accounts.available(account),
    debt: accounts.debt(account),
    holder: accounts.holder(account) || null,
  }));
}

const CARDS = `SELECT card AS number, account, expiry, status, array_to_string(channels, ' ') AS channels, token,
    card_group::float8 AS card_group, parent, as_of::float8 AS as_of
  FROM holdfast_read.card WHERE tenant = $1 ORDER BY card`;

function compareCards(client: pg.Client, { cards, tokens }: TenantState, tenant: number) {
  const token = new Uint32Array(TOKEN_WORDS);
  return compareNumbered(client, CARDS, tenant, 'card', cards.length, (card, row) => ({
    account: cards.account(card),
    expiry: String(cards.expiry(card)).padStart(4, '0'),
    status: CARD_STATUS_NAMES[cards.status(card)]!,
    channels: CHANNEL_SETS.of(cards.channels(card)).join(' '),
    card_group: cards.group(card) || null,
    parent: cards.parent(card) < 0 ? null : cards.parent(card),
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
): Promise<Difference | null> {
  let next = 0;
  for await (const row of rowsOf<Values>(client, sql, [tenant])) {
    if (next >= count) return surplus(`${what} ${row.number}`, row);
    if (row.number !== next) return missing(`${what} ${next}`);
    const difference = differenceIn(`${what} ${next}`, row, expected(next, row));
    if (difference !== null) return difference;
    next++;
  }
  return next < count ? missing(`${what} ${next}`) : null;
}

const BOOKS = `SELECT currency, account, balance::float8 AS balance, as_of::float8 AS as_of
  FROM holdfast_read.book WHERE tenant = $1 ORDER BY currency, account`;

async function compareBooks(client: pg.Client, state: TenantState, tenant: number) {
  const balances = balancesOf(state);
  for await (const row of rowsOf<Values>(client, BOOKS, [tenant])) {
    const name = `${row.currency} ${row.account}`;
    const balance = balances.get(name);
    if (balance === undefined) return surplus(`book ${name}`, row);
    const difference = differenceIn(`book ${name}`, row, { balance });
    if (difference !== null) return difference;
    balances.delete(name);
  }
  for (const name of balances.keys()) return missing(`book ${name}`);
  return null;
}

/** Balances of all books, by currency and account as the tables name them. */
function balancesOf({ books }: TenantState): Map<string, number> {
  const balances = new Map<string, number>();
  for (const [book, currency] of books.currencies.entries()) {
    for (let account = 0; account < BOOK_ACCOUNTS; account++) {
      const name = `${currencyName(currency)} ${BOOK_ACCOUNT_NAMES[account]}`;
      balances.set(name, books.balance(book, account));
    }
  }
  return balances;
}

/** Of holds of one key, which was used again after its window, the last. */
const HOLDS = `SELECT DISTINCT ON (key) key, seq::float8 AS seq, entry, card, account, currency,
    billed::float8 AS billed,
    held::float8 AS held, posted::float8 AS posted, status,
    (extract(epoch FROM expires_at) * 1000)::float8 AS "expires_at", as_of::float8 AS as_of
  FROM holdfast_read.hold WHERE tenant = $1 ORDER BY key, hold.seq DESC, entry DESC`;

async function compareHolds(client: pg.Client, { records, cards, accounts }: TenantState, tenant: number) {
  const key = new Uint32Array(KEY_WORDS);
  const seen = new Uint8Array(records.length);
  for await (const row of rowsOf<Values>(client, HOLDS, [tenant])) {
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
      currency: currencyName(accounts.currency(cards.account(card))),
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
    return missing(
      `a hold of ${records.amount(record, HELD)} of account ${cards.account(card)}, card ${card},`,
    );
  }
  return null;
}

const HELD_BY_ACCOUNT = `SELECT account, sum(held)::float8 AS held, max(as_of)::float8 AS as_of
  FROM holdfast_read.hold WHERE tenant = $1 GROUP BY account ORDER BY account`;

async function compareHeld(client: pg.Client, { accounts }: TenantState, tenant: number) {
  for await (const row of rowsOf<Values>(client, HELD_BY_ACCOUNT, [tenant])) {
    const account = row.account as number;
    const held = account < accounts.length ? accounts.held(account) : 0;
    const difference = differenceIn(`all holds of account ${account}`, row, { held });
    if (difference !== null) return difference;
  }
  return null;
}

/** What the postings of each account come to, and the last of them. */
const ENTERED = `SELECT account, max(seq)::float8 AS as_of,
    coalesce(sum(CASE WHEN to_book = 'cardholders' THEN amount ELSE -amount END) FILTER (
      WHERE (to_book = 'cardholders' AND from_book NOT IN ('holds', 'stand_in_debt'))
        OR (from_book = 'cardholders' AND to_book NOT IN ('holds', 'stand_in_debt'))
    ), 0)::float8 AS posted,
    coalesce(sum(CASE WHEN to_book = 'holds' THEN amount ELSE -amount END) FILTER (
      WHERE 'holds' IN (from_book, to_book)
    ), 0)::float8 AS held
  FROM holdfast_read.entry WHERE tenant = $1 AND account IS NOT NULL GROUP BY account ORDER BY account`;

async function compareEntered(client: pg.Client, { accounts }: TenantState, tenant: number) {
  let next = 0;
  /** The first account before that one which has no entries, but ought to. */
  const unentered = (end: number): number => {
    while (next < end && accounts.posted(next) === 0 && accounts.held(next) === 0) next++;
    return next < end ? next : -1;
  };
  for await (const row of rowsOf<Values>(client, ENTERED, [tenant])) {
    const account = row.account as number;
    const what = `account ${account} by its entries`;
    if (account >= accounts.length) return surplus(what, row);
    const without = unentered(account);
    if (without >= 0) return missing(`every entry of account ${without}`);
    const expected = { posted: accounts.posted(account), held: accounts.held(account) };
    const difference = differenceIn(what, row, expected);
    if (difference !== null) return difference;
    next = account + 1;
  }
  const without = unentered(accounts.length);
  return without >= 0 ? missing(`every entry of account ${without}`) : null;
}

const FLOWS = `SELECT currency, from_book, to_book, sum(amount)::float8 AS amount, max(seq)::float8 AS as_of
  FROM holdfast_read.entry WHERE tenant = $1 GROUP BY currency, from_book, to_book`;

/** Whether what went between the accounts of the books comes to their balances. */
async function compareFlows(client: pg.Client, state: TenantState, tenant: number) {
  const sums = new Map<string, { balance: number; as_of: number }>();
  for await (const { currency, from_book, to_book, amount, as_of } of rowsOf<Values>(client, FLOWS, [
    tenant,
  ])) {
    for (const [book, change] of [
      [from_book, -(amount as number)],
      [to_book, amount as number],
    ] as const) {
      const sum = sums.get(`${currency} ${book}`) ?? { balance: 0, as_of: 0 };
      sum.balance += change;
      sum.as_of = Math.max(sum.as_of, as_of as number);
      sums.set(`${currency} ${book}`, sum);
    }
  }
  const balances = balancesOf(state);
  for (const [name, row] of sums) {
    const what = `book ${name} by its entries`;
    const balance = balances.get(name);
    if (balance === undefined) return surplus(what, row);
    const difference = differenceIn(what, row, { balance });
    if (difference !== null) return difference;
    balances.delete(name);
  }
  for (const [name, balance] of balances) if (balance !== 0) return missing(`every entry of book ${name}`);
  return null;
}

const COMPARISONS = [
  compareAccounts,
  compareCards,
  compareBooks,
  compareHolds,
  compareHeld,
  compareEntered,
  compareFlows,
] as const;

/** What a row has otherwise than is expected. */
function differenceIn(what: string, row: Values, expected: Values): Difference | null {
  for (const [column, value] of Object.entries(expected)) {
    if (row[column] === value) continue;
    const text = `${what} (journal row ${row.as_of}) has ${column} ${row[column]}, the journal gives ${value}`;
    return { text, seq: row.as_of as number };
  }
  return null;
}

function missing(what: string): Difference {
  return { text: `${what} is missing`, seq: null };
}

function surplus(what: string, row: Values): Difference {
  return { text: `${what} (journal row ${row.as_of}): the journal has no such`, seq: row.as_of as number };
}
