import { Worker } from 'node:worker_threads';
import type { BackTestReport } from '../../ledger/back-test/outcome.js';
import type { BackTestNews, BackTestProgress } from './back-test-table.js';
import type { BackTestData, BackTestSaid } from './back-test-thread.js';

/** Threads at once, of all tenants: each takes a core, and memory for a ledger. */
const RUNNING_MAX = 2;
/** That wait, of one tenant. */
const WAITING_MAX = 8;
const SCRIPT = new URL('./back-test-thread.js', import.meta.url);

/** A back-test that is to be done. */
export interface BackTestJob {
  readonly tenant: string;
  readonly id: string;
  readonly data: BackTestData;
  /** Writes down how it stands. */
  readonly tell: (news: BackTestNews) => Promise<void>;
  /** What was found, as it is to be kept. */
  readonly resultOf: (report: BackTestReport) => Promise<unknown>;
}

interface Running {
  readonly worker: Worker;
  readonly startedAt: number;
  progress: BackTestProgress | null;
}

/**
 * Does back-tests, each on a thread and a connection of its own, off the way of the cards: one of a tenant at a time, and
 * no more than two in all; the others wait for their turn.
 */
export class BackTests {
  readonly #onFailure: (error: unknown) => void;
  readonly #waiting: BackTestJob[] = [];
  readonly #running = new Map<BackTestJob, Running>();
  #closed = false;

  constructor(onFailure: (error: unknown) => void) {
    this.#onFailure = onFailure;
  }

  /** Whether another one of a tenant may wait. */
  hasRoom(tenant: string): boolean {
    return this.#waiting.filter((job) => job.tenant === tenant).length < WAITING_MAX;
  }

  add(job: BackTestJob): void {
    this.#waiting.push(job);
    this.#startNext();
  }

  /** How far one is that runs here. */
  progress(id: string): BackTestProgress | null {
    for (const [job, { progress }] of this.#running) if (job.id === id) return progress;
    return null;
  }

  /** Ends one that waits or runs here. */
  async cancel(id: string): Promise<void> {
    const at = this.#waiting.findIndex((job) => job.id === id);
    if (at >= 0) this.#waiting.splice(at, 1);
    for (const [job, { worker }] of this.#running) {
      if (job.id !== id) continue;
      this.#running.delete(job);
      await worker.terminate();
    }
    this.#startNext();
  }

  /** Ends all of them; whoever starts next says that they failed. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#waiting.length = 0;
    const workers = [...this.#running.values()].map(({ worker }) => worker.terminate());
    this.#running.clear();
    await Promise.all(workers);
  }

  #startNext(): void {
    while (!this.#closed && this.#running.size < RUNNING_MAX) {
      const busy = new Set([...this.#running.keys()].map(({ tenant }) => tenant));
      const at = this.#waiting.findIndex(({ tenant }) => !busy.has(tenant));
      if (at < 0) return;
      this.#start(this.#waiting.splice(at, 1)[0]!);
    }
  }

  #start(job: BackTestJob): void {
    const worker = new Worker(SCRIPT, { workerData: job.data });
    const running: Running = { worker, startedAt: performance.now(), progress: null };
    this.#running.set(job, running);
    let ended = false;
    const end = (news: () => Promise<BackTestNews>) => {
      // One that was cancelled has said what it had to say.
      if (ended || !this.#running.has(job)) return;
      ended = true;
      news()
        .then(job.tell)
        .catch(this.#onFailure)
        .finally(() => {
          this.#running.delete(job);
          this.#startNext();
        });
    };
    const failed = (error: unknown) => {
      this.#onFailure(error);
      end(async () => ({ status: 'failed', error: 'the switch failed at it; its log says how' }));
    };
    worker.on('message', (said: BackTestSaid) => {
      if ('progress' in said) running.progress = progressOf(said.progress, running.startedAt);
      else if ('report' in said) {
        const { report } = said;
        const { progress } = running;
        end(async () => ({ status: 'done', result: await job.resultOf(report), progress }));
      } else if ('impossible' in said) end(async () => ({ status: 'failed', error: said.impossible }));
      else this.#onFailure(said.failed);
    });
    worker.on('error', failed);
    worker.on('exit', () => {
      if (!ended && this.#running.has(job)) failed(new Error(`back-test ${job.id} ended without a result`));
    });
    job.tell({ status: 'running' }).catch(this.#onFailure);
  }
}

function progressOf(
  { seq, from, to, messages }: { seq: number; from: number; to: number; messages: number },
  startedAt: number,
): BackTestProgress {
  const [rows, of] = [seq - from + 1, to - from + 1];
  const seconds = (performance.now() - startedAt) / 1000;
  return { rows, of, messages, timeLeft: rows <= 0 ? null : Math.round((seconds * (of - rows)) / rows) };
}
