import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { HttpThreadData, HttpThreadStarted } from './http-thread.js';

/** The HTTP side of the switch, on a thread of its own: it must not delay the one that answers cards. */
export class HttpServer {
  readonly #worker: Worker;

  private constructor(
    worker: Worker,
    readonly port: number,
  ) {
    this.#worker = worker;
  }

  /** @throws Error when it can't listen there */
  static async start(data: HttpThreadData): Promise<HttpServer> {
    const worker = new Worker(new URL('./http-thread.js', import.meta.url), { workerData: data });
    const [started] = (await once(worker, 'message')) as [HttpThreadStarted];
    if ('port' in started) return new HttpServer(worker, started.port);
    await worker.terminate();
    throw new Error(`HTTP can't listen on ${data.host}:${data.port}: ${started.error}`);
  }

  async stop(): Promise<void> {
    await this.#worker.terminate();
  }
}
