import { BalanceDigest } from './balance-digest.js';
import { BOOK, BOOK_NAMES } from './books.js';
import { InvariantError } from './invariant-error.js';
import { CARD, CARD_NEXT, CARD_PREVIOUS, DUE_NEXT, FAMILY, HELD, RECORD, SIBLING } from './record.js';
import type { TenantState } from './tenant-state.js';

/** What was found in a record: bits. */
const SEEN = { free: 1, due: 2, listed: 4, child: 8 } as const;
const STATUS_MAX = Math.max(...Object.values(RECORD));

/**
 * Works out from single accounts and messages everything that a state keeps as sums and lists, and compares: what is
 * held of each account, every account of every book, the digest of the balances, and that each message is found by the
 * lists that lead to it. Takes time in proportion to the state: off the hot path only.
 *
 * @throws InvariantError that names the account, book, card or message that is wrong
 */
export function checkInvariants(state: TenantState): void {
  const seen = markFree(state);
  checkHeld(state, seen);
  checkBooks(state);
  checkDigest(state);
  checkDue(state, seen);
  checkCards(state, seen);
  checkFamilies(state, seen);
  checkReached(state, seen);
}

function fail(text: string): never {
  throw new InvariantError(text);
}

function markFree({ records }: TenantState): Uint8Array {
  const seen = new Uint8Array(records.length);
  let free = 0;
  for (const row of records.free()) {
    if (row >= records.length) fail(`the list of free messages leads to ${row}, of ${records.length}`);
    if (seen[row] !== 0) fail(`the list of free messages comes to ${row} twice`);
    seen[row] = SEEN.free;
    free++;
  }
  const { length, size } = records;
  if (length - size !== free) fail(`${free} messages are free, where ${length - size} were forgotten`);
  return seen;
}

function checkHeld(state: TenantState, seen: Uint8Array): void {
  const { accounts, cards, records } = state;
  const held = new Float64Array(accounts.length);
  for (let card = 0; card < cards.length; card++) {
    if (cards.account(card) >= accounts.length) fail(`card ${card} draws on no account`);
    const parent = cards.parent(card);
    const wrong = parent >= 0 && (parent >= card || cards.parent(parent) >= 0);
    if (wrong) fail(`card ${card} is a second number of ${parent}, which is no card`);
    if (parent >= 0 && cards.account(card) !== cards.account(parent))
      fail(`card ${card} draws on another account than ${parent}, whose second number it is`);
  }
  for (let row = 0; row < records.length; row++) {
    if ((seen[row]! & SEEN.free) !== 0) continue;
    const status = records.status(row);
    const card = records.word(row, CARD) - 1;
    if (status > STATUS_MAX) fail(`message ${row} has status ${status}`);
    if (card >= cards.length) fail(`message ${row} is of card ${card}, which was never issued`);
    if (card >= 0 && cards.parent(card) >= 0)
      fail(`message ${row} is of card ${card}, which is a second number`);
    const amount = records.amount(row, HELD);
    if (status === RECORD.held) {
      if (card < 0) fail(`message ${row} holds ${amount} of no card`);
      const account = cards.account(card);
      held[account] = held[account]! + amount;
    } else if (mayNotHold(status) && amount !== 0) {
      fail(`message ${row} holds ${amount}, though its hold is over`);
    }
  }
  for (let account = 0; account < accounts.length; account++) {
    const sum = held[account]!;
    if (accounts.held(account) === sum) continue;
    fail(`account ${account} holds ${accounts.held(account)}, where its open holds are ${sum} together`);
  }
}

/** Others have no hold, and use its place for something else. */
function mayNotHold(status: number): boolean {
  return status === RECORD.released || status === RECORD.expired || status === RECORD.cleared;
}

