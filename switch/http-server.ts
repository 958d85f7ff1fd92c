import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { HttpThreadData, HttpThreadStarted, HttpThreadTold } from './http-thread.js';

/** The HTTP side of the switch, on a thread of its own: it must not delay the one that answers cards, nor end it. */
export class HttpServer {
  readonly #data: HttpThreadData;
  readonly #onFailure: (error: unknown) => void;
  #worker: Worker | null = null;
  #stopped = false;
  #told: HttpThreadTold = [];

  private constructor(data: HttpThreadData, onFailure: (error: unknown) => void) {
    this.#data = data;
    this.#onFailure = onFailure;
  }

  /**
   * @param onFailure told when the thread failed; it is started again on the same port
   * @returns the server and its port
   * @throws Error when it can't listen there
   */
  static async start(
    data: HttpThreadData,
    onFailure: (error: unknown) => void,
  ): Promise<{ server: HttpServer; port: number }> {
    const server = new HttpServer(data, onFailure);
    const port = await server.#begin(data.port);
    return { server, port };
  }

  /** Says who holds each tenant, by index. */
  tell(holders: HttpThreadTold): void {
    this.#told = holders;
    this.#worker?.postMessage(holders);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#worker?.terminate();
  }

  async #begin(port: number): Promise<number> {
    const { host } = this.#data;
    const worker = new Worker(new URL('./http-thread.js', import.meta.url), {
      workerData: { ...this.#data, port },
    });
    this.#worker = worker;
    const [started] = (await once(worker, 'message')) as [HttpThreadStarted];
    if (!('port' in started)) {
      await worker.terminate();
      throw new Error(`HTTP can't listen on ${host}:${port}: ${started.error}`);
    }
    worker.on('error', (error) => {
      this.#onFailure(error);
      if (!this.#stopped) this.#begin(started.port).catch(this.#onFailure);
    });
    worker.postMessage(this.#told);
    return started.port;
  }
}
