import { Type } from '@sinclair/typebox';
import { LEVEL_NAMES } from '../../../ledger/limits/place.js';
import type { TenantDocument } from '../../tenant.js';
import { limitsProblems } from '../../tenant-limits.js';
import { named, type Routes, reads, WriteHeaders, writes } from '../api.js';
import { audit } from '../audit.js';
import type { CallerTenant } from '../authentication.js';
import {
  changesTo,
  configurationOf,
  isUnknown,
  type Limits,
  limitDifferences,
  saveChanges,
} from '../configuration.js';
import { AppliedConfigurationSchema, CardGroupIn, ConfigurationSchema } from '../configuration-schemas.js';
import { requireMatch, tagged } from '../etag.js';
import { authorOf, putInForce, takeTurn } from '../limit-changes.js';
import { checkingLimits, limitsProblem, requireStorable } from '../limit-problems.js';
import { LimitsIn, NoteIn } from '../limit-schemas.js';
import { notPossible } from '../problem.js';

const tags = ['Configuration'];
const RESOURCE = 'configuration';
/** As of a tenant’s file. */
const BODY_BYTES_MAX = 1024 * 1024;
/** Sets of rules that can change at once: as many as become durable in one journal row. */
const CHANGES_MAX = 256;

/** The limits of a tenant as its file has them, read and replaced as one. */
export const configuration: Routes = (app, context) => {
  const { database, ledger } = context;

  app.get(
    '/configuration',
    {
      schema: {
        operationId: 'getConfiguration',
        summary: 'Get the configuration',
        description:
          'The limits that are in force for the tenant and its groups of cards, and what else its file says.',
        tags,
        response: reads(named(ConfigurationSchema), 'What is in force.'),
      },
    },
    async (request, reply) => {
      const { tenant } = request.caller;
      const sets = await ledger.rules(tenant.name);
      const { limits } = await database.forTenant(tenant, (client) => configurationOf(client, tenant, sets));
      return tagged(reply, shown(tenant, limits));
    },
  );

  app.put(
    '/configuration',
    {
      config: { roles: ['limits'] },
      bodyLimit: BODY_BYTES_MAX,
      schema: {
        operationId: 'putConfiguration',
        summary: 'Replace the limits',
        description:
          'All of them at once, from one journal row on: what is other becomes a version, which is promoted, and a group of ' +
          'which nothing is said has no rules any more. With `If-Match`, only while they are as they were seen.',
        tags,
        headers: WriteHeaders,
        querystring: Type.Object(
          {
            dry_run: Type.Optional(
              Type.Boolean({ default: false, description: 'Only says what would be other.' }),
            ),
          },
          { additionalProperties: false },
        ),
        body: Type.Object(
          {
            rules: Type.Optional(LimitsIn),
            cardGroups: Type.Optional(Type.Array(CardGroupIn, { maxItems: 1000 })),
            note: Type.Optional(NoteIn),
          },
          { additionalProperties: false },
        ),
        response: writes(
          200,
          named(AppliedConfigurationSchema),
          'What is in force now, and what was other before.',
        ),
      },
    },
    async (request, reply) => {
      const { tenant } = request.caller;
      const { note = '', ...body } = request.body;
      requireStorable(body, '');
      const wanted = body as unknown as Limits;
      const problems = [...limitsProblems({ ...wanted, currency: tenant.currency }, 'request')];
      if (problems.length > 0) throw limitsProblem(problems, '');
      const author = authorOf(request);
      const applied = await checkingLimits('', () =>
        database.forTenant(tenant, async (client) => {
          await takeTurn(client, tenant.number);
          const before = await configurationOf(client, tenant, await ledger.rules(tenant.name));
          requireMatch(request, shown(tenant, before.limits));
          const changes = changesTo(before, wanted, tenant.currency);
          const differences = [
            ...limitDifferences(before.limits, wanted, Number(tenant.currency)),
            ...before.sourced.filter(isUnknown).map(({ set: { level, entity } }) => {
              const of = `${LEVEL_NAMES[level]}${entity === 0 ? '' : ` ${entity}`}`;
              return `${of}: rules are in force there that no version and no file tells of`;
            }),
          ];
          if (changes.length > CHANGES_MAX) {
            throw notPossible(
              '/cardGroups',
              'maxItems',
              `at most ${CHANGES_MAX} sets of rules change at once`,
            );
          }
          if (request.query.dry_run) return { limits: before.limits, differences, sequence: null };
          const saved = await saveChanges(client, tenant, changes, author, note);
          const sequence = await putInForce(context, tenant, client, saved, author);
          if (sequence !== null) {
            await audit(client, request, 'configuration.applied', RESOURCE, { sequence, differences, note });
          }
          const after = await configurationOf(client, tenant, await ledger.rules(tenant.name));
          return { limits: after.limits, differences, sequence };
        }),
      );
      const { differences, sequence, limits } = applied;
      const now = shown(tenant, limits);
      tagged(reply, now);
      return { ...now, sequence, differences };
    },
  );
};

/** What else a tenant's file says, and the limits that are in force. */
function shown(tenant: CallerTenant, { rules, cardGroups }: Limits) {
  const { rules: _rules, cardGroups: _groups, ...settings } = tenant.document as TenantDocument;
  return {
    object: 'configuration' as const,
    tenant: tenant.name,
    settings: settings as Record<string, unknown>,
    rules: (rules ?? null) as Record<string, unknown> | null,
    card_groups: (cardGroups ?? []).map(({ name, number, rules: document }) => ({
      name,
      number,
      rules: document as unknown as Record<string, unknown>,
    })),
  };
}
