import { Type } from '@sinclair/typebox';
import {
  type DecisionEndpoint,
  listDecisionEndpoints,
  purposeOf,
  removeDecisionEndpoint,
  setDecisionEndpoint,
} from '../../decisions/decision-endpoints.js';
import type { AddressGuard } from '../../outbound/address-guard.js';
import { newSecret } from '../../outbound/signature.js';
import { named, type Routes, reads, WriteHeaders, writes } from '../api.js';
import { audit } from '../audit.js';
import {
  DecisionEndpointSchema,
  FallbackSchema,
  NewDecisionEndpointSchema,
} from '../decision-endpoint-schemas.js';
import { requireMatch, tagged } from '../etag.js';
import { notFound, notPossible } from '../problem.js';
import { OVERLAP_SECONDS, rotationSchema } from '../rotation.js';

const tags = ['Real-time decisions'];
const config = { roles: ['admin'] } as const;
const RESOURCE = 'decision_endpoint';
const DEADLINE_MS = 800;
const CONCURRENCY = 64;
const DO_NOT_HONOUR = 5;

/** Where the tenant is asked for a decision of its own, once limits and balance have said yes. */
export const decisionEndpoint: Routes = (app, context) => {
  const { database, secrets, guard, environment } = context;
  const find = async (client: Parameters<typeof listDecisionEndpoints>[0]) =>
    (await listDecisionEndpoints(client, secrets))[0];

  app.put(
    '/decision-endpoint',
    {
      config,
      schema: {
        operationId: 'putDecisionEndpoint',
        summary: 'Decide in real time',
        description:
          'From now on the endpoint is asked about each authorization that limits and balance allow. With `If-Match`, ' +
          'only while it is as it was seen. The secret is shown when the endpoint is new, and kept otherwise.',
        tags,
        headers: WriteHeaders,
        body: Type.Object(
          {
            url: Type.String({ minLength: 8, maxLength: 2000, pattern: '^https?://[^\\s]+$' }),
            deadline_ms: Type.Optional(Type.Integer({ minimum: 50, maximum: 10_000, default: DEADLINE_MS })),
            concurrency: Type.Optional(Type.Integer({ minimum: 1, maximum: 512, default: CONCURRENCY })),
            least_amount: Type.Optional(
              Type.Integer({
                minimum: 0,
                maximum: 999_999_999_999,
                default: 0,
                description: 'Less is not asked about; minor units of the merchant’s currency.',
              }),
            ),
            fallback: Type.Optional(FallbackSchema),
            enabled: Type.Optional(Type.Boolean({ default: true })),
          },
          { additionalProperties: false },
        ),
        response: writes(200, named(NewDecisionEndpointSchema), 'The endpoint.'),
      },
    },
    async (request, reply) => {
      const { tenant } = request.caller;
      const { url, deadline_ms, concurrency, least_amount, fallback, enabled } = request.body;
      requireUsable(url, guard, environment === 'test');
      const secret = newSecret();
      const { decision, response_code, most } = { decision: 'decline', ...fallback } as const;
      const declined = response_code === undefined ? DO_NOT_HONOUR : Number(response_code);
      const stored = await database.forTenant(tenant, async (client) => {
        const before = await find(client);
        if (before !== undefined) requireMatch(request, shown(before));
        const encrypted = secrets.encrypt(secret, purposeOf(tenant.number));
        await setDecisionEndpoint(
          client,
          tenant.number,
          {
            url,
            deadlineMs: deadline_ms ?? DEADLINE_MS,
            concurrency: concurrency ?? CONCURRENCY,
            leastAmount: least_amount ?? 0,
            fallbackCode: decision === 'approve' ? 0 : declined,
            fallbackMost: decision === 'approve' ? (most ?? null) : null,
            enabled: enabled ?? true,
          },
          before === undefined ? { encrypted, overlapSeconds: 0 } : null,
        );
        await audit(client, request, 'decision_endpoint.set', RESOURCE, request.body);
        return { isNew: before === undefined, endpoint: (await find(client))! };
      });
      reply.header('cache-control', 'no-store');
      const { isNew, endpoint } = stored;
      return tagged(reply, { ...shown(endpoint), secret: isNew ? secret : null });
    },
  );

  app.get(
    '/decision-endpoint',
    {
      config,
      schema: {
        operationId: 'getDecisionEndpoint',
        summary: 'Get the endpoint',
        tags,
        response: reads(named(DecisionEndpointSchema), 'The endpoint, without its secret.'),
      },
    },
    async (request, reply) => {
      const { tenant } = request.caller;
      const endpoint = await database.forTenant(tenant, find);
      if (endpoint === undefined) throw notFound();
      return tagged(reply, shown(endpoint));
    },
  );

  app.post(
    '/decision-endpoint/rotate-secret',
    {
      config,
      schema: {
        operationId: 'rotateDecisionSecret',
        summary: 'Replace the secret',
        description: 'For as long as `overlap` says, requests are signed with both.',
        tags,
        headers: WriteHeaders,
        body: rotationSchema('Seconds.'),
        response: writes(200, named(NewDecisionEndpointSchema), 'The endpoint, with the new secret.'),
      },
    },
    async (request, reply) => {
      const { tenant } = request.caller;
      const { overlap = OVERLAP_SECONDS } = request.body;
      const secret = newSecret();
      const endpoint = await database.forTenant(tenant, async (client) => {
        const before = await find(client);
        if (before === undefined) throw notFound();
        const encrypted = secrets.encrypt(secret, purposeOf(tenant.number));
        await setDecisionEndpoint(client, tenant.number, before, { encrypted, overlapSeconds: overlap });
        await audit(client, request, 'decision_endpoint.secret_rotated', RESOURCE, { overlap });
        return (await find(client))!;
      });
      reply.header('cache-control', 'no-store');
      return { ...shown(endpoint), secret: secret };
    },
  );

  app.delete(
    '/decision-endpoint',
    {
      config,
      schema: {
        operationId: 'deleteDecisionEndpoint',
        summary: 'Decide in real time no more',
        tags,
        headers: WriteHeaders,
        response: writes(200, named(DecisionEndpointSchema), 'The endpoint that was.'),
      },
    },
    async (request) => {
      const { tenant } = request.caller;
      return database.forTenant(tenant, async (client) => {
        const before = await find(client);
        if (before === undefined) throw notFound();
        requireMatch(request, shown(before));
        await removeDecisionEndpoint(client);
        await audit(client, request, 'decision_endpoint.deleted', RESOURCE, {});
        return shown(before);
      });
    },
  );
};

