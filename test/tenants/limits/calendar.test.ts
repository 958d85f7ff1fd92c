import t from 'tap';
import { LocalCalendar } from '../../../ledger/limits/local-calendar.js';
import { holidaysOf } from '../../../tenants/limits/holidays.js';
import { transitionsOf } from '../../../tenants/limits/time-zone.js';
import { compiled, DocumentedTenant } from './documented-tenant.js';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const HOUR = 60;
/** Minutes of a step that is no part of a day or a week, so that all hours come up. */
const STEP = 25 * HOUR + 7;

const ZONES = [
  'Europe/Paris',
  'Europe/London',
  'America/New_York',
  'America/St_Johns',
  'America/Santiago',
  'Africa/Casablanca',
  'Asia/Kathmandu',
  'Australia/Lord_Howe',
  'Pacific/Apia',
];

for (const zone of ZONES) {
  t.test(`local time of ${zone} is that of Intl for twenty years`, async (t) => {
    const calendar = new LocalCalendar(transitionsOf(zone, 2026), []);
    const format = new Intl.DateTimeFormat('sv-SE', {
      timeZone: zone,
      dateStyle: 'short',
      timeStyle: 'short',
    });
    let wrong = 0;
    for (
      let minute = Date.UTC(2020, 0) / MINUTE_MS;
      minute < Date.UTC(2046, 11) / MINUTE_MS;
      minute += STEP
    ) {
      const shown = format.format(minute * MINUTE_MS);
      const local = new Date((minute + calendar.offsetAt(minute)) * MINUTE_MS).toISOString();
      if (shown.replace(' ', 'T') !== local.slice(0, 16)) wrong++;
    }
    t.equal(wrong, 0);
  });

  t.test(`clocks of ${zone} change at the very minute`, async (t) => {
    const format = new Intl.DateTimeFormat('en', { timeZone: zone, timeZoneName: 'longOffset' });
    const offsetText = (minute: number) => format.format(minute * MINUTE_MS).split('GMT')[1];
    for (const [minute] of transitionsOf(zone, 2026).slice(1)) {
      t.not(offsetText(minute - 1), offsetText(minute), String(minute));
    }
  });
}

t.test('UTC needs no table', async (t) => {
  t.same(transitionsOf('UTC', 2026), []);
  t.same(transitionsOf('Etc/UTC', 2026), []);
});

function holidaysIn(calendar: string, year: number): string[] {
  return holidaysOf([calendar], year)
    .map((day) => new Date(day * DAY_MS).toISOString().slice(0, 10))
    .filter((date) => date.startsWith(String(year)))
    .map((date) => date.slice(5));
}

/** As the governments published them. */
const PUBLISHED: readonly (readonly [calendar: string, year: number, days: string])[] = [
  ['FR', 2026, '01-01 04-06 05-01 05-08 05-14 05-25 07-14 08-15 11-01 11-11 12-25'],
  ['FR-67', 2026, '01-01 04-03 04-06 05-01 05-08 05-14 05-25 07-14 08-15 11-01 11-11 12-25 12-26'],
  ['DE', 2026, '01-01 04-03 04-06 05-01 05-14 05-25 10-03 12-25 12-26'],
  ['DE-SN', 2026, '01-01 04-03 04-06 05-01 05-14 05-25 10-03 10-31 11-18 12-25 12-26'],
  ['ES', 2026, '01-01 01-06 04-03 05-01 08-15 10-12 11-01 12-06 12-08 12-25'],
  ['IT', 2026, '01-01 01-06 04-05 04-06 04-25 05-01 06-02 08-15 10-04 11-01 12-08 12-25 12-26'],
  ['BE', 2027, '01-01 03-29 05-01 05-06 05-17 07-21 08-15 11-01 11-11 12-25'],
  ['NL', 2025, '01-01 04-20 04-21 04-26 05-05 05-29 06-08 06-09 12-25 12-26'],
  ['NL', 2026, '01-01 04-05 04-06 04-27 05-14 05-24 05-25 12-25 12-26'],
  ['GB', 2026, '01-01 04-03 04-06 05-04 05-25 08-31 12-25 12-26 12-28'],
  ['GB', 2027, '01-01 03-26 03-29 05-03 05-31 08-30 12-25 12-26 12-27 12-28'],
  ['GB-SCT', 2026, '01-01 01-02 04-03 05-04 05-25 08-03 11-30 12-25 12-26 12-28'],
];