function checkBooks({ accounts, books }: TenantState): void {
  const { currencies } = books;
  const cardholders = new Float64Array(currencies.length);
  const holds = new Float64Array(currencies.length);
  const debts = new Float64Array(currencies.length);
  for (let account = 0; account < accounts.length; account++) {
    const book = accounts.book(account);
    if (currencies[book] !== accounts.currency(account)) {
      fail(`account ${account} is in ${accounts.currency(account)}, and its book in ${currencies[book]}`);
    }
    const [posted, held] = [accounts.posted(account), accounts.held(account)];
    if (!(Number.isSafeInteger(posted) && Number.isSafeInteger(held) && held >= 0)) {
      fail(`account ${account} has ${posted}, and ${held} held`);
    }
    const debt = accounts.debt(account);
    cardholders[book] = cardholders[book]! + posted - held + debt;
    holds[book] = holds[book]! + held;
    debts[book] = debts[book]! - debt;
  }
  for (const [book, currency] of currencies.entries()) {
    const expected = [
      [BOOK.cardholders, cardholders[book]!],
      [BOOK.holds, holds[book]!],
      [BOOK.standInDebt, debts[book]!],
    ] as const;
    for (const [account, sum] of expected) {
      const has = books.balance(book, account);
      if (has === sum) continue;
      fail(`book ${currency} has ${has} in ${BOOK_NAMES[account]}, where its accounts make ${sum}`);
    }
    if (books.sum(book) !== 0)
      fail(`book ${currency} does not balance: its accounts sum to ${books.sum(book)}`);
  }
}

function checkDigest({ accounts, balances }: TenantState): void {
  const digest = new BalanceDigest();
  for (let account = 0; account < accounts.length; account++) {
    digest.add(account, accounts.posted(account), accounts.held(account));
  }
  if (digest.high === balances.high && digest.low === balances.low) return;
  fail('the digest of the balances is not that of the accounts');
}

function checkDue({ due, records }: TenantState, seen: Uint8Array): void {
  for (const [minute, first] of due.heads()) {
    for (let next = first; next !== 0; next = records.word(next - 1, DUE_NEXT)) {
      mark(seen, next - 1, SEEN.due, `the list of minute ${minute}`);
    }
  }
}

function checkCards({ cards, records }: TenantState, seen: Uint8Array): void {
  for (let card = 0; card < cards.length; card++) {
    let before = 0;
    for (let next = cards.newest(card); next !== 0; next = records.word(next - 1, CARD_NEXT)) {
      const row = next - 1;
      mark(seen, row, SEEN.listed, `the list of card ${card}`);
      if (records.word(row, CARD) !== card + 1)
        fail(`message ${row} is in the list of card ${card}, not its own`);
      if (records.word(row, CARD_PREVIOUS) !== before)
        fail(`the list of card ${card} is broken at message ${row}`);
      before = next;
    }
  }
}

function checkFamilies({ records }: TenantState, seen: Uint8Array): void {
  for (let row = 0; row < records.length; row++) {
    if ((seen[row]! & SEEN.listed) === 0) continue;
    // What is in its card's list is no child itself, so what it leads to are its children.
    for (let next = records.word(row, FAMILY); next !== 0; next = records.word(next - 1, SIBLING)) {
      mark(seen, next - 1, SEEN.child, `the family of message ${row}`);
      if (records.word(next - 1, FAMILY) !== row + 1)
        fail(`message ${next - 1} is in the family of ${row}, not its own`);
    }
  }
}

function mark(seen: Uint8Array, row: number, bit: number, list: string): void {
  if (!(row < seen.length) || (seen[row]! & SEEN.free) !== 0)
    fail(`${list} leads to message ${row}, which is none`);
  if ((seen[row]! & bit) !== 0) fail(`${list} comes to message ${row}, which was in a list already`);
  seen[row]! |= bit;
}

function checkReached({ records }: TenantState, seen: Uint8Array): void {
  for (let row = 0; row < records.length; row++) {
    const bits = seen[row]!;
    if ((bits & SEEN.free) !== 0) continue;
    if ((bits & SEEN.due) === 0)
      fail(`message ${row} would never be looked at again: no minute's list has it`);
    const listed = (bits & SEEN.listed) !== 0;
    if (listed !== records.isListed(row))
      fail(`message ${row} is ${listed ? 'also' : 'not'} in its card's list`);
    const open = records.status(row) === RECORD.held;
    if (open && !listed) fail(`the open hold of message ${row} is not in its card's list`);
    const orphan = isChild(records.status(row)) && records.word(row, FAMILY) !== 0 && !listed;
    if (orphan && (bits & SEEN.child) === 0) fail(`message ${row} is not in the family of its authorisation`);
  }
}

function isChild(status: number): boolean {
  return status === RECORD.increment || status === RECORD.clearing;
}
