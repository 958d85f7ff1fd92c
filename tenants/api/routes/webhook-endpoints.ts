import { type Static, Type } from '@sinclair/typebox';
import { newSecret } from '../../outbound/signature.js';
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
import { requireMatch, tagged } from '../etag.js';
import { endOfFeed, typesOf } from '../event-query.js';
import { uuidName } from '../object-names.js';
import { notPossible } from '../problem.js';
import { OVERLAP_SECONDS, rotationSchema } from '../rotation.js';
import { EventTypeName, NewWebhookEndpointSchema, WebhookEndpointSchema } from '../schemas.js';
import { ENDPOINT_COLUMNS, type EndpointRow, endpointOf, findEndpoint, requireUrl } from '../webhook-rows.js';

const tags = ['Webhooks'];
const WebhookEndpoint = named(WebhookEndpointSchema);
const NewWebhookEndpoint = named(NewWebhookEndpointSchema);
const ById = Type.Object({ id: nameSchema('we', 'The endpoint.') });
const config = { roles: ['admin'] } as const;
/** Of a tenant. */
const ENDPOINTS_MAX = 10;

const Url = Type.String({
  minLength: 1,
  maxLength: 2048,
  pattern: '^[\\x21-\\x7E]+$',
  description: 'https; where the switch is a demo, also http of this machine.',
  examples: ['https://example.com/holdfast'],
});
const Description = Type.String({ maxLength: 200, pattern: '^[^\\u0000-\\u001f\\u007f\\ud800-\\udfff]*$' });
const Types = Type.Union([
  Type.Array(EventTypeName, { minItems: 1, maxItems: 50, uniqueItems: true }),
  Type.Null(),
]);
const NewBody = Type.Object(
  { url: Url, description: Type.Optional(Description), types: Type.Optional(Types) },
  { additionalProperties: false },
);
const ChangeBody = Type.Object(
  {
    url: Type.Optional(Url),
    description: Type.Optional(Description),
    types: Type.Optional(Types),
    disabled: Type.Optional(Type.Boolean({ description: 'Whether nothing is to be sent to it.' })),
  },
  { additionalProperties: false, minProperties: 1 },
);

