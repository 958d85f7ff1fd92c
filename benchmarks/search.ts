export interface SearchOptions {
  /** A rate that is known to hold, or the first to try. */
  readonly from: number;
  readonly fromHolds: boolean;
  /** Factor between tries until one fails, above 1. */
  readonly growth: number;
  /** Stop when the lowest failure is within this factor of the highest success, above 1. */
  readonly precision: number;
  /** Greatest number of tries. */
  readonly triesMax: number;
}

/**
 * The highest rate that holds, to a precision: goes up (or down) by a factor until the answer changes, then
 * halves the bracket. Rates are rounded to whole hundreds, so that reports read well.
 *
 * @returns 0 when none held
 */
export async function searchHighest(
  options: SearchOptions,
  holds: (rate: number) => Promise<boolean>,
): Promise<number> {
  const { from, growth, precision, triesMax } = options;
  let low = options.fromHolds ? from : 0;
  let high = Number.POSITIVE_INFINITY;
  let rate = options.fromHolds ? rounded(from * growth) : from;
  for (let tries = 0; tries < triesMax; tries++) {
    if (await holds(rate)) low = rate;
    else high = rate;
    if (low > 0 && high <= low * precision) break;
    if (high === Number.POSITIVE_INFINITY) rate = rounded(low * growth);
    else if (low === 0) rate = rounded(high / growth);
    else rate = rounded((low + high) / 2);
    if (rate <= low || rate >= high) break;
  }
  return low;
}

function rounded(rate: number): number {
  return Math.max(100, Math.round(rate / 100) * 100);
}
