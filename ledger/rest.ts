import os from 'node:os';

/** Load of the hot thread, and of all processors, from which on other work rests. */
const HOT_EASY = 0.25;
const MACHINE_EASY = 0.5;
/** Not longer in any case: it may be over what it rested for. */
const REST_MS_MAX = 5000;
/** Processors' times have a resolution of 10 ms. */
const LOOK_MS = 200;

export interface RestSettings {
  /** How busy the thread is that answers cards, from 0 to 1. */
  readonly hotLoad: () => number;
  /** Where all are busy: how long it rests, in times of the work before. */
  readonly timesMax: number;
  /** Likewise: how many times shorter a piece of work is. */
  readonly shorterMax: number;
}

/**
 * How long what can wait rests between its pieces of work: cards are answered first. It rests where the thread that answers
 * them is busy and no processor is left; the server's part of the work has no lower priority than any other.
 */
export class Rest {
  readonly #settings: RestSettings;
  #times = processorTimes();
  #lookedAtMs = performance.now();
  #machineLoad = 0;

  constructor(settings: RestSettings) {
    this.#settings = settings;
  }

  /** In ms, after work that took so many. */
  after(workMs: number): number {
    return Math.min(REST_MS_MAX, workMs * this.#settings.timesMax * this.#pressure);
  }

  /** How many bytes to work on next, of at most so many: a short piece of work holds up fewer answers. */
  portion(bytesMax: number): number {
    return bytesMax / (1 + (this.#settings.shorterMax - 1) * this.#pressure);
  }

  /** How much cards are in need of what other work takes, from 0 to 1. */
  get #pressure(): number {
    this.#look();
    return above(this.#settings.hotLoad(), HOT_EASY) * above(this.#machineLoad, MACHINE_EASY);
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
