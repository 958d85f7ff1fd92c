import { Type } from '@sinclair/typebox';
import { CHANNELS } from '../channel.js';
import { nameSchema } from './api.js';
import { ROLES } from './api-key.js';
import { DecisionEndpointSchema, NewDecisionEndpointSchema } from './decision-endpoint-schemas.js';
import { ProblemSchema } from './problem.js';
import { SimulationSchema } from './simulate-schemas.js';

/** Resources of the API, as the document names them. Minor units, three letters of ISO 4217, times in UTC. */

const MINOR_MAX = 999_999_999_999;
/** Balances may be more than what a message can ask for. */
export const Minor = Type.Integer({ description: 'Minor units of the currency.' });
/** An amount that is given. */
export const MinorIn = Type.Integer({
  minimum: 0,
  maximum: MINOR_MAX,
  description: 'Minor units of the currency.',
});
export const CurrencyIn = Type.String({
  pattern: '^[A-Z]{3}$',
  description: 'Three letters of ISO 4217.',
  examples: ['EUR'],
});
const CurrencyOut = Type.String({ description: 'Three letters of ISO 4217.' });
const Time = Type.String({ format: 'date-time' });
const Nullable = <T extends Parameters<typeof Type.Union>[0][number]>(schema: T) =>
  Type.Union([schema, Type.Null()]);
export const ChannelName = Type.Union(CHANNELS.map((channel) => Type.Literal(channel)));
export const CardStatus = Type.Union([Type.Literal('active'), Type.Literal('blocked')], {
  default: 'active',
});

export const AccountSchema = Type.Object(
  {
    id: nameSchema('acct', 'Names the account.'),
    object: Type.Literal('account'),
    currency: CurrencyOut,
    overdraft: Type.Integer({ description: 'By how much it may be overdrawn, in minor units.' }),
    balances: Type.Object({
      posted: Type.Integer({ description: 'What came in less what went out.' }),
      held: Type.Integer({ description: 'What is reserved by holds.' }),
      available: Type.Integer({ description: 'What can be spent: posted − held + overdraft.' }),
    }),
  },
  { $id: 'Account', title: 'Account' },
);

export const CardSchema = Type.Object(
  {
    id: nameSchema('card', 'Names the card.'),
    object: Type.Literal('card'),
    account: nameSchema('acct', 'The account that it draws on.'),
    status: Type.String({ description: '`active`, or what keeps it from paying.' }),
    first6: Type.String(),
    last4: Type.String(),
    exp_month: Type.Integer(),
    exp_year: Type.Integer(),
    currency: CurrencyOut,
    channels: Type.Array(Type.String(), { description: 'Where it can pay.' }),
    created: Time,
  },
  { $id: 'Card', title: 'Card' },
);

export const AuthorizationSchema = Type.Object(
  {
    id: nameSchema('auth', 'Names the authorization.'),
    object: Type.Literal('authorization'),
    created: Time,
    card: Nullable(Type.String()),
    account: Nullable(Type.String()),
    approved: Type.Boolean(),
    status: Type.String({
      description:
        '`declined`; or where its hold stands: `pending`, `closed`, `reversed`, `expired`, or `none`.',
    }),
    response_code: Type.String({ description: 'DE39 of the answer.' }),
    approval_code: Nullable(Type.String({ description: 'DE38 of the answer.' })),
    amount: Nullable(
      Type.Integer({ description: 'What the account is held by, in minor units of `currency`.' }),
    ),
    currency: Nullable(CurrencyOut),
    merchant_amount: Nullable(Type.Integer({ description: 'What the merchant asked for.' })),
    merchant_currency: Nullable(CurrencyOut),
    merchant: Type.Object({
      id: Nullable(Type.String({ description: 'DE42.' })),
      terminal: Nullable(Type.String({ description: 'DE41.' })),
      category_code: Nullable(Type.String({ description: 'DE18.' })),
    }),
    channel: Nullable(Type.String()),
    entry_mode: Nullable(Type.String({ description: 'DE22.' })),
    network: Type.Object({
      stan: Nullable(Type.String({ description: 'DE11.' })),
      rrn: Nullable(Type.String({ description: 'DE37.' })),
      acquirer: Nullable(Type.String({ description: 'DE32.' })),
    }),
    flags: Type.Array(Type.String(), { description: 'What the message said about itself.' }),
    marks: Type.Array(Type.String(), { description: 'What was out of the ordinary with it.' }),
  },
  { $id: 'Authorization', title: 'Authorization' },
);

