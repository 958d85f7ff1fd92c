import type { Random } from './random.js';
import type { Actor, Scheduler } from './scheduler.js';

/** What two machines have between them; every wire of theirs goes over it. */
export class Line {
  /** Until then nothing gets through; it comes later, as TCP sends it again. */
  cutUntil = 0;

  constructor(
    readonly random: Random,
    /** What a packet takes, in ms. */
    public latencyMs: readonly [least: number, most: number],
  ) {}
}

/** One direction of a connection: what is sent arrives once, in order and whole, or not at all. */
export class Wire {
  #last = 0;
  #dead = false;
  readonly #scheduler: Scheduler;
  readonly #line: Line;
  readonly #to: Actor;

  constructor(scheduler: Scheduler, line: Line, to: Actor) {
    this.#scheduler = scheduler;
    this.#line = line;
    this.#to = to;
  }

  /** Lets `arrive` happen to the receiver. */
  send(arrive: () => void): void {
    if (this.#dead) return;
    const { now } = this.#scheduler;
    const { random, cutUntil, latencyMs } = this.#line;
    const at = Math.max(this.#last, Math.max(now, cutUntil) + random.delay(...latencyMs));
    this.#last = at;
    this.#scheduler.after(at - now, this.#to, () => {
      if (!this.#dead) arrive();
    });
  }

  /** What is under way is lost, and whatever is sent from now on. */
  cut(): void {
    this.#dead = true;
  }
}
