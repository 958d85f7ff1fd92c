import { Type } from '@sinclair/typebox';
import { CHANNELS } from '../channel.js';
import type { TenantEvent } from '../events/event.js';
import { nameSchema } from './api.js';
import { ENTRIES } from './sandbox-port.js';

const AMOUNT_MAX = 999_999_999_999;
const Amount = (description: string) => Type.Integer({ minimum: 1, maximum: AMOUNT_MAX, description });
/** Printable, but for the backslash that parts the lines of DE43 in 1993. */
const Text = (max: number, description: string) =>
  Type.String({ pattern: `^[\\x20-\\x5B\\x5D-\\x7E]{1,${max}}$`, description });
const Code = (max: number, description: string) =>
  Type.String({ pattern: `^[0-9A-Za-z]{1,${max}}$`, description });
const Yes = (description: string) => Type.Boolean({ default: false, description });
const Nullable = <T extends Parameters<typeof Type.Union>[0][number]>(schema: T) =>
  Type.Union([schema, Type.Null()]);

/** By which link it goes, and how often. */
export const SENDING = {
  link: Type.Optional(
    Type.String({ pattern: '^[a-z][a-z0-9-]{0,30}$', description: 'Name of a link; the first when absent.' }),
  ),
  dialect: Type.Optional(
    Type.String({
      pattern: '^[0-9A-Za-z._-]{1,64}$',
      description: 'Or the first link that speaks this dialect.',
    }),
  ),
  repeat: Type.Optional(Yes('Sends it once more, as its repeat: an MTI that ends in 1.')),
};

const Merchant = Type.Object(
  {
    id: Type.Optional(Code(15, 'DE42.')),
    terminal: Type.Optional(Code(8, 'DE41.')),
    name: Type.Optional(Text(22, 'DE43.')),
    city: Type.Optional(Text(13, 'DE43.')),
    country: Type.Optional(Type.String({ pattern: '^[A-Z]{2}$', description: 'Two letters of ISO 3166-1.' })),
    category_code: Type.Optional(Type.String({ pattern: '^[0-9]{4}$', description: 'DE18.' })),
  },
  { additionalProperties: false },
);

const Channel = Type.Union(
  CHANNELS.map((channel) => Type.Literal(channel)),
  { default: 'pos', description: 'Where the card is used.' },
);
const EntryMode = Type.Union(
  ENTRIES.map((entry) => Type.Literal(entry)),
  { description: 'How its number is read (DE22); as is usual for the channel when absent.' },
);

/** Where, and how, a card is used. */
const AT = {
  card: nameSchema('card', 'The card.'),
  merchant: Type.Optional(Merchant),
  channel: Type.Optional(Channel),
  entry: Type.Optional(EntryMode),
  pin: Type.Optional(Yes('A PIN is given (DE52).')),
  ...SENDING,
};

const CurrencyIn = Type.String({
  pattern: '^[A-Z]{3}$',
  description: 'Three letters of ISO 4217; the card’s when absent.',
});

export const AuthorizationOrder = Type.Object(
  {
    ...AT,
    amount: Amount('What is asked for, in minor units of the currency.'),
    currency: Type.Optional(CurrencyIn),
    cash_back: Type.Optional(Amount('A part of it that is paid out in cash (DE54).')),
    partial: Type.Optional(Yes('The terminal can take less.')),
    estimated: Type.Optional(Yes('The amount is an estimate.')),
    strong_authentication: Type.Optional(Yes('The cardholder was authenticated by 3-D Secure.')),
    recurring: Type.Optional(Yes('One of a series that was agreed to once.')),
  },
  { additionalProperties: false },
);

export const InquiryOrder = Type.Object(
  {
    ...AT,
    type: Type.Optional(
      Type.Union([Type.Literal('balance'), Type.Literal('verification')], {
        default: 'balance',
        description:
          'What is asked: the balances, or whether the card is good (an authorisation of nothing).',
      }),
    ),
  },
  { additionalProperties: false },
);

const advice = Type.Optional(Yes('Tells of what was done already, and is not asked for (x120, x420).'));

