import { fileURLToPath } from 'node:url';
import { Piscina } from 'piscina';
import type { ParserData } from '../parsers/worker.js';

const WORKER = fileURLToPath(new URL('../parsers/worker.js', import.meta.url));

/** Batches a thread may hold: one at work and one next, so that it need not wait for the hot thread. */
const BATCHES_A_THREAD = 2;

/** The threads that parse. One that dies is replaced, and the batch it held is refused with an error. */
export class ParserPool {
  readonly #pool: Piscina<number, void>;
  /** Batches that may be with the threads at once. */
  readonly capacity: number;

  constructor(threads: number, data: ParserData) {
    this.capacity = threads * BATCHES_A_THREAD;
    this.#pool = new Piscina({
      filename: WORKER,
      minThreads: threads,
      maxThreads: threads,
      concurrentTasksPerWorker: BATCHES_A_THREAD,
      // A waiting thread sleeps on a futex: a batch reaches it in a third of a message's time.
      atomics: 'sync',
      idleTimeout: Number.POSITIVE_INFINITY,
      recordTiming: false,
      workerData: data,
    });
  }

  /** Parses batch number `which`, in shared memory. */
  parse(which: number): Promise<void> {
    return this.#pool.run(which);
  }

  /** Waits until every thread has loaded its code and done one task. */
  async ready(): Promise<void> {
    // A batch that is filling has messages; one that no socket filled yet has none, and costs nothing.
    await Promise.all(Array.from({ length: this.capacity }, () => this.#pool.run(0)));
  }

  async stop(): Promise<void> {
    await this.#pool.destroy();
  }
}
