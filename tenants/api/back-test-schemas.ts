import { Type } from '@sinclair/typebox';
import { nameSchema } from './api.js';

const Nullable = <T extends Parameters<typeof Type.Union>[0][number]>(schema: T) =>
  Type.Union([schema, Type.Null()]);
const Time = Type.String({ format: 'date-time' });
const Count = Type.Integer();
const Billed = Type.Array(Type.Object({ currency: Type.String(), amount: Type.Integer() }), {
  description: 'By account currency, in minor units.',
});
const Sum = Type.Object({ messages: Count, billed: Billed });
const Told = Type.Object({
  response_code: Type.String({ description: 'DE39.' }),
  billed: Type.Integer(),
  rule: Nullable(Type.Integer()),
  name: Nullable(Type.String()),
});

export const BackTestName = nameSchema('btst', 'Names the back-test.');

/** A row of the journal, or a time. */
export const StretchIn = Type.Union([
  Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER, description: 'A row of the journal.' }),
  Type.String({ format: 'date-time', maxLength: 40, description: 'A time.' }),
]);

const Result = Type.Object({
  from_sequence: Count,
  to_sequence: Count,
  began: Nullable(Time),
  ended: Nullable(Time),
  messages: Type.Integer({ description: 'Requests that were decided again.' }),
  differences: Type.Integer({ description: 'Such as came out otherwise.' }),
  outcomes: Type.Object({
    approved_as_before: Count,
    declined_as_before: Count,
    newly_declined: Count,
    newly_approved: Count,
    other_amount: Count,
    other_reason: Count,
  }),
  approved_before: Sum,
  approved_after: Sum,
  rules: Type.Array(
    Type.Object({
      rule: Count,
      name: Nullable(Type.String()),
      decided: Type.Integer({ description: 'Messages that it declined or approved in part.' }),
      approved_in_full_before: Sum,
    }),
  ),
  examples: Type.Array(
    Type.Object({
      authorization: Type.String({ description: 'Its name.' }),
      card: Nullable(Type.String()),
      sequence: Count,
      at: Time,
      outcome: Type.String(),
      category_code: Type.String(),
      amount: Count,
      currency: Type.String(),
      before: Told,
      after: Told,
    }),
    { description: 'Up to twenty of each outcome that is not as before.' },
  ),
  seconds: Type.Number(),
});

export const BackTestSchema = Type.Object(
  {
    id: BackTestName,
    object: Type.Literal('back_test'),
    limit_version: Type.String({ description: 'The version that is tried.' }),
    status: Type.String({ description: '`queued`, `running`, `done`, `failed` or `cancelled`.' }),
    from: Nullable(Type.Union([Type.Integer(), Type.String()])),
    to: Nullable(Type.Union([Type.Integer(), Type.String()])),
    warm_up_from: Nullable(Type.Union([Type.Integer(), Type.String()])),
    progress: Nullable(
      Type.Object({
        rows: Type.Integer({ description: 'Rows of the journal that were decided again, of how many.' }),
        rows_in_all: Type.Integer(),
        messages: Count,
        seconds_left: Nullable(Type.Integer()),
      }),
    ),
    result: Nullable(Result),
    error: Nullable(Type.String({ description: 'Why it failed.' })),
    author: Type.String(),
    created: Time,
    ended: Nullable(Time),
  },
  { $id: 'BackTest', title: 'Back-test' },
);
