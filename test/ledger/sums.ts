import { BalanceDigest } from '../../ledger/balance-digest.js';
import { BOOK } from '../../ledger/books.js';
import { approvedOf } from '../../ledger/hold.js';
import {
  CARD,
  CARD_NEXT,
  CARD_PREVIOUS,
  DUE_NEXT,
  FAMILY,
  FORGET,
  HELD,
  POSTED,
  RECORD,
  SIBLING,
} from '../../ledger/record.js';
import type { TenantState } from '../../ledger/tenant-state.js';

/**
 * Takes anew, from single messages and accounts, all that a state keeps as sums and lists.
 * @throws Error that says which does not fit
 */
export function proveSums(state: TenantState): void {
  const rows = rowsInUse(state);
  proveHolds(state, rows);
  proveBooks(state);
  proveFamilies(state, rows);
  proveLists(state, rows);
}

/** The rows of the messages that are remembered. */
export function rowsInUse({ records }: TenantState): number[] {
  const free = new Set(records.free());
  return Array.from({ length: records.length }, (_, row) => row).filter((row) => !free.has(row));
}

function same(actual: number, expected: number, what: string): void {
  if (actual !== expected) throw new Error(`${what}: ${actual}, where there should be ${expected}`);
}

function proveHolds({ records, accounts, cards }: TenantState, rows: number[]): void {
  const held = new Array<number>(accounts.length).fill(0);
  for (const row of rows) {
    const status = records.status(row);
    const amount = records.amount(row, HELD);
    if (status === RECORD.held) held[cards.account(records.word(row, CARD) - 1)]! += amount;
    const over = [RECORD.released, RECORD.expired, RECORD.cleared] as number[];
    if (over.includes(status)) same(amount, 0, `held of message ${row}, whose hold is over`);
  }
  for (const [account, sum] of held.entries())
    same(accounts.held(account), sum, `held of account ${account}`);
}

function proveBooks({ accounts, books, balances }: TenantState): void {
  const digest = new BalanceDigest();
  const all = Array.from({ length: accounts.length }, (_, account) => account);
  for (const account of all) digest.add(account, accounts.posted(account), accounts.held(account));
  same(balances.high, digest.high, 'high word of the digest');
  same(balances.low, digest.low, 'low word of the digest');
  for (const [book, currency] of books.currencies.entries()) {
    const own = all.filter((account) => accounts.currency(account) === currency);
    const sum = (of: (account: number) => number) => own.reduce((total, account) => total + of(account), 0);
    const debt = sum((account) => accounts.debt(account));
    const held = sum((account) => accounts.held(account));
    const posted = sum((account) => accounts.posted(account));
    same(books.sum(book), 0, `sum of book ${currency}`);
    same(books.balance(book, BOOK.holds), held, `holds of book ${currency}`);
    same(books.balance(book, BOOK.standInDebt), 0 - debt, `debt of book ${currency}`);
    same(books.balance(book, BOOK.cardholders), posted - held + debt, `cardholders of book ${currency}`);
  }
}

function proveFamilies(state: TenantState, rows: number[]): void {
  const { records } = state;
  const used = new Set(rows);
  const reached = new Set<number>();
  for (const row of rows.filter((each) => records.isListed(each))) {
    let cleared = 0;
    for (let next = records.word(row, FAMILY); next !== 0; next = records.word(next - 1, SIBLING)) {
      const child = next - 1;
      if (!used.has(child) || reached.has(child))
        throw new Error(`message ${child} is a child twice, or none`);
      reached.add(child);
      same(records.word(child, FAMILY) - 1, row, `authorisation of message ${child}`);
      if (records.status(child) === RECORD.clearing) cleared += records.amount(child, POSTED);
      if (records.word(child, FORGET) > records.word(row, FORGET))
        throw new Error(`${row} is forgotten first`);
    }
    if (records.status(row) === RECORD.clearing || records.status(row) === RECORD.undone) continue;
    const posted = records.amount(row, POSTED);
    const held = records.amount(row, HELD);
    same(posted, cleared, `posted of authorisation ${row}`);
    if (held > approvedOf(state, row)) throw new Error(`${row} holds more than approved`);
  }
  for (const row of rows) {
    if (records.parent(row) >= 0 && !reached.has(row))
      throw new Error(`message ${row} is lost to its family`);
  }
}

function proveLists({ records, cards, due }: TenantState, rows: number[]): void {
  const listed: number[] = [];
  for (let card = 0; card < cards.length; card++) {
    let previous = 0;
    for (let next = cards.newest(card); next !== 0; next = records.word(next - 1, CARD_NEXT)) {
      same(records.word(next - 1, CARD_PREVIOUS), previous, `the one before message ${next - 1}`);
      same(records.word(next - 1, CARD) - 1, card, `card of message ${next - 1}`);
      previous = next;
      listed.push(next - 1);
    }
  }
  sameRows(
    listed,
    rows.filter((row) => records.isListed(row)),
    'the lists of the cards',
  );
  const awaited: number[] = [];
  for (const [, first] of due.heads()) {
    for (let next = first; next !== 0; next = records.word(next - 1, DUE_NEXT)) awaited.push(next - 1);
  }
  sameRows(awaited, rows, 'the lists of the minutes');
}

function sameRows(actual: number[], expected: number[], what: string): void {
  const sorted = actual.toSorted((a, b) => a - b);
  if (sorted.join() !== expected.join()) throw new Error(`${what} have other messages than there are`);
}
