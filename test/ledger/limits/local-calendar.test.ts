import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { dayOfDate, firstDayOf, LocalCalendar, periodOf } from '../../../ledger/limits/local-calendar.js';
import { WINDOW, type Window } from '../../../ledger/limits/window.js';
import { holds } from '../../parsers/property.js';
import { PARIS } from './paris.js';

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
const calendar = new LocalCalendar(PARIS.transitions, [dayOfDate(2026, 7, 14)]);
const minuteOf = (text: string) => Date.parse(text) / MINUTE_MS;

const shown = new Intl.DateTimeFormat('en-GB', {
  timeZone: 'Europe/Paris',
  hourCycle: 'h23',
  year: 'numeric',
  month: '2-digit',
  day: '2-digit',
  hour: '2-digit',
  minute: '2-digit',
  weekday: 'short',
});

t.test('it shows what the time zone database shows, at any minute from 2020 to 2035', async (t) => {
  const minutes = fc.integer({ min: Date.UTC(2020, 0) / MINUTE_MS, max: Date.UTC(2035, 11) / MINUTE_MS });
  holds(
    t,
    fc.property(minutes, (minute) => {
      const local = calendar.now(minute);
      const parts = shown.formatToParts(new Date(minute * MINUTE_MS));
      const part = (type: string) => parts.find((one) => one.type === type)!.value;
      assert.equal(
        `${local.year}-${local.month}-${local.dayOfMonth}`,
        `${+part('year')}-${+part('month')}-${+part('day')}`,
      );
      assert.equal(local.minuteOfDay, +part('hour') * 60 + +part('minute'));
      assert.equal(['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'][local.weekday], part('weekday'));
    }),
    1000,
  );
});

t.test('dates and days lead to each other', async (t) => {
  holds(
    t,
    fc.property(fc.integer({ min: 0, max: 50_000 }), (day) => {
      const date = new Date(day * DAY_MS);
      assert.equal(dayOfDate(date.getUTCFullYear(), date.getUTCMonth() + 1, date.getUTCDate()), day);
    }),
    1000,
  );
});

t.test('a local day is 23 hours long when clocks go forward, and 25 when they go back', async (t) => {
  for (const [month, day, hours] of [
    [3, 28, 24],
    [3, 29, 23],
    [10, 25, 25],
    [10, 26, 24],
  ] as const) {
    const local = dayOfDate(2026, month, day);
    t.equal((calendar.startOf(local + 1) - calendar.startOf(local)) / 60, hours, `2026-${month}-${day}`);
  }
});

t.test('a day’s first minute is the first that is shown as of that day', async (t) => {
  holds(
    t,
    fc.property(fc.integer({ min: dayOfDate(2020, 1, 1), max: dayOfDate(2035, 1, 1) }), (day) => {
      const start = calendar.startOf(day);
      assert.equal(calendar.now(start).day, day);
      assert.equal(calendar.now(start - 1).day, day - 1);
    }),
    1000,
  );
});

t.test('where clocks go forward at midnight, a day begins later', async (t) => {
  // As in Asunción: 00:00 to 01:00 on the first Sunday of October is missing.
  const change = Date.UTC(2023, 9, 1, 4) / MINUTE_MS;
  const asuncion = new LocalCalendar(
    [
      [0, -240],
      [change, -180],
    ],
    [],
  );
  const day = dayOfDate(2023, 10, 1);
  t.equal(asuncion.startOf(day), change);
  t.equal(asuncion.now(change).minuteOfDay, 60);
  t.equal(asuncion.now(change - 1).day, day - 1);
});

t.test('a month that begins on the 31st begins on the last day of a shorter one', async (t) => {
  const window: Window = { kind: WINDOW.month, start: 31, startMonth: 1, bucketMinutes: 1, buckets: 1 };
  const period = (text: string) => periodOf(window, calendar.now(minuteOf(text)));
  t.equal(period('2026-02-27T12:00Z'), period('2026-01-31T12:00Z'));
  t.equal(period('2026-02-28T12:00Z'), period('2026-01-31T12:00Z') + 1);
  t.equal(period('2026-03-30T12:00Z'), period('2026-02-28T12:00Z'));
  t.equal(period('2026-03-31T12:00Z'), period('2026-02-28T12:00Z') + 1);
  t.equal(period('2028-02-28T12:00Z'), period('2028-01-31T12:00Z'), 'a leap year');
  t.equal(period('2028-02-29T12:00Z'), period('2028-01-31T12:00Z') + 1);
});

t.test('days belong to one period each, whose first day is told', async (t) => {
  const window = fc.record({
    kind: fc.constantFrom(WINDOW.day, WINDOW.month, WINDOW.year),
    start: fc.integer({ min: 1, max: 31 }),
    startMonth: fc.integer({ min: 1, max: 12 }),
    bucketMinutes: fc.constant(1),
    buckets: fc.constant(1),
  });
  const week = fc.record({
    kind: fc.constant(WINDOW.week),
    start: fc.integer({ min: 0, max: 6 }),
    startMonth: fc.constant(1),
    bucketMinutes: fc.constant(1),
    buckets: fc.constant(1),
  });
  const days = fc.integer({ min: dayOfDate(2020, 1, 1), max: dayOfDate(2035, 1, 1) });
  holds(
    t,
    fc.property(fc.oneof(window, week), days, (window, day) => {
      const of = (local: number) => periodOf(window, calendar.now(calendar.startOf(local)));
      const period = of(day);
      const first = firstDayOf(window, period);
      assert.equal(of(first), period);
      assert.equal(of(first - 1), period - 1);
      assert.ok(first <= day && day < firstDayOf(window, period + 1));
    }),
    1000,
  );
});

t.test('a public holiday is one all day long', async (t) => {
  t.equal(calendar.now(minuteOf('2026-07-13T22:00Z')).holiday, true);
  t.equal(calendar.now(minuteOf('2026-07-14T21:59Z')).holiday, true);
  t.equal(calendar.now(minuteOf('2026-07-14T22:00Z')).holiday, false);
});
