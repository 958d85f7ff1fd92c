import { Type } from '@sinclair/typebox';
import { eventOf } from '../../events/event.js';
import { findEvent, NOTICE_ENTRY, TEST_TYPE } from '../../events/feed.js';
import {
  named,
  nameSchema,
  PageQuery,
  page,
  pageOf,
  type Routes,
  reads,
  WriteHeaders,
  writes,
} from '../api.js';
import { audit } from '../audit.js';
import { placeOfCursor, placeSince } from '../event-query.js';
import { uuidName, uuidOf } from '../object-names.js';
import { notFound, notPossible } from '../problem.js';
import { EventSchema, WebhookDeliverySchema, WebhookEndpointSchema } from '../schemas.js';
import { TimeIn } from '../time.js';
import { endpointOf, findEndpoint } from '../webhook-rows.js';

const tags = ['Webhooks'];
const config = { roles: ['admin'] } as const;
const ById = Type.Object({ id: nameSchema('we', 'The endpoint.') });
const STATES = ['pending', 'delivered', 'dead'] as const;

interface DeliveryRow {
  readonly id: string;
  readonly event: string;
  readonly type: string;
  readonly state: string;
  readonly attempts: number;
  readonly attempted_at: Date | null;
  readonly status: number | null;
  readonly error: string | null;
  readonly next_at: Date;
  readonly created_at: Date;
  readonly at: Date;
  readonly seq: string;
  readonly entry: number;
  readonly ordinal: number;
}

const COLUMNS =
  'id, event, type, state, attempts, attempted_at, status, error, next_at, created_at, at, seq, entry, ordinal';

