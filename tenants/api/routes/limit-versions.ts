import { Type } from '@sinclair/typebox';
import type { FastifyRequest } from 'fastify';
import type pg from 'pg';
import { LEVEL } from '../../../ledger/limits/place.js';
import { differencesOf } from '../../limits/differences.js';
import type { LimitsDocument } from '../../limits/schema.js';
import {
  type LimitVersion,
  listAllVersions,
  listVersions,
  readVersion,
  saveDraft,
  versionBefore,
} from '../../limits/versions.js';
import { named, PageQuery, page, pageOf, type Routes, reads, WriteHeaders, writes } from '../api.js';
import { audit } from '../audit.js';
import type { CallerTenant } from '../authentication.js';
import { requireMatch, tagged } from '../etag.js';
import { authorOf, compiledBy, type LimitChange, putInForce, takeTurn } from '../limit-changes.js';
import { placeOf, placeOrNone } from '../limit-places.js';
import { checkingLimits, requireStorable } from '../limit-problems.js';
import { limitVersionOf, versionName, versionPlace } from '../limit-resources.js';
import {
  DifferencesSchema,
  LimitsIn,
  LimitVersionName,
  LimitVersionSchema,
  NoteIn,
  PlaceId,
  PlaceType,
} from '../limit-schemas.js';
import type { ObjectNames } from '../object-names.js';
import { invalidParameter, notFound, notPossible } from '../problem.js';

const tags = ['Limits'];
const config = { roles: ['limits'] } as const;
const Version = named(LimitVersionSchema);
const ById = Type.Object({ id: LimitVersionName });
const LIST = 'limit-versions';
/** Compiled, a document may have 200,000 characters. */
const DOCUMENT_BYTES_MAX = 512 * 1024;
const NO_LIMITS: LimitsDocument = { rules: [] };

