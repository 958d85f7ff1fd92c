import { Type } from '@sinclair/typebox';
import { eventOf } from '../../events/event.js';
import { findEvent, readFeed } from '../../events/feed.js';
import { named, nameSchema, PageQuery, pageOf, type Routes, reads } from '../api.js';
import { cursorOf, EventQuery, filterOf, placeOfCursor, placeSince } from '../event-query.js';
import { notFound } from '../problem.js';
import { EventSchema } from '../schemas.js';

const tags = ['Events'];
const Event = named(EventSchema);
const INT_MAX = 2_147_483_647;

/** What happened, in order, from the read model, which may be a moment behind. */
export const events: Routes = (app, context) => {
  const { database, currencyOf } = context;

  app.get(
    '/events',
    {
      schema: {
        operationId: 'listEvents',
        summary: 'List events',
        description:
          'The oldest first. `next_cursor` is always there, so that whoever is at the end can go on later; where the ' +
          'list is narrowed, a page may be short, or empty, although more follow: `has_more` says so.',
        tags,
        querystring: Type.Object({ ...PageQuery, ...EventQuery }, { additionalProperties: false }),
        response: reads(pageOf(Event), 'Events, the oldest first.'),
      },
    },
    async (request) => {
      const { tenant } = request.caller;
      const { limit = 20, cursor, since } = request.query;
      const names = await context.names(tenant);
      const after = cursor === undefined ? placeSince(since) : placeOfCursor(names, tenant.number, cursor);
      const filter = await filterOf(context, tenant, request.query);
      const found = await database.forTenant(tenant, (client) =>
        readFeed(client, tenant.number, after, filter, limit),
      );
      return {
        object: 'list' as const,
        data: found.events.map((row) => eventOf({ names, currencyOf }, tenant.number, row)),
        has_more: found.more,
        next_cursor: cursorOf(names, tenant.number, found.end),
      };
    },
  );

  app.get(
    '/events/:id',
    {
      schema: {
        operationId: 'getEvent',
        summary: 'Get an event',
        tags,
        params: Type.Object({ id: nameSchema('event', 'The event.') }),
        response: reads(Event, 'The event.'),
      },
    },
    async (request) => {
      const { tenant } = request.caller;
      const names = await context.names(tenant);
      const [seq, entry, ordinal] = names.require('event', tenant.number, request.params.id);
      if (entry > INT_MAX) throw notFound();
      const row = await database.forTenant(tenant, (client) =>
        findEvent(client, tenant.number, seq, entry, ordinal),
      );
      if (row === undefined) throw notFound();
      return eventOf({ names, currencyOf }, tenant.number, row);
    },
  );
};