export const IncrementOrder = Type.Object(
  { amount: Type.Optional(Amount('So much more; as much again when absent.')), advice, ...SENDING },
  { additionalProperties: false },
);

export const ClearingOrder = Type.Object(
  {
    amount: Type.Optional(Amount('What is cleared; what was authorised when absent.')),
    final: Type.Optional(
      Type.Boolean({
        default: true,
        description: 'No other clearing follows: what is left of the hold ends.',
      }),
    ),
    advice: Type.Optional(
      Type.Boolean({
        default: true,
        description: 'By an advice (x220), which can’t be declined; else x200.',
      }),
    ),
    ...SENDING,
  },
  { additionalProperties: false },
);

export const ReversalOrder = Type.Object(
  { amount: Type.Optional(Amount('What is reversed; all when absent.')), advice, ...SENDING },
  { additionalProperties: false },
);

export const AdviceOrder = Type.Object(
  {
    amount: Type.Optional(Amount('What was decided on; what was asked for when absent.')),
    declined: Type.Optional(Yes('The network declined it; else it approved it in our place.')),
    ...SENDING,
  },
  { additionalProperties: false },
);

const Shown = Type.Object({
  mti: Type.String(),
  bytes: Type.String({
    description:
      'The whole frame in hexadecimal digits. Digits of the PAN that may not be seen are zeros, and so is a PIN.',
  }),
  fields: Type.Unsafe<Readonly<Record<string, unknown>>>({
    type: 'object',
    additionalProperties: true,
    description: 'By number: name, value, offset and length in bytes of the message, and what is inside.',
  }),
});

const Posting = Type.Object({
  from: Type.String({ description: 'An account of the book, see docs/ledger.md.' }),
  to: Type.String(),
  account: Nullable(Type.String({ description: 'Of which cardholder.' })),
  amount: Type.Integer(),
  currency: Type.String(),
});

export const SimulationSchema = Type.Object(
  {
    object: Type.Literal('simulation'),
    card: Type.String(),
    authorization: Nullable(
      Type.String({
        description: 'The one that came of it, or that it is about; null where the read model has none yet.',
      }),
    ),
    link: Type.String(),
    dialect: Type.String(),
    framing: Type.String(),
    key: Type.String({ description: 'By which the ledger knows the message, in hexadecimal digits.' }),
    decision: Type.Object({
      approved: Type.Boolean(),
      response_code: Type.String({ description: 'DE39 as it came.' }),
      meaning: Type.String(),
      approval_code: Nullable(Type.String({ description: 'DE38.' })),
      amount: Nullable(Type.Integer({ description: 'DE4: what was approved.' })),
      currency: Type.String(),
      balances: Nullable(
        Type.Object({ ledger: Type.Integer(), available: Type.Integer(), currency: Type.String() }),
      ),
    }),
    exchanges: Type.Array(
      Type.Object({
        latency_us: Type.Integer({ description: 'From the write to the whole reply, in microseconds.' }),
        response_code: Type.String(),
        request: Shown,
        reply: Shown,
      }),
      { description: 'What went and came; two where it was repeated.' },
    ),
    booked: Nullable(
      Type.Object(
        {
          created: Type.String({ format: 'date-time' }),
          kind: Type.String({ description: '`authorisation`, `clearing` or `reversal`.' }),
          response_code: Type.String(),
          amount: Nullable(
            Type.Integer({ description: 'What the account was held, charged or credited by.' }),
          ),
          currency: Nullable(Type.String()),
          flags: Type.Array(Type.String()),
          marks: Type.Array(Type.String()),
          postings: Type.Array(Posting),
        },
        {
          description: 'What the journal has of it; null where that has nothing, or the read model not yet.',
        },
      ),
    ),
    events: Type.Array(Type.Unsafe<TenantEvent>({ $ref: 'Event#' }), {
      description: 'What came of it, as `GET /v1/events` and webhooks tell it.',
    }),
  },
  { $id: 'Simulation', title: 'Simulation' },
);
