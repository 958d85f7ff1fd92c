import { Bill } from './bill.js';
import { dayOf, yearMonthOf } from './calendar.js';
import { refusalOf } from './card-status.js';
import {
  ASKED,
  type Command,
  type Decision,
  FLAG,
  isAdvice,
  isApproval,
  MARK,
  RESPONSE,
  tellsOfDecline,
} from './command.js';
import { minuteOf } from './due.js';
import { keepPart } from './give-back.js';
import { hasRoom, prolongHold, raiseHold, spend } from './hold.js';
import { countApproved, uncount } from './limits/count.js';
import { evaluation } from './limits/evaluation.js';
import { findOriginal } from './match.js';
import {
  addRecord,
  adopt,
  approvePart,
  chargeNothing,
  decline,
  fillRecord,
  markDebt,
  nextApprovalCode,
  repeat,
  scheduleRecord,
  tellBalance,
  windowMinutes,
} from './message-record.js';
import { AMOUNT, BILLED, EXPIRES, FORGET, HELD, POSTED, RECORD } from './record.js';
import type { TenantState } from './tenant-state.js';
import { isCash, TRANSACTION, transactionOf } from './transaction-type.js';

const bill = new Bill();

/** 0100 and 0120: places a hold, raises one, tells a balance, says whether a card is good. */
export function authorise(state: TenantState, command: Command, at: number, decision: Decision): void {
  const { records } = state;
  const card = state.cardOfMessage(command, decision);
  const known = records.find(command.key);
  const blocked = known >= 0 && records.status(known) === RECORD.blocked;
  if (known >= 0 && !blocked) return repeat(state, known, command, card, decision);
  if (blocked) return authoriseReversed(state, known, command, card, at, decision);
  const advised = isAdvice(command);
  const original =
    (command.flags & FLAG.incremental) !== 0 && card >= 0 ? findOpen(state, command, card, decision) : -1;
  const code = advised
    ? adviceCode(state, command, card, at, decision)
    : requestCode(state, command, card, at, original, decision);
  const row = addRecord(state, command.key, command, card, at);
  settle(state, row, command, card, at, original, code, decision);
  scheduleRecord(state, row);
}

/** Gives a new record the outcome that was decided, and moves the money. */
function settle(
  state: TenantState,
  row: number,
  command: Command,
  card: number,
  at: number,
  original: number,
  code: number,
  decision: Decision,
): void {
  const { records } = state;
  decision.responseCode = code;
  if (!isApproval(code)) return decline(state, row, code, decision);
  const advised = isAdvice(command);
  decision.approvalCode = advised ? 0 : nextApprovalCode(state);
  const remembered = advised ? command.approvalCode : decision.approvalCode;
  if (!holds(command, card)) {
    chargeNothing(decision);
    if (card >= 0) tellBalance(state, command, card, decision);
    records.setOutcome(row, RECORD.noted, code, remembered);
    return;
  }
  if (code === RESPONSE.partiallyApproved) approvePart(state, row, decision);
  records.setAmount(row, BILLED, decision.billed);
  // What was approved elsewhere is held in any case: if not there, on its own.
  const raises = original >= 0 && hasRoom(state, original, decision.billed);
  if (raises) raise(state, row, command, card, at, original, decision);
  else placeHold(state, row, command, card, at, decision);
  records.setOutcome(row, raises ? RECORD.increment : RECORD.held, code, remembered);
  if (advised) markDebt(state, state.cards.account(card), decision);
  records.setDayAndMarks(row, dayOf(at), decision.marks);
}

function placeHold(
  state: TenantState,
  row: number,
  command: Command,
  card: number,
  at: number,
  decision: Decision,
): void {
  const { records } = state;
  const expires = minuteOf(at) + minutesOf(state, command);
  records.setWord(row, EXPIRES, expires);
  // What may still come of it after its time is to find it.
  records.setWord(row, FORGET, expires + windowMinutes(command));
  state.linkToCard(row, card);
  raiseHold(state, row, decision.billed);
  spend(state, card, dayOf(at), decision.billed, 1);
  countApproved(state, row, decision.billed, at);
}

