/**
 * Another switch took the journal over, or wrote where this one was about to. What this one decided since its
 * last commit never happened: it must forget its state and step down.
 */
export class FencedError extends Error {
  override readonly name = 'FencedError';
  readonly code = 'HF_LEDGER_FENCED';
}

/** Another switch that is alive writes to this database. */
export class DatabaseInUseError extends Error {
  override readonly name = 'DatabaseInUseError';
  readonly code = 'HF_LEDGER_IN_USE';

  constructor() {
    super(
      'HF_LEDGER_IN_USE: another switch writes to this database; stop it first, or give this one a database of its own',
    );
  }
}
