import type { SeededRandom } from './random.js';

/** How arrivals are spread in time: evenly, or independently of each other at the same mean rate. */
export type Spread = 'constant' | 'poisson';

/**
 * Intended send times, fixed before anything is sent and moved by nothing that happens after: the arrivals of
 * people at shops, who do not wait for each other's answers. Times in ms.
 */
export class Schedule {
  /** When the next arrival is due; infinite after the last. */
  nextMs: number;
  /** Arrivals that have been taken. */
  taken = 0;
  readonly #periodMs: number;

  constructor(
    readonly startMs: number,
    readonly endMs: number,
    ratePerSecond: number,
    readonly spread: Spread,
    readonly random: SeededRandom,
  ) {
    this.#periodMs = 1000 / ratePerSecond;
    this.nextMs = startMs;
    if (spread === 'poisson') this.#move(startMs + this.#gap());
  }

  /** Takes the next arrival; returns when it was due. */
  take(): number {
    const dueMs = this.nextMs;
    this.taken++;
    // Counted from the start, so that roundings don't add up to another rate.
    this.#move(this.spread === 'constant' ? this.startMs + this.taken * this.#periodMs : dueMs + this.#gap());
    return dueMs;
  }

  /** Takes all that are left until the end; returns how many. */
  abandon(): number {
    const before = this.taken;
    while (this.nextMs < this.endMs) this.take();
    return this.taken - before;
  }

  #gap(): number {
    return -Math.log(1 - this.random.next()) * this.#periodMs;
  }

  #move(nextMs: number): void {
    this.nextMs = nextMs < this.endMs ? nextMs : Number.POSITIVE_INFINITY;
  }
}