/** What was sent to endpoints, and what is to be sent again. */
export const webhookDeliveries: Routes = (app, context) => {
  const { database, currencyOf } = context;

  app.get(
    '/webhook-endpoints/:id/deliveries',
    {
      schema: {
        operationId: 'listWebhookDeliveries',
        summary: 'List deliveries of a webhook endpoint',
        description: 'What was delivered or given up is kept for 30 days.',
        tags,
        params: ById,
        querystring: Type.Object(
          { ...PageQuery, state: Type.Optional(Type.Union(STATES.map((state) => Type.Literal(state)))) },
          { additionalProperties: false },
        ),
        response: reads(
          pageOf(named(WebhookDeliverySchema)),
          'Deliveries, those of the newest events first.',
        ),
      },
    },
    async (request) => {
      const { tenant } = request.caller;
      const { number } = tenant;
      const { limit = 20, cursor, state } = request.query;
      const names = await context.names(tenant);
      const place = cursor === undefined ? [] : names.place(number, 'webhook-deliveries', cursor);
      const rows = await database.forTenant(tenant, async (client) => {
        const { id } = await findEndpoint(client, number, request.params.id);
        const found = await client.query<DeliveryRow>(
          `SELECT ${COLUMNS} FROM holdfast.webhook_delivery
           WHERE tenant = $1 AND endpoint = $2 AND ($3::text IS NULL OR state = $3)
             AND ($5::timestamptz IS NULL OR (at, seq, entry, ordinal) < ($5, $6::bigint, $7::int, $8::int))
           ORDER BY at DESC, seq DESC, entry DESC, ordinal DESC LIMIT $4`,
          [number, id, state ?? null, limit + 1, ...[0, 1, 2, 3].map((member) => place[member] ?? null)],
        );
        return found.rows;
      });
      return page(rows, limit, deliveryOf, ({ at, seq, entry, ordinal }) =>
        names.cursor(number, 'webhook-deliveries', [at.toISOString(), seq, entry, ordinal]),
      );
    },
  );

  app.post(
    '/webhook-endpoints/:id/deliveries/:delivery/retry',
    {
      config,
      schema: {
        operationId: 'retryWebhookDelivery',
        summary: 'Send a delivery again',
        description:
          'At once, whether it was given up, waits, or was delivered; all attempts are before it again.',
        tags,
        headers: WriteHeaders,
        params: Type.Object({
          id: nameSchema('we', 'The endpoint.'),
          delivery: nameSchema('dlv', 'The delivery.'),
        }),
        response: writes(200, named(WebhookDeliverySchema), 'The delivery.'),
      },
    },
    async (request) => {
      const { tenant } = request.caller;
      const { number } = tenant;
      const { id: name, delivery } = request.params;
      return database.forTenant(tenant, async (client) => {
        const { id } = await findEndpoint(client, number, name);
        const { rows } = await client.query<DeliveryRow>(
          `UPDATE holdfast.webhook_delivery SET state = 'pending', attempts = 0, next_at = now()
           WHERE tenant = $1 AND endpoint = $2 AND id = $3 RETURNING ${COLUMNS}`,
          [number, id, uuidOf('dlv', delivery)],
        );
        if (rows[0] === undefined) throw notFound();
        await client.query(
          'UPDATE holdfast.webhook_endpoint SET revision = revision + 1 WHERE tenant = $1 AND id = $2',
          [number, id],
        );
        await audit(client, request, 'webhook_delivery.retried', name, { delivery });
        return deliveryOf(rows[0]);
      });
    },
  );

  app.post(
    '/webhook-endpoints/:id/replay',
    {
      config,
      schema: {
        operationId: 'replayWebhooks',
        summary: 'Send events again',
        description:
          'All that came behind `cursor`, or from `since` on, in order; those of before with the same `webhook-id`.',
        tags,
        headers: WriteHeaders,
        params: ById,
        body: Type.Object(
          {
            cursor: Type.Optional(
              Type.String({
                minLength: 1,
                maxLength: 512,
                description: '`next_cursor` of the events, or an `id` of a stream.',
              }),
            ),
            since: Type.Optional(TimeIn('A time.')),
          },
          { additionalProperties: false, minProperties: 1, maxProperties: 1 },
        ),
        response: writes(200, named(WebhookEndpointSchema), 'The endpoint.'),
      },
    },
    async (request) => {
      const { tenant } = request.caller;
      const { number } = tenant;
      const { cursor, since } = request.body;
      const names = await context.names(tenant);
      return database.forTenant(tenant, async (client) => {
        const row = await findEndpoint(client, number, request.params.id);
        const { at, seq, entry, ordinal } =
          cursor === undefined ? placeSince(since) : placeOfCursor(names, number, cursor);
        const place = [number, row.id, new Date(at).toISOString(), seq, entry, ordinal];
        // What waits behind it comes again by itself: so it is all in order.
        await client.query(
          `DELETE FROM holdfast.webhook_delivery
           WHERE tenant = $1 AND endpoint = $2 AND state = 'pending' AND (at, seq, entry, ordinal) > ($3, $4, $5, $6)`,
          place,
        );
        await client.query(
          `UPDATE holdfast.webhook_endpoint SET at = $3, seq = $4, entry = $5, ordinal = $6, revision = revision + 1
           WHERE tenant = $1 AND id = $2`,
          place,
        );
        await audit(client, request, 'webhook_endpoint.replayed', request.params.id, request.body);
        return endpointOf(row);
      });
    },
  );

  app.post(
    '/webhook-endpoints/:id/test',
    {
      config,
      schema: {
        operationId: 'testWebhookEndpoint',
        summary: 'Send a test event',
        description: 'To this endpoint alone, whichever types it takes.',
        tags,
        headers: WriteHeaders,
        params: ById,
        response: writes(200, named(EventSchema), 'The event, which is on its way.'),
      },
    },
    async (request) => {
      const { tenant } = request.caller;
      const { number } = tenant;
      const names = await context.names(tenant);
      return database.forTenant(tenant, async (client) => {
        const row = await findEndpoint(client, number, request.params.id);
        if (row.disabled !== null) throw notPossible('', 'enabled', 'the endpoint is disabled');
        const detail = JSON.stringify({ webhook_endpoint: request.params.id });
        const added = await client.query<{ id: number }>('SELECT holdfast.add_notice($1, $2, $3) AS id', [
          TEST_TYPE,
          row.id,
          detail,
        ]);
        const { id } = added.rows[0]!;
        const { rows } = await client.query<{ seq: number }>(
          'SELECT seq::float8 AS seq FROM holdfast.notice WHERE tenant = $1 AND id = $2',
          [number, id],
        );
        const event = await findEvent(client, number, rows[0]!.seq, NOTICE_ENTRY, id);
        if (event === undefined) throw notPossible('', 'filled', 'the events are being made anew');
        await audit(client, request, 'webhook_endpoint.tested', request.params.id, {});
        return eventOf({ names, currencyOf }, number, event);
      });
    },
  );
};

function deliveryOf(row: DeliveryRow) {
  return {
    id: uuidName('dlv', row.id),
    object: 'webhook_delivery' as const,
    event: row.event,
    type: row.type,
    state: row.state,
    attempts: row.attempts,
    last_attempt: row.attempted_at?.toISOString() ?? null,
    status: row.status,
    error: row.error,
    next_attempt: row.state === 'pending' ? row.next_at.toISOString() : null,
    created: row.created_at.toISOString(),
  };
}
