import { type Static, type TProperties, type TSchema, type TUnsafe, Type } from '@sinclair/typebox';
import { RULES_MAX } from '../../ledger/limits/program.js';
import { CHANNELS } from '../channel.js';

const closed = { additionalProperties: false } as const;
const LIST_MAX = 1000;

/** One of some words, which is a union whose static type TypeBox can't tell of a list. */
const words = <const T extends readonly string[]>(all: T) =>
  Type.Union(all.map((word) => Type.Literal(word))) as unknown as TUnsafe<T[number]>;
const orList = <T extends TSchema>(item: T, expectation: string) =>
  Type.Union([item, Type.Array(item, { minItems: 1, maxItems: LIST_MAX })], { expectation });

export const WEEKDAYS = [
  'monday',
  'tuesday',
  'wednesday',
  'thursday',
  'friday',
  'saturday',
  'sunday',
] as const;
export const PERS = ['card', 'group', 'account', 'holder', 'tenant'] as const;
export const STATES = ['active', 'shadow', 'retired'] as const;
export const ENTRIES = [
  'manual',
  'magstripe',
  'chip',
  'contactless',
  'contactlessMagstripe',
  'ecommerce',
  'credentialOnFile',
  'fallback',
] as const;
/** First two digits of DE3 (ISO 8583:1987 table A.8) by what people call them. */
export const TYPES = {
  purchase: [0, 9],
  cash: [1, 17],
  quasiCash: [11],
  cheque: [3, 4, 5, 6],
  accountFunding: [10],
} as const;
const TYPE_NAMES = Object.keys(TYPES) as (keyof typeof TYPES)[];

const AmountMinor = Type.Integer({ minimum: 0, maximum: 999_999_999_999 });
const Count = Type.Integer({ minimum: 1, maximum: 1_000_000 });
const Currency = Type.String({
  pattern: '^([A-Z]{3}|[0-9]{3})$',
  expectation: 'a currency of ISO 4217 as EUR or "978"',
});
/** A number needs quotes in YAML only where it begins with 0. */
export const Category = Type.Union([
  Type.Integer({ minimum: 0, maximum: 9999 }),
  Type.String({ minLength: 1 }),
]);
const Country = Type.String({ minLength: 2, maxLength: 40 });
const Clock = Type.String({
  pattern: '^([01][0-9]|2[0-3]):[0-5][0-9]$|^24:00$',
  expectation: 'a time as "07:30"',
});
const DateText = Type.String({
  pattern: '^[0-9]{4}-[0-9]{2}-[0-9]{2}$',
  expectation: 'a date as 2026-12-24',
});
const Latin = { pattern: '^[\\u0020-\\u007e\\u00a0-\\u00ff]+$' };
const MerchantId = Type.String({ ...Latin, maxLength: 15 });
const NamePattern = Type.String({ ...Latin, maxLength: 64 });
const Acquirer = Type.Union([
  Type.Integer({ minimum: 1, maximum: 99_999_999_999 }),
  Type.String({ pattern: '^[0-9]{1,11}$' }),
]);

/** What a message can be told by. */
export const Conditions = Type.Object(
  {
    mcc: Type.Optional(
      orList(Category, 'a merchant category as 5812, a range as 3501-3999, a group, or a list of these'),
    ),
    merchant: Type.Optional(
      orList(MerchantId, 'a merchant’s identifier (DE42) of at most 15 characters, or a list'),
    ),
    name: Type.Optional(
      orList(
        NamePattern,
        'a pattern of the acceptor’s name (DE43) as "*CASINO*", of at most 64 characters, or a list',
      ),
    ),
    acquirer: Type.Optional(
      orList(Acquirer, 'an acquirer’s identifier (DE32) of up to 11 digits, or a list'),
    ),
    country: Type.Optional(orList(Country, 'a country as FR, a group as EEA, unknown, or a list of these')),
    location: Type.Optional(words(['domestic', 'international'])),
    currency: Type.Optional(orList(Currency, 'a currency of the transaction as EUR or "978", or a list')),
    entry: Type.Optional(orList(words(ENTRIES), `one of ${ENTRIES.join(', ')}, or a list of these`)),
    channel: Type.Optional(
      orList(words([...CHANNELS, 'wallet']), `one of ${CHANNELS.join(', ')}, wallet, or a list of the first`),
    ),
    type: Type.Optional(orList(words(TYPE_NAMES), `one of ${TYPE_NAMES.join(', ')}, or a list of these`)),
    amount: Type.Optional(
      Type.Object({ from: Type.Optional(AmountMinor), to: Type.Optional(AmountMinor) }, closed),
    ),
    cardPresent: Type.Optional(Type.Boolean()),
    cardholderPresent: Type.Optional(Type.Boolean()),
    strongAuthentication: Type.Optional(Type.Boolean()),
    pin: Type.Optional(Type.Boolean()),
    recurring: Type.Optional(Type.Boolean()),
    wallet: Type.Optional(Type.Boolean()),
    credentialOnFile: Type.Optional(Type.Boolean()),
    cashback: Type.Optional(Type.Boolean()),
  },
  closed,
);
export type Conditions = Static<typeof Conditions>;

