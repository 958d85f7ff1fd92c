import { type Static, Type } from '@sinclair/typebox';
import {
  addBackTest,
  findBackTest,
  listBackTests,
  type NewBackTest,
  type StoredBackTest,
  updateBackTest,
} from '../../back-tests/back-test-table.js';
import type { StretchEnd } from '../../back-tests/back-test-thread.js';
import { type LimitVersion, promotionOf, readVersion } from '../../limits/versions.js';
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
import { audit } from '../audit.js';
import type { CallerTenant } from '../authentication.js';
import { backTestResult } from '../back-test-result.js';
import { BackTestName, BackTestSchema, StretchIn } from '../back-test-schemas.js';
import { authorOf, compiledBy } from '../limit-changes.js';
import { versionName, versionPlace } from '../limit-resources.js';
import { LimitVersionName } from '../limit-schemas.js';
import type { ObjectNames } from '../object-names.js';
import { notFound, notPossible } from '../problem.js';
import { timeOf } from '../time.js';

const tags = ['Limits'];
const config = { roles: ['limits'] } as const;
const BackTest = named(BackTestSchema);
const ById = Type.Object({ id: BackTestName });
const LIST = 'back-tests';
const UUID = /^(.{8})(.{4})(.{4})(.{4})(.{12})$/;

/** Drafts tried on what was recorded. */
export const backTests: Routes = (app, context) => {
  const { database } = context;

  app.post(
    '/limit-versions/:id/backtests',
    {
      config,
      schema: {
        operationId: 'createBackTest',
        summary: 'Try a version on the journal',
        description:
          'Decides a stretch of the journal again, with the version in force in its place. It is done beside the switch, one ' +
          'of a tenant at a time; `GET` tells how far it is.',
        tags,
        headers: WriteHeaders,
        params: Type.Object({ id: LimitVersionName }),
        body: Type.Object(
          {
            from: Type.Optional({
              ...StretchIn,
              description: 'Its first row, or the first from that time on.',
            }),
            to: Type.Optional({ ...StretchIn, description: 'Its last row, or the last before that time.' }),
            warm_up_from: Type.Optional({
              ...StretchIn,
              description: 'From where the version counts, without deciding yet.',
            }),
          },
          { additionalProperties: false },
        ),
        response: writes(201, BackTest, 'The back-test, which is to be done.'),
      },
    },
    async (request, reply) => {
      const { tenant } = request.caller;
      const names = await context.names(tenant);
      const { body } = request;
      const stretch = {
        from: endOf('from', body.from),
        to: endOf('to', body.to),
        warmUpFrom: endOf('warm_up_from', body.warm_up_from),
      };
      const { version: wanted, ...place } = versionPlace(names, tenant.number, request.params.id);
      const id = request.draw.bytes('back-test').toString('hex', 0, 16).replace(UUID, '$1-$2-$3-$4-$5');
      const { version, isNew, stored } = await database.forTenant(tenant, async (client) => {
        const found = await readVersion(client, place, wanted);
        if (found === undefined) throw notFound();
        if (!context.backTests.hasRoom(tenant.name)) {
          throw notPossible(
            '',
            'queue',
            'more back-tests wait than are kept; cancel one, or try again later',
          );
        }
        const author = authorOf(request);
        const added: NewBackTest = {
          ...place,
          id,
          version: wanted,
          stretch: body,
          author,
          session: database.at(tenant.database).session,
        };
        const fresh = await addBackTest(client, added);
        if (fresh) await audit(client, request, 'back_test.created', backTestName(id), body);
        return { version: found, isNew: fresh, stored: (await findBackTest(client, tenant.number, id))! };
      });
      if (isNew) start(context, tenant, version, id, stretch);
      reply.code(201);
      return backTestOf(context, names, stored);
    },
  );

  app.get(
    '/limit-versions/:id/backtests',
    {
      schema: {
        operationId: 'listBackTestsOfVersion',
        summary: 'List the back-tests of a version',
        tags,
        params: Type.Object({ id: LimitVersionName }),
        querystring: Type.Object(PageQuery, { additionalProperties: false }),
        response: reads(pageOf(BackTest), 'Back-tests, the newest first.'),
      },
    },
    async (request) => {
      const { tenant } = request.caller;
      const names = await context.names(tenant);
      const of = versionPlace(names, tenant.number, request.params.id);
      return list(context, names, tenant, of, request.query);
    },
  );

  app.get(
    '/backtests',
    {
      schema: {
        operationId: 'listBackTests',
        summary: 'List back-tests',
        tags,
        querystring: Type.Object(PageQuery, { additionalProperties: false }),
        response: reads(pageOf(BackTest), 'Back-tests, the newest first.'),
      },
    },
    async (request) =>
      list(context, await context.names(request.caller.tenant), request.caller.tenant, null, request.query),
  );

  app.get(
    '/backtests/:id',
    {
      schema: {
        operationId: 'getBackTest',
        summary: 'Get a back-test',
        tags,
        params: ById,
        response: reads(BackTest, 'The back-test: how far it is, or what it found.'),
      },
    },
    async (request) => {
      const { tenant } = request.caller;
      const names = await context.names(tenant);
      const stored = await database.forTenant(tenant, (client) =>
        findBackTest(client, tenant.number, uuidOf(request.params.id)),
      );
      if (stored === undefined) throw notFound();
      return backTestOf(context, names, stored);
    },
  );

  app.delete(
    '/backtests/:id',
    {
      config,
      schema: {
        operationId: 'cancelBackTest',
        summary: 'Cancel a back-test',
        description: 'One that has ended stays as it is.',
        tags,
        headers: WriteHeaders,
        params: ById,
        response: writes(200, BackTest, 'The back-test.'),
      },
    },
    async (request) => {
      const { tenant } = request.caller;
      const names = await context.names(tenant);
      const id = uuidOf(request.params.id);
      const stored = await database.forTenant(tenant, async (client) => {
        const found = await findBackTest(client, tenant.number, id);
        if (found === undefined) throw notFound();
        if (found.endedAt !== null) return found;
        await updateBackTest(client, tenant.number, id, { status: 'cancelled' });
        await audit(client, request, 'back_test.cancelled', backTestName(id), {});
        return (await findBackTest(client, tenant.number, id))!;
      });
      await context.backTests.cancel(id);
      return backTestOf(context, names, stored);
    },
  );
};

