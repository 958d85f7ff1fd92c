import { dayOfDate } from '../../ledger/limits/local-calendar.js';

/**
 * When a public holiday is: `MM-DD`; `easter+N` in days; `1 mon 05`, the first Monday of May; `-1 mon 05`, the last.
 * What follows: `>` the next weekday that is none where it is on a weekend (United Kingdom); `<sun` the day before
 * where it is a Sunday; `%5` in years that can be divided by 5.
 */
type When = string;

const GOOD_FRIDAY = 'easter-2';
const EASTER_MONDAY = 'easter+1';
const ASCENSION = 'easter+39';
const WHIT_MONDAY = 'easter+50';
const CORPUS_CHRISTI = 'easter+60';

const FR = [
  '01-01',
  EASTER_MONDAY,
  '05-01',
  '05-08',
  ASCENSION,
  WHIT_MONDAY,
  '07-14',
  '08-15',
  '11-01',
  '11-11',
  '12-25',
];
const FR_ALSACE_MOSELLE = [...FR, GOOD_FRIDAY, '12-26'];
const DE = ['01-01', GOOD_FRIDAY, EASTER_MONDAY, '05-01', ASCENSION, WHIT_MONDAY, '10-03', '12-25', '12-26'];
const REFORMATION = '10-31';
const GB_NEW_YEAR_AND_ON = ['01-01>', GOOD_FRIDAY, '1 mon 05', '-1 mon 05', '12-25>', '12-26>'];
const GB_ENG = [...GB_NEW_YEAR_AND_ON, EASTER_MONDAY, '-1 mon 08'];

/**
 * Public holidays by ISO 3166-1 country, and by ISO 3166-2 part of it where those differ. What a town or a
 * government adds for itself or for once is no rule: that is what `extra` of a document is for.
 */
const HOLIDAYS: Readonly<Record<string, readonly When[]>> = {
  // Code du travail, article L3133-1; of Alsace and Moselle L3134-13.
  FR,
  'FR-57': FR_ALSACE_MOSELLE,
  'FR-67': FR_ALSACE_MOSELLE,
  'FR-68': FR_ALSACE_MOSELLE,
  // The laws of the Länder; 3 October by the Unification Treaty, article 2.
  DE,
  'DE-BB': [...DE, 'easter+0', 'easter+49', REFORMATION],
  'DE-BE': [...DE, '03-08'],
  'DE-BW': [...DE, '01-06', CORPUS_CHRISTI, '11-01'],
  'DE-BY': [...DE, '01-06', CORPUS_CHRISTI, '11-01'],
  'DE-HB': [...DE, REFORMATION],
  'DE-HE': [...DE, CORPUS_CHRISTI],
  'DE-HH': [...DE, REFORMATION],
  'DE-MV': [...DE, '03-08', REFORMATION],
  'DE-NI': [...DE, REFORMATION],
  'DE-NW': [...DE, CORPUS_CHRISTI, '11-01'],
  'DE-RP': [...DE, CORPUS_CHRISTI, '11-01'],
  'DE-SH': [...DE, REFORMATION],
  'DE-SL': [...DE, CORPUS_CHRISTI, '08-15', '11-01'],
  'DE-SN': [...DE, REFORMATION, 'penance'],
  'DE-ST': [...DE, '01-06', REFORMATION],
  'DE-TH': [...DE, '09-20', REFORMATION],
  // Real Decreto 2001/1983, article 45: those that hold in all of Spain.
  ES: ['01-01', '01-06', GOOD_FRIDAY, '05-01', '08-15', '10-12', '11-01', '12-06', '12-08', '12-25'],
  // Legge 260/1949; 4 October again since 2026 (legge 151/2025).
  IT: [
    '01-01',
    '01-06',
    'easter+0',
    EASTER_MONDAY,
    '04-25',
    '05-01',
    '06-02',
    '08-15',
    '10-04 from 2026',
    '11-01',
    '12-08',
    '12-25',
    '12-26',
  ],
  // Arrêté royal of 18 April 1974, article 1.
  BE: ['01-01', EASTER_MONDAY, '05-01', ASCENSION, WHIT_MONDAY, '07-21', '08-15', '11-01', '11-11', '12-25'],
  // Algemene termijnenwet, article 3; 5 May is a day off every five years.
  NL: [
    '01-01',
    'easter+0',
    EASTER_MONDAY,
    '04-27<sun',
    '05-05%5',
    ASCENSION,
    'easter+49',
    WHIT_MONDAY,
    '12-25',
    '12-26',
  ],
  // Code du travail, article L. 232-2.
  LU: [
    '01-01',
    EASTER_MONDAY,
    '05-01',
    '05-09',
    ASCENSION,
    WHIT_MONDAY,
    '06-23',
    '08-15',
    '11-01',
    '12-25',
    '12-26',
  ],
  // Código do Trabalho, article 234.
  PT: [
    '01-01',
    GOOD_FRIDAY,
    'easter+0',
    '04-25',
    '05-01',
    CORPUS_CHRISTI,
    '06-10',
    '08-15',
    '10-05',
    '11-01',
    '12-01',
    '12-08',
    '12-25',
  ],
  // Banking and Financial Dealings Act 1971, schedule 1, and what is proclaimed each year.
  GB: GB_ENG,
  'GB-ENG': GB_ENG,
  'GB-WLS': GB_ENG,
  'GB-SCT': [...GB_NEW_YEAR_AND_ON, '01-02>', '1 mon 08', '11-30>'],
  'GB-NIR': [...GB_ENG, '03-17>', '07-12>'],
};

