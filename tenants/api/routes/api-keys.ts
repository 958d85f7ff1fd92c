import { Type } from '@sinclair/typebox';
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
import { newKey } from '../api-key.js';
import { audit } from '../audit.js';
import { requireMatch, tagged } from '../etag.js';
import { addKey, findKey, listKeys, revokeKey, type StoredKey } from '../key-table.js';
import { notFound, notPossible } from '../problem.js';
import { OVERLAP_SECONDS, rotationSchema } from '../rotation.js';
import { ApiKeySchema, NewApiKeySchema, RoleName } from '../schemas.js';

const tags = ['API keys'];
const ApiKey = named(ApiKeySchema);
const ById = Type.Object({ id: nameSchema('key', 'The key.') });
const config = { roles: ['admin'] } as const;

/** The tenant's keys: made, rotated with an overlap, revoked. */
export const apiKeys: Routes = (app, context) => {
  const { database, environment } = context;

  app.post(
    '/api-keys',
    {
      config,
      schema: {
        operationId: 'createApiKey',
        summary: 'Make an API key',
        tags,
        headers: WriteHeaders,
        body: Type.Object(
          {
            name: Type.String({
              minLength: 1,
              maxLength: 100,
              pattern: '^[^\\u0000-\\u001f\\u007f\\ud800-\\udfff]+$',
            }),
            role: RoleName,
            expires_in: Type.Optional(
              Type.Integer({
                minimum: 60,
                maximum: 315_360_000,
                description: 'Seconds; it lasts when absent.',
              }),
            ),
          },
          { additionalProperties: false },
        ),
        response: writes(201, named(NewApiKeySchema), 'The key. Its secret is shown this once.'),
      },
    },
    async (request, reply) => {
      const { tenant } = request.caller;
      const { name, role, expires_in } = request.body;
      const key = newKey(environment);
      const expiresAt = expires_in === undefined ? undefined : new Date(Date.now() + 1000 * expires_in);
      const stored = await database.forTenant(tenant, async (client) => {
        const added = await addKey(client, { key, tenant: tenant.number, role, name, expiresAt });
        await audit(client, request, 'api_key.created', `key_${key.id}`, request.body);
        return added;
      });
      reply.code(201).header('cache-control', 'no-store');
      return { ...keyOf(stored), secret: key.text };
    },
  );

  app.get(
    '/api-keys',
    {
      config,
      schema: {
        operationId: 'listApiKeys',
        summary: 'List API keys',
        tags,
        querystring: Type.Object(PageQuery, { additionalProperties: false }),
        response: reads(pageOf(ApiKey), 'Keys, the newest first, those that were revoked among them.'),
      },
    },
    async (request) => {
      const { tenant } = request.caller;
      const { limit = 20, cursor } = request.query;
      const names = await context.names(tenant);
      const before = cursor === undefined ? undefined : names.place(tenant.number, 'api-keys', cursor);
      const rows = await database.forTenant(tenant, (client) => listKeys(client, limit + 1, before));
      return page(rows, limit, keyOf, ({ place, id }) =>
        names.cursor(tenant.number, 'api-keys', [place, id]),
      );
    },
  );

  app.get(
    '/api-keys/:id',
    {
      config,
      schema: {
        operationId: 'getApiKey',
        summary: 'Get an API key',
        tags,
        params: ById,
        response: reads(ApiKey, 'The key, without its secret.'),
      },
    },
    async (request, reply) => {
      const { tenant } = request.caller;
      const stored = await database.forTenant(tenant, (client) => findKey(client, idOf(request.params.id)));
      if (stored === undefined) throw notFound();
      return tagged(reply, keyOf(stored));
    },
  );

  app.delete(
    '/api-keys/:id',
    {
      config,
      schema: {
        operationId: 'revokeApiKey',
        summary: 'Revoke an API key',
        description: 'At once. With `If-Match`, only while it is as it was seen.',
        tags,
        headers: WriteHeaders,
        params: ById,
        response: writes(200, ApiKey, 'The key, which is not in force any more.'),
      },
    },
    async (request) => {
      const { tenant } = request.caller;
      const id = idOf(request.params.id);
      return database.forTenant(tenant, async (client) => {
        const found = await findKey(client, id);
        if (found === undefined) throw notFound();
        requireMatch(request, keyOf(found));
        const revoked = await revokeKey(client, id, 0);
        await audit(client, request, 'api_key.revoked', `key_${id}`, {});
        return keyOf(revoked!);
      });
    },
  );

  app.post(
    '/api-keys/:id/rotate',
    {
      config,
      schema: {
        operationId: 'rotateApiKey',
        summary: 'Replace an API key',
        description:
          'A new key of the same name and role; the old one goes on for as long as `overlap` says.',
        tags,
        headers: WriteHeaders,
        params: ById,
        body: rotationSchema('Seconds for which the old key is in force yet.'),
        response: writes(201, named(NewApiKeySchema), 'The new key. Its secret is shown this once.'),
      },
    },
    async (request, reply) => {
      const { tenant } = request.caller;
      const id = idOf(request.params.id);
      const { overlap = OVERLAP_SECONDS } = request.body;
      const key = newKey(environment);
      const stored = await database.forTenant(tenant, async (client) => {
        const old = await findKey(client, id);
        if (old === undefined) throw notFound();
        if (!old.in_force) throw notPossible('', 'in_force', 'the key is not in force any more');
        await revokeKey(client, id, overlap);
        const { role, name } = old;
        const added = await addKey(client, { key, tenant: tenant.number, role, name });
        await audit(client, request, 'api_key.rotated', `key_${id}`, { overlap, successor: `key_${key.id}` });
        return added;
      });
      reply.code(201).header('cache-control', 'no-store');
      return { ...keyOf(stored), secret: key.text };
    },
  );
};

function idOf(name: string): string {
  return name.slice('key_'.length);
}

function keyOf(key: StoredKey) {
  return {
    id: `key_${key.id}`,
    object: 'api_key' as const,
    name: key.name,
    role: key.role,
    created: key.created_at.toISOString(),
    expires: key.expires_at?.toISOString() ?? null,
    last_used: key.last_used_at?.toISOString() ?? null,
    revoked: key.revoked_at?.toISOString() ?? null,
  };
}
