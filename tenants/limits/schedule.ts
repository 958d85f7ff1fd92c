import type { FilterSpec } from '../../ledger/limits/program.js';
import type { Report } from './limits-error.js';
import { type Range, rangesOf } from './names.js';
import { type RuleOf, WEEKDAYS } from './schema.js';

export const DAY_MINUTES = 1440;
const WEEK_MINUTES = 7 * DAY_MINUTES;

/** One stretch of hours, on the days on which it begins; those of whole days when nothing else is said. */
export interface Stretch {
  /** Monday is 0. */
  readonly days: readonly number[];
  readonly from: number;
  /** Up to that minute of the day; of the next day where it is not after `from`. */
  readonly to: number;
}

/** Minutes in which a schedule is closed: the filter of the messages that it declines. */
export function closedTimes(
  rule: RuleOf<'schedule'>,
  place: string,
  report: Report,
): Pick<FilterSpec, 'times' | 'holidayTimes'> {
  const open = Array<boolean>(WEEK_MINUTES).fill(false);
  for (const { days, from, to } of stretchesOf(rule, place, report)) {
    const length = to > from ? to - from : to + DAY_MINUTES - from;
    for (const day of days) {
      const begins = day * DAY_MINUTES + from;
      open.fill(true, begins, begins + length);
      // What goes on after Sunday is of Monday.
      open.fill(true, 0, Math.max(0, begins + length - WEEK_MINUTES));
    }
  }
  const times = closedOf(open);
  const holidayTimes = closedOnHolidays(rule, place, report);
  return holidayTimes === undefined ? { times } : { times, holidayTimes };
}

export function stretchesOf(rule: RuleOf<'schedule'>, place: string, report: Report): readonly Stretch[] {
  const { hours, days, from, to } = rule;
  if (hours !== undefined && (days ?? from ?? to) !== undefined) {
    report(place, 'has `hours`, and days or times of its own beside them');
  }
  return (hours ?? [{ days, from, to }]).map((one, index) => {
    if ((one.from === undefined) !== (one.to === undefined)) {
      report(hours === undefined ? place : `${place}.hours[${index}]`, '`from` and `to` go together');
    }
    const [begins, ends] = [clock(one.from ?? '00:00'), clock(one.to ?? '24:00')];
    if (begins === ends) report(place, `the hours from ${one.from} to ${one.to} are none`);
    return { days: daysOf(one.days ?? 'everyday'), from: begins, to: ends };
  });
}

function closedOnHolidays(rule: RuleOf<'schedule'>, place: string, report: Report): Range[] | undefined {
  const { publicHolidays = 'as-weekday' } = rule;
  if (publicHolidays === 'as-weekday') return undefined;
  if (publicHolidays === 'closed') return [[0, DAY_MINUTES]];
  if (publicHolidays === 'open') return [];
  const [from, to] = [clock(publicHolidays.from), clock(publicHolidays.to)];
  if (from >= to) {
    report(`${place}.publicHolidays`, 'hours of a public holiday end on that day, after they begin');
  }
  return closedOf(Array.from({ length: DAY_MINUTES }, (_, minute) => minute >= from && minute < to));
}

/** What is not open, as a program has it: from a minute up to another, which is not within. */
function closedOf(open: readonly boolean[]): Range[] {
  return rangesOf(open.map((is) => !is)).map(([from, to]) => [from, to + 1]);
}

function daysOf(days: NonNullable<RuleOf<'schedule'>['days']>): readonly number[] {
  if (days === 'everyday') return [0, 1, 2, 3, 4, 5, 6];
  if (days === 'weekdays') return [0, 1, 2, 3, 4];
  if (days === 'weekend') return [5, 6];
  return days.map((day) => WEEKDAYS.indexOf(day)).sort((a, b) => a - b);
}

/** Minutes of `07:30`. */
function clock(text: string): number {
  return 60 * Number(text.slice(0, 2)) + Number(text.slice(3));
}
