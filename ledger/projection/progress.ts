/** Numbers of each tenant: the row up to which its tables are filled, the last of its journal, up to when. */
const CELLS = 3;

/** How far a tenant's read model is. */
export interface ProjectionProgress {
  /** The journal row up to which it is filled. */
  readonly seq: number;
  /** The journal's last row. */
  readonly head: number;
  /** Everything that was in the journal at that time is in the tables, in ms since 1970. */
  readonly until: number;
}

/** How far the projector is with each tenant, in memory that threads share: one writes, others read. */
export class Progress {
  readonly cells: Float64Array;

  /** @param cells of {@link Progress.length} */
  constructor(cells: Float64Array) {
    this.cells = cells;
  }

  static length(tenants: number): number {
    return CELLS * tenants;
  }

  set(tenant: number, { seq, head, until }: ProjectionProgress): void {
    this.cells.set([seq, head, until], CELLS * tenant);
  }

  /** Null of a tenant that was never looked at. */
  of(tenant: number): ProjectionProgress | null {
    const [seq, head, until] = this.cells.subarray(CELLS * tenant, CELLS * (tenant + 1));
    return until === 0 ? null : { seq: seq!, head: head!, until: until! };
  }
}
