import type { Progress } from '../ledger/prover.js';
import { SharedProgress } from '../ledger/shared-progress.js';

const MEMBERS = ['seq', 'checkpoint', 'lagRows', 'at'] as const satisfies readonly (keyof Progress)[];

/** How far each tenant's journal is proved: the thread that proves writes, the HTTP thread reads. */
export class ProofBoard extends SharedProgress<keyof Progress> {
  /** @param cells of {@link ProofBoard.cellsOf} */
  constructor(cells: Float64Array) {
    super(MEMBERS, cells);
  }

  static cellsOf(tenants: number): number {
    return MEMBERS.length * tenants;
  }
}
