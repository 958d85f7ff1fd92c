import os from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import { Prover, type ProverSettings } from '../ledger/prover.js';
import { ProofBoard } from './proof-board.js';

/** What the thread that proves is started with. */
export interface ProverThreadData extends Pick<ProverSettings, 'url' | 'session' | 'tenants' | 'schedule'> {
  /** Of each of the tenants, its place on the board. */
  readonly indexes: readonly number[];
  /** Directory of the snapshots. */
  readonly snapshots: string;
  /** In shared memory: of a {@link ProofBoard}. */
  readonly board: Float64Array;
  /** In shared memory, one cell: how busy the hot thread is, from 0 to 1. */
  readonly hotLoad: Float64Array;
}

/** What it tells: that the tenant of an index is wrong, or something for the log. */
export type ProverTold =
  | { readonly kind: 'mismatch'; readonly index: number; readonly text: string }
  | { readonly kind: 'log'; readonly text: string; readonly error: unknown };

const {
  url,
  session,
  tenants,
  indexes,
  schedule,
  snapshots,
  board: cells,
  hotLoad,
} = workerData as ProverThreadData;
const board = new ProofBoard(cells);
const tell = (told: ProverTold) => parentPort!.postMessage(told);

// On Linux priorities are of threads: what proves takes the time that what answers cards leaves.
if (process.platform === 'linux') os.setPriority(0, os.constants.priority.PRIORITY_LOW);

await new Prover({
  url,
  ...(session === undefined ? {} : { session }),
  tenants,
  schedule,
  snapshots: { directory: snapshots, log: (text, error) => tell({ kind: 'log', text, error }) },
  hotLoad: () => hotLoad[0]!,
  onProgress: (at, progress) => board.set(indexes[at]!, progress),
  onMismatch: (at, error) => tell({ kind: 'mismatch', index: indexes[at]!, text: error.message }),
}).run();
