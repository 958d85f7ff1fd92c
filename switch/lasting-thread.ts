import { setTimeout as delay } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';

const RESTART_MS = 1000;

export interface LastingThreadSettings<Data, Told> {
  readonly script: URL;
  readonly data: Data;
  readonly onTold: (told: Told) => void;
  readonly onDied: (error: unknown) => void;
  /** How long it may take to end by itself when it is sent a message, in ms; 0 to end it at once. */
  readonly stopMs: number;
}

/** Work on a thread of its own, which must neither delay the one that answers cards nor end it; started again when it dies. */
export class LastingThread<Data, Told> {
  readonly #settings: LastingThreadSettings<Data, Told>;
  #worker: Worker;
  #exited!: Promise<unknown>;
  /** While it is dead, and to be started again. */
  #restart: NodeJS.Timeout | null = null;
  #stopped = false;

  constructor(settings: LastingThreadSettings<Data, Told>) {
    this.#settings = settings;
    this.#worker = this.#begin();
  }

  /** Lets the thread know something; nothing where it is dead at that moment. */
  tell(asked: unknown): void {
    this.#worker.postMessage(asked);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    if (this.#restart !== null) clearTimeout(this.#restart);
    else if (this.#settings.stopMs > 0) await this.#letEnd();
    await this.#worker.terminate();
  }

  async #letEnd(): Promise<void> {
    this.#worker.postMessage('stop');
    const timer = new AbortController();
    // It rejects when the thread was faster.
    const late = delay(this.#settings.stopMs, undefined, { signal: timer.signal }).catch(() => {});
    await Promise.race([this.#exited, late]);
    timer.abort();
  }

  #begin(): Worker {
    const { script, data, onTold, onDied } = this.#settings;
    const worker = new Worker(script, { workerData: data });
    this.#exited = new Promise((resolve) => worker.once('exit', resolve));
    worker.on('message', onTold);
    worker.on('error', (error) => {
      onDied(error);
      if (this.#stopped) return;
      this.#restart = setTimeout(() => {
        this.#restart = null;
        this.#worker = this.#begin();
      }, RESTART_MS);
    });
    return worker;
  }
}
