type Stop = () => Promise<void> | void;

/** What a switch has running, to be stopped the other way round. */
export class Running {
  readonly #signal: AbortSignal;
  readonly #stops: Stop[] = [];

  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  /** @throws the signal's reason when the start was given up meanwhile */
  add(stop: Stop): void {
    this.#stops.push(stop);
    this.#signal.throwIfAborted();
  }

  async stop(): Promise<void> {
    for (let stop = this.#stops.pop(); stop !== undefined; stop = this.#stops.pop()) await stop();
  }
}
