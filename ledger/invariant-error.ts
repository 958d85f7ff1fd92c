/**
 * The ledger met what can't be: its state or its journal is wrong, and nothing more may be decided on it.
 * The tenant is quarantined; the others go on.
 */
export class InvariantError extends Error {
  override readonly name = 'InvariantError';
  readonly code = 'HF_LEDGER_INVARIANT';
}

/** @param text ready made: what is put together for each call is put together mostly for nothing */
export function invariant(holds: boolean, text: string): asserts holds {
  if (!holds) throw new InvariantError(text);
}
