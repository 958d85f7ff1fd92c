import { randomUUID } from 'node:crypto';
import rateLimit from '@fastify/rate-limit';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type {
  FastifyError,
  FastifyInstance,
  FastifyReply,
  FastifyRequest,
  FastifyServerOptions,
} from 'fastify';
import type { Api, ApiContext, Routes } from './api.js';
import type { ApiSettings } from './api-settings.js';
import { Authentication } from './authentication.js';
import { Attempt, Draw, Idempotency } from './idempotency.js';
import { LedgerUnavailableError } from './ledger-port.js';
import { ObjectNames } from './object-names.js';
import { registerOpenApi } from './openapi.js';
import { notFound, PROBLEM_TYPE, Problem, problemOfStatus } from './problem.js';
import { accounts } from './routes/accounts.js';
import { apiKeys } from './routes/api-keys.js';
import { auditEvents } from './routes/audit-events.js';
import { authorizations } from './routes/authorizations.js';
import { cardImport } from './routes/card-import.js';
import { cards } from './routes/cards.js';
import { decisionEndpoint } from './routes/decision-endpoint.js';
import { eventStream } from './routes/event-stream.js';
import { events } from './routes/events.js';
import { holds } from './routes/holds.js';
import { me } from './routes/me.js';
import { simulations } from './routes/simulate.js';
import { webhookDeliveries } from './routes/webhook-deliveries.js';
import { webhookEndpoints } from './routes/webhook-endpoints.js';
import { SCHEMAS } from './schemas.js';
import { fieldErrors, validatorOf } from './validation.js';

/** Every resource; each is a file of its own. */
const ROUTES: readonly Routes[] = [
  me,
  accounts,
  cards,
  cardImport,
  authorizations,
  holds,
  events,
  eventStream,
  webhookEndpoints,
  webhookDeliveries,
  apiKeys,
  decisionEndpoint,
  auditEvents,
  simulations,
];

const BODY_BYTES_MAX = 64 * 1024;
const MINUTE_MS = 60_000;
/** Failed authentications of one address in a minute. */
const FAILURES_MAX = 60;
const WRITES = new Set(['POST', 'PUT', 'PATCH', 'DELETE']);

/** What the server that the API is part of is to be made with. */
export const SERVER_OPTIONS = {
  bodyLimit: BODY_BYTES_MAX,
  genReqId: () => `req_${randomUUID().replaceAll('-', '')}`,
  routerOptions: { maxParamLength: 512 },
  frameworkErrors: (_error: FastifyError, _request: FastifyRequest, reply: FastifyReply) => {
    // A path that is no URL names nothing.
    sendProblem(reply, notFound());
  },
} satisfies FastifyServerOptions;

/** An API that was added to a server. */
export interface AddedApi {
  /** The database at that place is there now. */
  opened(place: number): Promise<void>;
  /** Writes down the last of it before the databases go. */
  close(): Promise<void>;
}

/** Adds the API to a server, at `/v1`, and its description at `/openapi.json` and `/docs`. */
export async function addApi(server: FastifyInstance, settings: ApiSettings): Promise<AddedApi> {
  const { database, tenants, onFailure } = settings;
  const authentication = new Authentication(database, tenants, onFailure);
  const idempotency = new Idempotency(database, onFailure);
  const context: ApiContext = { ...settings, idempotency, names: namesOf(settings) };
  await registerOpenApi(server);
  for (const schema of SCHEMAS) server.addSchema(schema);
  await server.register(
    async (scope) => {
      scope.decorateRequest('caller');
      scope.decorateRequest('attempt', null);
      scope.decorateRequest('draw');
      scope.setValidatorCompiler(validatorOf);
      scope.setErrorHandler((error: FastifyError, request, reply) => {
        sendProblem(reply, problemOf(error, request, onFailure));
      });
      // Before anything else, so that the limit of a key is known by the key.
      const failures = await addAuthentication(scope, authentication);
      await scope.register(rateLimit, {
        hook: 'preParsing',
        max: settings.requestsPerMinute,
        timeWindow: MINUTE_MS,
        enableDraftSpec: true,
        keyGenerator: (request) => request.caller.keyId,
        errorResponseBuilder: (_request, { ttl }) => limited(ttl),
      });
      failures.check = scope.createRateLimit({
        max: FAILURES_MAX,
        timeWindow: MINUTE_MS,
        keyGenerator: (request) => `address ${request.ip}`,
      });
      addIdempotency(scope, idempotency);
      scope.setNotFoundHandler((_request, reply) => sendProblem(reply, notFound()));
      const api = scope.withTypeProvider<TypeBoxTypeProvider>() as Api;
      for (const routes of ROUTES) routes(api, context);
    },
    { prefix: '/v1' },
  );
  return {
    opened: (place) => idempotency.clearUp(place),
    close: async () => {
      idempotency.close();
      await authentication.close();
    },
  };
}

type Check = ReturnType<FastifyInstance['createRateLimit']>;