export const HOLIDAY_CALENDARS = Object.keys(HOLIDAYS);

const YEARS_BEFORE = 1;
const YEARS_AHEAD = 10;
/** 1970-01-01 was a Thursday; Monday is 0. */
const WEEKDAY_OF_DAY_0 = 3;
const SATURDAY = 5;
const SUNDAY = 6;

const weekdayOf = (day: number) => (day + WEEKDAY_OF_DAY_0) % 7;

/**
 * Public holidays from a year before `year` until ten years after it, as local days since 1970, in order.
 * @param calendars keys of {@link HOLIDAY_CALENDARS}
 */
export function holidaysOf(calendars: readonly string[], year: number): number[] {
  const days = new Set<number>();
  for (const calendar of calendars) {
    for (let at = year - YEARS_BEFORE; at <= year + YEARS_AHEAD; at++) {
      for (const day of daysOf(HOLIDAYS[calendar] ?? [], at)) days.add(day);
    }
  }
  return [...days].sort((a, b) => a - b);
}

function daysOf(holidays: readonly When[], year: number): Set<number> {
  const days = new Set<number>();
  const moved: number[] = [];
  for (const holiday of holidays) {
    const day = dayOf(holiday, year);
    if (day === undefined) continue;
    days.add(day);
    if (holiday.endsWith('>') && weekdayOf(day) >= SATURDAY) moved.push(day);
  }
  // One after the other: of Christmas on a Saturday the substitute is Monday, and that of the day after is Tuesday.
  for (const day of moved.sort((a, b) => a - b)) {
    let substitute = day + 1;
    while (weekdayOf(substitute) >= SATURDAY || days.has(substitute)) substitute++;
    days.add(substitute);
  }
  return days;
}

/** The local day of a holiday in a year, if there is one. */
function dayOf(holiday: When, year: number): number | undefined {
  if (holiday.startsWith('easter')) return easter(year) + Number(holiday.slice('easter'.length));
  // The Wednesday before 23 November (Sächsisches SFG, § 1).
  if (holiday === 'penance') return lastBefore(dayOfDate(year, 11, 23), 2);
  const nth = /^(-?1) mon (\d\d)$/.exec(holiday);
  if (nth !== null) {
    const [, which, month] = nth;
    if (which === '-1') return lastBefore(dayOfDate(year, Number(month) + 1, 1), 0);
    return lastBefore(dayOfDate(year, Number(month), 8), 0);
  }
  const day = dayOfDate(year, Number(holiday.slice(0, 2)), Number(holiday.slice(3, 5)));
  const rest = holiday.slice(5);
  if (rest.startsWith('%')) return year % Number(rest.slice(1)) === 0 ? day : undefined;
  if (rest.startsWith(' from ')) return year >= Number(rest.slice(6)) ? day : undefined;
  return rest === '<sun' && weekdayOf(day) === SUNDAY ? day - 1 : day;
}

/** The last day of that weekday before a day. */
function lastBefore(day: number, weekday: number): number {
  return day - 1 - ((weekdayOf(day - 1) - weekday + 7) % 7);
}

/** Easter Sunday of the Gregorian calendar (J. Meeus, Astronomical Algorithms, chapter 8). */
function easter(year: number): number {
  const a = year % 19;
  const b = Math.floor(year / 100);
  const c = year % 100;
  const f = Math.floor((b + 8) / 25);
  const g = Math.floor((b - f + 1) / 3);
  const h = (19 * a + b - Math.floor(b / 4) - g + 15) % 30;
  const l = (32 + 2 * (b % 4) + 2 * Math.floor(c / 4) - h - (c % 4)) % 7;
  const m = Math.floor((a + 11 * h + 22 * l) / 451);
  const n = h + l - 7 * m + 114;
  return dayOfDate(year, Math.floor(n / 31), (n % 31) + 1);
}
