import type { ServerResponse } from 'node:http';

/** Writes to a response as fast as its reader takes it; a reader that does not is dropped, so that it takes no memory. */
export class StreamWriter {
  readonly #response: ServerResponse;
  readonly #slowMs: number;
  readonly #closed = new AbortController();

  /** @param slowMs for which a reader may take nothing while something waits for it */
  constructor(response: ServerResponse, slowMs: number) {
    this.#response = response;
    this.#slowMs = slowMs;
    response.once('close', () => this.#closed.abort());
    // Whoever asked was gone before there was an answer.
    if (response.destroyed) this.#closed.abort();
    // It is closed after it, which is what matters.
    response.once('error', () => {});
  }

  /** Aborted when the stream is at its end, whoever ended it. */
  get closed(): AbortSignal {
    return this.#closed.signal;
  }

  /** Resolves when more can be written, or the stream is at its end. */
  async write(text: string): Promise<void> {
    if (this.closed.aborted || this.#response.write(text)) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(() => this.#response.destroy(), this.#slowMs);
      const done = () => {
        clearTimeout(timer);
        this.#response.off('drain', done);
        this.closed.removeEventListener('abort', done);
        resolve();
      };
      this.#response.once('drain', done);
      this.closed.addEventListener('abort', done, { once: true });
    });
  }

  end(): void {
    this.#response.end();
  }
}
