import { charge, decide } from './authorise.js';
import { dayOf } from './calendar.js';
import { bookClearing, bookCredit, bookToSuspense } from './clearing.js';
import {
  type Command,
  type Decision,
  FLAG,
  isAdvice,
  isApproval,
  MARK,
  RESPONSE,
  tellsOfDecline,
} from './command.js';
import { keepPart } from './give-back.js';
import { approvedOf, spend, unspend } from './hold.js';
import { countApproved } from './limits/count.js';
import { findOriginal } from './match.js';
import {
  addRecord,
  approvePart,
  chargeNothing,
  decline,
  fillRecord,
  markDebt,
  nextApprovalCode,
  repeat,
  scheduleRecord,
  tellBalance,
} from './message-record.js';
import { AMOUNT, AMOUNT_END, BILLED, HELD, POSTED, RECORD } from './record.js';
import type { TenantState } from './tenant-state.js';
import { TRANSACTION, transactionOf } from './transaction-type.js';

const BASIS_POINTS = 10_000;
/** By how much the rate may have moved since the authorisation, in basis points. */
const RATE_MOVE = 1000;

/**
 * 0200 and 0220: books a transaction. A debit is matched with its authorisation; without one a request is decided
 * like an authorisation and booked at once, and an advice is booked whatever stands against it.
 */
export function clear(state: TenantState, command: Command, at: number, decision: Decision): void {
  const { records } = state;
  const card = state.cardOfMessage(command, decision);
  const known = records.find(command.key);
  const blocked = known >= 0 && records.status(known) === RECORD.blocked;
  if (known >= 0 && !blocked) return repeat(state, known, command, card, decision);
  const kept = blocked ? records.amount(known, AMOUNT) : 0;
  const debit = transactionOf(command.processingCode) === TRANSACTION.debit;
  // Looked for before the record is there, which would be found.
  const original = debit && card >= 0 ? findOriginal(state, command, card, decision) : -1;
  const row = blocked ? known : addRecord(state, command.key, command, card, at);
  if (blocked) fillRecord(state, row, command, card, at);
  // Its reversal came first: a request is refused, an advice booked as far as that let it stand.
  const refused = blocked && (kept === 0 || !isAdvice(command));
  const code = refused ? reversedCode(command) : book(state, row, command, card, at, original, decision);
  settle(state, row, command, card, at, code, decision);
  if (!blocked) return scheduleRecord(state, row);
  if (!refused) keepPart(state, row, kept, decision);
  if (state.effects !== null) state.effects.changed(row);
}

function reversedCode(command: Command): number {
  return isAdvice(command) ? RESPONSE.approved : RESPONSE.invalidTransaction;
}

/** Books the transaction where that can be, and says how it is answered. */
function book(
  state: TenantState,
  row: number,
  command: Command,
  card: number,
  at: number,
  original: number,
  decision: Decision,
): number {
  if (tellsOfDecline(command)) return RESPONSE.approved;
  // Nothing is what a hold can be completed with; there is no other clearing of nothing.
  const open = original >= 0 && state.records.status(original) === RECORD.held;
  const inquires = transactionOf(command.processingCode) === TRANSACTION.inquiry;
  if (inquires || (command.amount === 0 && !open)) {
    return isAdvice(command) ? RESPONSE.approved : decide(state, command, card, at, decision);
  }
  if (original >= 0) return present(state, row, command, card, at, original, decision);
  if (isAdvice(command)) return force(state, row, command, card, decision);
  return capture(state, row, command, card, at, -1, decision);
}

/** Gives the record the outcome that was decided. */
function settle(
  state: TenantState,
  row: number,
  command: Command,
  card: number,
  at: number,
  code: number,
  decision: Decision,
): void {
  const { records } = state;
  decision.responseCode = code;
  if (!isApproval(code)) return decline(state, row, code, decision);
  const booked = records.amount(row, BILLED) > 0;
  if (!booked) {
    // What was converted to nothing is told with its rate.
    const rate = decision.billed === 0 ? decision.rate : 0;
    chargeNothing(decision);
    decision.rate = rate;
    if (card >= 0) tellBalance(state, command, card, decision);
  }
  if (!isAdvice(command) && decision.approvalCode === 0) decision.approvalCode = nextApprovalCode(state);
  const remembered = isAdvice(command) ? command.approvalCode : decision.approvalCode;
  records.setOutcome(row, booked ? bookedStatus(state, row, command) : RECORD.noted, code, remembered);
  // What was decided on its own counts for its day; what was not, for none; the rest through its authorisation.
  const late = (decision.marks & MARK.late) !== 0;
  const counts = !isAdvice(command) && (late || records.parent(row) < 0);
  records.setDayAndMarks(row, counts ? dayOf(at) : 0, decision.marks);
}

function bookedStatus(state: TenantState, row: number, command: Command): number {
  const { records } = state;
  if (records.amount(row, POSTED) === 0 && records.parent(row) < 0) return RECORD.suspended;
  const debit = transactionOf(command.processingCode) === TRANSACTION.debit;
  return debit ? RECORD.clearing : RECORD.credited;
}

