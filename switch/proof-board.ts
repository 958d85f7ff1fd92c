import type { Progress } from '../ledger/prover.js';

const COLUMNS = 4;

/**
 * How far each tenant's journal is proved, in shared memory: the thread that proves writes, the HTTP thread reads; each
 * number is whole, and the four of a tenant may be a moment apart.
 */
export class ProofBoard {
  readonly shared: SharedArrayBuffer;
  readonly #cells: Float64Array;

  /** @param shared what another thread's board stands in; absent to make it */
  constructor(tenants: number, shared?: SharedArrayBuffer) {
    this.shared = shared ?? new SharedArrayBuffer(tenants * COLUMNS * Float64Array.BYTES_PER_ELEMENT);
    this.#cells = new Float64Array(this.shared);
  }

  set(index: number, { seq, checkpoint, lagRows, at }: Progress): void {
    this.#cells.set([seq, checkpoint, lagRows, at], index * COLUMNS);
  }

  /** Null before anything was proved. */
  get(index: number): Progress | null {
    const [seq, checkpoint, lagRows, at] = this.#cells.subarray(index * COLUMNS, (index + 1) * COLUMNS);
    return at === 0 ? null : { seq: seq!, checkpoint: checkpoint!, lagRows: lagRows!, at: at! };
  }
}
