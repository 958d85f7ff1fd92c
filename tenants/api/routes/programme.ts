import { Type } from '@sinclair/typebox';
import type { FastifyRequest } from 'fastify';
import type pg from 'pg';
import { LEVEL } from '../../../ledger/limits/place.js';
import { inTransaction } from '../../../ledger/transaction.js';
import {
  type LimitPlace,
  type LimitVersion,
  listVersions,
  markPromoted,
  readVersion,
  saveDraft,
} from '../../limits/versions.js';
import {
  type ApiContext,
  named,
  PageQuery,
  page,
  pageOf,
  type Routes,
  reads,
  WriteHeaders,
  writes,
} from '../api.js';
import type { ApiTenant } from '../api-settings.js';
import { audit } from '../audit.js';
import { requireMatch, tagged } from '../etag.js';
import { LedgerUnavailableError } from '../ledger-port.js';
import { authorOf, compiledBy, decideLimits, takeTurn } from '../limit-changes.js';
import { checkingLimits, requireStorable } from '../limit-problems.js';
import { versionParts } from '../limit-resources.js';
import {
  LimitsIn,
  NoteIn,
  ProgrammeLimitsSchema,
  ProgrammeReportSchema,
  ProgrammeVersionSchema,
} from '../limit-schemas.js';
import { notFound, Problem } from '../problem.js';

const tags = ['Programme'];
const Version = named(ProgrammeVersionSchema);
const ByVersion = Type.Object({ version: Type.Integer({ minimum: 1, maximum: 2 ** 31 - 1 }) });
const LIST = 'programme-limit-versions';
const DOCUMENT_BYTES_MAX = 512 * 1024;
const RESOURCE = 'programme_limits';
/** The database that operators’ keys are in, and versions of the programme too. */
const HOME = 0;

/** The operator's rules over all tenants, which come before those of each. */
export const programme: Routes = (app, context) => {
  const { database, tenants } = context;
  const onRequest = async ({ caller }: FastifyRequest) => {
    if (caller.role !== 'operator') throw new Problem('HF_ROLE');
  };
  const asOperator = <T>(work: (client: pg.ClientBase, place: LimitPlace) => Promise<T>) =>
    database
      .at(HOME)
      .asSwitch((client) =>
        inTransaction(client as pg.Client, async () => work(client, await programmePlace(client))),
      );

  app.post(
    '/programme/limit-versions',
    {
      onRequest,
      bodyLimit: DOCUMENT_BYTES_MAX,
      schema: {
        operationId: 'createProgrammeLimitVersion',
        summary: 'Save limits of the programme as a draft',
        description: 'Amounts of which the document names no currency are in that of each tenant.',
        tags,
        headers: WriteHeaders,
        body: Type.Object(
          { document: LimitsIn, note: Type.Optional(NoteIn) },
          { additionalProperties: false },
        ),
        response: writes(201, Version, 'The draft.'),
      },
    },
    async (request, reply) => {
      const { tenant } = request.caller;
      const { document, note = '' } = request.body;
      requireStorable(document, '/document');
      const draft = { document, author: authorOf(request), note };
      const version = await checkingLimits('/document', () =>
        asOperator(async (client, place) => {
          await takeTurn(client, place.tenant);
          return saveDraft(client, place, draft, compiledBy(tenant));
        }),
      );
      reply.code(201);
      return tagged(reply, shown(version, tenant));
    },
  );

  app.get(
    '/programme/limit-versions',
    {
      onRequest,
      schema: {
        operationId: 'listProgrammeLimitVersions',
        summary: 'List versions of the programme’s limits',
        tags,
        querystring: Type.Object(PageQuery, { additionalProperties: false }),
        response: reads(pageOf(Version), 'Versions, the newest first.'),
      },
    },
    async (request) => {
      const { tenant } = request.caller;
      const { limit = 20, cursor } = request.query;
      const names = await context.names(tenant);
      const [before] = cursor === undefined ? [] : names.place(tenant.number, LIST, cursor);
      const rows = await asOperator((client, place) =>
        listVersions(client, place, {
          limit: limit + 1,
          ...(before === undefined ? {} : { before: Number(before) }),
        }),
      );
      return page(
        rows,
        limit,
        (row) => shown(row, tenant),
        ({ version }) => names.cursor(tenant.number, LIST, [version]),
      );
    },
  );

  app.get(
    '/programme/limit-versions/:version',
    {
      onRequest,
      schema: {
        operationId: 'getProgrammeLimitVersion',
        summary: 'Get a version of the programme’s limits',
        tags,
        params: ByVersion,
        response: reads(Version, 'The version.'),
      },
    },
    async (request, reply) => {
      const version = await asOperator((client, place) => find(client, place, request.params.version));
      return tagged(reply, shown(version, request.caller.tenant));
    },
  );

  app.get(
    '/programme/limits',
    {
      onRequest,
      schema: {
        operationId: 'listProgrammeLimits',
        summary: 'List what of the programme is in force',
        description: 'For each tenant, as its ledger has it now.',
        tags,
        response: reads(pageOf(named(ProgrammeLimitsSchema)), 'All tenants, on one page.'),
      },
    },
    async () => {
      const data = await Promise.all(tenants.map((tenant) => inForce(context, tenant)));
      return { object: 'list' as const, data, has_more: false, next_cursor: null };
    },
  );

  app.post(
    '/programme/limit-versions/:version/promote',
    {
      onRequest,
      schema: {
        operationId: 'promoteProgrammeLimitVersion',
        summary: 'Put a version in force for all tenants',
        description:
          'In each tenant’s ledger from a journal row of its own on, which the report tells. Where a tenant can’t be served at ' +
          'the moment, the report says so; promote it again then.',
        tags,
        headers: WriteHeaders,
        params: ByVersion,
        body: Type.Object(
          {
            as: Type.Optional(
              Type.Union([Type.Literal('active'), Type.Literal('shadow')], { default: 'active' }),
            ),
          },
          { additionalProperties: false },
        ),
        response: writes(200, named(ProgrammeReportSchema), 'What was done, tenant by tenant.'),
      },
    },
    async (request) => {
      const { version } = request.params;
      return replace(request, version, request.body.as === 'shadow');
    },
  );

  app.post(
    '/programme/limits/retire',
    {
      onRequest,
      schema: {
        operationId: 'retireProgrammeLimits',
        summary: 'Put no rules of the programme in force',
        tags,
        headers: WriteHeaders,
        body: Type.Object({}, { additionalProperties: false }),
        response: writes(200, named(ProgrammeReportSchema), 'What was done, tenant by tenant.'),
      },
    },
    (request) => replace(request, null, false),
  );

  /** Makes a version, or none, that of each tenant, one after the other. */
  const replace = (request: FastifyRequest, number: number | null, shadow: boolean) =>
    asOperator(async (client, home) => {
      await takeTurn(client, home.tenant);
      const version = number === null ? null : await find(client, home, number);
      if (version !== null) requireMatch(request, shown(version, request.caller.tenant));
      const as = version === null ? null : shadow ? 'shadow' : 'active';
      const report: { tenant: string; sequence: number | null; problem: string | null }[] = [];
      for (const tenant of tenants) {
        const told = await replaceOf(request, tenant, version, shadow);
        report.push({ tenant: tenant.name, sequence: told.sequence, problem: told.problem });
        const isHome = tenant.database === HOME && told.number === home.tenant;
        if (told.sequence === null || !isHome) continue;
        const from = { seq: BigInt(told.sequence), shadow, author: authorOf(request) };
        await markPromoted(client, home, version?.version ?? null, from);
      }
      return { object: 'programme_report' as const, version: version?.version ?? null, as, tenants: report };
    });

  /** Makes it that of one tenant, whose audit log says so. */
  const replaceOf = async (
    request: FastifyRequest,
    tenant: ApiTenant,
    version: LimitVersion | null,
    shadow: boolean,
  ) => {
    try {
      const number = await numberOf(context, tenant);
      const place = { tenant: number, level: LEVEL.programme, entity: 0 };
      const sequence = await decideLimits(context, tenant, [{ place, version, shadow }]);
      const as = version === null ? null : shadow ? 'shadow' : 'active';
      const { caller, method, id } = request;
      const ofTenant = { caller: { ...caller, tenant: { ...tenant, number } }, method, id };
      await database.forTenant(ofTenant.caller.tenant, (client) =>
        audit(client, ofTenant, 'programme_limits.changed', RESOURCE, {
          version: version?.version ?? null,
          as,
          sequence,
        }),
      );
      return { number, sequence, problem: null };
    } catch (error) {
      // The other tenants are not to wait for one that can't be served, or whose database is away.
      if (!(error instanceof LedgerUnavailableError) && !(error instanceof Problem)) throw error;
      return { number: null, sequence: null, problem: error.message };
    }
  };
};

