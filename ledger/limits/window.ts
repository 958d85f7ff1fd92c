/** Over what a rule counts. The numbers stand in compiled rules, so they never change their meaning. */
export const WINDOW = {
  /** Nothing is counted: each message by itself. */
  transaction: 0,
  day: 1,
  week: 2,
  month: 3,
  year: 4,
  lifetime: 5,
  /** The last so many minutes, whenever that is. */
  trailing: 6,
  /** Since the last strong authentication of the cardholder (Regulation (EU) 2018/389, articles 11 and 16). */
  authentication: 7,
} as const;

export interface Window {
  /** One of {@link WINDOW}. */
  readonly kind: number;
  /** Of a week: its first day, Monday is 0. Of a month: the day of the month on which it begins; of a year likewise. */
  readonly start: number;
  /** Of a year: the month in which it begins; January is 1. */
  readonly startMonth: number;
  /** Of a trailing window: minutes of a bucket, and how many of them the window has. */
  readonly bucketMinutes: number;
  readonly buckets: number;
}