function raise(
  state: TenantState,
  row: number,
  command: Command,
  card: number,
  at: number,
  original: number,
  decision: Decision,
): void {
  prolongHold(state, original, minuteOf(at) + minutesOf(state, command), windowMinutes(command));
  adopt(state, original, row);
  raiseHold(state, original, decision.billed);
  spend(state, card, dayOf(at), decision.billed, 0);
  // It counts where its authorisation does, with which it will be given back.
  uncount(state, original, -decision.billed, 0);
  if (state.effects !== null) state.effects.changed(original);
}

/** For how many minutes a hold for such a message lasts. */
function minutesOf(state: TenantState, command: Command): number {
  const { holdRules } = state;
  const estimated = (command.flags & FLAG.estimated) !== 0;
  return (estimated ? holdRules.estimateMinutes : holdRules.minutes)[command.mcc]!;
}

/** Whether an approval of that message holds money: not of an inquiry, a verification, a refund to come. */
function holds(command: Command, card: number): boolean {
  return (
    card >= 0 &&
    command.amount > 0 &&
    !tellsOfDecline(command) &&
    transactionOf(command.processingCode) === TRANSACTION.debit
  );
}

/** The open hold that an increment is for, or −1. */
function findOpen(state: TenantState, command: Command, card: number, decision: Decision): number {
  const row = findOriginal(state, command, card, decision);
  if (row >= 0 && state.records.status(row) === RECORD.held) return row;
  decision.marks &= ~MARK.matchedByScore;
  return -1;
}

/** What was decided elsewhere is booked, whatever stands against it; it can only be that there is nothing to book to. */
function adviceCode(
  state: TenantState,
  command: Command,
  card: number,
  at: number,
  decision: Decision,
): number {
  if (card < 0) return RESPONSE.noSuchCard;
  if (!holds(command, card)) return RESPONSE.approved;
  const code = charge(state, command, state.cards.account(card), decision);
  // Whatever the rules say of it, they count it.
  evaluation.of(state, command, card, decision.billed, 0, at);
  return code;
}

function requestCode(
  state: TenantState,
  command: Command,
  card: number,
  at: number,
  original: number,
  decision: Decision,
): number {
  const { records } = state;
  const taken = original < 0 ? 0 : records.amount(original, HELD) + records.amount(original, POSTED);
  const code = decide(state, command, card, at, decision, taken);
  const raises = (command.flags & FLAG.incremental) !== 0;
  if (!raises || !isApproval(code)) return code;
  if (original < 0) return RESPONSE.originalNotFound;
  if (taken + decision.billed > state.limits.perTransaction) return RESPONSE.exceedsAmountLimit;
  return hasRoom(state, original, decision.billed) ? code : RESPONSE.invalidAmount;
}

/**
 * What stands against a request, in the order in which it is looked for; 00 when nothing does, 10 when less than
 * it asks for is to be had. Leaves in `decision` what the account would be charged. `card` is the one that
 * {@link TenantState.cardOfMessage} gives, as is what `decision` says was presented.
 * @param taken what the message's authorisation took before it, in minor units of the account's currency
 */
