import fc from 'fast-check';
import t from 'tap';
import { LEVEL } from '../../../ledger/limits/place.js';
import { RuleSet } from '../../../ledger/limits/rule-set.js';
import { CHANNELS } from '../../../tenants/channel.js';
import { differencesOf } from '../../../tenants/limits/differences.js';
import { explainLimits } from '../../../tenants/limits/explain.js';
import { REASONS, reasonOf } from '../../../tenants/limits/reason.js';
import { ENTRIES, type LimitRule, PERS, STATES, TYPES, WEEKDAYS } from '../../../tenants/limits/schema.js';
import { compiled, documentOf } from './documented-tenant.js';

const amountMinor = fc.integer({ min: 0, max: 999_999_999_999 });
const category = fc.oneof(
  fc.integer({ min: 0, max: 9999 }),
  fc.constantFrom('0742', '3000-3999', 'gambling', 'own', 'travel'),
);
const country = fc.constantFrom('FR', 'US', 'EEA', 'SEPA', 'unknown', 'neighbours');
const text = (maxLength: number) => fc.string({ minLength: 1, maxLength, unit: 'grapheme-ascii' });
const some = <T>(item: fc.Arbitrary<T>) => fc.oneof(item, fc.array(item, { minLength: 1, maxLength: 4 }));
const band = fc.constantFrom({ from: 100 }, { to: 5000 });

const conditions = fc.record(
  {
    mcc: some(category),
    merchant: some(text(15)),
    name: some(text(64)),
    acquirer: some(fc.oneof(fc.integer({ min: 1, max: 99_999_999_999 }), fc.constant('000123'))),
    country: some(country),
    location: fc.constantFrom('domestic' as const, 'international' as const),
    currency: some(fc.constantFrom('EUR', '840', 'JPY')),
    entry: some(fc.constantFrom(...ENTRIES)),
    channel: some(fc.constantFrom(...CHANNELS)),
    type: some(fc.constantFrom(...(Object.keys(TYPES) as (keyof typeof TYPES)[]))),
    amount: band,
    cardPresent: fc.boolean(),
    strongAuthentication: fc.boolean(),
    pin: fc.boolean(),
    recurring: fc.boolean(),
    wallet: fc.boolean(),
    cashback: fc.boolean(),
  },
  { requiredKeys: [] },
);
const calendarWindow = fc.oneof(
  fc.constantFrom('day', 'week', 'month', 'year'),
  fc.constantFrom(...WEEKDAYS).map((startsOn) => ({ week: { startsOn } })),
  fc.integer({ min: 1, max: 31 }).map((startsOn) => ({ month: { startsOn } })),
  fc
    .record({ month: fc.integer({ min: 1, max: 12 }), startsOn: fc.integer({ min: 1, max: 31 }) })
    .map((year) => ({ year })),
);
const window = fc.oneof(
  calendarWindow,
  fc.constant('lifetime'),
  fc
    .record({ n: fc.integer({ min: 1, max: 9999 }), unit: fc.constantFrom('m', 'h', 'd') })
    .map(({ n, unit }) => ({
      trailing: `${n}${unit}`,
    })),
);
const clock = fc.constantFrom('00:00', '07:30', '12:00', '23:59');
const counts = { per: fc.constantFrom(...PERS), givesBack: fc.boolean() };
const optional = <T extends object, K extends keyof T>(
  model: { [P in keyof T]: fc.Arbitrary<T[P]> },
  ...requiredKeys: K[]
) => fc.record(model, { requiredKeys });

const body = fc.oneof(
  fc.constantFrom({ kind: 'block' }, { kind: 'allow' }, { kind: 'single-use' }, { kind: 'merchant-lock' }),
  optional({ kind: fc.constant('amount'), amountMinor, partial: fc.boolean() }, 'kind', 'amountMinor'),
  optional(
    { kind: fc.constant('count'), count: fc.nat(99).map((n) => n + 1), window, ...counts },
    'kind',
    'count',
    'window',
  ),
  optional(
    { kind: fc.constant('velocity'), amountMinor, window, partial: fc.boolean(), ...counts },
    'kind',
    'amountMinor',
    'window',
  ),
  optional({ kind: fc.constant('contactless'), amountMinor, taps: fc.constant('none' as const) }, 'kind'),
  optional(
    {
      kind: fc.constant('schedule'),
      days: fc.oneof(
        fc.constantFrom('everyday', 'weekdays', 'weekend'),
        fc.subarray([...WEEKDAYS], { minLength: 1 }),
      ),
      publicHolidays: fc.constantFrom('closed', 'open', 'as-weekday', { from: '07:30', to: '24:00' }),
    },
    'kind',
  ),
  fc.record({ kind: fc.constant('schedule'), from: clock, to: fc.constantFrom('02:00', '18:00', '24:00') }),
  optional(
    {
      kind: fc.constant('allowance'),
      amountMinor,
      window: calendarWindow,
      rollOver: fc.oneof(fc.boolean(), fc.record({ most: amountMinor })),
      ...counts,
    },
    'kind',
    'amountMinor',
    'window',
  ),
);
const rule = fc
  .record({
    body,
    common: fc.record(
      {
        state: fc.constantFrom(...STATES),
        unless: conditions,
        currency: fc.constantFrom('EUR', '840'),
        responseCode: fc.constantFrom('05', '61'),
      },
      { requiredKeys: [] },
    ),
    when: fc.option(conditions, { nil: undefined }),
  })
  .map(({ body, common, when }) => {
    const { channel: _, ...others } = when ?? {};
    const of = body.kind === 'contactless' ? others : when;
    return { ...common, ...body, ...(of === undefined ? {} : { when: of }) };
  });

const document = fc
  .record({
    zone: fc.constantFrom('UTC', 'Europe/Paris', 'America/New_York'),
    rules: fc.array(rule, { maxLength: 8 }),
  })
  .map(({ zone, rules }) => ({
    timeZone: zone,
    country: 'FR',
    holidays: { of: ['FR', 'DE-BY'], extra: ['2026-12-24'] },
    groups: { merchantCategories: { own: [7995, 'fuel'] }, countries: { neighbours: ['BENELUX', 'CH'] } },
    rules: rules.map((one, index) => ({ ...one, name: `rule ${index}` }) as unknown as LimitRule),
  }));

t.test('whatever document is in order is a program that the ledger takes, the same each time', async (t) => {
  fc.assert(
    fc.property(document, (value) => {
      const { text, program } = compiled(value);
      const set = RuleSet.of(text, LEVEL.tenant);
      if (typeof set === 'string') throw new Error(set);
      if (compiled(JSON.parse(JSON.stringify(value))).text !== text) throw new Error('another text');
      return program.rules.length === value.rules.filter(({ state }) => state !== 'retired').length;
    }),
    { numRuns: 150 },
  );
  t.pass();
});

t.test('whatever rule is in order has a sentence and a reason, and is no other than itself', async (t) => {
  fc.assert(
    fc.property(document, (value) => {
      const read = documentOf(value);
      if (differencesOf(read, documentOf(JSON.parse(JSON.stringify(value))), 978).length > 0) return false;
      const explained = explainLimits(read, 978);
      return (
        explained.every(
          ({ sentence }) => /^[A-Z].*\.$/.test(sentence) && !/undefined|NaN|\[object/.test(sentence),
        ) && read.rules.every((one) => REASONS.includes(reasonOf(one)))
      );
    }),
    { numRuns: 100 },
  );
  t.pass();
});