export const HoldSchema = Type.Object(
  {
    id: nameSchema('hold', 'Names the hold.'),
    object: Type.Literal('hold'),
    created: Time,
    authorization: nameSchema('auth', 'The authorization that it is of.'),
    card: Nullable(Type.String()),
    account: nameSchema('acct', 'The account whose money it reserves.'),
    currency: CurrencyOut,
    amount: Type.Integer({ description: 'What it was for.' }),
    held: Type.Integer({ description: 'What it still reserves.' }),
    cleared: Type.Integer({ description: 'What was cleared of it.' }),
    status: Type.String({ description: '`held`, `released`, `cleared` or `expired`.' }),
    expires: Time,
  },
  { $id: 'Hold', title: 'Hold' },
);

export const RoleName = Type.Union(
  ROLES.map((role) => Type.Literal(role)),
  { description: 'What it may do: read, and what the name says; `admin` may do all.' },
);

export const ApiKeySchema = Type.Object(
  {
    id: nameSchema('key', 'Names the key.'),
    object: Type.Literal('api_key'),
    name: Type.String(),
    role: Type.String(),
    created: Time,
    expires: Nullable(Time),
    last_used: Nullable(Time),
    revoked: Nullable(Time),
  },
  { $id: 'ApiKey', title: 'API key' },
);

export const NewApiKeySchema = Type.Object(
  {
    ...ApiKeySchema.properties,
    secret: Type.String({ description: 'The key itself. It is shown this once.' }),
  },
  { $id: 'NewApiKey', title: 'New API key' },
);

export const AuditEventSchema = Type.Object(
  {
    id: nameSchema('evt', 'Names the event.'),
    object: Type.Literal('audit_event'),
    created: Time,
    key: Type.String({ description: 'The API key that did it.' }),
    action: Type.String({ description: 'What was done, as `card.created`.' }),
    method: Type.String(),
    resource: Type.String({ description: 'The name of what it was done to.' }),
    changes: Type.Unsafe<Record<string, unknown>>({ type: 'object', additionalProperties: true }),
    request: Type.String({ description: 'The request’s id.' }),
  },
  { $id: 'AuditEvent', title: 'Audit event' },
);

export const EventTypeName = Type.String({
  maxLength: 64,
  pattern: '^[a-z_]+\\.[a-z_]+$',
  examples: ['hold.expired'],
});

export const EventSchema = Type.Object(
  {
    id: nameSchema('event', 'Names the event; a webhook of it has this in `webhook-id`.'),
    object: Type.Literal('event'),
    version: Type.Integer({ description: 'Of the shape of `data`; new members may come without a new one.' }),
    type: Type.String({ description: 'What happened, as `authorization.approved`.' }),
    timestamp: Time,
    data: Type.Unsafe<Record<string, unknown>>({
      type: 'object',
      additionalProperties: true,
      description: 'What it is about, by `type`: docs/events.md.',
    }),
  },
  { $id: 'Event', title: 'Event' },
);

export const WebhookEndpointSchema = Type.Object(
  {
    id: nameSchema('we', 'Names the endpoint.'),
    object: Type.Literal('webhook_endpoint'),
    url: Type.String(),
    description: Type.String(),
    types: Nullable(Type.Array(Type.String(), { description: 'Types of events that it gets.' })),
    status: Type.String({ description: '`enabled` or `disabled`.' }),
    disabled_reason: Nullable(
      Type.String({ description: '`asked`, `gone` (it answered 410) or `failing` (for days).' }),
    ),
    failing_since: Nullable(Time),
    created: Time,
  },
  { $id: 'WebhookEndpoint', title: 'Webhook endpoint' },
);

export const NewWebhookEndpointSchema = Type.Object(
  {
    ...WebhookEndpointSchema.properties,
    secret: Type.String({ description: 'What webhooks are signed with. It is shown this once.' }),
  },
  { $id: 'NewWebhookEndpoint', title: 'New webhook endpoint' },
);

export const WebhookDeliverySchema = Type.Object(
  {
    id: nameSchema('dlv', 'Names the delivery.'),
    object: Type.Literal('webhook_delivery'),
    event: nameSchema('event', 'The event.'),
    type: Type.String(),
    state: Type.String({ description: '`pending`, `delivered`, or `dead` after the last attempt.' }),
    attempts: Type.Integer(),
    last_attempt: Nullable(Time),
    status: Nullable(Type.Integer({ description: 'HTTP status of the last response.' })),
    error: Nullable(Type.String({ description: 'What went wrong where there was no response.' })),
    next_attempt: Nullable(Time),
    created: Time,
  },
  { $id: 'WebhookDelivery', title: 'Webhook delivery' },
);

export const SCHEMAS = [
  ProblemSchema,
  AccountSchema,
  CardSchema,
  AuthorizationSchema,
  HoldSchema,
  ApiKeySchema,
  NewApiKeySchema,
  AuditEventSchema,
  DecisionEndpointSchema,
  NewDecisionEndpointSchema,
  SimulationSchema,
  EventSchema,
  WebhookEndpointSchema,
  NewWebhookEndpointSchema,
  WebhookDeliverySchema,
];
