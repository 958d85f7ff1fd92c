import os from 'node:os';

/** Load of the hot thread, and of all processors, from which on other work rests. */
const HOT_EASY = 0.25;
const MACHINE_EASY = 0.75;
/** At full load of both, in times of the work. */
const REST_MAX = 50;
/** Processors' times have a resolution of 10 ms. */
const LOOK_MS = 200;

/**
 * How long what can wait rests between its pieces of work: cards are answered first. It rests where the thread that answers
 * them is busy and no processor is left; the server's part of the work has no lower priority than any other.
 */
export class Rest {
  readonly #hotLoad: () => number;
  #times = processorTimes();
  #lookedAtMs = performance.now();
  #machineLoad = 0;

  /** @param hotLoad how busy the thread is that answers cards, from 0 to 1 */
  constructor(hotLoad: () => number) {
    this.#hotLoad = hotLoad;
  }

  /** How much cards are in need of what other work takes, from 0 to 1. */
  get pressure(): number {
    this.#look();
    return above(this.#hotLoad(), HOT_EASY) * above(this.#machineLoad, MACHINE_EASY);
  }

  /** In ms, after work that took so many. */
  after(workMs: number): number {
    return workMs * REST_MAX * this.pressure;
  }

  #look(): void {
    const nowMs = performance.now();
    if (nowMs - this.#lookedAtMs < LOOK_MS) return;
    this.#lookedAtMs = nowMs;
    const times = processorTimes();
    const all = times.all - this.#times.all;
    if (all > 0) this.#machineLoad = 1 - (times.idle - this.#times.idle) / all;
    this.#times = times;
  }
}

/** The part of `load` that is above what is easy, from 0 to 1. */
function above(load: number, easy: number): number {
  return Math.max(0, Math.min(1, load) - easy) / (1 - easy);
}

/** Of all processors together, since they run. */
function processorTimes(): { readonly idle: number; readonly all: number } {
  let idle = 0;
  let all = 0;
  for (const { times } of os.cpus()) {
    idle += times.idle;
    all += times.user + times.nice + times.sys + times.irq + times.idle;
  }
  return { idle, all };
}