/** Where events are sent to. */
export const webhookEndpoints: Routes = (app, context) => {
  const { database, secrets, guard } = context;

  app.post(
    '/webhook-endpoints',
    {
      config,
      schema: {
        operationId: 'createWebhookEndpoint',
        summary: 'Make a webhook endpoint',
        description: 'It gets what happens from now on; without `types`, all of it.',
        tags,
        headers: WriteHeaders,
        body: NewBody,
        response: writes(201, NewWebhookEndpoint, 'The endpoint. Its secret is shown this once.'),
      },
    },
    async (request, reply) => {
      const { tenant } = request.caller;
      const { number } = tenant;
      const { url, description = '', types = null } = request.body;
      requireUrl(guard, url);
      if (types !== null) typesOf('types', types);
      // Those of a try before, where this one carries it on.
      const id = uuidFrom(request.draw.bytes('webhook endpoint'));
      const secret = newSecret(request.draw.bytes('webhook secret'));
      const row = await database.forTenant(tenant, async (client) => {
        await client.query('SELECT pg_advisory_xact_lock(hashtext($1))', [`webhook endpoints ${number}`]);
        const { rows } = await client.query<EndpointRow>(
          `SELECT ${ENDPOINT_COLUMNS} FROM holdfast.webhook_endpoint WHERE tenant = $1`,
          [number],
        );
        const found = rows.find((endpoint) => endpoint.id === id);
        if (found !== undefined) return found;
        if (rows.length >= ENDPOINTS_MAX) {
          throw notPossible('', 'endpoints', `there may be ${ENDPOINTS_MAX} endpoints at most`);
        }
        const { at, seq, entry, ordinal } = await endOfFeed(client, number);
        const added = await client.query<EndpointRow>(
          `INSERT INTO holdfast.webhook_endpoint (tenant, id, url, description, types, secret, at, seq, entry, ordinal)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) RETURNING ${ENDPOINT_COLUMNS}`,
          [
            number,
            id,
            url,
            description,
            types,
            secrets.encrypt(secret, id),
            new Date(at).toISOString(),
            seq,
            entry,
            ordinal,
          ],
        );
        await audit(client, request, 'webhook_endpoint.created', uuidName('we', id), request.body);
        return added.rows[0]!;
      });
      reply.code(201).header('cache-control', 'no-store');
      return { ...endpointOf(row), secret };
    },
  );

  app.get(
    '/webhook-endpoints',
    {
      schema: {
        operationId: 'listWebhookEndpoints',
        summary: 'List webhook endpoints',
        tags,
        querystring: Type.Object(PageQuery, { additionalProperties: false }),
        response: reads(pageOf(WebhookEndpoint), 'Endpoints, the newest first.'),
      },
    },
    async (request) => {
      const { tenant } = request.caller;
      const { number } = tenant;
      const { limit = 20, cursor } = request.query;
      const names = await context.names(tenant);
      const [at = null, id = null] =
        cursor === undefined ? [] : names.place(number, 'webhook-endpoints', cursor);
      const { rows } = await database.forTenant(tenant, (client) =>
        client.query<EndpointRow>(
          `SELECT ${ENDPOINT_COLUMNS} FROM holdfast.webhook_endpoint
           WHERE tenant = $1 AND ($3::timestamptz IS NULL OR (created_at, id) < ($3, $4::uuid))
           ORDER BY created_at DESC, id DESC LIMIT $2`,
          [number, limit + 1, at, id],
        ),
      );
      return page(rows, limit, endpointOf, ({ place, id }) =>
        names.cursor(number, 'webhook-endpoints', [place, id]),
      );
    },
  );

  app.get(
    '/webhook-endpoints/:id',
    {
      schema: {
        operationId: 'getWebhookEndpoint',
        summary: 'Get a webhook endpoint',
        tags,
        params: ById,
        response: reads(WebhookEndpoint, 'The endpoint, without its secret.'),
      },
    },
    async (request, reply) => {
      const { tenant } = request.caller;
      const { number } = tenant;
      const row = await database.forTenant(tenant, (client) =>
        findEndpoint(client, number, request.params.id),
      );
      return tagged(reply, endpointOf(row));
    },
  );

  app.patch(
    '/webhook-endpoints/:id',
    {
      config,
      schema: {
        operationId: 'updateWebhookEndpoint',
        summary: 'Change a webhook endpoint',
        description:
          'One that is enabled again goes on where it was left. With `If-Match`, only while it is as it was seen.',
        tags,
        headers: WriteHeaders,
        params: ById,
        body: ChangeBody,
        response: writes(200, WebhookEndpoint, 'The endpoint.'),
      },
    },
    async (request, reply) => {
      const { tenant } = request.caller;
      const { number } = tenant;
      const { url, types } = request.body;
      if (url !== undefined) requireUrl(guard, url);
      if (types != null) typesOf('types', types);
      const row = await database.forTenant(tenant, async (client) => {
        const found = await findEndpoint(client, number, request.params.id);
        requireMatch(request, endpointOf(found));
        const changed = changedBy(found, request.body);
        const { rows } = await client.query<EndpointRow>(
          `UPDATE holdfast.webhook_endpoint SET url = $3, description = $4, types = $5, disabled = $6, failing_since = $7,
             revision = revision + 1
           WHERE tenant = $1 AND id = $2 RETURNING ${ENDPOINT_COLUMNS}`,
          [
            number,
            found.id,
            changed.url,
            changed.description,
            changed.types,
            changed.disabled,
            changed.failing_since?.toISOString() ?? null,
          ],
        );
        await audit(client, request, 'webhook_endpoint.updated', request.params.id, request.body);
        return rows[0]!;
      });
      return tagged(reply, endpointOf(row));
    },
  );

  app.delete(
    '/webhook-endpoints/:id',
    {
      config,
      schema: {
        operationId: 'deleteWebhookEndpoint',
        summary: 'Delete a webhook endpoint',
        description: 'With its deliveries. With `If-Match`, only while it is as it was seen.',
        tags,
        headers: WriteHeaders,
        params: ById,
        response: writes(200, WebhookEndpoint, 'The endpoint as it was.'),
      },
    },
    async (request) => {
      const { tenant } = request.caller;
      const { number } = tenant;
      return database.forTenant(tenant, async (client) => {
        const found = await findEndpoint(client, number, request.params.id);
        requireMatch(request, endpointOf(found));
        await client.query('DELETE FROM holdfast.webhook_endpoint WHERE tenant = $1 AND id = $2', [
          number,
          found.id,
        ]);
        await audit(client, request, 'webhook_endpoint.deleted', request.params.id, {});
        return endpointOf(found);
      });
    },
  );

  app.post(
    '/webhook-endpoints/:id/rotate-secret',
    {
      config,
      schema: {
        operationId: 'rotateWebhookSecret',
        summary: 'Replace the secret of a webhook endpoint',
        description: 'For as long as `overlap` says webhooks are signed with both.',
        tags,
        headers: WriteHeaders,
        params: ById,
        body: rotationSchema('Seconds.'),
        response: writes(200, NewWebhookEndpoint, 'The endpoint. Its new secret is shown this once.'),
      },
    },
    async (request, reply) => {
      const { tenant } = request.caller;
      const { number } = tenant;
      const { overlap = OVERLAP_SECONDS } = request.body;
      const secret = newSecret(request.draw.bytes('webhook secret'));
      const row = await database.forTenant(tenant, async (client) => {
        const found = await findEndpoint(client, number, request.params.id);
        const { rows } = await client.query<{ secret: Buffer }>(
          'SELECT secret FROM holdfast.webhook_endpoint WHERE tenant = $1 AND id = $2',
          [number, found.id],
        );
        // Done by a try before, which this one carries on.
        if (secrets.decrypt(rows[0]!.secret, found.id) === secret) return found;
        await client.query(
          `UPDATE holdfast.webhook_endpoint SET old_secret = secret, secret = $3,
             old_secret_until = now() + make_interval(secs => $4), revision = revision + 1
           WHERE tenant = $1 AND id = $2`,
          [number, found.id, secrets.encrypt(secret, found.id), overlap],
        );
        await audit(client, request, 'webhook_endpoint.secret_rotated', request.params.id, { overlap });
        return found;
      });
      reply.header('cache-control', 'no-store');
      return { ...endpointOf(row), secret };
    },
  );
};

function changedBy(found: EndpointRow, body: Static<typeof ChangeBody>): EndpointRow {
  const { url = found.url, description = found.description, types = found.types, disabled } = body;
  const common = { ...found, url, description, types };
  if (disabled === undefined) return common;
  if (disabled) return { ...common, disabled: found.disabled ?? 'asked' };
  return { ...common, disabled: null, failing_since: null };
}

/** A UUID as RFC 9562 has them for random bits (version 4). */
function uuidFrom(bytes: Buffer): string {
  const own = Buffer.from(bytes.subarray(0, 16));
  own[6] = (own[6]! & 0x0f) | 0x40;
  own[8] = (own[8]! & 0x3f) | 0x80;
  return own.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}
