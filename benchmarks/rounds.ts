/** Something that is timed: `run` does it `times` times over, and returns what keeps it from being left out. */
export interface Subject {
  readonly name: string;
  /** How often in one round; so that each round takes about as long. */
  readonly times: number;
  readonly run: (times: number) => number;
}

/** Microseconds for one time, in the round that is in the middle, and in the quickest and slowest ones. */
export interface Timing {
  readonly name: string;
  readonly medianUs: number;
  readonly leastUs: number;
  readonly mostUs: number;
}

/**
 * Times subjects in rounds, one after the other in each, so that what the machine does meanwhile meets all of them
 * alike. The first `warmups` rounds do not count.
 */
export function timeInRounds(
  subjects: readonly Subject[],
  rounds: number,
  warmups: number,
): readonly Timing[] {
  const times = subjects.map((): number[] => []);
  let kept = 0;
  for (let round = 0; round < warmups + rounds; round++) {
    for (const [index, { run, times: count }] of subjects.entries()) {
      const from = process.hrtime.bigint();
      kept += run(count);
      const us = Number(process.hrtime.bigint() - from) / 1000 / count;
      if (round >= warmups) times[index]!.push(us);
    }
  }
  if (!Number.isFinite(kept)) throw new RangeError('a subject returned no number');
  return subjects.map(({ name }, index) => {
    const sorted = times[index]!.sort((a, b) => a - b);
    return {
      name,
      medianUs: sorted[sorted.length >> 1]!,
      leastUs: sorted[0]!,
      mostUs: sorted.at(-1)!,
    };
  });
}