export function decide(
  state: TenantState,
  command: Command,
  card: number,
  at: number,
  decision: Decision,
  taken = 0,
): number {
  const { limits } = state;
  if (card < 0) return RESPONSE.noSuchCard;
  const type = transactionOf(command.processingCode);
  const day = dayOf(at);
  // Money may come to a card that may not spend any more.
  if (type !== TRANSACTION.credit) {
    const { presented } = decision;
    const month = yearMonthOf(day);
    const refusal = refusalOf(state, presented, command.channels, command.expiry, month);
    if (refusal !== RESPONSE.approved) return refusal;
    if (presented !== card) {
      // What it came with is the second number's expiry.
      const code = refusalOf(state, card, command.channels, 0, month);
      if (code !== RESPONSE.approved) return code;
    }
  }
  const account = state.cards.account(card);
  const code = charge(state, command, account, decision);
  if (code !== RESPONSE.approved || type !== TRANSACTION.debit) return code;
  const amount = decision.billed;
  evaluation.of(state, command, card, amount, taken, at);
  if (evaluation.shadow !== null) decision.shadowRule = evaluation.shadow.number;
  if (evaluation.declined) return declineByRule(decision);
  if (command.amount === 0) return code;
  const today = state.cards.day(card) === day;
  const spent = today ? state.cards.daySpent(card) : 0;
  if (amount > limits.perTransaction || spent + amount > limits.perDay) return RESPONSE.exceedsAmountLimit;
  const counted = (command.flags & FLAG.incremental) === 0;
  if (counted && (today ? state.cards.dayCount(card) : 0) >= limits.perDayCount)
    return RESPONSE.exceedsCountLimit;
  const available = state.accounts.available(account);
  const { room } = evaluation;
  if (amount <= available && amount <= room) return decidedByTenant(command, amount, decision);
  const part = partOf(command, Math.min(available, room), decision);
  if (room < amount && room <= available) {
    const code = declineByRule(decision);
    if (part <= 0) return code;
  } else if (part <= 0) return RESPONSE.insufficientFunds;
  const told = decidedByTenant(command, part, decision);
  if (told !== RESPONSE.approved) return told;
  decision.billed = part;
  return RESPONSE.partiallyApproved;
}

/**
 * What the tenant itself says of a message that nothing else stands against, of which `amount` could be approved: it can
 * decline it, and approve less where the terminal can take less.
 */
function decidedByTenant(command: Command, amount: number, decision: Decision): number {
  if (command.asked === ASKED.no) return RESPONSE.approved;
  if (command.verdict !== RESPONSE.approved) return command.verdict;
  if (command.verdictAmount >= command.amount) return RESPONSE.approved;
  const part = partOf(command, Math.min(amount, command.verdictAmount), decision);
  if (part <= 0) return RESPONSE.insufficientFunds;
  decision.billed = part;
  return RESPONSE.partiallyApproved;
}

function declineByRule(decision: Decision): number {
  const rule = evaluation.decisive!;
  decision.rule = rule.number;
  return rule.code;
}

/**
 * What of a message can be approved that asks for more than `most`: where the terminal can take less, in the one
 * currency; cash is paid out in full or not.
 */
function partOf(command: Command, most: number, decision: Decision): number {
  const converted = (decision.marks & MARK.converted) !== 0;
  const possible = (command.flags & FLAG.partial) !== 0 && !isCash(command.processingCode) && !converted;
  return possible ? Math.min(most, command.amount - command.cashback) : 0;
}

/** Leaves in `decision` what `account` is charged for a message; 12 when that can't be said. */
export function charge(state: TenantState, command: Command, account: number, decision: Decision): number {
  if (!bill.of(state, command, account)) return RESPONSE.invalidTransaction;
  decision.billed = bill.total;
  decision.rate = bill.rate;
  decision.spread = bill.spread;
  if (bill.converted) decision.marks |= MARK.converted;
  return RESPONSE.approved;
}

/**
 * An authorisation whose reversal came first: whoever sent that has given the transaction up. An advice holds
 * what a partial reversal let stand.
 */
function authoriseReversed(
  state: TenantState,
  row: number,
  command: Command,
  card: number,
  at: number,
  decision: Decision,
): void {
  const { records } = state;
  const kept = records.amount(row, AMOUNT);
  fillRecord(state, row, command, card, at);
  if (!isAdvice(command)) {
    decision.responseCode = RESPONSE.invalidTransaction;
    records.setOutcome(row, RECORD.declined, RESPONSE.invalidTransaction, 0);
  } else if (kept === 0) {
    records.setOutcome(row, RECORD.noted, RESPONSE.approved, command.approvalCode);
  } else {
    settle(state, row, command, card, at, -1, adviceCode(state, command, card, at, decision), decision);
    keepPart(state, row, kept, decision);
  }
  if (state.effects !== null) state.effects.changed(row);
}
