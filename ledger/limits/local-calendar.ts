import { WINDOW, type Window } from './window.js';

const MINUTES_A_DAY = 1440;
const DAYS_A_WEEK = 7;
/** 1970-01-01 was a Thursday; Monday is 0. */
const WEEKDAY_OF_DAY_0 = 3;
const MONTHS_A_YEAR = 12;
const YEAR_0 = 1970;

/** A minute as a tenant's clock and calendar show it. */
export class LocalMinute {
  /** Minutes since 1970, UTC; −1 before it was set. */
  minute = -1;
  /** Local days since 1970. */
  day = 0;
  minuteOfDay = 0;
  /** Monday is 0. */
  weekday = 0;
  year = 0;
  /** January is 1. */
  month = 0;
  dayOfMonth = 0;
  holiday = false;
}

/**
 * A tenant's time zone and public holidays, as tables that were made when its rules were: what a time zone will be is
 * decided by governments, and a replay must not depend on which of their decisions a machine knows.
 */
export class LocalCalendar {
  /** The minute that is asked for again and again, as it is now, and one from before. */
  readonly #now = new LocalMinute();
  readonly #earlier = new LocalMinute();
  readonly #from: Float64Array;
  readonly #offsets: Int16Array;
  readonly #holidays: ReadonlySet<number>;

  /**
   * @param transitions minutes since 1970 (UTC) from which an offset in minutes holds, in order; the first one holds
   *   before too; none is UTC
   * @param holidays local days since 1970
   */
  constructor(
    transitions: readonly (readonly [minute: number, offset: number])[],
    holidays: readonly number[],
  ) {
    this.#from = Float64Array.from(transitions, ([minute]) => minute);
    this.#offsets = Int16Array.from(transitions, ([, offset]) => offset);
    this.#holidays = new Set(holidays);
  }

  /** Minutes by which local time is ahead of UTC. */
  offsetAt(minute: number): number {
    const from = this.#from;
    if (from.length === 0) return 0;
    let low = 0;
    let high = from.length;
    while (high - low > 1) {
      const middle = (low + high) >>> 1;
      if (from[middle]! <= minute) low = middle;
      else high = middle;
    }
    return this.#offsets[low]!;
  }

  /** The minute of the message at hand: the same object each time, as message after message is of the same minute. */
  now(minute: number): LocalMinute {
    return this.#show(this.#now, minute);
  }

  /** Another minute, likewise. */
  earlier(minute: number): LocalMinute {
    return this.#show(this.#earlier, minute);
  }

  #show(local: LocalMinute, minute: number): LocalMinute {
    if (local.minute === minute) return local;
    const localMinute = minute + this.offsetAt(minute);
    local.minute = minute;
    local.day = Math.floor(localMinute / MINUTES_A_DAY);
    local.minuteOfDay = localMinute - local.day * MINUTES_A_DAY;
    local.weekday = (local.day + WEEKDAY_OF_DAY_0) % DAYS_A_WEEK;
    local.holiday = this.#holidays.has(local.day);
    setDate(local);
    return local;
  }

  /** The first minute (UTC) of a local day: where clocks go forward at midnight, the first that there is. */
  startOf(day: number): number {
    const local = day * MINUTES_A_DAY;
    const before = local - this.offsetAt(local - MINUTES_A_DAY);
    // The offset of the day before holds up to its first minute, unless it changes there, or has changed by then.
    const offset = this.offsetAt(before);
    const start = local - offset;
    return this.offsetAt(start) === offset ? start : before;
  }
}

/** Year, month and day of the month (Howard Hinnant, “chrono-compatible low-level date algorithms”, civil_from_days). */
function setDate(local: LocalMinute): void {
  const shifted = local.day + 719_468;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra -
      Math.floor(dayOfEra / 1460) +
      Math.floor(dayOfEra / 36_524) -
      Math.floor(dayOfEra / 146_096)) /
      365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const shiftedMonth = Math.floor((5 * dayOfYear + 2) / 153);
  local.dayOfMonth = dayOfYear - Math.floor((153 * shiftedMonth + 2) / 5) + 1;
  local.month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9;
  local.year = yearOfEra + era * 400 + (local.month <= 2 ? 1 : 0);
}

/** Local day since 1970 of a date; the inverse of {@link setDate}. `month` may be beyond a year's. */
export function dayOfDate(year: number, month: number, dayOfMonth: number): number {
  const months = year * MONTHS_A_YEAR + month - 1;
  const realYear = Math.floor(months / MONTHS_A_YEAR);
  const realMonth = (months % MONTHS_A_YEAR) + 1;
  const shiftedYear = realMonth <= 2 ? realYear - 1 : realYear;
  const era = Math.floor(shiftedYear / 400);
  const yearOfEra = shiftedYear - era * 400;
  const shiftedMonth = realMonth > 2 ? realMonth - 3 : realMonth + 9;
  const dayOfYear = Math.floor((153 * shiftedMonth + 2) / 5) + dayOfMonth - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}

function daysIn(year: number, month: number): number {
  return dayOfDate(year, month + 1, 1) - dayOfDate(year, month, 1);
}

/** The day on which a month's window begins: one that is not in every month is the last of a shorter one. */
function startInMonth(year: number, month: number, start: number): number {
  return start <= 28 ? start : Math.min(start, daysIn(year, month));
}

/** The number of the period that a minute is in; a greater one is later, and by one the next. */
export function periodOf(window: Window, local: LocalMinute): number {
  switch (window.kind) {
    case WINDOW.day:
      return local.day;
    case WINDOW.week:
      return Math.floor((local.day + WEEKDAY_OF_DAY_0 - window.start) / DAYS_A_WEEK);
    case WINDOW.month: {
      const months = (local.year - YEAR_0) * MONTHS_A_YEAR + local.month - 1;
      return local.dayOfMonth < startInMonth(local.year, local.month, window.start) ? months - 1 : months;
    }
    case WINDOW.year: {
      const first = dayOfDate(
        local.year,
        window.startMonth,
        startInMonth(local.year, window.startMonth, window.start),
      );
      return local.day < first ? local.year - YEAR_0 - 1 : local.year - YEAR_0;
    }
    case WINDOW.trailing:
      return Math.floor(local.minute / window.bucketMinutes);
    default:
      return 0;
  }
}

/** The first local day of a period of a calendar window. */
export function firstDayOf(window: Window, period: number): number {
  switch (window.kind) {
    case WINDOW.day:
      return period;
    case WINDOW.week:
      return period * DAYS_A_WEEK - WEEKDAY_OF_DAY_0 + window.start;
    case WINDOW.month: {
      const year = YEAR_0 + Math.floor(period / MONTHS_A_YEAR);
      const month = (period % MONTHS_A_YEAR) + 1;
      return dayOfDate(year, month, startInMonth(year, month, window.start));
    }
    default: {
      const year = YEAR_0 + period;
      return dayOfDate(year, window.startMonth, startInMonth(year, window.startMonth, window.start));
    }
  }
}
