import { Worker } from 'node:worker_threads';
import { InvariantError } from '../ledger/invariant-error.js';
import type { ProverThreadData, ProverTold } from './prover-thread.js';

const RESTART_MS = 1000;

interface Listening {
  readonly onMismatch: (index: number, error: InvariantError) => void;
  readonly onLog: (text: string, error: unknown) => void;
}

/** Proves the journals on a thread of its own; it is started again when it fails. */
export class ProverWorker {
  readonly #data: ProverThreadData;
  readonly #on: Listening;
  #worker: Worker;
  #restart: NodeJS.Timeout | null = null;
  #stopped = false;

  constructor(data: ProverThreadData, on: Listening) {
    this.#data = data;
    this.#on = on;
    this.#worker = this.#begin();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    if (this.#restart !== null) clearTimeout(this.#restart);
    await this.#worker.terminate();
  }

  #begin(): Worker {
    const worker = new Worker(new URL('./prover-thread.js', import.meta.url), { workerData: this.#data });
    worker.on('message', (told: ProverTold) => {
      if (told.kind === 'log') this.#on.onLog(told.text, told.error);
      else this.#on.onMismatch(told.index, new InvariantError(told.text));
    });
    worker.on('error', (error) => {
      this.#on.onLog('the thread that proves the journals failed', error);
      if (this.#stopped) return;
      this.#restart = setTimeout(() => {
        this.#worker = this.#begin();
      }, RESTART_MS);
    });
    return worker;
  }
}