const Weekday = words(WEEKDAYS);
const Month = Type.Integer({ minimum: 1, maximum: 12 });
const DayOfMonth = Type.Integer({ minimum: 1, maximum: 31 });
const WINDOW_EXPECTATION =
  'transaction, day, week, month, year, lifetime, { week: { startsOn: sunday } }, { month: { startsOn: 15 } }, ' +
  '{ year: { month: 4, startsOn: 6 } } or { trailing: 24h }';
const Week = Type.Object({ week: Type.Object({ startsOn: Weekday }, closed) }, closed);
const MonthFrom = Type.Object({ month: Type.Object({ startsOn: DayOfMonth }, closed) }, closed);
const Year = Type.Object(
  { year: Type.Object({ month: Month, startsOn: Type.Optional(DayOfMonth) }, closed) },
  closed,
);
const Trailing = Type.Object(
  {
    trailing: Type.String({ pattern: '^[1-9][0-9]{0,4}[mhd]$' }),
    buckets: Type.Optional(Type.Integer({ minimum: 1, maximum: 96 })),
  },
  closed,
);
export const Window = Type.Union(
  [words(['transaction', 'day', 'week', 'month', 'year', 'lifetime']), Week, MonthFrom, Year, Trailing],
  { expectation: WINDOW_EXPECTATION },
);
export type Window = Static<typeof Window>;

const Days = Type.Union(
  [
    words(['everyday', 'weekdays', 'weekend']),
    Type.Array(Weekday, { minItems: 1, maxItems: 7, uniqueItems: true }),
  ],
  { expectation: 'everyday, weekdays, weekend, or a list of days as [monday, tuesday]' },
);
const Hours = { days: Type.Optional(Days), from: Type.Optional(Clock), to: Type.Optional(Clock) };
const RollOver = Type.Union([Type.Boolean(), Type.Object({ most: AmountMinor }, closed)], {
  expectation: 'true, false, or { most: 20000 }, the greatest amount that is carried in minor units',
});
const None = (schema: TSchema, expectation: string) =>
  Type.Optional(
    Type.Union([schema as ReturnType<typeof Type.Integer>, Type.Literal('none')], { expectation }),
  );

const Common = {
  /** By which it is known from version to version, and its counter too. */
  name: Type.String({ minLength: 1, maxLength: 64 }),
  description: Type.Optional(Type.String({ maxLength: 500 })),
  state: Type.Optional(words(STATES)),
  when: Type.Optional(Conditions),
  unless: Type.Optional(Conditions),
  /** DE39 of a decline. */
  responseCode: Type.Optional(words(['05', '51', '57', '58', '61', '62', '65'])),
  /** Of its amounts, which are minor units of it: the tenant's when absent. */
  currency: Type.Optional(Currency),
};
const Per = { per: Type.Optional(words(PERS)) };
const Counts = { ...Per, givesBack: Type.Optional(Type.Boolean()) };
const Partial = { partial: Type.Optional(Type.Boolean()) };

const kind = <K extends string, P extends TProperties>(name: K, properties: P) =>
  Type.Object({ ...Common, kind: Type.Literal(name), ...properties }, closed);

