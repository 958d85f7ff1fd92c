import { type Command, type Decision, isAdvice, MARK, RESPONSE } from './command.js';
import { minuteOf } from './due.js';
import { InvariantError } from './invariant-error.js';
import { avalanche, MURMUR_SEED, mixWord } from './murmur.js';
import {
  AMOUNT,
  AMOUNT_END,
  CARD,
  EXPIRES,
  FAMILY,
  FINGERPRINT,
  FORGET,
  MERCHANT,
  RECORD,
  RETRIEVAL,
  SIBLING,
} from './record.js';
import type { TenantState } from './tenant-state.js';
import { TRANSACTION, transactionOf } from './transaction-type.js';

const MINUTES_AN_HOUR = 60;
/** ISO 18245: four digits. */
const MCC_MAX = 9999;
/** Words of the identifiers: DE37, then DE41 and DE42. */
const RETRIEVAL_END = 3;
/** Four spaces; the last word has three, and a byte to spare. */
const BLANK = 0x20202020;
const BLANK_LAST = 0x202020;
const APPROVAL_CODES = 999_999;
/** Prime to `APPROVAL_CODES`, so that approval codes walk through all numbers before one comes again. */
const APPROVAL_STEP = 611_953;
/** How often a reversal that came first is looked at: its authorisation, if it comes, may expire before. */
export const BLOCKED_MINUTES = 60;

/** Makes the record of a message of that key, which has none yet; it has no outcome. */
export function addRecord(
  state: TenantState,
  key: Uint32Array,
  command: Command,
  card: number,
  at: number,
): number {
  const row = state.records.insert(key);
  fillRecord(state, row, command, card, at);
  return row;
}

/** What a message leaves in its record, whatever is decided. */
export function fillRecord(
  state: TenantState,
  row: number,
  command: Command,
  card: number,
  at: number,
): void {
  const { records } = state;
  if (!(command.amount < AMOUNT_END)) {
    throw new InvariantError(`a message is of ${command.amount}, more than a record can hold`);
  }
  if (!(command.mcc <= MCC_MAX)) throw new InvariantError(`no merchant has category ${command.mcc}`);
  const chunk = records.chunk(row);
  const base = records.at(row);
  chunk[base + FINGERPRINT] = command.fingerprint;
  chunk[base + CARD] = card + 1;
  chunk[base + FORGET] = minuteOf(at) + windowMinutes(command);
  chunk[base + RETRIEVAL] = retrievalOf(command);
  chunk[base + MERCHANT] = merchantOf(command);
  records.setAmount(row, AMOUNT, command.amount);
}

/** For how many minutes a message's key is remembered. */
export function windowMinutes(command: Command): number {
  return command.windowHours * MINUTES_AN_HOUR;
}

/** Gives a new record the outcome of a decline, which charges nothing. */
export function decline(state: TenantState, row: number, code: number, decision: Decision): void {
  chargeNothing(decision);
  state.records.setOutcome(row, RECORD.declined, code, 0);
}

export function chargeNothing(decision: Decision): void {
  decision.billed = 0;
  decision.rate = 0;
  decision.spread = 0;
  decision.marks = 0;
}

/** Lets a message, of which less was approved than it asks for, be of what `decision` bills. */
export function approvePart(state: TenantState, row: number, decision: Decision): void {
  state.records.setAmount(row, AMOUNT, decision.billed);
  decision.marks |= MARK.partial;
  decision.approvedAmount = decision.billed;
}

/** Puts a new record, whose outcome is set, where it will be looked at when its time is up. */
export function scheduleRecord(state: TenantState, row: number): void {
  const { records } = state;
  const open = records.status(row) === RECORD.held;
  state.due.add(row, records.word(row, open ? EXPIRES : FORGET));
  if (state.effects !== null) state.effects.changed(row);
}

/** Puts a reversal that came first where it will be looked at. */
export function scheduleBlocked(state: TenantState, row: number, at: number): void {
  state.due.add(row, Math.min(state.records.word(row, FORGET), minuteOf(at) + BLOCKED_MINUTES));
  if (state.effects !== null) state.effects.changed(row);
}

/** The approval code for the record that was inserted last. */
export function nextApprovalCode(state: TenantState): number {
  return 1 + (((state.records.inserted - 1) * APPROVAL_STEP) % APPROVAL_CODES);
}

/** Makes an increment or a clearing a child of its authorisation. */
export function adopt(state: TenantState, original: number, child: number): void {
  const { records } = state;
  records.setWord(child, FAMILY, original + 1);
  records.setWord(child, SIBLING, records.word(original, FAMILY));
  records.setWord(original, FAMILY, child + 1);
  // It is remembered for as long as anything that came of it.
  records.rememberUntil(original, records.word(child, FORGET));
}

/** The same answer again, or 94 for another message under a key that was used; nothing moves. */
export function repeat(
  state: TenantState,
  row: number,
  command: Command,
  card: number,
  decision: Decision,
): void {
  const { records } = state;
  decision.journalled = false;
  // A card that was unknown then may have been issued since; the message is the same all the same.
  const known = records.word(row, CARD);
  const sameCard = known === card + 1 || known === 0;
  if (records.word(row, FINGERPRINT) !== command.fingerprint || !sameCard) {
    decision.responseCode = RESPONSE.duplicate;
    return;
  }
  decision.responseCode = records.responseCode(row);
  // What an advice was approved by elsewhere is remembered, but is nothing that it is told.
  decision.approvalCode = isAdvice(command) ? 0 : records.approvalCode(row);
  decision.marks = records.marks(row);
  if (decision.responseCode === RESPONSE.partiallyApproved) {
    decision.approvedAmount = records.amount(row, AMOUNT);
  }
  if (decision.responseCode === RESPONSE.approved && card >= 0) tellBalance(state, command, card, decision);
}

/** What an inquiry is answered: balances as they are now, also to a repeat. */
export function tellBalance(state: TenantState, command: Command, card: number, decision: Decision): void {
  if (transactionOf(command.processingCode) !== TRANSACTION.inquiry) return;
  const account = state.cards.account(card);
  decision.balanceCurrency = state.accounts.currency(account);
  decision.availableBalance = state.accounts.available(account);
  decision.ledgerBalance = state.accounts.posted(account);
}

/** Writes down that an account could not pay what it was charged for, where it could not. */
export function markDebt(state: TenantState, account: number, decision: Decision): void {
  if (state.accounts.debt(account) > 0) decision.marks |= MARK.indebted;
}

/** DE37, hashed; 0 where there is none. */
export function retrievalOf(command: Command): number {
  return hash(command.identifierWords, 0, RETRIEVAL_END);
}

/** DE41 and DE42, hashed; 0 where there are none. */
export function merchantOf(command: Command): number {
  return hash(command.identifierWords, RETRIEVAL_END, command.identifierWords.length);
}

/** 0 when all is blank. */
function hash(words: Uint32Array, from: number, to: number): number {
  let value = MURMUR_SEED;
  let blank = true;
  for (let at = from; at < to; at++) {
    const word = words[at]!;
    blank &&= word === 0 || word === BLANK || word === BLANK_LAST;
    value = mixWord(value, word);
  }
  return blank ? 0 : avalanche(value);
}
