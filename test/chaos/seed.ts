import type { Test } from 'tap';

/** A seed of its own for each run, or the one in `CHAOS_SEED`; printed, so that a failed run can be made again. */
export function newSeed(t: Test): number {
  const seed = Number(process.env.CHAOS_SEED ?? Date.now() % 2 ** 31);
  t.comment(`CHAOS_SEED=${seed}`);
  return seed;
}
