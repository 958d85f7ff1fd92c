const MS_A_DAY = 86_400_000;

/** Days since 1970-01-01 in UTC; `at` in ms. */
export function dayOf(at: number): number {
  return Math.floor(at / MS_A_DAY);
}

let knownDay = -1;
let knownYearMonth = 0;

/** The month of a day since 1970, as YYMM: what a card's expiry date is compared with. */
export function yearMonthOf(day: number): number {
  // Remembered, since message after message asks for the same day; it is a function of the day all the same.
  if (day !== knownDay) {
    const date = new Date(day * MS_A_DAY);
    knownYearMonth = (date.getUTCFullYear() % 100) * 100 + date.getUTCMonth() + 1;
    knownDay = day;
  }
  return knownYearMonth;
}
