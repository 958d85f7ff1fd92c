import { holdAgain } from './clearing.js';
import { type Command, RESPONSE } from './command.js';
import { minuteOf } from './due.js';
import { giveBack } from './give-back.js';
import { endIfEmpty, holdableOf, lowerHold, unspend } from './hold.js';
import { invariant } from './invariant-error.js';
import { uncount } from './limits/count.js';
import { BILLED, HELD, RECORD } from './record.js';
import type { TenantState } from './tenant-state.js';

/**
 * Undoes a request, whose answer was 91 and stays so, as its commit was not in time: its own part alone. What came of
 * it meanwhile has answers of its own, and stands: an advice is told 00 when it is repeated, and another request that
 * was answered 91 is voided by itself.
 */
export function voidRequest(state: TenantState, command: Command, at: number): void {
  const { records } = state;
  const row = records.find(command.key);
  const status = row < 0 ? RECORD.blocked : records.status(row);
  const decided = status !== RECORD.blocked && status !== RECORD.reversal && status !== RECORD.funds;
  invariant(decided, 'a request is voided that was never decided');
  if (records.isVoided(row)) return;
  records.setOutcome(row, status, RESPONSE.issuerInoperative, 0);
  state.rules.voided = row;
  undo(state, row, status, at);
  state.rules.voided = -1;
  if (state.effects !== null) state.effects.changed(row);
}

function undo(state: TenantState, row: number, status: number, at: number): void {
  const { records } = state;
  switch (status) {
    case RECORD.held:
      release(state, row, row, Math.max(0, records.amount(row, HELD) - holdableOf(state, row)));
      break;
    case RECORD.released:
    case RECORD.cleared:
    case RECORD.expired:
      break;
    case RECORD.increment:
      records.setStatus(row, RECORD.undone);
      if (records.parent(row) >= 0) release(state, records.parent(row), row, records.amount(row, BILLED));
      break;
    default:
      giveBack(state, row);
      if (status === RECORD.clearing || status === RECORD.noted) holdAgain(state, row, minuteOf(at));
  }
}

/** Gives back what of `amount` an authorisation still holds, and of its day what the message `row` took. */
function release(state: TenantState, authorisation: number, row: number, amount: number): void {
  const back = Math.min(amount, state.records.amount(authorisation, HELD));
  lowerHold(state, authorisation, back);
  unspend(state, row, back, 0);
  // An increment counts where its authorisation does.
  if (row !== authorisation) uncount(state, authorisation, back, 0);
  endIfEmpty(state, authorisation);
  if (state.effects !== null) state.effects.changed(authorisation);
}