for (const [calendar, year, days] of PUBLISHED) {
  t.test(`public holidays of ${calendar} in ${year}`, async (t) => {
    t.equal(holidaysIn(calendar, year).join(' '), days);
  });
}

t.test('holidays reach from a year before to ten years after', async (t) => {
  const days = holidaysOf(['FR'], 2026);
  t.equal(days[0], Date.UTC(2025, 0, 1) / DAY_MS);
  t.equal(days.at(-1), Date.UTC(2036, 11, 25) / DAY_MS);
  t.equal(holidaysOf(['FR', 'FR'], 2026).length, days.length, 'each once');
});

t.test('own days are added and taken away', async (t) => {
  const holidays = { of: 'FR', extra: ['2026-12-24', '2026-07-14'], except: ['2026-08-15'] };
  const schedule = { name: 'closed', kind: 'schedule', publicHolidays: 'closed' };
  const days = compiled({ holidays, rules: [schedule] }).program.calendar.holidays;
  const day = (month: number, date: number) => Date.UTC(2026, month - 1, date) / DAY_MS;
  t.ok(days.includes(day(12, 24)));
  t.notOk(days.includes(day(8, 15)));
  t.same(
    days,
    [...new Set(days)].sort((a, b) => a - b),
  );
  const withoutSchedule = compiled({ holidays, rules: [] }).program.calendar.holidays;
  t.same(withoutSchedule, [], 'no table where nobody asks for it');
});

t.test('a day in which the clocks change is a day, of 23 or of 25 hours', async (t) => {
  const tenant = new DocumentedTenant(`
    timeZone: Europe/Paris
    rules: [{ name: a day, kind: count, count: 1, window: day }]`);
  t.equal(tenant.at('2026-03-28T23:00Z').code(), 0, 'Sunday 0:00');
  t.equal(tenant.at('2026-03-29T21:59Z').code(), 65, 'Sunday 23:59');
  t.equal(tenant.at('2026-03-29T22:00Z').code(), 0, 'Monday 0:00');
  t.equal(tenant.at('2026-10-24T22:00Z').code(), 0, 'Sunday 0:00');
  t.equal(tenant.at('2026-10-25T22:59Z').code(), 65, 'Sunday 23:59, the 25th hour');
  t.equal(tenant.at('2026-10-25T23:00Z').code(), 0, 'Monday 0:00');
});

t.test('hours that the clocks leave out, or have twice', async (t) => {
  const tenant = new DocumentedTenant(`
    timeZone: Europe/Paris
    rules: [{ name: night, kind: schedule, from: "02:30", to: "03:30" }]`);
  t.equal(tenant.at('2026-03-29T00:59Z').code(), 57, '1:59');
  t.equal(tenant.at('2026-03-29T01:00Z').code(), 0, '3:00, right after 1:59');
  t.equal(tenant.at('2026-03-29T01:30Z').code(), 57, '3:30');
  t.equal(tenant.at('2026-10-25T00:30Z').code(), 0, '2:30');
  t.equal(tenant.at('2026-10-25T01:00Z').code(), 57, '2:00 again');
  t.equal(tenant.at('2026-10-25T01:30Z').code(), 0, '2:30 again');
});

