import { syncBuiltinESMExports } from 'node:module';
import timers from 'node:timers/promises';
import type { Cancel, Scheduler } from './scheduler.js';

/** What a process takes for the time of day must not matter: it is any day of the year 1970. */
const DAY_MS = 86_400_000;
const YEAR_DAYS = 365;

/** A timer, as far as anybody asks. */
class VirtualTimer {
  constructor(public cancel: Cancel) {}

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }
}

/** Whose time passes now; nobody's while no history runs. */
let scheduler: Scheduler | null = null;

/**
 * The clocks and timers of this process show the time of that scheduler to the actor whose event runs. To whoever else
 * asks they are what they were.
 */
export function useVirtualTime(of: Scheduler | null): void {
  install();
  scheduler = of;
}

type Callback = (...args: unknown[]) => void;

let installed = false;

function install(): void {
  if (installed) return;
  installed = true;
  const real = {
    setTimeout,
    setInterval,
    setImmediate,
    clearTimeout,
    clearInterval,
    clearImmediate,
    now: performance.now.bind(performance),
    date: Date.now,
    random: Math.random,
    delay: timers.setTimeout,
    turn: timers.setImmediate,
  };
  const after = (ms: number, run: () => void) => scheduler!.after(ms, scheduler!.actor!, run, true);
  const isVirtual = () => scheduler?.actor != null;
  const clear = (handle: unknown, otherwise: (handle: never) => void) => {
    if (handle instanceof VirtualTimer) handle.cancel();
    else otherwise(handle as never);
  };
  const fakes = {
    setTimeout(run: Callback, ms = 0, ...args: unknown[]) {
      if (!isVirtual()) return real.setTimeout(run, ms, ...args);
      return new VirtualTimer(after(Math.max(1, ms), () => run(...args)));
    },
    setInterval(run: Callback, ms = 0, ...args: unknown[]) {
      if (!isVirtual()) return real.setInterval(run, ms, ...args);
      const timer = new VirtualTimer(() => {});
      const next = () => {
        timer.cancel = after(Math.max(1, ms), () => {
          next();
          run(...args);
        });
      };
      next();
      return timer;
    },
    setImmediate(run: Callback, ...args: unknown[]) {
      if (!isVirtual()) return real.setImmediate(run, ...args);
      return new VirtualTimer(after(0, () => run(...args)));
    },
    clearTimeout: (handle: unknown) => clear(handle, real.clearTimeout),
    clearInterval: (handle: unknown) => clear(handle, real.clearInterval),
    clearImmediate: (handle: unknown) => clear(handle, real.clearImmediate),
  };
  Object.assign(globalThis, fakes);
  Object.defineProperty(performance, 'now', {
    configurable: true,
    value: () => {
      const actor = scheduler?.actor;
      return actor == null ? real.now() : actor.clockStart + actor.clockRate * scheduler!.now;
    },
  });
  Date.now = () => {
    const actor = scheduler?.actor;
    return actor == null ? real.date() : Math.floor(DAY_MS * (actor.clockStart % YEAR_DAYS) + scheduler!.now);
  };
  Math.random = () => {
    if (isVirtual()) throw new Error('chance that is not of the seed');
    return real.random();
  };
  const delayed = (ms: number, value: unknown, { signal }: { signal?: AbortSignal } = {}) =>
    new Promise((resolve, reject) => {
      signal?.throwIfAborted();
      const cancel = after(Math.max(1, ms), () => {
        signal?.removeEventListener('abort', abort);
        resolve(value);
      });
      const abort = () => {
        cancel();
        reject(signal?.reason);
      };
      signal?.addEventListener('abort', abort);
    });
  const promises = timers as unknown as Record<'setTimeout' | 'setImmediate', unknown>;
  promises.setTimeout = (ms: number, value: unknown, options?: { signal?: AbortSignal }) =>
    isVirtual() ? delayed(ms, value, options) : real.delay(ms, value, options);
  promises.setImmediate = (value: unknown, options?: object) =>
    isVirtual() ? new Promise((resolve) => after(0, () => resolve(value))) : real.turn(value, options);
  syncBuiltinESMExports();
}