/** Versions of limits: saved, compared, put in force, taken back. */
export const limitVersions: Routes = (app, context) => {
  const { database } = context;

  app.post(
    '/limit-versions',
    {
      config,
      bodyLimit: DOCUMENT_BYTES_MAX,
      schema: {
        operationId: 'createLimitVersion',
        summary: 'Save limits as a draft',
        description: 'Nothing is in force until it is promoted.',
        tags,
        headers: WriteHeaders,
        body: Type.Object(
          {
            attached_to: Type.Object(
              { type: PlaceType, id: Type.Optional(PlaceId) },
              { additionalProperties: false },
            ),
            document: LimitsIn,
            note: Type.Optional(NoteIn),
          },
          { additionalProperties: false },
        ),
        response: writes(201, Version, 'The draft, and what each of its rules means.'),
      },
    },
    async (request, reply) => {
      const { tenant } = request.caller;
      const { attached_to, document, note } = request.body;
      requireStorable(document, '/document');
      const { label, ...place } = await placeOf(context, tenant, attached_to);
      const names = await context.names(tenant);
      const draft = {
        document,
        author: authorOf(request),
        ...(note === undefined ? {} : { note }),
        ...(label === undefined ? {} : { label }),
      };
      const version = await checkingLimits('/document', () =>
        database.forTenant(tenant, async (client) => {
          await takeTurn(client, tenant.number);
          const saved = await saveDraft(client, place, draft, compiledBy(tenant));
          await audit(client, request, 'limit_version.created', versionName(names, saved), {
            attached_to,
            version: saved.version,
            note: saved.note,
          });
          return saved;
        }),
      );
      reply.code(201);
      return tagged(reply, limitVersionOf(names, tenant, version));
    },
  );

  app.get(
    '/limit-versions',
    {
      schema: {
        operationId: 'listLimitVersions',
        summary: 'List versions of limits',
        tags,
        querystring: Type.Object(
          {
            ...PageQuery,
            type: Type.Optional(PlaceType),
            id: Type.Optional(PlaceId),
          },
          { additionalProperties: false },
        ),
        response: reads(pageOf(Version), 'Versions, the newest first.'),
      },
    },
    async (request) => {
      const { tenant } = request.caller;
      const { limit = 20, cursor, type, id } = request.query;
      const names = await context.names(tenant);
      const behind = cursor === undefined ? undefined : names.place(tenant.number, LIST, cursor);
      if (type === undefined && id !== undefined) throw invalidParameter('type', 'an id needs its type');
      const level = type === undefined ? undefined : LEVEL[type as keyof typeof LEVEL];
      const place = id === undefined ? undefined : await placeOrNone(context, tenant, { type: type!, id });
      // A list that is narrowed to what there isn't is empty.
      if (place === null) return { object: 'list' as const, data: [], has_more: false, next_cursor: null };
      const entity = place?.entity;
      const rows = await database.forTenant(tenant, (client) =>
        listAllVersions(client, tenant.number, { level, entity, limit: limit + 1, behind }),
      );
      return page(
        rows,
        limit,
        (row) => limitVersionOf(names, tenant, row),
        (row) => names.cursor(tenant.number, LIST, [row.place, row.level, row.entity, row.version]),
      );
    },
  );

  app.get(
    '/limit-versions/:id',
    {
      schema: {
        operationId: 'getLimitVersion',
        summary: 'Get a version of limits',
        tags,
        params: ById,
        response: reads(Version, 'The version, what its rules mean, and when it was in force.'),
      },
    },
    async (request, reply) => {
      const { tenant } = request.caller;
      const names = await context.names(tenant);
      const version = await database.forTenant(tenant, (client) =>
        find(client, names, tenant, request.params.id),
      );
      return tagged(reply, limitVersionOf(names, tenant, version));
    },
  );

  app.get(
    '/limit-versions/:id/diff',
    {
      schema: {
        operationId: 'diffLimitVersions',
        summary: 'Compare two versions',
        description: 'With the one that is in force at the same place, when `against` names no other.',
        tags,
        params: ById,
        querystring: Type.Object(
          { against: Type.Optional(Type.String({ pattern: '^(in_force|limv_[0-9a-f]{32})$' })) },
          { additionalProperties: false },
        ),
        response: reads(named(DifferencesSchema), 'What is other, in words.'),
      },
    },
    async (request) => {
      const { tenant } = request.caller;
      const { against = 'in_force' } = request.query;
      const names = await context.names(tenant);
      const [before, after] = await database.forTenant(tenant, async (client) => {
        const asked = await find(client, names, tenant, request.params.id);
        const other =
          against === 'in_force' ? await inForce(client, asked) : await find(client, names, tenant, against);
        return [other, asked] as const;
      });
      return {
        object: 'limit_differences' as const,
        from: before === undefined ? null : versionName(names, before),
        to: versionName(names, after),
        differences: [
          ...differencesOf(before?.document ?? NO_LIMITS, after.document, Number(tenant.currency)),
        ],
      };
    },
  );

  /** What is to be done about a version that was found; null where it is so already. */
  type Plan = (client: pg.ClientBase, version: LimitVersion) => Promise<LimitChange | null>;

  /** Finds a version, changes what is in force at its place, and shows the version that the change is about. */
  const change = async (request: FastifyRequest, id: string, action: string, plan: Plan) => {
    const { tenant } = request.caller;
    const names = await context.names(tenant);
    return database.forTenant(tenant, async (client) => {
      await takeTurn(client, tenant.number);
      const asked = await find(client, names, tenant, id);
      requireMatch(request, limitVersionOf(names, tenant, asked));
      const planned = await plan(client, asked);
      const about = planned?.version ?? asked;
      if (planned !== null) {
        const sequence = await putInForce(context, tenant, client, [planned], authorOf(request));
        await audit(client, request, `limit_version.${action}`, versionName(names, about), {
          version: about.version,
          sequence,
          ...(planned.version === null ? {} : { as: planned.shadow ? 'shadow' : 'active' }),
        });
      }
      return limitVersionOf(names, tenant, (await readVersion(client, about, about.version))!);
    });
  };

  app.post(
    '/limit-versions/:id/promote',
    {
      config,
      schema: {
        operationId: 'promoteLimitVersion',
        summary: 'Put a version in force',
        description:
          'Instead of the one that was, from the journal row on that the last of `in_force` tells. As a shadow, all of its ' +
          'rules report and none decides. What is so already is not done again.',
        tags,
        headers: WriteHeaders,
        params: ById,
        body: Type.Object(
          {
            as: Type.Optional(
              Type.Union([Type.Literal('active'), Type.Literal('shadow')], { default: 'active' }),
            ),
          },
          { additionalProperties: false },
        ),
        response: writes(200, Version, 'The version, which is in force now.'),
      },
    },
    async (request, reply) => {
      const shadow = request.body.as === 'shadow';
      const promoted = await change(request, request.params.id, 'promoted', async (_client, version) => {
        if (version.state === (shadow ? 'shadow' : 'active')) return null;
        return { place: version, version, shadow };
      });
      return tagged(reply, promoted);
    },
  );

  app.post(
    '/limit-versions/:id/rollback',
    {
      config,
      schema: {
        operationId: 'rollBackLimitVersion',
        summary: 'Put the version before in force again',
        description: 'Of a version that is in force: the one that was before it, as it was then.',
        tags,
        headers: WriteHeaders,
        params: ById,
        body: Type.Object({}, { additionalProperties: false }),
        response: writes(200, Version, 'The version before, which is in force now.'),
      },
    },
    async (request, reply) => {
      const rolledBack = await change(request, request.params.id, 'rolled_back', async (client, version) => {
        requireInForce(version);
        const before = await versionBefore(client, version);
        if (before === undefined) throw notPossible('', 'rollback', 'no version was in force before it');
        return { place: before, version: before, shadow: before.spans.at(-1)!.shadow };
      });
      return tagged(reply, rolledBack);
    },
  );

  app.post(
    '/limit-versions/:id/retire',
    {
      config,
      schema: {
        operationId: 'retireLimitVersion',
        summary: 'Put no rules in force',
        description: 'Of a version that is in force: from now on there are no rules in its place.',
        tags,
        headers: WriteHeaders,
        params: ById,
        body: Type.Object({}, { additionalProperties: false }),
        response: writes(200, Version, 'The version, which is not in force any more.'),
      },
    },
    async (request, reply) => {
      const retired = await change(request, request.params.id, 'retired', async (_client, version) => {
        if (version.state === 'retired') return null;
        requireInForce(version);
        return { place: version, version: null, shadow: false };
      });
      return tagged(reply, retired);
    },
  );
};

/** @throws Problem `HF_NOT_FOUND` where the tenant has no such version */
async function find(
  client: pg.ClientBase,
  names: ObjectNames,
  tenant: CallerTenant,
  id: string,
): Promise<LimitVersion> {
  const { version, ...place } = versionPlace(names, tenant.number, id);
  const found = await readVersion(client, place, version);
  if (found === undefined) throw notFound();
  return found;
}

async function inForce(client: pg.ClientBase, place: LimitVersion): Promise<LimitVersion | undefined> {
  const versions = await listVersions(client, place);
  return versions.find(({ state }) => state === 'active' || state === 'shadow');
}

function requireInForce({ state }: LimitVersion): void {
  if (state !== 'active' && state !== 'shadow') {
    throw notPossible('', 'in_force', 'the version is not in force');
  }
}
