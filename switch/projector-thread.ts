import { setTimeout as delay } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import type { Logger } from 'pino';
import type { ProjectorData, ProjectorTold } from '../ledger/projection/worker.js';

/** For the batch that is under way; it is whole or not at all in any case. */
const STOP_MS = 1000;
const RESTART_MS = 1000;

/** The projector, on a thread of its own: it must not delay the one that answers cards, nor end it. */
export class ProjectorThread {
  readonly #data: ProjectorData;
  readonly #log: Logger;
  #worker: Worker;
  #stopped = false;

  constructor(data: ProjectorData, log: Logger) {
    this.#data = data;
    this.#log = log;
    this.#worker = this.#begin();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    const worker = this.#worker;
    const exited = new Promise((resolve) => worker.once('exit', resolve));
    worker.postMessage('stop');
    const timer = new AbortController();
    // It rejects when the thread was faster.
    const late = delay(STOP_MS, undefined, { signal: timer.signal }).catch(() => {});
    await Promise.race([exited, late]);
    timer.abort();
    await worker.terminate();
  }

  #begin(): Worker {
    const worker = new Worker(new URL('../ledger/projection/worker.js', import.meta.url), {
      workerData: this.#data,
    });
    worker.on('message', ({ text, error }: ProjectorTold) => this.#log.error({ err: error }, text));
    worker.on('error', (err) => {
      this.#log.error({ err }, 'the projector’s thread died');
      setTimeout(() => {
        if (!this.#stopped) this.#worker = this.#begin();
      }, RESTART_MS).unref();
    });
    return worker;
  }
}