/** @throws Problem where a URL is none, or could never be asked */
function requireUsable(text: string, guard: AddressGuard, demo: boolean): void {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw notPossible('/url', 'url', 'it is no URL');
  }
  if (url.username !== '' || url.password !== '') {
    throw notPossible('/url', 'credentials', 'it must hold no user name and no password');
  }
  if (!demo && url.protocol !== 'https:') throw notPossible('/url', 'https', 'it must begin with https');
  if (!guard.allowsHost(url.hostname)) {
    throw notPossible('/url', 'address', 'its address must be one of the Internet');
  }
}

function shown(endpoint: DecisionEndpoint) {
  const { url, deadlineMs, concurrency, leastAmount, fallbackCode, fallbackMost, enabled } = endpoint;
  const approves = fallbackCode === 0;
  return {
    object: 'decision_endpoint' as const,
    url,
    deadline_ms: deadlineMs,
    concurrency,
    least_amount: leastAmount,
    fallback: approves
      ? { decision: 'approve' as const, ...(fallbackMost === null ? {} : { most: fallbackMost }) }
      : { decision: 'decline' as const, response_code: String(fallbackCode).padStart(2, '0') },
    enabled,
    version: endpoint.version,
    updated: endpoint.updatedAt.toISOString(),
  };
}
