import { Worker } from 'node:worker_threads';

/** Cells that the two threads share. */
export const CELL = { stop: 0, unheard: 1 } as const;

export interface MetronomeSettings {
  readonly cells: Int32Array;
  /** The first beat, on the clock of {@link monotonicMs}. */
  readonly firstMs: number;
  readonly periodMs: number;
}

/** Milliseconds on the machine's monotonic clock, the same in every thread (`performance.now` is not). */
export function monotonicMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

/**
 * Calls back at a period finer than a timer's. `setTimeout` is a whole number of milliseconds and comes up to
 * one late, and a `setImmediate` loop burns a core; a thread that sleeps in `Atomics.wait` and wakes the event
 * loop by a message is some 0.1 ms late and costs next to nothing. A beat that comes while the last one is
 * still unheard is left out, so a busy event loop never finds a heap of them.
 */
export class Metronome {
  readonly #worker: Worker;
  readonly #cells = new Int32Array(new SharedArrayBuffer(8));

  /** Times in ms; the first beat on the clock of {@link monotonicMs}. */
  constructor(firstMs: number, periodMs: number, onBeat: () => void, onError: (error: Error) => void) {
    const workerData: MetronomeSettings = { cells: this.#cells, firstMs, periodMs };
    this.#worker = new Worker(new URL('./metronome-thread.js', import.meta.url), { workerData });
    this.#worker.on('error', onError);
    this.#worker.on('message', () => {
      Atomics.store(this.#cells, CELL.unheard, 0);
      onBeat();
    });
  }

  async stop(): Promise<void> {
    Atomics.store(this.#cells, CELL.stop, 1);
    Atomics.notify(this.#cells, CELL.stop);
    await this.#worker.terminate();
  }
}
