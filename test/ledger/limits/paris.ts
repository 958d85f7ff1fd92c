import type { Program } from '../../../ledger/limits/program.js';

const LAST_HOUR_UTC = 1;

/** Minutes since 1970 of 01:00 UTC on the last Sunday of a month (Directive 2000/84/EC). */
function change(year: number, month: number): number {
  const last = new Date(Date.UTC(year, month, 0));
  return Date.UTC(year, month - 1, last.getUTCDate() - last.getUTCDay(), LAST_HOUR_UTC) / 60_000;
}

/** Central European time from 2019 to 2036. */
export const PARIS: Program['calendar'] = {
  zone: 'Europe/Paris',
  transitions: [
    [0, 60],
    ...Array.from({ length: 18 }, (_, index) => 2019 + index).flatMap((year) => [
      [change(year, 3), 120] as [number, number],
      [change(year, 10), 60] as [number, number],
    ]),
  ],
  holidays: [],
};