async function list(
  context: ApiContext,
  names: ObjectNames,
  tenant: CallerTenant,
  of: Parameters<typeof listBackTests>[2],
  { limit = 20, cursor }: { readonly limit?: number; readonly cursor?: string },
) {
  const behind = cursor === undefined ? undefined : names.place(tenant.number, LIST, cursor);
  const rows = await context.database.forTenant(tenant, async (client) => {
    if (of !== null && (await readVersion(client, of, of.version)) === undefined) throw notFound();
    return listBackTests(client, tenant.number, of, limit + 1, behind);
  });
  return page(
    rows,
    limit,
    (row) => backTestOf(context, names, row),
    ({ place, id }) => names.cursor(tenant.number, LIST, [place, id]),
  );
}

interface Stretch {
  readonly from: StretchEnd | undefined;
  readonly to: StretchEnd | undefined;
  readonly warmUpFrom: StretchEnd | undefined;
}

function start(
  context: ApiContext,
  tenant: CallerTenant,
  version: LimitVersion,
  id: string,
  stretch: Stretch,
): void {
  const { database, snapshots } = context;
  const { level, entity, numbers } = version;
  const { program } = promotionOf(version, false, compiledBy(tenant));
  const drafted = new Map(Object.entries(numbers).map(([name, number]) => [number, name]));
  context.backTests.add({
    tenant: tenant.name,
    id,
    data: {
      url: database.at(tenant.database).url,
      session: database.at(tenant.database).session,
      tenant: { id: tenant.number, name: tenant.name },
      drafts: [{ level, entity, program }],
      ...stretch,
      snapshots,
    },
    tell: (news) => database.forTenant(tenant, (client) => updateBackTest(client, tenant.number, id, news)),
    resultOf: (report) => backTestResult(context, tenant, report, drafted),
  });
}

/** @throws Problem `HF_INVALID_REQUEST` where there is no such time */
function endOf(parameter: string, end: string | number | undefined): StretchEnd | undefined {
  if (end === undefined) return undefined;
  return typeof end === 'number' ? { seq: end } : { at: Date.parse(timeOf(parameter, end)!) };
}

function backTestName(uuid: string): string {
  return `btst_${uuid.replaceAll('-', '')}`;
}

function uuidOf(name: string): string {
  return name.slice('btst_'.length);
}

function backTestOf(
  { backTests }: ApiContext,
  names: ObjectNames,
  stored: StoredBackTest,
): Static<typeof BackTestSchema> {
  const { id, stretch, status, error, author, result } = stored;
  const progress = backTests.progress(id) ?? stored.progress;
  return {
    id: backTestName(id),
    object: 'back_test',
    limit_version: versionName(names, stored),
    status,
    from: stretch.from ?? null,
    to: stretch.to ?? null,
    warm_up_from: stretch.warm_up_from ?? null,
    progress:
      progress === null
        ? null
        : {
            rows: progress.rows,
            rows_in_all: progress.of,
            messages: progress.messages,
            seconds_left: progress.timeLeft,
          },
    result: result as Static<typeof BackTestSchema>['result'],
    error,
    author,
    created: stored.createdAt.toISOString(),
    ended: stored.endedAt?.toISOString() ?? null,
  };
}
