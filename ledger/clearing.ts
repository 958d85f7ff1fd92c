import { BOOK } from './books.js';
import { type Command, type Decision, MARK } from './command.js';
import { accountOfRecord, endIfEmpty, holdableOf, raiseHold, unspend } from './hold.js';
import { adopt } from './message-record.js';
import { BILLED, EXPIRES, HELD, POSTED, RECORD, SUSPENSE } from './record.js';
import type { TenantState } from './tenant-state.js';

/** Where a clearing, which never holds anything, has the tenant's part of what was billed. */
const SPREAD = HELD;

/**
 * Books a clearing: `charged` from the account to the network, what is billed above that from suspense; and gives
 * back `released` of what its authorisation holds. `original` is −1 where it has none.
 */
export function bookClearing(
  state: TenantState,
  row: number,
  account: number,
  original: number,
  charged: number,
  released: number,
  decision: Decision,
): void {
  const { records } = state;
  const { billed, spread } = decision;
  const book = state.accounts.book(account);
  records.setAmount(row, BILLED, billed);
  records.setAmount(row, POSTED, charged);
  records.setAmount(row, SPREAD, spread);
  if (original >= 0) {
    adopt(state, original, row);
    records.setReleased(row, released);
    records.setAmount(original, HELD, records.amount(original, HELD) - released);
    records.setAmount(original, POSTED, records.amount(original, POSTED) + charged);
  }
  state.enter(account, BOOK.settlement, -charged, -released);
  // From now on what it was charged counts for the day, not what it held.
  const late = (decision.marks & MARK.late) !== 0;
  if (original >= 0 && !late) unspend(state, original, released - charged, 0);
  move(state, book, BOOK.suspense, BOOK.settlement, billed - charged);
  move(state, book, BOOK.settlement, BOOK.fees, spread);
}

/** Books what the network paid for a cardholder: a refund, an original credit. */
export function bookCredit(state: TenantState, row: number, account: number, decision: Decision): void {
  const { records } = state;
  records.setAmount(row, BILLED, decision.billed);
  records.setAmount(row, POSTED, decision.billed);
  records.setAmount(row, SPREAD, decision.spread);
  state.enter(account, BOOK.settlement, decision.billed, 0);
  move(state, state.accounts.book(account), BOOK.settlement, BOOK.fees, decision.spread);
}

/** Books what no account can be charged or credited for, in the currency of the transaction. */
export function bookToSuspense(state: TenantState, row: number, command: Command, credit: boolean): void {
  const book = state.books.of(command.currency);
  state.records.setAmount(row, BILLED, command.amount);
  state.records.setWord(row, SUSPENSE, 2 * book + (credit ? 1 : 0));
  if (credit) move(state, book, BOOK.settlement, BOOK.suspense, command.amount);
  else move(state, book, BOOK.suspense, BOOK.settlement, command.amount);
}

/** Gives back so much of what a clearing billed, of what is in suspense and of what is not; of all, the fee too. */
export function undoClearing(state: TenantState, row: number, toAccount: number, fromSuspense: number): void {
  const { records } = state;
  const account = accountOfRecord(state, row);
  const book = state.accounts.book(account);
  const billed = records.amount(row, BILLED) - toAccount - fromSuspense;
  state.enter(account, BOOK.settlement, toAccount, 0);
  move(state, book, BOOK.settlement, BOOK.suspense, fromSuspense);
  records.setAmount(row, POSTED, records.amount(row, POSTED) - toAccount);
  records.setAmount(row, BILLED, billed);
  if (billed === 0) {
    move(state, book, BOOK.fees, BOOK.settlement, records.amount(row, SPREAD));
    records.setAmount(row, SPREAD, 0);
    records.setStatus(row, RECORD.undone);
  }
  const parent = records.parent(row);
  const over = parent >= 0 && lowerPosted(state, parent, toAccount);
  if (parent >= 0 && !isLate(state, row)) unspend(state, parent, toAccount, over ? 1 : 0);
  else unspend(state, row, toAccount, billed === 0 ? 1 : 0);
  if (state.effects !== null) state.effects.changed(row);
}

/** Lets so much less of an authorisation have been cleared; returns whether nothing is left of it by that. */
function lowerPosted(state: TenantState, row: number, amount: number): boolean {
  const { records } = state;
  const status = records.status(row);
  const left = records.amount(row, POSTED) - amount;
  records.setAmount(row, POSTED, left);
  const cleared = status === RECORD.cleared;
  if (left === 0 && cleared) records.setStatus(row, RECORD.released);
  if (state.effects !== null) state.effects.changed(row);
  return left === 0 && (cleared || (status !== RECORD.held && amount > 0));
}

/** Holds again what a clearing released, as if it had never come; what it charged is given back already. */
export function holdAgain(state: TenantState, row: number, minute: number): void {
  const { records } = state;
  const parent = records.parent(row);
  if (parent < 0 || isLate(state, row) || records.status(parent) === RECORD.expired) return;
  // Its time came meanwhile: when it was looked at, it held nothing, and nobody would look again.
  if (records.status(parent) !== RECORD.held && records.word(parent, EXPIRES) <= minute) {
    records.setStatus(parent, RECORD.expired);
    if (state.effects !== null) state.effects.changed(parent);
    return;
  }
  // It may have been reversed in part meanwhile, or voided.
  const room = Math.max(0, holdableOf(state, parent) - records.amount(parent, HELD));
  const released = Math.min(records.released(row), room);
  raiseHold(state, parent, released);
  unspend(state, parent, -released, records.status(parent) === RECORD.released ? -1 : 0);
  records.setStatus(parent, RECORD.held);
  endIfEmpty(state, parent);
  if (state.effects !== null) state.effects.changed(parent);
}

function isLate({ records }: TenantState, row: number): boolean {
  return (records.marks(row) & MARK.late) !== 0;
}

/** Gives back so much of what no account was charged or credited for. */
export function undoSuspense(state: TenantState, row: number, back: number): void {
  const { records } = state;
  const place = records.word(row, SUSPENSE);
  const credit = place % 2 === 1;
  const [from, to] = credit ? [BOOK.suspense, BOOK.settlement] : [BOOK.settlement, BOOK.suspense];
  move(state, place >>> 1, from, to, back);
  const left = records.amount(row, BILLED) - back;
  records.setAmount(row, BILLED, left);
  if (left === 0) records.setStatus(row, RECORD.undone);
  if (state.effects !== null) state.effects.changed(row);
}

/** Takes a booked credit back, all or a part; what the account can't pay becomes its debt. */
export function undoCredit(state: TenantState, row: number, back: number): void {
  const { records } = state;
  const account = accountOfRecord(state, row);
  const credited = records.amount(row, POSTED);
  state.enter(account, BOOK.settlement, -back, 0);
  records.setAmount(row, POSTED, credited - back);
  records.setAmount(row, BILLED, credited - back);
  if (back === credited) {
    move(state, state.accounts.book(account), BOOK.fees, BOOK.settlement, records.amount(row, SPREAD));
    records.setAmount(row, SPREAD, 0);
    records.setStatus(row, RECORD.undone);
  }
  if (state.effects !== null) state.effects.changed(row);
}

function move(state: TenantState, book: number, from: number, to: number, amount: number): void {
  if (amount === 0) return;
  state.books.move(book, from, to, amount);
  if (state.effects !== null) state.effects.moved(from, to, state.books.currencies[book]!, amount);
}
