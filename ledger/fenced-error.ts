/**
 * Another node took a tenant's journal over, or wrote where this one was about to. What this one decided since its
 * last commit never happened: it must forget its state of that tenant and step down.
 */
export class FencedError extends Error {
  override readonly name = 'FencedError';
  readonly code = 'HF_LEDGER_FENCED';

  constructor(tenant: string) {
    super(`HF_LEDGER_FENCED: another node took over ${tenant}`);
  }
}

/** Another node that is alive holds a tenant that this one is to hold. */
export class DatabaseInUseError extends Error {
  override readonly name = 'DatabaseInUseError';
  readonly code = 'HF_LEDGER_IN_USE';

  /** @param node its name; `endpoint` is where it listens, '' where it doesn't yet */
  constructor(tenant: string, node: string, endpoint: string) {
    const where = endpoint === '' ? '' : ` at ${endpoint}`;
    super(
      `HF_LEDGER_IN_USE: ${tenant} is held by ${node}${where}, which is alive; stop it first, start this one as ` +
        'its standby or with shared: true, or give it a database of its own',
    );
  }
}