t.test('weeks, months and years begin where they are said to', async (t) => {
  const first = (window: object | string, times: readonly string[]) => {
    const tenant = new DocumentedTenant({
      timeZone: 'Europe/Paris',
      rules: [{ name: 'one', kind: 'count', count: 1, window }],
    });
    return times.map((time) => tenant.at(time).code());
  };
  t.same(first('week', ['2026-06-14T22:00Z', '2026-06-21T21:59Z', '2026-06-21T22:00Z']), [0, 65, 0]);
  t.same(
    first({ week: { startsOn: 'saturday' } }, [
      '2026-06-12T22:00Z',
      '2026-06-19T21:59Z',
      '2026-06-19T22:00Z',
    ]),
    [0, 65, 0],
  );
  t.same(first('month', ['2026-06-30T21:59Z', '2026-06-30T22:00Z']), [0, 0]);
  t.same(
    first({ month: { startsOn: 31 } }, ['2026-08-31T12:00Z', '2026-09-29T21:59Z', '2026-09-29T22:00Z']),
    [0, 65, 0],
    'the last day of a month of 30',
  );
  t.same(
    first({ year: { month: 4, startsOn: 6 } }, [
      '2026-04-05T21:59Z',
      '2026-04-05T22:00Z',
      '2026-12-31T12:00Z',
    ]),
    [0, 0, 65],
  );
});

t.test('a trailing window counts all of its length, and never less', async (t) => {
  const tenant = new DocumentedTenant(`
    rules: [{ name: a, kind: count, count: 1, window: { trailing: 24h } }]`);
  t.equal(tenant.at('2026-06-15T12:59Z').code(), 0);
  t.equal(tenant.at('2026-06-16T12:59Z').code(), 65, 'the hour in which it began counts as a whole');
  t.equal(tenant.at('2026-06-16T13:00Z').code(), 0);
});

t.test('buckets are of a round length, or so many as are asked for', async (t) => {
  const bucketsOf = (window: object) => {
    const rules = [{ name: 'a', kind: 'count', count: 1, window }];
    const { buckets, bucketMinutes } = compiled({ rules }).program.rules[0]!;
    return [buckets, bucketMinutes];
  };
  t.same(bucketsOf({ trailing: '24h' }), [24, 60]);
  t.same(bucketsOf({ trailing: '90m' }), [18, 5]);
  t.same(bucketsOf({ trailing: '30d' }), [30, 1440]);
  t.same(bucketsOf({ trailing: '7d' }), [28, 360]);
  t.same(bucketsOf({ trailing: '97m' }), [1, 97], 'a prime number of minutes');
  t.same(bucketsOf({ trailing: '24h', buckets: 96 }), [96, 15]);
});

t.test('a schedule may cross midnight, and the end of the week', async (t) => {
  const tenant = new DocumentedTenant(`
    rules:
      - name: nights
        kind: schedule
        hours:
          - { days: [sunday, friday], from: "22:00", to: "02:00" }
          - { days: [wednesday] }`);
  t.equal(tenant.at('2026-06-14T21:59Z').code(), 57, 'Sunday');
  t.equal(tenant.at('2026-06-14T22:00Z').code(), 0);
  t.equal(tenant.at('2026-06-15T01:59Z').code(), 0, 'Monday');
  t.equal(tenant.at('2026-06-15T02:00Z').code(), 57);
  t.equal(tenant.at('2026-06-17T00:00Z').code(), 0, 'Wednesday, all of it');
  t.equal(tenant.at('2026-06-17T23:59Z').code(), 0);
  t.equal(tenant.at('2026-06-18T00:00Z').code(), 57);
  t.equal(tenant.at('2026-06-20T01:59Z').code(), 0, 'Saturday, Friday’s night');
});

t.test('public holidays: as their weekday, closed, open, or with hours of their own', async (t) => {
  const on = (publicHolidays: unknown, time: string) =>
    new DocumentedTenant({
      holidays: 'FR',
      rules: [{ name: 's', kind: 'schedule', days: 'weekdays', from: '08:00', to: '20:00', publicHolidays }],
    })
      .at(time)
      .code();
  const [noon, night] = ['2026-07-14T12:00Z', '2026-07-14T22:00Z'];
  t.same([on('as-weekday', noon), on('as-weekday', night)], [0, 57]);
  t.same([on('closed', noon), on('closed', night)], [57, 57]);
  t.same([on('open', noon), on('open', night)], [0, 0]);
  t.same([on({ from: '10:00', to: '12:00' }, noon), on({ from: '10:00', to: '12:01' }, noon)], [57, 0]);
});
