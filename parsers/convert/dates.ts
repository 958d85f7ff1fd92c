const MONTHS = 12;

/** The year, CCYY, that brings a date MMDD nearest to now: dates of 1987 have none. */
export function nearestYear(date: string, now: Date): string {
  const months = Number(date.slice(0, 2)) - (now.getUTCMonth() + 1);
  const year = now.getUTCFullYear() + (months > MONTHS / 2 ? -1 : months < -MONTHS / 2 ? 1 : 0);
  return String(year);
}

/** YY… with its century: 70 to 99 are of the last one. */
export function withCentury(date: string): string {
  return (date.slice(0, 2) >= '70' ? '19' : '20') + date;
}

export function withoutCentury(date: string): string {
  return date.slice(2);
}
