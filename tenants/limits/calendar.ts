import { dayOfDate } from '../../ledger/limits/local-calendar.js';
import type { Program } from '../../ledger/limits/program.js';
import { suggestion } from '../document.js';
import { HOLIDAY_CALENDARS, holidaysOf } from './holidays.js';
import type { Report } from './limits-error.js';
import { asList } from './names.js';
import type { LimitsDocument } from './schema.js';
import { type Transition, transitionsOf } from './time-zone.js';

const DAY_MS = 86_400_000;

/** The tables of a document's time zone and public holidays, around a year. */
export function calendarOf(document: LimitsDocument, year: number, report: Report): Program['calendar'] {
  const { timeZone = 'UTC' } = document;
  return {
    zone: timeZone,
    transitions: transitionsIn(timeZone, year, report),
    holidays: holidayDays(document, year, report),
  };
}

function transitionsIn(zone: string, year: number, report: Report): Transition[] {
  try {
    return [...transitionsOf(zone, year)];
  } catch (error) {
    // What Intl says of a zone that it does not know.
    if (!(error instanceof RangeError)) throw error;
    report(
      'timeZone',
      `there is no time zone '${zone}'${suggestion(zone, Intl.supportedValuesOf('timeZone'))}`,
    );
    return [];
  }
}

/** Local days since 1970; none where no rule asks for them, so that the program is short. */
function holidayDays({ holidays, rules }: LimitsDocument, year: number, report: Report): number[] {
  const isAsked = rules.some(
    (rule) => rule.kind === 'schedule' && (rule.publicHolidays ?? 'as-weekday') !== 'as-weekday',
  );
  if (holidays === undefined) {
    if (isAsked)
      report('holidays', 'a schedule goes by public holidays, and nothing says which: as holidays: FR');
    return [];
  }
  const isMapping = typeof holidays === 'object' && !Array.isArray(holidays);
  const { of = [], extra = [], except = [] } = isMapping ? (holidays as Own) : { of: holidays as Own['of'] };
  const calendars = asList(of);
  for (const calendar of calendars) {
    if (HOLIDAY_CALENDARS.includes(calendar)) continue;
    const known = suggestion(calendar, HOLIDAY_CALENDARS);
    report(
      'holidays',
      `the public holidays of '${calendar}' are not known${known}; name their days in \`extra\``,
    );
  }
  const days = new Set(holidaysOf(calendars, year));
  for (const date of extra) days.add(dayOf(date, report));
  for (const date of except) days.delete(dayOf(date, report));
  return isAsked ? [...days].sort((a, b) => a - b) : [];
}

type Own = Extract<LimitsDocument['holidays'], { readonly of?: unknown }>;

function dayOf(date: string, report: Report): number {
  const [year = 0, month = 0, dayOfMonth = 0] = date.split('-').map(Number);
  const day = dayOfDate(year, month, dayOfMonth);
  if (month < 1 || new Date(day * DAY_MS).toISOString().slice(0, 10) !== date) {
    report('holidays', `there is no day ${date}`);
    return 0;
  }
  return day;
}