/** A presentment of an authorisation that is known. */
function present(
  state: TenantState,
  row: number,
  command: Command,
  card: number,
  at: number,
  original: number,
  decision: Decision,
): number {
  const { records } = state;
  const status = records.status(original);
  if (status === RECORD.cleared || status === RECORD.clearing) return RESPONSE.duplicate;
  const open = status === RECORD.held;
  const room = AMOUNT_END - 1 - records.amount(original, POSTED);
  // Nothing is held for it any more, so a request is decided as if it had named nothing.
  if (!open && !isAdvice(command)) {
    return capture(state, row, command, card, at, room < command.amount ? -1 : original, decision);
  }
  const account = state.cards.account(card);
  const code = charge(state, command, account, decision);
  if (code !== RESPONSE.approved)
    return isAdvice(command) ? force(state, row, command, card, decision) : code;
  if (!open && decision.billed === 0) return RESPONSE.approved;
  const held = records.amount(original, HELD);
  const most = Math.min(room, open ? mostOf(state, command, original, decision) : decision.billed);
  if (decision.billed > most) {
    if (!isAdvice(command)) return RESPONSE.invalidAmount;
    decision.marks |= MARK.overTolerance;
  }
  if (!open) decision.marks |= MARK.late;
  const final = !open || (command.flags & FLAG.more) === 0;
  const charged = Math.min(decision.billed, most);
  bookClearing(state, row, account, original, charged, final ? held : Math.min(held, charged), decision);
  if (final) close(state, original, decision);
  if (!isAdvice(command)) decision.approvalCode = records.approvalCode(original);
  if (state.effects !== null) state.effects.changed(original);
  markDebt(state, account, decision);
  return RESPONSE.approved;
}

/** Ends an authorisation by its last clearing: one of nothing releases what was not cleared before. */
function close(state: TenantState, original: number, decision: Decision): void {
  const { records } = state;
  const cleared = decision.billed > 0 || records.amount(original, POSTED) > 0;
  records.setStatus(original, cleared ? RECORD.cleared : RECORD.released);
  if (!cleared) unspend(state, original, 0, 1);
}

/**
 * What the cardholder can be charged for a clearing of an open hold: what was approved and not cleared before, and what
 * the tenant tolerates for the merchant's category. Where it was converted, the rate may have moved by a tenth.
 */
function mostOf(state: TenantState, command: Command, original: number, decision: Decision): number {
  const { records, holdRules } = state;
  // Of one that was voided only what its increments hold is left to be cleared.
  const voided = records.isVoided(original);
  const taken = records.amount(original, HELD) + records.amount(original, POSTED);
  const approved = voided ? taken : approvedOf(state, original);
  const tolerance = holdRules.tolerance[command.mcc]!;
  let more = Math.max(portion(approved, tolerance), holdRules.toleranceAmount[command.mcc]!);
  if ((decision.marks & MARK.converted) !== 0) {
    const amount = records.amount(original, AMOUNT) - records.reduced(original);
    if (command.amount <= amount + portion(amount, tolerance)) more += portion(approved + more, RATE_MOVE);
  }
  return Math.max(0, approved + more - records.amount(original, POSTED));
}

/** `tolerance` hundredths of a per cent of an amount, rounded down; exact, though their product may not be. */
function portion(amount: number, tolerance: number): number {
  const rest = amount % BASIS_POINTS;
  return ((amount - rest) / BASIS_POINTS) * tolerance + Math.floor((rest * tolerance) / BASIS_POINTS);
}

/** An advice without an authorisation: booked, and marked; in suspense where no account can be charged. */
function force(state: TenantState, row: number, command: Command, card: number, decision: Decision): number {
  const credit = transactionOf(command.processingCode) === TRANSACTION.credit;
  if (!credit) decision.marks |= MARK.forced;
  if (card < 0 || charge(state, command, state.cards.account(card), decision) !== RESPONSE.approved) {
    decision.marks |= MARK.forced;
    bookToSuspense(state, row, command, credit);
    decision.billed = command.amount;
    return RESPONSE.approved;
  }
  const account = state.cards.account(card);
  if (decision.billed === 0) return RESPONSE.approved;
  if (credit) bookCredit(state, row, account, decision);
  else {
    bookClearing(state, row, account, -1, decision.billed, 0, decision);
    state.linkToCard(row, card);
    markDebt(state, account, decision);
  }
  return RESPONSE.approved;
}

/** A request without an authorisation, or whose `original` holds nothing any more: decided, and booked at once. */
function capture(
  state: TenantState,
  row: number,
  command: Command,
  card: number,
  at: number,
  original: number,
  decision: Decision,
): number {
  const code = decide(state, command, card, at, decision);
  if (!isApproval(code) || decision.billed === 0) return code;
  const account = state.cards.account(card);
  if (transactionOf(command.processingCode) === TRANSACTION.credit) {
    bookCredit(state, row, account, decision);
    return code;
  }
  if (code === RESPONSE.partiallyApproved) approvePart(state, row, decision);
  if (original < 0) state.linkToCard(row, card);
  else {
    decision.marks |= MARK.late;
    state.records.setStatus(original, RECORD.cleared);
  }
  bookClearing(state, row, account, original, decision.billed, 0, decision);
  if (original >= 0 && state.effects !== null) state.effects.changed(original);
  spend(state, card, dayOf(at), decision.billed, 1);
  countApproved(state, row, decision.billed, at);
  return code;
}
