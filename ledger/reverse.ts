import { type Command, type Decision, FLAG, KEPT_NOTHING, KEY_WORDS, MARK, RESPONSE } from './command.js';
import { giveBack, giveBackPart } from './give-back.js';
import { incrementsOf } from './hold.js';
import { findOriginal } from './match.js';
import { addRecord, repeat, scheduleBlocked, scheduleRecord } from './message-record.js';
import { AMOUNT, CARD, FINGERPRINT, HELD, POSTED, RECORD } from './record.js';
import type { TenantState } from './tenant-state.js';

/** Where a key has the class of its message (ISO 8583:1987 clause 4.1.2). */
const CLASS_SHIFT = 20;
const CLASS_MASK = 0xf;
const CLASS_FINANCIAL = 2;

const financialKey = new Uint32Array(KEY_WORDS);

/** 0400 and 0420: gives back what an earlier message took, all or a part; or keeps it from taking anything. */
export function reverse(state: TenantState, command: Command, at: number, decision: Decision): void {
  const { records } = state;
  const card = state.cardOfMessage(command, decision);
  const known = records.find(command.key);
  if (known >= 0) return repeat(state, known, command, card, decision);
  const row = addRecord(state, command.key, command, card, at);
  // Before the original is looked for: one that names itself is to find a reversal.
  records.setOutcome(row, RECORD.reversal, RESPONSE.approved, 0);
  const code = reverseOriginal(state, command, card, at, decision);
  records.setOutcome(row, RECORD.reversal, code, 0);
  records.setDayAndMarks(row, 0, decision.marks);
  decision.responseCode = code;
  scheduleRecord(state, row);
}

function reverseOriginal(
  state: TenantState,
  command: Command,
  card: number,
  at: number,
  decision: Decision,
): number {
  const { records } = state;
  if (card < 0 && !isSuspended(state, command)) return RESPONSE.noSuchCard;
  const row = findReversed(state, command, card, decision);
  if (row < 0) {
    blockAll(state, command, card, at);
    return RESPONSE.approved;
  }
  if (state.effects !== null) state.effects.matched(row);
  const status = records.status(row);
  if (status === RECORD.reversal || !isOfCard(state, row, card)) return RESPONSE.invalidTransaction;
  if (status === RECORD.blocked) {
    blockAll(state, command, card, at);
    return RESPONSE.approved;
  }
  if (!sameAmount(state, row, command)) return RESPONSE.invalidTransaction;
  if (status === RECORD.cleared || status === RECORD.expired) decision.marks |= MARK.late;
  if (command.kept === KEPT_NOTHING) giveBack(state, row);
  else giveBackPart(state, row, command.kept);
  return RESPONSE.approved;
}

/** Whether a reversal is of what was booked for no account. */
function isSuspended({ records }: TenantState, command: Command): boolean {
  const row = records.find(command.originalKey);
  return row >= 0 && records.status(row) === RECORD.suspended;
}

/** What was booked for a card that was unknown is of whoever knows its key. */
function isOfCard({ records }: TenantState, row: number, card: number): boolean {
  const own = records.word(row, CARD);
  return own === card + 1 || (own === 0 && records.status(row) === RECORD.suspended);
}

/** The message that is reversed, or −1: the one named, be it an authorisation or a financial request; else by score. */
function findReversed(state: TenantState, command: Command, card: number, decision: Decision): number {
  const { records } = state;
  const row = records.find(command.originalKey);
  if (row >= 0 || (command.flags & FLAG.unnamed) === 0) return row;
  setFinancialKey(command);
  const financial = records.find(financialKey);
  return financial >= 0 ? financial : findOriginal(state, command, card, decision);
}

/** The key that is named, as that of a financial request. */
function setFinancialKey({ originalKey }: Command): void {
  financialKey.set(originalKey);
  financialKey[0] = (financialKey[0]! & ~(CLASS_MASK << CLASS_SHIFT)) | (CLASS_FINANCIAL << CLASS_SHIFT);
}

/** A full reversal names what was asked for, what was approved of it, or all that it came to by increments. */
function sameAmount(state: TenantState, row: number, command: Command): boolean {
  const { records } = state;
  const { amount } = command;
  const own = records.amount(row, AMOUNT);
  if (command.kept !== KEPT_NOTHING || amount === 0 || amount === own) return true;
  if ((records.marks(row) & MARK.partial) !== 0 || records.reduced(row) > 0) return true;
  switch (records.status(row)) {
    case RECORD.held:
    case RECORD.cleared:
    case RECORD.expired: {
      const taken = records.amount(row, HELD) + records.amount(row, POSTED);
      return taken === 0 || amount === taken || amount === own + incrementsOf(state, row, AMOUNT);
    }
    case RECORD.increment:
    case RECORD.clearing:
    case RECORD.credited:
    case RECORD.suspended:
      return false;
    default:
      // Only what has something to give back can give back too much.
      return true;
  }
}

/** The original may come yet: it must not take anything then, or no more than what stands. As what, nobody may know. */
function blockAll(state: TenantState, command: Command, card: number, at: number): void {
  block(state, command.originalKey, command, card, at);
  if ((command.flags & FLAG.unnamed) === 0) return;
  setFinancialKey(command);
  block(state, financialKey, command, card, at);
}

function block(state: TenantState, key: Uint32Array, command: Command, card: number, at: number): void {
  const { records } = state;
  const kept = Math.max(0, command.kept);
  const known = records.find(key);
  if (known >= 0) {
    const lower = records.status(known) === RECORD.blocked && kept < records.amount(known, AMOUNT);
    if (lower) records.setAmount(known, AMOUNT, kept);
    return;
  }
  const row = addRecord(state, key, command, card, at);
  // What the reversal looks like is no message of this key; one that comes under it repeats nothing.
  records.setWord(row, FINGERPRINT, 0);
  records.setOutcome(row, RECORD.blocked, RESPONSE.invalidTransaction, 0);
  records.setAmount(row, AMOUNT, kept);
  scheduleBlocked(state, row, at);
}
