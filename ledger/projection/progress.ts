import { SharedProgress } from '../shared-progress.js';

/** How far a tenant's read model is. */
export interface ProjectionProgress {
  /** The journal row up to which it is filled. */
  readonly seq: number;
  /** The journal's last row. */
  readonly head: number;
  /** Everything that was in the journal at that time is in the tables, in ms since 1970. */
  readonly until: number;
}

const MEMBERS = ['seq', 'head', 'until'] as const satisfies readonly (keyof ProjectionProgress)[];

/** How far the projector is with each tenant. */
export class Progress extends SharedProgress<keyof ProjectionProgress> {
  /** @param cells of {@link Progress.cellsOf} */
  constructor(cells: Float64Array) {
    super(MEMBERS, cells);
  }

  static cellsOf(tenants: number): number {
    return MEMBERS.length * tenants;
  }
}
