import { Type } from '@sinclair/typebox';
import { CARD_STATUS } from '../../ledger/command.js';
import { CHANNELS } from '../channel.js';
import { nameSchema } from './api.js';
import { ROLES } from './api-key.js';
import { BackTestSchema } from './back-test-schemas.js';
import { AppliedConfigurationSchema, ConfigurationSchema } from './configuration-schemas.js';
import { DecisionEndpointSchema, NewDecisionEndpointSchema } from './decision-endpoint-schemas.js';
import { LIMIT_SCHEMAS } from './limit-schemas.js';
import { ProblemSchema } from './problem.js';
import { CurrencyOut, Nullable, Time } from './schema-parts.js';
import { SimulationSchema } from './simulate-schemas.js';
import { TokenSchema } from './token-schema.js';
import { EntrySchema, TransferSchema } from './transfer-schema.js';

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
/** What is to be moved. */
export const AmountIn = Type.Integer({
  minimum: 1,
  maximum: MINOR_MAX,
  description: 'Minor units of the currency.',
});
/** What a balance is to change by: not zero. */
export const SignedAmountIn = Type.Integer({
  minimum: -MINOR_MAX,
  maximum: MINOR_MAX,
  not: { const: 0 },
  description: 'Minor units of the currency; below zero it is taken from the account.',
});
export const DescriptionIn = Type.String({
  minLength: 1,
  maxLength: 200,
  pattern: '^[^\\u0000-\\u001f\\ud800-\\udfff]+$',
  description: 'What people are to read with it.',
});
export const CurrencyIn = Type.String({
  pattern: '^[A-Z]{3}$',
  description: 'Three letters of ISO 4217.',
  examples: ['EUR'],
});
export const ChannelName = Type.Union(CHANNELS.map((channel) => Type.Literal(channel)));
/** What a card may be issued as. */
export const CardStatus = Type.Union(
  ['active', 'inactive', 'blocked'].map((status) =>
    Type.Literal(status as 'active' | 'inactive' | 'blocked'),
  ),
  { default: 'active' },
);
/** Where a card stands, by the ledger's names. */
export const CardStatusName = Type.Union(
  (Object.keys(CARD_STATUS) as (keyof typeof CARD_STATUS)[]).map((status) => Type.Literal(status)),
);
/** Numbers that a tenant gives to groups of cards and to holders of accounts. */
export const NumberIn = Type.Integer({ minimum: 1, maximum: 0xffff_ffff });

export const AccountSchema = Type.Object(
  {
    id: nameSchema('acct', 'Names the account.'),
    object: Type.Literal('account'),
    currency: CurrencyOut,
    overdraft: Type.Integer({ description: 'By how much it may be overdrawn, in minor units.' }),
    holder: Nullable(Type.Integer({ description: 'Who holds it: a number of the tenant’s own.' })),
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
    type: Type.String({ description: '`physical`, `virtual` or `single_use`.' }),
    status: Type.String({
      description:
        '`active`, or what keeps it from paying: `inactive`, `frozen`, `blocked`, `lost`, `stolen`, `closed`, `expired`.',
    }),
    first6: Type.String(),
    last4: Type.String(),
    exp_month: Type.Integer(),
    exp_year: Type.Integer(),
    previous_expiry: Nullable(
      Type.Object(
        { exp_year: Type.Integer(), exp_month: Type.Integer() },
        { description: 'Where it was renewed: payments may still have this one, until it has passed.' },
      ),
    ),
    currency: CurrencyOut,
    channels: Type.Array(Type.String(), { description: 'Where it can pay.' }),
    group: Nullable(Type.Integer({ description: 'The group that it is in: a number of the tenant’s own.' })),
    replacement_for: Nullable(Type.String({ description: 'The card that it replaces.' })),
    replaced_by: Nullable(Type.String({ description: 'The card that replaces it.' })),
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
      descriptor: Nullable(Type.String({ description: 'DE43: name, city and country as they were sent.' })),
      country: Nullable(Type.String({ description: 'Two letters of ISO 3166-1.' })),
    }),
    channel: Nullable(Type.String()),
    entry_mode: Nullable(Type.String({ description: 'DE22.' })),
    card_entry: Nullable(
      Type.String({
        description: 'How the number was read: `chip`, `contactless`, `ecommerce`, `credential_on_file` …',
      }),
    ),
    traits: Type.Array(Type.String(), { description: 'What the message said of card and holder.' }),
    wallet_token: Nullable(
      Type.Object(
        {
          id: nameSchema('tok', 'The token.'),
          status: Type.String({ description: 'As the read model has it.' }),
        },
        { description: 'The wallet token whose number it came with.' },
      ),
    ),
    network: Type.Object({
      stan: Nullable(Type.String({ description: 'DE11.' })),
      rrn: Nullable(Type.String({ description: 'DE37.' })),
      acquirer: Nullable(Type.String({ description: 'DE32.' })),
    }),
    decision: Type.Object(
      {
        rule: Nullable(
          Type.Integer({ description: 'The number of the rule that declined it, or approved it in part.' }),
        ),
        name: Nullable(Type.String({ description: 'The rule’s name; null where it is not known any more.' })),
        reason: Nullable(Type.String({ description: 'Why, for programs, as `amount_limit_exceeded`.' })),
        shadow_rule: Nullable(
          Type.Integer({ description: 'The rule that would have, were it not a shadow.' }),
        ),
        shadow_name: Nullable(Type.String()),
        shadow_reason: Nullable(Type.String()),
        asked: Nullable(
          Type.String({
            description:
              'Where the tenant was asked in real time: `answered`, `timed_out`, `failed`, `circuit_open`, `overloaded`.',
          }),
        ),
      },
      { description: 'The limit that decided; nulls where none did.' },
    ),
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
  TokenSchema,
  TransferSchema,
  EntrySchema,
  AuthorizationSchema,
  HoldSchema,
  ApiKeySchema,
  NewApiKeySchema,
  AuditEventSchema,
  DecisionEndpointSchema,
  NewDecisionEndpointSchema,
  SimulationSchema,
  ...LIMIT_SCHEMAS,
  ConfigurationSchema,
  AppliedConfigurationSchema,
  BackTestSchema,
  EventSchema,
  WebhookEndpointSchema,
  NewWebhookEndpointSchema,
  WebhookDeliverySchema,
];
