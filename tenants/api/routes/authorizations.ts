import { Type } from '@sinclair/typebox';
import { named, nameSchema, PageQuery, page, pageOf, type Routes, reads } from '../api.js';
import {
  AUTHORIZATION_STATUSES,
  authorizationOf,
  findAuthorization,
  listAuthorizations,
} from '../authorization-rows.js';
import { cardNumber } from '../card-rows.js';
import { notFound } from '../problem.js';
import { AuthorizationSchema } from '../schemas.js';
import { TimeIn, timeOf } from '../time.js';

const tags = ['Authorizations'];
const Authorization = named(AuthorizationSchema);

/** What was asked on cards, from the read model, which may be a moment behind. */
export const authorizations: Routes = (app, context) => {
  const { database } = context;

  app.get(
    '/authorizations',
    {
      schema: {
        operationId: 'listAuthorizations',
        summary: 'List authorizations',
        tags,
        querystring: Type.Object(
          {
            ...PageQuery,
            card: Type.Optional(nameSchema('card', 'Only on that card.')),
            status: Type.Optional(Type.Union(AUTHORIZATION_STATUSES.map((status) => Type.Literal(status)))),
            from: Type.Optional(TimeIn('From that time on.')),
            to: Type.Optional(TimeIn('Before that time.')),
          },
          { additionalProperties: false },
        ),
        response: reads(pageOf(Authorization), 'Authorizations, the newest first.'),
      },
    },
    async (request) => {
      const { tenant } = request.caller;
      const { limit = 20, cursor, card, status, from, to } = request.query;
      const names = await context.names(tenant);
      const place = cursor === undefined ? [] : names.place(tenant.number, 'authorizations', cursor);
      const filter = {
        card: card === undefined ? undefined : await cardNumber(context, tenant, card),
        status,
        from: timeOf('from', from),
        to: timeOf('to', to),
      };
      const rows = await database.forTenant(tenant, (client) =>
        listAuthorizations(client, tenant.number, filter, limit + 1, place),
      );
      return page(
        rows,
        limit,
        (row) => authorizationOf(context, names, tenant.number, row),
        ({ place: at, seq, entry }) => names.cursor(tenant.number, 'authorizations', [at, seq, entry]),
      );
    },
  );

  app.get(
    '/authorizations/:id',
    {
      schema: {
        operationId: 'getAuthorization',
        summary: 'Get an authorization',
        tags,
        params: Type.Object({ id: nameSchema('auth', 'The authorization.') }),
        response: reads(Authorization, 'The authorization.'),
      },
    },
    async (request) => {
      const { tenant } = request.caller;
      const names = await context.names(tenant);
      const [seq, entry] = names.require('auth', tenant.number, request.params.id);
      const row = await database.forTenant(tenant, (client) =>
        findAuthorization(client, tenant.number, seq, entry),
      );
      if (row === undefined) throw notFound();
      return authorizationOf(context, names, tenant.number, row);
    },
  );
};
