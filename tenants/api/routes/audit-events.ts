import { Type } from '@sinclair/typebox';
import { named, PageQuery, page, pageOf, type Routes, reads } from '../api.js';
import { AuditEventSchema } from '../schemas.js';

interface EventRow {
  readonly id: string;
  readonly at: Date;
  readonly key_id: string;
  readonly action: string;
  readonly method: string;
  readonly resource: string;
  readonly changes: Record<string, unknown>;
  readonly request_id: string;
}

/** Who changed what. */
export const auditEvents: Routes = (app, context) => {
  app.get(
    '/audit-events',
    {
      config: { roles: ['admin'] },
      schema: {
        operationId: 'listAuditEvents',
        summary: 'List audit events',
        tags: ['Audit'],
        querystring: Type.Object(
          {
            ...PageQuery,
            resource: Type.Optional(
              Type.String({
                maxLength: 64,
                pattern: '^[a-z]+_[0-9a-f]+$',
                description: 'Only what was done to it.',
              }),
            ),
            action: Type.Optional(
              Type.String({ maxLength: 64, pattern: '^[a-z_.]+$', description: 'Only what was done so.' }),
            ),
          },
          { additionalProperties: false },
        ),
        response: reads(pageOf(named(AuditEventSchema)), 'Events, the newest first.'),
      },
    },
    async (request) => {
      const { tenant } = request.caller;
      const { limit = 20, cursor, resource, action } = request.query;
      const names = await context.names(tenant);
      const [before = null] = cursor === undefined ? [] : names.place(tenant.number, 'audit-events', cursor);
      const { rows } = await context.database.forTenant(tenant, (client) =>
        client.query<EventRow>(
          `SELECT id, at, key_id, action, method, resource, changes, request_id FROM holdfast.audit
           WHERE tenant = $1 AND ($3::bigint IS NULL OR id < $3) AND ($4::text IS NULL OR resource = $4)
             AND ($5::text IS NULL OR action = $5)
           ORDER BY id DESC LIMIT $2`,
          [tenant.number, limit + 1, before, resource ?? null, action ?? null],
        ),
      );
      const eventOf = (row: EventRow) => ({
        id: names.name('evt', tenant.number, Number(row.id)),
        object: 'audit_event' as const,
        created: row.at.toISOString(),
        key: `key_${row.key_id}`,
        action: row.action,
        method: row.method,
        resource: row.resource,
        changes: row.changes,
        request: row.request_id,
      });
      return page(rows, limit, eventOf, ({ id }) => names.cursor(tenant.number, 'audit-events', [id]));
    },
  );
};
