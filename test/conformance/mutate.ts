/** Uniform 32-bit numbers from a seed (Marsaglia's xorshift32): quick, and the same everywhere. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = (seed ^ 0x9e3779b9) >>> 0 || 1;
  }

  below(limit: number): number {
    let state = this.#state;
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    this.#state = state >>> 0;
    return this.#state % limit;
  }
}

/** What stands at borders: signs of lengths, fillers, digits, separators. */
const TELLING = [
  0x00, 0xff, 0x7f, 0x80, 0x81, 0x84, 0x1f, 0x9f, 0x30, 0x39, 0xf0, 0xf9, 0x0a, 0xd0, 0x99, 0x20,
];

/**
 * Damages the `length` bytes of `bytes` from `at` on, in place, one to four times: bits that flip, bytes that are
 * telling, runs that are cut out or come twice, an end that is gone or goes on.
 *
 * @returns the new length, at most `most`
 */
export function mutate(random: Random, bytes: Uint8Array, at: number, length: number, most: number): number {
  let count = length;
  for (let times = 1 + random.below(4); times > 0; times--) {
    // The first bytes say how all others are read.
    const place = random.below(3) === 0 ? random.below(Math.min(count, 40) || 1) : random.below(count || 1);
    switch (random.below(8)) {
      case 0:
      case 1:
        bytes[at + place]! ^= 1 << random.below(8);
        break;
      case 2:
        bytes[at + place] = random.below(256);
        break;
      case 3:
      case 4:
        bytes[at + place] = TELLING[random.below(TELLING.length)]!;
        break;
      case 5: {
        const run = Math.min(count - place, 1 + random.below(8));
        bytes.copyWithin(at + place, at + place + run, at + count);
        count -= run;
        break;
      }
      case 6: {
        const run = Math.min(most - count, count - place, 1 + random.below(16));
        bytes.copyWithin(at + place + run, at + place, at + count);
        count += run;
        break;
      }
      case 7:
        if (random.below(2) === 0) count = random.below(count + 1);
        else
          for (let more = random.below(12); more > 0 && count < most; more--)
            bytes[at + count++] = random.below(256);
        break;
    }
    if (count <= 0) return 0;
  }
  return count;
}
