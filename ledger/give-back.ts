import { undoClearing, undoCredit, undoSuspense } from './clearing.js';
import { type Decision, MARK } from './command.js';
import { share } from './convert.js';
import { accountOfRecord, approvedOf, endHold, endIfEmpty, lowerHold, unspend } from './hold.js';
import { uncount } from './limits/count.js';
import { AMOUNT, BILLED, FAMILY, HELD, POSTED, RECORD, SIBLING } from './record.js';
import type { TenantState } from './tenant-state.js';

/** Gives back all that a message took: what it holds, what it charged; where nothing is left, nothing moves. */
export function giveBack(state: TenantState, row: number): void {
  const { records } = state;
  switch (records.status(row)) {
    case RECORD.held:
      undoChildren(state, row);
      return endHold(state, row, RECORD.released);
    case RECORD.cleared:
    case RECORD.expired:
    case RECORD.released:
      return undoChildren(state, row);
    case RECORD.increment:
      records.setStatus(row, RECORD.undone);
      return lowerParent(state, row, records.amount(row, BILLED));
    case RECORD.clearing:
      return undoAll(state, row);
    case RECORD.credited:
      return undoCredit(state, row, records.amount(row, POSTED));
    case RECORD.suspended:
      return undoSuspense(state, row, records.amount(row, BILLED));
    default:
  }
}

/**
 * Gives back what a message took beyond `kept`, minor units of its own currency. An authorisation's increments are
 * messages of their own, and stand.
 */
export function giveBackPart(state: TenantState, row: number, kept: number): void {
  const { records } = state;
  const amount = records.amount(row, AMOUNT);
  const standing = amount - records.reduced(row);
  if (kept >= standing) return;
  const billed = records.amount(row, BILLED);
  // Of an authorisation, what was billed stays written down; of the others, it is what stands.
  const left = share(billed, kept, standing);
  const status = records.status(row);
  switch (status) {
    case RECORD.held:
    case RECORD.cleared:
    case RECORD.expired:
    case RECORD.released:
      // Only of one that was voided some clearings may stand.
      if (status === RECORD.released && records.amount(row, POSTED) === 0) return;
      records.setReduced(row, amount - kept);
      lowerToApproved(state, row);
      break;
    case RECORD.increment:
      records.setAmount(row, BILLED, left);
      lowerParent(state, row, billed - left);
      break;
    case RECORD.clearing: {
      const fromSuspense = Math.min(billed - left, billed - records.amount(row, POSTED));
      undoClearing(state, row, billed - left - fromSuspense, fromSuspense);
      break;
    }
    case RECORD.credited:
      undoCredit(state, row, billed - left);
      break;
    case RECORD.suspended:
      undoSuspense(state, row, billed - left);
      break;
    default:
      return;
  }
  records.setReduced(row, amount - kept);
  if (state.effects !== null) state.effects.changed(row);
}

/** Lets no more than `kept` stand of what was just booked: its partial reversal came first. */
export function keepPart(state: TenantState, row: number, kept: number, decision: Decision): void {
  const { records } = state;
  giveBackPart(state, row, kept);
  decision.billed = records.amount(row, records.status(row) === RECORD.held ? HELD : BILLED);
  if ((decision.marks & MARK.indebted) === 0) return;
  if (state.accounts.debt(accountOfRecord(state, row)) === 0) decision.marks &= ~MARK.indebted;
  records.setDayAndMarks(row, records.day(row), decision.marks);
}

/** Lets an authorisation take no more than it is approved for now: of what is more, the hold goes first. */
function lowerToApproved(state: TenantState, row: number): void {
  const { records } = state;
  const held = records.amount(row, HELD);
  const back = Math.max(0, held + records.amount(row, POSTED) - approvedOf(state, row));
  const fromHold = Math.min(back, held);
  lowerHold(state, row, fromHold);
  unspend(state, row, fromHold, 0);
  lowerClearings(state, row, back - fromHold);
}

/** Gives back so much of what an authorisation was cleared for; what is in suspense was never approved, and stays. */
function lowerClearings(state: TenantState, row: number, back: number): void {
  const { records } = state;
  let left = back;
  for (let next = records.word(row, FAMILY); next !== 0 && left > 0; next = records.word(next - 1, SIBLING)) {
    const child = next - 1;
    if (records.status(child) !== RECORD.clearing) continue;
    const some = Math.min(left, records.amount(child, POSTED));
    const billed = records.amount(child, BILLED);
    const amount = records.amount(child, AMOUNT);
    records.setReduced(child, amount - share(amount - records.reduced(child), billed - some, billed));
    undoClearing(state, child, some, 0);
    left -= some;
  }
}

function undoChildren(state: TenantState, row: number): void {
  const { records } = state;
  for (let next = records.word(row, FAMILY); next !== 0; next = records.word(next - 1, SIBLING)) {
    const child = next - 1;
    if (records.status(child) === RECORD.clearing) undoAll(state, child);
    if (records.status(child) !== RECORD.increment) continue;
    records.setStatus(child, RECORD.undone);
    if (state.effects !== null) state.effects.changed(child);
  }
}

function undoAll(state: TenantState, row: number): void {
  const { records } = state;
  const charged = records.amount(row, POSTED);
  undoClearing(state, row, charged, records.amount(row, BILLED) - charged);
}

/**
 * Takes back so much of what an increment, which is lowered already, added to its authorisation: from the hold, and what
 * is not there any more from what was cleared beyond what is approved now.
 */
function lowerParent(state: TenantState, row: number, billed: number): void {
  const { records, effects } = state;
  const parent = records.parent(row);
  if (effects !== null) effects.changed(row);
  // One whose authorisation is forgotten already has nothing left to lower.
  if (parent < 0) return;
  const fromHold = Math.min(billed, records.amount(parent, HELD));
  lowerHold(state, parent, fromHold);
  unspend(state, row, fromHold, 0);
  uncount(state, parent, fromHold, 0);
  endIfEmpty(state, parent);
  const over = Math.max(0, records.amount(parent, POSTED) - approvedOf(state, parent));
  lowerClearings(state, parent, Math.min(billed - fromHold, over));
  if (effects !== null) effects.changed(parent);
}
