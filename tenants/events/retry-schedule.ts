/** Standard Webhooks 1.0.0, "Deliverability": after the attempt before, in seconds. */
export const RETRY_SECONDS: readonly number[] = [
  5,
  5 * 60,
  30 * 60,
  2 * 3600,
  5 * 3600,
  10 * 3600,
  14 * 3600,
  20 * 3600,
  24 * 3600,
];
/** Up to so much of a wait is added, so that what failed together does not come back together. */
const JITTER = 0.1;
/** What a receiver may ask for. */
const RETRY_AFTER_MAX = 24 * 3600;

/**
 * How long to wait after so many failed attempts, in ms; null when there are to be no more.
 * @param retryAfter seconds that the receiver asked for, null where it did not
 * @param random from 0 to 1
 */
export function waitMs(
  schedule: readonly number[],
  failures: number,
  retryAfter: number | null,
  random: number,
): number | null {
  const seconds = schedule[failures - 1];
  if (seconds === undefined) return null;
  const asked = Math.min(retryAfter ?? 0, RETRY_AFTER_MAX);
  return Math.round(1000 * Math.max(asked, seconds * (1 + JITTER * random)));
}
