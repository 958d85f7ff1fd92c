interface Event {
  at: number;
  order: number;
  readonly actor: Actor;
  /** Of the actor's own making, not something that reaches it. */
  readonly timer: boolean;
  /** Null when it was called off. */
  run: (() => void) | null;
}

/** Whatever runs by itself and can die or be stopped by itself: a process, a server, a machine. */
export class Actor {
  /** Since when it has been dead, by its own memory: nothing of it happens any more. */
  dead = false;
  /** While it is stopped: what would have happened, in that order. */
  waiting: Event[] | null = null;

  constructor(
    readonly name: string,
    /** What its monotonic clock shows at time 0, in ms, and how much faster it runs than time. */
    readonly clockStart = 0,
    readonly clockRate = 1,
  ) {}
}

export type Cancel = () => void;

/** A real turn of the event loop: when it is over, everything that promises led to has happened. */
const realImmediate = setImmediate;

/**
 * Virtual time: what happens next, to whom, and when. One event at a time runs to its end, with all that its promises
 * lead to, before the next; so the order is the same in every run, and whose code runs is known.
 */
export class Scheduler {
  /** In ms since the beginning of the history. */
  now = 0;
  /** Whose event runs. */
  actor: Actor | null = null;
  /** Events that ran. */
  events = 0;
  /** Binary heap by time, then by order. */
  readonly #heap: Event[] = [];
  #order = 0;

  /** Lets something happen to an actor in `delayMs`. */
  after(delayMs: number, actor: Actor, run: () => void, timer = false): Cancel {
    const event: Event = { at: this.now + Math.max(0, delayMs), order: this.#order++, actor, timer, run };
    this.#push(event);
    return () => {
      event.run = null;
    };
  }

  /** Nothing of that actor happens until {@link resume}. */
  stop(actor: Actor): void {
    actor.waiting ??= [];
  }

  /** A process that goes on sees to its timers first, as an event loop does, then to what came in. */
  resume(actor: Actor): void {
    const waiting = actor.waiting ?? [];
    actor.waiting = null;
    for (const timers of [true, false]) {
      for (const event of waiting) {
        if (event.timer !== timers) continue;
        event.at = this.now;
        event.order = this.#order++;
        this.#push(event);
      }
    }
  }

  /** Runs what happens until that time, or until `done` says so. */
  async run(untilMs: number, done: () => boolean = () => false): Promise<void> {
    while (this.#heap.length > 0 && this.#heap[0]!.at <= untilMs && !done()) {
      const event = this.#pop();
      this.now = Math.max(this.now, event.at);
      const { actor, run } = event;
      if (run === null || actor.dead) continue;
      if (actor.waiting !== null) {
        actor.waiting.push(event);
        continue;
      }
      this.events++;
      this.actor = actor;
      run();
      await new Promise((resolve) => realImmediate(resolve));
      this.actor = null;
    }
    if (!done()) this.now = Math.max(this.now, untilMs);
  }

  #push(event: Event): void {
    const heap = this.#heap;
    let at = heap.length;
    heap.push(event);
    while (at > 0) {
      const parent = (at - 1) >>> 1;
      if (isBefore(heap[parent]!, event)) break;
      heap[at] = heap[parent]!;
      at = parent;
    }
    heap[at] = event;
  }

  #pop(): Event {
    const heap = this.#heap;
    const first = heap[0]!;
    const last = heap.pop()!;
    if (heap.length === 0) return first;
    let at = 0;
    for (let child = 1; child < heap.length; child = 2 * at + 1) {
      if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child++;
      if (isBefore(last, heap[child]!)) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = last;
    return first;
  }
}

function isBefore(one: Event, other: Event): boolean {
  return one.at < other.at || (one.at === other.at && one.order < other.order);
}
