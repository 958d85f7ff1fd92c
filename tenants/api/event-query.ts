import { Type } from '@sinclair/typebox';
import type pg from 'pg';
import { EVENT_TYPES } from '../events/event.js';
import { BEGINNING, type FeedFilter, type FeedPlace, NOTICE_ENTRY } from '../events/feed.js';
import { type ApiContext, nameSchema } from './api.js';
import type { CallerTenant } from './authentication.js';
import { cardNumber } from './card-rows.js';
import type { ObjectNames } from './object-names.js';
import { Problem } from './problem.js';
import { TimeIn, timeOf } from './time.js';

const LIST = 'events';
const TYPES = Object.keys(EVENT_TYPES);

/** What a feed and a stream are narrowed by. */
export const EventQuery = {
  types: Type.Optional(
    Type.String({
      maxLength: 1000,
      pattern: '^[a-z_]+\\.[a-z_]+(,[a-z_]+\\.[a-z_]+)*$',
      description: 'Only events of these types, with commas between.',
      examples: ['authorization.approved,hold.expired'],
    }),
  ),
  card: Type.Optional(nameSchema('card', 'Only what is about that card.')),
  since: Type.Optional(TimeIn('From that time on; where there is a cursor it says where.')),
};

/** @throws Problem `HF_INVALID_REQUEST` where there is no such type */
export function typesOf(parameter: string, types: readonly string[]): readonly string[] {
  const unknown = types.find((type) => !TYPES.includes(type));
  if (unknown === undefined) return types;
  const error = { parameter, rule: 'enum', text: `'${unknown}' is none of ${TYPES.join(', ')}` };
  throw new Problem('HF_INVALID_REQUEST', undefined, [error]);
}

/** A filter of a query. */
export async function filterOf(
  context: ApiContext,
  tenant: CallerTenant,
  { types, card }: { readonly types?: string | undefined; readonly card?: string | undefined },
): Promise<FeedFilter> {
  return {
    types: types === undefined ? null : typesOf('types', types.split(',')),
    card: card === undefined ? null : await cardNumber(context, tenant, card),
    endpoint: null,
  };
}

export function cursorOf(names: ObjectNames, tenant: number, place: FeedPlace): string {
  return names.cursor(tenant, LIST, [place.at, place.seq, place.entry, place.ordinal]);
}

/** @throws Problem `HF_INVALID_CURSOR` where it is none of this tenant's events */
export function placeOfCursor(names: ObjectNames, tenant: number, cursor: string): FeedPlace {
  const [at, seq, entry, ordinal] = names.place(tenant, LIST, cursor) as readonly number[];
  return { at: at!, seq: seq!, entry: entry!, ordinal: ordinal! };
}

/** Before the first event of that time. @throws Problem where there is no such time */
export function placeSince(since: string | undefined): FeedPlace {
  const time = timeOf('since', since);
  return time === undefined ? BEGINNING : { ...BEGINNING, at: new Date(time).getTime() };
}

/** Behind the last event that there is. With the tenant set. */
export async function endOfFeed(client: pg.ClientBase, tenant: number): Promise<FeedPlace> {
  const { rows } = await client.query<{ at: Date; seq: number; last: number }>(
    `SELECT coalesce(p.high_at, to_timestamp(0)) AS at, p.high::float8 AS seq,
       coalesce((SELECT max(n.id) FROM holdfast.notice n WHERE n.tenant = $1), 0) AS last
     FROM holdfast_read.position p WHERE p.tenant = $1`,
    [tenant],
  );
  const [row] = rows;
  if (row === undefined) return BEGINNING;
  return { at: row.at.getTime(), seq: row.seq, entry: NOTICE_ENTRY, ordinal: row.last };
}
