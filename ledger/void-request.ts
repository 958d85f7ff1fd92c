import { holdAgain } from './clearing.js';
import { type Command, RESPONSE } from './command.js';
import { minuteOf } from './due.js';
import { giveBack } from './give-back.js';
import { invariant } from './invariant-error.js';
import { RECORD } from './record.js';
import type { TenantState } from './tenant-state.js';

/** Undoes a request, whose answer was 91 and stays so, as its commit was not in time. */
export function voidRequest(state: TenantState, command: Command, at: number): void {
  const { records } = state;
  const row = records.find(command.key);
  const status = row < 0 ? RECORD.blocked : records.status(row);
  const decided = status !== RECORD.blocked && status !== RECORD.reversal;
  invariant(decided, 'a request is voided that was never decided');
  if (records.responseCode(row) === RESPONSE.issuerInoperative) return;
  giveBack(state, row);
  if (status === RECORD.clearing || status === RECORD.noted) holdAgain(state, row, minuteOf(at));
  records.setOutcome(row, records.status(row), RESPONSE.issuerInoperative, 0);
  if (state.effects !== null) state.effects.changed(row);
}
