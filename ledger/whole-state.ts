import { InvariantError } from './invariant-error.js';
import { checkInvariants } from './invariants.js';
import type { TenantState } from './tenant-state.js';

/**
 * Checks sums and lists of what the rows up to `seq` give.
 * @throws InvariantError that names the row and what is wrong
 */
export function wholeState(seq: number, state: TenantState): void {
  try {
    checkInvariants(state);
  } catch (error) {
    if (!(error instanceof InvariantError)) throw error;
    throw new InvariantError(`the state behind row ${seq} of the journal: ${error.message}`, {
      cause: error,
    });
  }
}
