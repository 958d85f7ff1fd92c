import type { RuleSpec } from '../../ledger/limits/program.js';
import { WINDOW } from '../../ledger/limits/window.js';
import { WEEKDAYS, type Window } from './schema.js';

const MINUTES = { m: 1, h: 60, d: 1440 } as const;
/** Sizes of a bucket that people can picture, in minutes. */
const ROUND = [1, 5, 10, 15, 30, 60, 120, 180, 240, 360, 720, 1440, 2880, 7200, 10_080, 14_400];
const BUCKETS = 31;
const BUCKETS_MAX = 96;

type WindowSpec = Pick<RuleSpec, 'window' | 'start' | 'startMonth' | 'bucketMinutes' | 'buckets'>;

/** A window as a rule has it, or in words what is wrong with it. */
export function windowOf(window: Window): WindowSpec | string {
  if (typeof window === 'string') return { window: WINDOW[window] };
  if ('week' in window) return { window: WINDOW.week, start: WEEKDAYS.indexOf(window.week.startsOn) };
  if ('month' in window) return { window: WINDOW.month, start: window.month.startsOn };
  if ('year' in window) {
    const { month, startsOn = 1 } = window.year;
    return { window: WINDOW.year, start: startsOn, startMonth: month };
  }
  const minutes = minutesOf(window.trailing);
  const buckets = window.buckets ?? bucketsOf(minutes);
  if (minutes % buckets !== 0)
    return `${window.trailing} can't be cut into ${buckets} equal buckets of whole minutes`;
  return { window: WINDOW.trailing, bucketMinutes: minutes / buckets, buckets };
}

/** Minutes of `90m`, `24h`, `30d`. */
export function minutesOf(length: string): number {
  return Number(length.slice(0, -1)) * MINUTES[length.at(-1) as keyof typeof MINUTES];
}

/** So many that buckets are of a round size, and few; where none is, as many as can be. */
function bucketsOf(minutes: number): number {
  const round = ROUND.find((size) => minutes % size === 0 && minutes / size <= BUCKETS);
  if (round !== undefined) return minutes / round;
  let buckets = BUCKETS_MAX;
  while (minutes % buckets !== 0) buckets--;
  return buckets;
}
