import { Type } from '@sinclair/typebox';
import { nameSchema } from './api.js';

/** Resources that are about limits, as the document of the API names them. */

const Time = Type.String({ format: 'date-time' });
const Nullable = <T extends Parameters<typeof Type.Union>[0][number]>(schema: T) =>
  Type.Union([schema, Type.Null()]);
const Sequence = Type.Integer({ description: 'A row of the tenant’s journal.' });

export const LimitVersionName = nameSchema('limv', 'Names the version.');

/** A limits document: docs/limits.schema.json says what it may be, better than a validator of requests would. */
export const LimitsIn = Type.Unsafe<Record<string, unknown>>({
  type: 'object',
  additionalProperties: true,
  description: 'A limits document, as docs/limits.md describes it.',
  examples: [{ rules: [{ name: 'a day', kind: 'velocity', window: 'day', amountMinor: 50_000 }] }],
});
export const LimitsOut = Type.Unsafe<Record<string, unknown>>({
  type: 'object',
  additionalProperties: true,
  description: 'A limits document, as docs/limits.md describes it.',
});

/** Text of people’s own, which Postgres can keep. */
export const NoteIn = Type.String({
  maxLength: 500,
  pattern: '^[^\\u0000-\\u001f\\u007f\\ud800-\\udfff]*$',
  description: 'Why, for those who come later.',
});

export const PlaceType = Type.Union(
  ['tenant', 'group', 'holder', 'account', 'card'].map((level) => Type.Literal(level)),
  {
    description:
      'What the rules are for: all cards of the tenant, or those of one group, holder or account, or one card.',
  },
);
export const PlaceId = Type.String({
  pattern: '^((acct|card)_[0-9a-f]{32}|[1-9][0-9]{0,9})$',
  description:
    'The name of the account or the card, the number of the group or the holder; nothing for the tenant.',
  examples: ['acct_0123456789abcdef0123456789abcdef', '7'],
});

export const AttachedTo = Type.Object({
  type: Type.String({ description: '`programme`, `tenant`, `group`, `holder`, `account` or `card`.' }),
  id: Nullable(Type.String({ description: 'A name, or a number; null of the tenant.' })),
});

export const RuleShown = Type.Object({
  number: Nullable(
    Type.Integer({ description: 'By which decisions name it; null where it never was in force.' }),
  ),
  name: Nullable(Type.String({ description: 'Null where the rule is not yours to see.' })),
  state: Type.String({ description: '`active`, `shadow` or `retired`.' }),
  kind: Nullable(Type.String()),
  reason: Nullable(Type.String({ description: 'Why it declines, for programs.' })),
  response_code: Nullable(Type.String({ description: 'DE39 of a decline.' })),
  sentence: Nullable(Type.String({ description: 'What it means, in plain English.' })),
});

const VERSION = {
  version: Type.Integer({ description: 'Of what it is attached to: 1, 2, 3 …' }),
  state: Type.String({ description: '`draft`, `shadow`, `active` or `retired`.' }),
  document: LimitsOut,
  rules: Type.Array(RuleShown),
  warnings: Type.Array(Type.String({ description: 'What is no error, and can’t be meant.' })),
  note: Type.String(),
  author: Type.String({ description: 'The API key that saved it.' }),
  created: Time,
  in_force: Type.Array(
    Type.Object({
      as: Type.String({ description: '`active` or `shadow`.' }),
      from_sequence: Sequence,
      to_sequence: Nullable(
        Type.Integer({ description: 'The row from which on it is not; null while it is.' }),
      ),
      by: Type.String({ description: 'The API key that asked for it.' }),
      at: Time,
    }),
    { description: 'Each time that it was in force, the earliest first.' },
  ),
};

export const LimitVersionSchema = Type.Object(
  {
    id: LimitVersionName,
    object: Type.Literal('limit_version'),
    attached_to: AttachedTo,
    ...VERSION,
  },
  { $id: 'LimitVersion', title: 'Limit version' },
);

export const ProgrammeVersionSchema = Type.Object(
  { object: Type.Literal('programme_limit_version'), ...VERSION },
  { $id: 'ProgrammeLimitVersion', title: 'Programme limit version' },
);

export const ProgrammeReportSchema = Type.Object(
  {
    object: Type.Literal('programme_report'),
    version: Nullable(Type.Integer()),
    as: Nullable(Type.String()),
    tenants: Type.Array(
      Type.Object({
        tenant: Type.String(),
        sequence: Nullable(Sequence),
        problem: Nullable(Type.String({ description: 'Why it is not in force there.' })),
      }),
    ),
  },
  { $id: 'ProgrammeReport', title: 'Programme report' },
);

export const ProgrammeLimitsSchema = Type.Object(
  {
    object: Type.Literal('programme_limits'),
    tenant: Type.String(),
    version: Nullable(Type.Integer({ description: 'The version that is in force.' })),
    rules: Type.Array(Type.Object({ number: Type.Integer(), name: Type.String(), state: Type.String() })),
    problem: Nullable(Type.String({ description: 'Why that is not known.' })),
  },
  { $id: 'ProgrammeLimits', title: 'Programme limits' },
);

export const LimitSetSchema = Type.Object(
  {
    object: Type.Literal('limit_set'),
    attached_to: AttachedTo,
    source: Type.String({ description: '`version`, `file`, or `programme` where they are the operator’s.' }),
    version: Nullable(Type.String({ description: 'The name of the version that is in force.' })),
    rules: Type.Array(RuleShown),
  },
  { $id: 'LimitSet', title: 'Limit set' },
);

export const CardLimitSchema = Type.Object(
  {
    object: Type.Literal('card_limit'),
    attached_to: AttachedTo,
    rule: Type.Integer({ description: 'The number of the rule.' }),
    name: Nullable(Type.String()),
    reason: Nullable(Type.String()),
    state: Type.String(),
    counts_per: Type.String({ description: 'Whose counter it is.' }),
    currency: Nullable(Type.String({ description: 'Three letters of ISO 4217; null for any.' })),
    each: Nullable(Type.Integer({ description: 'Most of one payment, in minor units.' })),
    amount: Nullable(Type.Integer({ description: 'Most of the window, in minor units.' })),
    carried: Type.Integer({ description: 'What earlier windows left over.' }),
    spent: Type.Integer(),
    amount_left: Nullable(Type.Integer()),
    count: Nullable(Type.Integer()),
    counted: Type.Integer(),
    count_left: Nullable(Type.Integer()),
    window_begins: Nullable(Time),
    window_ends: Nullable(Time),
  },
  { $id: 'CardLimit', title: 'Card limit' },
);

export const DifferencesSchema = Type.Object(
  {
    object: Type.Literal('limit_differences'),
    from: Nullable(Type.String({ description: 'The version before; null for no rules.' })),
    to: Type.String(),
    differences: Type.Array(Type.String({ description: 'In plain English; none where they mean the same.' })),
  },
  { $id: 'LimitDifferences', title: 'Limit differences' },
);

export const LIMIT_SCHEMAS = [
  LimitVersionSchema,
  ProgrammeVersionSchema,
  ProgrammeReportSchema,
  ProgrammeLimitsSchema,
  LimitSetSchema,
  CardLimitSchema,
  DifferencesSchema,
];
