import { parentPort, workerData } from 'node:worker_threads';
import { CELL, type MetronomeSettings, monotonicMs } from './metronome.js';

/** The thread of {@link Metronome}: sleeps to each beat and says so, once, until the beat is heard. */
const { cells, firstMs, periodMs } = workerData as MetronomeSettings;
let nextMs = firstMs;
while (Atomics.load(cells, CELL.stop) === 0) {
  const waitMs = nextMs - monotonicMs();
  if (waitMs > 0) Atomics.wait(cells, CELL.stop, 0, waitMs);
  if (Atomics.exchange(cells, CELL.unheard, 1) === 0) parentPort?.postMessage(0);
  const behind = monotonicMs() - nextMs;
  nextMs += periodMs * Math.max(1, Math.ceil(behind / periodMs));
}