async function addAuthentication(
  scope: FastifyInstance,
  authentication: Authentication,
): Promise<{ check: Check | null }> {
  const failures: { check: Check | null } = { check: null };
  scope.addHook('onRequest', async (request, reply) => {
    reply.header('request-id', request.id);
    const tenant = request.headers['holdfast-tenant'];
    try {
      request.caller = await authentication.caller(
        request.headers.authorization,
        Array.isArray(tenant) ? tenant[0] : tenant,
      );
    } catch (error) {
      if (error instanceof Problem && error.code === 'HF_UNAUTHENTICATED') {
        const checked = await failures.check?.(request);
        if (checked !== undefined && !checked.isAllowed && checked.isExceeded) throw limited(checked.ttl);
      }
      throw error;
    }
    const { role } = request.caller;
    const { roles } = request.routeOptions.config;
    if (role === 'admin' || role === 'operator' || roles === undefined || roles.includes(role)) return;
    throw new Problem('HF_ROLE');
  });
  return failures;
}

function limited(ttlMs: number): Problem {
  return new Problem('HF_RATE_LIMITED', undefined, undefined, Math.max(1, Math.ceil(ttlMs / 1000)));
}

/** Lets a write with an Idempotency-Key be done once: what it answered is kept, and answered again. */
function addIdempotency(scope: FastifyInstance, idempotency: Idempotency): void {
  scope.addHook('preHandler', async (request, reply) => {
    request.draw = new Draw();
    if (!WRITES.has(request.method)) return;
    const key = request.headers['idempotency-key'];
    const { idempotencyRequired, streams } = request.routeOptions.config;
    if (typeof key !== 'string') {
      if (idempotencyRequired) throw new Problem('HF_IDEMPOTENCY_KEY_MISSING');
      return;
    }
    const body = streams ? '' : JSON.stringify(request.body ?? null);
    const begun = await idempotency.begin(
      request.caller.tenant,
      key,
      `${request.method} ${request.url} ${body}`,
    );
    if (begun instanceof Attempt) {
      request.attempt = begun;
      request.draw = begun.draw;
      return;
    }
    reply.header('idempotent-replayed', 'true').code(begun.status);
    const type = begun.status >= 400 ? PROBLEM_TYPE : 'application/json; charset=utf-8';
    return reply.type(type).send(begun.body);
  });
  scope.addHook('onSend', async (request, reply, payload) => {
    const { attempt } = request;
    if (attempt === null) return payload;
    request.attempt = null;
    // What was refused for a reason of the moment may be done the next time; what streams finds out by itself.
    if (reply.statusCode >= 500 || typeof payload !== 'string' || request.routeOptions.config.streams) {
      await idempotency.giveUp(attempt);
    } else await idempotency.finish(attempt, { status: reply.statusCode, body: payload });
    return payload;
  });
}

function namesOf({ database }: ApiSettings): ApiContext['names'] {
  const names: ObjectNames[] = [];
  return async ({ database: place }) => {
    const known = names[place];
    if (known !== undefined) return known;
    const { rows } = await database
      .at(place)
      .asSwitch((client) => client.query<{ key: Buffer }>('SELECT key FROM holdfast.api_secret'));
    names[place] = new ObjectNames(rows[0]!.key);
    return names[place];
  };
}

function sendProblem(reply: FastifyReply, problem: Problem): FastifyReply {
  if (problem.retryAfter !== undefined) reply.header('retry-after', String(problem.retryAfter));
  if (problem.status === 401) reply.header('www-authenticate', 'Bearer realm="holdfast"');
  return reply.code(problem.status).type(PROBLEM_TYPE).send(JSON.stringify(problem.document()));
}

/** What is told of an error; of one that nobody foresaw, nothing but that there was one. */
function problemOf(
  error: FastifyError,
  request: FastifyRequest,
  onFailure: (error: unknown) => void,
): Problem {
  const thrown: unknown = error;
  if (thrown instanceof Problem) return thrown;
  if (thrown instanceof LedgerUnavailableError) return unavailable(thrown);
  if (error.validation !== undefined) {
    const errors = fieldErrors(error.validation, error.validationContext);
    return new Problem('HF_INVALID_REQUEST', undefined, errors);
  }
  const status = error.statusCode ?? 500;
  if (status < 500) return problemOfStatus(status);
  onFailure(
    new Error(`${request.method} ${request.routeOptions.url} failed (${request.id})`, { cause: error }),
  );
  return new Problem('HF_INTERNAL', `It is in the log as ${request.id}.`);
}

function unavailable({ failure }: LedgerUnavailableError): Problem {
  switch (failure) {
    case 'BUSY':
      return new Problem('HF_BUSY', undefined, undefined, 1);
    case 'UNKNOWN':
      return new Problem(
        'HF_OUTCOME_UNKNOWN',
        'Send it again with the same Idempotency-Key: what was done is not done again.',
        undefined,
        2,
      );
    default:
      return new Problem('HF_UNAVAILABLE', undefined, undefined, 2);
  }
}
