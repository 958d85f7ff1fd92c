import { BOOK, COUNTED_MAX } from './books.js';
import { isUint32, refuse } from './change-card.js';
import { type Command, type Decision, DIRECTION, RESPONSE } from './command.js';
import { minuteOf } from './due.js';
import { isFundsKey } from './funds-key.js';
import { scheduleRecord, windowMinutes } from './message-record.js';
import { AMOUNT_END, FINGERPRINT, FORGET, RECORD } from './record.js';
import type { TenantState } from './tenant-state.js';

/**
 * Funds that a tenant moves: decided once for each key, and the answer, be it a refusal, is remembered for the command's
 * window. Under a key that was used the answer is the first one, or 94 to other content; nothing moves.
 */

const CURRENCY_MAX = 999;
const HOURS_MAX = 0xffff;

/** Where funds may come from or go to. */
const COUNTER_BOOKS: readonly number[] = [BOOK.funding, BOOK.fees, BOOK.suspense];

/**
 * Money into an account from a book, or out of it to one: 51 where the account can't pay it and may not be overdrawn, 12
 * where there is no such account or it has another currency.
 */
export function postFunds(state: TenantState, command: Command, at: number, decision: Decision): void {
  const { account, amount, book, direction } = command;
  const possible =
    COUNTER_BOOKS.includes(book) && isBit(direction) && isBit(command.mayOverdraw) && isPossible(command);
  if (!possible) return refuse(decision, RESPONSE.invalidTransaction);
  if (isRepeat(state, command, decision)) return;
  const incoming = direction === DIRECTION.in;
  decision.responseCode = postCode(state, command, incoming);
  remember(state, command, at, decision);
  if (decision.responseCode === RESPONSE.approved) state.enter(account, book, incoming ? amount : -amount, 0);
}

/**
 * Money from one account to another: 51 where the first can't pay it, 12 where there is no such account, both are one, or
 * either has another currency. In the books it passes through funding, where nothing is left of it.
 */
export function transferFunds(state: TenantState, command: Command, at: number, decision: Decision): void {
  const { account, counterAccount, amount } = command;
  if (!isUint32(counterAccount) || !isPossible(command)) {
    return refuse(decision, RESPONSE.invalidTransaction);
  }
  if (isRepeat(state, command, decision)) return;
  decision.responseCode = transferCode(state, command);
  remember(state, command, at, decision);
  if (decision.responseCode !== RESPONSE.approved) return;
  state.enter(account, BOOK.funding, -amount, 0);
  state.enter(counterAccount, BOOK.funding, amount, 0);
}

/** Whether the journal and the balances have room for what is asked. */
function isPossible({ key, account, amount, currency, fingerprint, windowHours }: Command): boolean {
  return (
    isFundsKey(key) &&
    isUint32(account) &&
    isUint32(fingerprint) &&
    Number.isInteger(amount) &&
    amount > 0 &&
    amount < AMOUNT_END &&
    isUint32(currency) &&
    currency <= CURRENCY_MAX &&
    isUint32(windowHours) &&
    windowHours <= HOURS_MAX
  );
}

function isBit(value: number): boolean {
  return value === 0 || value === 1;
}

function postCode(state: TenantState, command: Command, incoming: boolean): number {
  const { account, amount } = command;
  if (!canTake(state, account, command)) return RESPONSE.invalidTransaction;
  const pays = incoming || command.mayOverdraw === 1 || amount <= state.accounts.available(account);
  return pays ? RESPONSE.approved : RESPONSE.insufficientFunds;
}

function transferCode(state: TenantState, command: Command): number {
  const { account, counterAccount, amount } = command;
  const can = canTake(state, account, command) && canTake(state, counterAccount, command);
  if (!can || account === counterAccount) return RESPONSE.invalidTransaction;
  return amount <= state.accounts.available(account) ? RESPONSE.approved : RESPONSE.insufficientFunds;
}

/** Whether an account is of that currency, and it and its book can be counted exactly after the amount. */
function canTake({ accounts, books }: TenantState, account: number, { amount, currency }: Command): boolean {
  if (account >= accounts.length || accounts.currency(account) !== currency) return false;
  const posted = Math.abs(accounts.posted(account)) + amount;
  return posted <= COUNTED_MAX && books.hasRoom(accounts.book(account), amount);
}

/** Whether the key was used, and its answer is told. */
function isRepeat({ records }: TenantState, command: Command, decision: Decision): boolean {
  const row = records.find(command.key);
  if (row < 0) return false;
  const same = records.word(row, FINGERPRINT) === command.fingerprint;
  refuse(decision, same ? records.responseCode(row) : RESPONSE.duplicate);
  return true;
}

function remember(state: TenantState, command: Command, at: number, { responseCode }: Decision): void {
  const { records } = state;
  const row = records.insert(command.key);
  records.setWord(row, FINGERPRINT, command.fingerprint);
  records.setWord(row, FORGET, minuteOf(at) + windowMinutes(command));
  records.setOutcome(row, RECORD.funds, responseCode, 0);
  scheduleRecord(state, row);
}
