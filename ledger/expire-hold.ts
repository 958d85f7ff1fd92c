import { refuse } from './change-card.js';
import { type Command, type Decision, RESPONSE } from './command.js';
import { endHold } from './hold.js';
import { RECORD } from './record.js';
import type { TenantState } from './tenant-state.js';

/** Ends a hold as if its time had come, which it has not: 25 where the key is of nothing that holds. */
export function expireHold(state: TenantState, command: Command, decision: Decision): void {
  const row = state.records.find(command.key);
  if (row < 0 || state.records.status(row) !== RECORD.held) {
    return refuse(decision, RESPONSE.originalNotFound);
  }
  endHold(state, row, RECORD.expired);
}
