import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { MessageChannel, Worker } from 'node:worker_threads';
import type { HttpThreadData, HttpThreadSaid, HttpThreadTold } from './http-thread.js';
import type { LedgerChannel } from './ledger-channel.js';

/** How long requests may take that are under way when the database ends. */
const LEAVE_MS = 1000;

export interface HttpServerSettings {
  readonly data: Omit<HttpThreadData, 'ledger'>;
  /** Takes what the thread asks of the ledgers. */
  readonly ledger: LedgerChannel;
  /** The thread failed; it is started again on the same port. */
  readonly onFailure: (error: unknown) => void;
  /** A request failed, in a way that nobody foresaw, or a connection to the database did. */
  readonly onRequestFailed: (error: unknown) => void;
}

/** The HTTP side of the switch, on a thread of its own: it must not delay the one that answers cards, nor end it. */
export class HttpServer {
  readonly #settings: HttpServerSettings;
  #worker: Worker | null = null;
  #stopped = false;
  /** The last of each kind, for a thread that is started again. */
  readonly #told = new Map<HttpThreadTold['kind'], HttpThreadTold>();
  #onLeft: () => void = () => {};

  private constructor(settings: HttpServerSettings) {
    this.#settings = settings;
  }

  /**
   * @returns the server and its port
   * @throws Error when it can't listen there
   */
  static async start(settings: HttpServerSettings): Promise<{ server: HttpServer; port: number }> {
    const server = new HttpServer(settings);
    const port = await server.#begin(settings.data.port);
    return { server, port };
  }

  /** Lets the thread know something, and one that takes its place too. */
  tell(told: HttpThreadTold): void {
    this.#told.set(told.kind, told);
    this.#worker?.postMessage(told);
  }

  /** Ends its connections to the database, in a bounded time. */
  async leaveDatabase(): Promise<void> {
    this.#told.delete('database');
    const left = new Promise<void>((resolve) => {
      this.#onLeft = resolve;
    });
    this.#worker?.postMessage({ kind: 'leave' } satisfies HttpThreadTold);
    await Promise.race([left, delay(LEAVE_MS)]);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#worker?.terminate();
  }

  async #begin(port: number): Promise<number> {
    const { data, ledger, onFailure } = this.#settings;
    const channel = new MessageChannel();
    const worker = new Worker(new URL('./http-thread.js', import.meta.url), {
      workerData: { ...data, port, ledger: channel.port1 } satisfies HttpThreadData,
      transferList: [channel.port1],
    });
    this.#worker = worker;
    ledger.listen(channel.port2);
    const [started] = (await once(worker, 'message')) as [HttpThreadSaid];
    if (!('port' in started)) {
      await worker.terminate();
      const why = 'error' in started ? started.error : 'it failed';
      throw new Error(`HTTP can't listen on ${data.host}:${port}: ${why}`);
    }
    worker.on('message', (said: HttpThreadSaid) => {
      if ('failed' in said) this.#settings.onRequestFailed(said.failed);
      else if ('left' in said) this.#onLeft();
    });
    worker.on('error', (error) => {
      onFailure(error);
      if (!this.#stopped) this.#begin(started.port).catch(onFailure);
    });
    for (const told of this.#told.values()) worker.postMessage(told);
    return started.port;
  }
}
