import { BOOK } from './books.js';
import { share } from './convert.js';
import { InvariantError } from './invariant-error.js';
import { uncount } from './limits/count.js';
import {
  AMOUNT,
  AMOUNT_END,
  BILLED,
  CARD,
  EXPIRES,
  FAMILY,
  HELD,
  POSTED,
  RECORD,
  SIBLING,
} from './record.js';
import type { TenantState } from './tenant-state.js';

/** The number of a record's card; only of one that has a card. */
export function cardOfRecord(state: TenantState, row: number): number {
  return state.records.word(row, CARD) - 1;
}

export function accountOfRecord(state: TenantState, row: number): number {
  return state.cards.account(cardOfRecord(state, row));
}

/** Whether an authorisation can hold so much more. */
export function hasRoom(state: TenantState, row: number, amount: number): boolean {
  return state.records.amount(row, HELD) + amount < AMOUNT_END;
}

/** Raises what an authorisation holds, from nothing or more. */
export function raiseHold(state: TenantState, row: number, amount: number): void {
  const { records } = state;
  records.setAmount(row, HELD, records.amount(row, HELD) + amount);
  state.enter(accountOfRecord(state, row), BOOK.holds, 0, amount);
}

/** Gives back a part of what an authorisation holds, or all. */
export function lowerHold(state: TenantState, row: number, amount: number): void {
  const { records } = state;
  const held = records.amount(row, HELD);
  if (amount > held) throw new InvariantError(`a hold of ${held} is lowered by ${amount}`);
  records.setAmount(row, HELD, held - amount);
  state.enter(accountOfRecord(state, row), BOOK.holds, 0, -amount);
}

/** What an authorisation was approved for in all: itself and its increments, less what was reversed of them. */
export function approvedOf(state: TenantState, row: number): number {
  const { records } = state;
  const amount = records.amount(row, AMOUNT);
  const own = share(records.amount(row, BILLED), amount - records.reduced(row), amount);
  return own + incrementsOf(state, row, BILLED);
}

/** The sum of one of the amounts of an authorisation's increments. */
export function incrementsOf({ records }: TenantState, row: number, which: number): number {
  let sum = 0;
  for (let next = records.word(row, FAMILY); next !== 0; next = records.word(next - 1, SIBLING)) {
    if (records.status(next - 1) === RECORD.increment) sum += records.amount(next - 1, which);
  }
  return sum;
}

/** What an authorisation may hold at most; one that was voided no more than its increments add, which stand. */
export function holdableOf(state: TenantState, row: number): number {
  return state.records.isVoided(row) ? incrementsOf(state, row, BILLED) : approvedOf(state, row);
}

/** Lets a hold last until that minute, if it ends before, and be remembered for so many minutes more. */
export function prolongHold(state: TenantState, row: number, minute: number, windowMinutes: number): void {
  const { records } = state;
  if (records.word(row, EXPIRES) < minute) records.setWord(row, EXPIRES, minute);
  records.rememberUntil(row, minute + windowMinutes);
}

/** Counts an authorisation for its card's day. */
export function spend(
  { cards }: TenantState,
  card: number,
  day: number,
  amount: number,
  count: number,
): void {
  if (cards.day(card) !== day) cards.setDay(card, day, amount, count);
  else cards.setDay(card, day, cards.daySpent(card) + amount, cards.dayCount(card) + count);
}

/** Gives back what a message took of limits: of its day's, if that day is still the card's; less than 0 takes more. */
export function unspend(state: TenantState, row: number, amount: number, count: number): void {
  const { cards } = state;
  uncount(state, row, amount, count);
  const card = cardOfRecord(state, row);
  const day = cards.day(card);
  if (day !== state.records.day(row)) return;
  const spent = Math.max(0, cards.daySpent(card) - amount);
  cards.setDay(card, day, spent, Math.max(0, cards.dayCount(card) - count));
}

/** Ends the hold of an authorisation that was voided, once there is nothing left of its increments either. */
export function endIfEmpty(state: TenantState, row: number): void {
  const { records } = state;
  const open = records.status(row) === RECORD.held;
  if (open && records.isVoided(row) && records.amount(row, HELD) === 0) endHold(state, row, RECORD.released);
}

/** Ends a hold: what is left of it goes back, money and limits; what was cleared of it goes on to count. */
export function endHold(
  state: TenantState,
  row: number,
  status: typeof RECORD.released | typeof RECORD.expired,
): void {
  const { records } = state;
  const held = records.amount(row, HELD);
  lowerHold(state, row, held);
  unspend(state, row, held, records.amount(row, POSTED) === 0 ? 1 : 0);
  records.setStatus(row, status);
  if (state.effects !== null) state.effects.changed(row);
}
