import { type Static, Type } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';

/** A text that is longer is no set of rules: it would make a journal row too large. */
export const PROGRAM_CHARACTERS_MAX = 200_000;
export const RULES_MAX = 200;

const closed = { additionalProperties: false } as const;
const Natural = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });
const Word = Type.Integer({ minimum: 0, maximum: 0xffff_ffff });
const Mask = Type.Integer({ minimum: 1, maximum: 0xffff });
const Minute = Type.Integer({ minimum: 0, maximum: 0xffff_ffff });
const Iso = Type.Integer({ minimum: 0, maximum: 999 });
const Mcc = Type.Integer({ minimum: 0, maximum: 9999 });
const Text = Type.String({ minLength: 1, maxLength: 64 });
const List = <T extends ReturnType<typeof Type.String> | ReturnType<typeof Type.Integer>>(item: T) =>
  Type.Optional(Type.Array(item, { maxItems: 10_000 }));

/** Which messages a rule is for: all that it names must be so; what it does not name may be anything. */
export const FilterSpec = Type.Object(
  {
    /** Ranges of merchant categories (ISO 18245), both ends within. */
    mcc: Type.Optional(Type.Array(Type.Tuple([Mcc, Mcc]), { maxItems: 10_000 })),
    /** ISO 3166-1 numbers of where the merchant is; 0 where that is unknown. */
    countries: List(Iso),
    /** ISO 4217 numbers of the transaction's currency. */
    currencies: List(Iso),
    /** Bits of `CHANNEL`. */
    channels: Type.Optional(Mask),
    /** Bits, by number of `ENTRY`. */
    entries: Type.Optional(Mask),
    /** Bits of `TRAIT` that are all set, and such that none is. */
    traits: Type.Optional(Mask),
    noTraits: Type.Optional(Mask),
    /** First two digits of processing codes (DE3). */
    types: List(Type.Integer({ minimum: 0, maximum: 99 })),
    /** DE32. */
    acquirers: List(Natural),
    notAcquirers: List(Natural),
    /** DE42. */
    merchants: List(Text),
    notMerchants: List(Text),
    /** Patterns of DE43; `*` is any text, `?` any character, letters are of either case. */
    names: List(Text),
    notNames: List(Text),
    /** Whether part of it is paid out in cash. */
    cashback: Type.Optional(Type.Boolean()),
    /** Least and greatest amount, both within, in minor units of the account's currency. */
    least: Type.Optional(Natural),
    greatest: Type.Optional(Natural),
    /** Minutes of the week that are in it: from, to (not within), Monday 0:00 is 0. */
    times: Type.Optional(Type.Array(Type.Tuple([Minute, Minute]), { maxItems: 1000 })),
    /** Minutes of a public holiday that are in it; as of its day of the week when absent. */
    holidayTimes: Type.Optional(Type.Array(Type.Tuple([Minute, Minute]), { maxItems: 100 })),
  },
  closed,
);
export type FilterSpec = Static<typeof FilterSpec>;

export const RuleSpec = Type.Object(
  {
    /** A tenant's rules have numbers of their own, by which decisions name them. */
    number: Type.Integer({ minimum: 1, maximum: 0xffff_ffff }),
    name: Type.String({ minLength: 1, maxLength: 64 }),
    kind: Type.Union([
      Type.Literal('block'),
      Type.Literal('allow'),
      Type.Literal('limit'),
      Type.Literal('lock'),
    ]),
    /** Evaluated and reported, and never decides. */
    shadow: Type.Optional(Type.Literal(true)),
    filter: Type.Optional(FilterSpec),
    /** Whose counter it is, a number of `LEVEL`; no wider than what the set is attached to. */
    scope: Type.Integer({ minimum: 0, maximum: 5 }),
    /** A kind of `WINDOW`. */
    window: Type.Integer({ minimum: 0, maximum: 7 }),
    start: Type.Optional(Type.Integer({ minimum: 0, maximum: 31 })),
    startMonth: Type.Optional(Type.Integer({ minimum: 1, maximum: 12 })),
    bucketMinutes: Type.Optional(Type.Integer({ minimum: 1, maximum: 10_000_000 })),
    buckets: Type.Optional(Type.Integer({ minimum: 1, maximum: 96 })),
    /** Amounts are minor units of this currency, an ISO 4217 number: the rule is for accounts in it. 0: for all. */
    currency: Type.Optional(Iso),
    /** Greatest amount of one message, of a window, and number of messages in a window. */
    each: Type.Optional(Natural),
    amount: Type.Optional(Natural),
    count: Type.Optional(Word),
    /** What is not spent of a window's amount goes to the next, up to so much in all. */
    carry: Type.Optional(Natural),
    /** Where there is room for less than was asked for, less is approved. */
    partial: Type.Optional(Type.Literal(true)),
    /** What is reversed or expires goes on to count. */
    keeps: Type.Optional(Type.Literal(true)),
    /** DE39 of a decline. */
    code: Type.Integer({ minimum: 1, maximum: 99 }),
  },
  closed,
);
export type RuleSpec = Static<typeof RuleSpec>;

/** A set of rules as it stands in the journal: names are resolved to numbers, time zone and holidays to tables. */
export const Program = Type.Object(
  {
    version: Type.Literal(1),
    /** Of the configuration that it was made of; later ones have greater numbers. */
    revision: Word,
    calendar: Type.Object(
      {
        zone: Type.String({ maxLength: 64 }),
        transitions: Type.Array(Type.Tuple([Minute, Type.Integer({ minimum: -1440, maximum: 1440 })]), {
          maxItems: 2000,
        }),
        holidays: Type.Array(Type.Integer({ minimum: 0, maximum: 1_000_000 }), { maxItems: 2000 }),
      },
      closed,
    ),
    rules: Type.Array(RuleSpec, { maxItems: RULES_MAX }),
  },
  closed,
);
export type Program = Static<typeof Program>;

/** @returns the program that a text is, or undefined where it is none */
export function readProgram(text: string): Program | undefined {
  if (text.length > PROGRAM_CHARACTERS_MAX) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  return Value.Check(Program, value) ? value : undefined;
}
