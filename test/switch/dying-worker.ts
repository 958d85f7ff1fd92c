import { workerData } from 'node:worker_threads';

/** How often batches are tried, and how often each one's thread dies; by number of the batch. */
export interface DyingData {
  readonly attempts: SharedArrayBuffer;
  readonly deaths: readonly number[];
}

// piscina hands over `workerData` as [its own, ours] in some of its versions.
const { attempts, deaths } = (Array.isArray(workerData) ? workerData[1] : workerData) as DyingData;
const attempted = new Int32Array(attempts);

/** Takes batch number `which` for parsed, or dies of it. */
export default function parseOrDie(which: number): void {
  if (Atomics.add(attempted, which, 1) < deaths[which]!) process.exit(1);
}