/** The number of a tenant in its database. @throws Problem `HF_NOT_FOUND` before its first start */
async function numberOf({ database }: ApiContext, { database: place, name }: ApiTenant): Promise<number> {
  const { rows } = await database
    .at(place)
    .asSwitch((client) =>
      client.query<{ id: number }>('SELECT id FROM holdfast.tenant WHERE name = $1', [name]),
    );
  if (rows[0] === undefined) throw notFound();
  return rows[0].id;
}

/** Versions of the programme are kept as those of the tenant with the least number, who does not see them. */
async function programmePlace(client: pg.ClientBase): Promise<LimitPlace> {
  const { rows } = await client.query<{ tenant: number }>('SELECT min(id) AS tenant FROM holdfast.tenant');
  return { tenant: rows[0]!.tenant, level: LEVEL.programme, entity: 0 };
}

async function find(client: pg.ClientBase, place: LimitPlace, version: number): Promise<LimitVersion> {
  const found = await readVersion(client, place, version);
  if (found === undefined) throw notFound();
  return found;
}

function shown(version: LimitVersion, tenant: Pick<ApiTenant, 'currency'>) {
  return { object: 'programme_limit_version' as const, ...versionParts(version, tenant) };
}

/** What a tenant's ledger has of the programme; nothing where it can't be asked. */
async function inForce({ ledger }: ApiContext, tenant: ApiTenant) {
  const object = 'programme_limits' as const;
  try {
    const set = (await ledger.rules(tenant.name)).find(({ level }) => level === LEVEL.programme);
    return {
      object,
      tenant: tenant.name,
      version: set?.revision ?? null,
      rules: (set?.rules ?? []).map(({ number, name, shadow }) => ({
        number,
        name,
        state: shadow ? 'shadow' : 'active',
      })),
      problem: null,
    };
  } catch (error) {
    // The other tenants are told all the same.
    if (!(error instanceof LedgerUnavailableError)) throw error;
    return { object, tenant: tenant.name, version: null, rules: [], problem: error.message };
  }
}