/** By kind, what a rule of it may say. */
export const RULES = {
  block: kind('block', {}),
  allow: kind('allow', {}),
  amount: kind('amount', { amountMinor: AmountMinor, ...Partial }),
  count: kind('count', { count: Count, window: Window, ...Counts }),
  velocity: kind('velocity', {
    amountMinor: Type.Optional(AmountMinor),
    count: Type.Optional(Count),
    window: Window,
    ...Counts,
    ...Partial,
  }),
  'single-use': kind('single-use', Counts),
  'merchant-lock': kind('merchant-lock', Counts),
  contactless: kind('contactless', {
    perTapMinor: None(AmountMinor, 'an amount in minor units, or none'),
    amountMinor: None(AmountMinor, 'an amount in minor units, or none'),
    taps: None(Count, 'a number of payments, or none'),
    ...Counts,
  }),
  schedule: kind('schedule', {
    ...Hours,
    /** Instead of one: several. */
    hours: Type.Optional(Type.Array(Type.Object(Hours, closed), { minItems: 1, maxItems: 50 })),
    publicHolidays: Type.Optional(
      Type.Union([words(['closed', 'open', 'as-weekday']), Type.Object({ from: Clock, to: Clock }, closed)], {
        expectation: 'closed, open, as-weekday, or hours as { from: "10:00", to: "12:00" }',
      }),
    ),
  }),
  allowance: kind('allowance', {
    amountMinor: AmountMinor,
    window: Window,
    rollOver: Type.Optional(RollOver),
    ...Counts,
    ...Partial,
  }),
  pot: kind('pot', {
    categories: orList(
      Category,
      'a merchant category as 5812, a range as 3501-3999, a group, or a list of these',
    ),
    amountMinor: Type.Optional(AmountMinor),
    count: Type.Optional(Count),
    window: Window,
    rollOver: Type.Optional(RollOver),
    ...Counts,
    ...Partial,
  }),
} as const;

export type Kind = keyof typeof RULES;
export const KINDS = Object.keys(RULES) as readonly Kind[];
export type LimitRule = { [K in Kind]: Static<(typeof RULES)[K]> }[Kind];
export type RuleOf<K extends Kind> = Static<(typeof RULES)[K]>;

const holidayCountry = Type.String({ pattern: '^[A-Z]{2}(-[A-Z0-9]{2,3})?$' });
const Calendars = orList(holidayCountry, 'a country as FR, a part of one as DE-BY, or a list of these');
const Holidays = Type.Union(
  [
    Calendars,
    Type.Object(
      {
        of: Type.Optional(Calendars),
        extra: Type.Optional(Type.Array(DateText, { maxItems: LIST_MAX })),
        except: Type.Optional(Type.Array(DateText, { maxItems: LIST_MAX })),
      },
      closed,
    ),
  ],
  { expectation: 'a country as FR, a part of one as DE-BY, a list of these, or { of, extra, except }' },
);

const groups = <T extends TSchema>(item: T) =>
  Type.Record(
    Type.String({ pattern: '^[A-Za-z][A-Za-z0-9_-]{0,39}$' }),
    Type.Array(item, { minItems: 1, maxItems: LIST_MAX }),
    closed,
  );
const Settings = {
  description: Type.Optional(Type.String({ maxLength: 500 })),
  /** IANA name of the zone in which days begin and schedules are; UTC when absent. */
  timeZone: Type.Optional(Type.String({ minLength: 1, maxLength: 64 })),
  holidays: Type.Optional(Holidays),
  /** Which country is domestic. */
  country: Type.Optional(Type.String({ pattern: '^[A-Z]{2}$', expectation: 'a country as FR' })),
  groups: Type.Optional(
    Type.Object(
      {
        merchantCategories: Type.Optional(groups(Category)),
        countries: Type.Optional(groups(Country)),
      },
      closed,
    ),
  ),
};

const rules = <T extends TSchema>(item: T) => Type.Array(item, { maxItems: RULES_MAX });

/** A document but for its rules, which are checked by their kind, so that what is wrong is told of that kind. */
export const Envelope = Type.Object({ ...Settings, rules: rules(Type.Unknown()) }, closed);

/** Limits as people write them; what it all means is in docs/limits.md. */
export const LimitsSchema = Type.Object(
  { ...Settings, rules: rules(Type.Union(Object.values(RULES))) },
  closed,
);
export type LimitsDocument = Omit<Static<typeof Envelope>, 'rules'> & {
  readonly rules: readonly LimitRule[];
};
