import type { SeededRandom } from './random.js';

/** Picks an index in [0, count). */
export interface Choice {
  next(): number;
}

/** Every index as likely as any other. */
export function uniformChoice(random: SeededRandom, count: number): Choice {
  return { next: () => random.below(count) };
}

/** Index i with a likelihood in proportion to `weights[i]`. */
export function weightedChoice(random: SeededRandom, weights: ArrayLike<number>): Choice {
  const cumulative = new Float64Array(weights.length);
  let total = 0;
  for (let index = 0; index < weights.length; index++) {
    total += weights[index]!;
    cumulative[index] = total;
  }
  return {
    next() {
      const mark = random.next() * total;
      let low = 0;
      let high = cumulative.length - 1;
      while (low < high) {
        const middle = (low + high) >> 1;
        if (cumulative[middle]! > mark) high = middle;
        else low = middle + 1;
      }
      return low;
    },
  };
}

/** Index i with a likelihood in proportion to 1 / (i + 1)^exponent: few cards busy, many quiet. */
export function zipfChoice(random: SeededRandom, count: number, exponent: number): Choice {
  return weightedChoice(
    random,
    Float64Array.from({ length: count }, (_, index) => (index + 1) ** -exponent),
  );
}
