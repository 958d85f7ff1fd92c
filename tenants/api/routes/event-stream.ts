import { Type } from '@sinclair/typebox';
import { type Routes, reads } from '../api.js';
import { EventQuery, endOfFeed, filterOf, placeOfCursor, placeSince } from '../event-query.js';
import { EventStreams } from '../event-streams.js';
import { StreamWriter } from '../stream-writer.js';

/** For which a reader may take nothing of what waits for it. */
const SLOW_MS = 10_000;
const CURSOR_CHARACTERS_MAX = 512;

/** Events as they come (Server-Sent Events, WHATWG HTML clause 9.2). */
export const eventStream: Routes = (app, context) => {
  const { database, currencyOf, onFailure, pollMs } = context;
  const byDatabase = database.places.map((place) => new EventStreams(database.at(place), pollMs, onFailure));
  app.addHook('preClose', async () => {
    for (const streams of byDatabase) streams.close();
  });

  app.get(
    '/events/stream',
    {
      schema: {
        operationId: 'streamEvents',
        summary: 'Stream events',
        description:
          'Server-sent events: `id` is where it stands, `event` the type, `data` the event. Whoever comes again with ' +
          '`Last-Event-ID` goes on behind it; without, a stream begins at `since`, else now. A reader that takes ' +
          'nothing for ten seconds is dropped, and may come again.',
        tags: ['Events'],
        querystring: Type.Object(
          {
            ...EventQuery,
            cursor: Type.Optional(
              Type.String({
                minLength: 1,
                maxLength: CURSOR_CHARACTERS_MAX,
                description: 'As `Last-Event-ID`; also `next_cursor` of the list.',
              }),
            ),
          },
          { additionalProperties: false },
        ),
        headers: Type.Object({
          'last-event-id': Type.Optional(
            Type.String({ maxLength: CURSOR_CHARACTERS_MAX, description: 'The last `id` that was seen.' }),
          ),
        }),
        response: {
          ...reads(Type.String(), ''),
          200: {
            description: 'Events, as they come.',
            content: { 'text/event-stream': { schema: Type.String() } },
          },
        },
      },
    },
    async (request, reply) => {
      const { tenant, keyId } = request.caller;
      const { since } = request.query;
      const cursor = request.headers['last-event-id'] || request.query.cursor;
      const names = await context.names(tenant);
      const filter = await filterOf(context, tenant, request.query);
      const after =
        cursor !== undefined
          ? placeOfCursor(names, tenant.number, cursor)
          : since !== undefined
            ? placeSince(since)
            : await database.forTenant(tenant, (client) => endOfFeed(client, tenant.number));
      const streams = byDatabase[tenant.database]!;
      const leave = streams.admit(tenant.number, keyId);
      reply.hijack();
      reply.raw.writeHead(200, {
        ...(reply.getHeaders() as Record<string, string>),
        'content-type': 'text/event-stream; charset=utf-8',
        'cache-control': 'no-store',
        'x-accel-buffering': 'no',
      });
      const writer = new StreamWriter(reply.raw, SLOW_MS);
      if (writer.closed.aborted) return leave();
      writer.closed.addEventListener('abort', leave, { once: true });
      reply.raw.write(': open\n\n');
      void streams.run({ tenant: tenant.number, keyId, filter, after, writer }, { names, currencyOf });
    },
  );
};
