import type pg from 'pg';
import { uuidName } from '../api/object-names.js';
import type { Waiting } from './endpoint-queue.js';
import type { EventRow, FeedPlace } from './feed.js';

/** An endpoint as whoever sends to it needs it. */
export interface EndpointRow {
  readonly tenant: number;
  /** UUID. */
  readonly id: string;
  readonly url: string;
  readonly types: readonly string[] | null;
  readonly disabled: string | null;
  readonly secret: Buffer;
  readonly old_secret: Buffer | null;
  readonly old_secret_until: Date | null;
  readonly at: Date;
  readonly seq: number;
  readonly entry: number;
  readonly ordinal: number;
  readonly failing_since: Date | null;
  readonly revision: number;
  /** Where the tenant's feed stands: its journal row, and its last notice. */
  readonly head: string;
}

const ENDPOINTS = `SELECT e.tenant, e.id, e.url, e.types, e.disabled, e.secret, e.old_secret, e.old_secret_until, e.at,
    e.seq::float8 AS seq, e.entry, e.ordinal, e.failing_since, e.revision::float8 AS revision,
    coalesce(p.seq, 0) || ' ' || coalesce((SELECT max(n.id) FROM holdfast.notice n WHERE n.tenant = e.tenant), 0) AS head
  FROM holdfast.webhook_endpoint e LEFT JOIN holdfast_read.position p ON p.tenant = e.tenant
  WHERE e.tenant = ANY ($1::smallint[]) ORDER BY e.tenant, e.created_at, e.id`;

/** As the switch: the endpoints of those tenants. */
export async function readEndpoints(
  client: pg.Client,
  tenants: readonly number[],
): Promise<readonly EndpointRow[]> {
  const { rows } = await client.query<EndpointRow>({
    name: 'webhook-endpoints',
    text: ENDPOINTS,
    values: [tenants],
  });
  return rows;
}

const PENDING = `SELECT id, lane::float8 AS lane, attempts, (extract(epoch FROM next_at) * 1000)::float8 AS "dueAt"
  FROM holdfast.webhook_delivery WHERE tenant = $1 AND endpoint = $2 AND state = 'pending'
  ORDER BY at, seq, entry, ordinal LIMIT $3`;

/** What is still to be sent to an endpoint, in the order of the events. */
export async function readPending(
  client: pg.ClientBase,
  tenant: number,
  endpoint: string,
  limit: number,
): Promise<Waiting[]> {
  const { rows } = await client.query<Waiting>(PENDING, [tenant, endpoint, limit]);
  return rows;
}

/** What an event becomes for an endpoint. */
export interface NewDelivery {
  readonly id: string;
  readonly row: EventRow;
  readonly event: string;
  readonly body: string;
}

// One that there is already was sent, and is sent again: whoever moved the endpoint's place back wanted that.
const ADD = `INSERT INTO holdfast.webhook_delivery AS d (tenant, endpoint, id, at, seq, entry, ordinal, type, lane, event, body)
  SELECT $1, $2, n.* FROM unnest($3::uuid[], $4::timestamptz[], $5::bigint[], $6::int[], $7::int[], $8::text[],
    $9::bigint[], $10::text[], $11::text[]) AS n
  ON CONFLICT (tenant, endpoint, at, seq, entry, ordinal) DO UPDATE
    SET id = excluded.id, state = 'pending', attempts = 0, next_at = now()`;

export async function addDeliveries(
  client: pg.ClientBase,
  tenant: number,
  endpoint: string,
  deliveries: readonly NewDelivery[],
): Promise<void> {
  if (deliveries.length === 0) return;
  const column = <T>(of: (delivery: NewDelivery) => T) => deliveries.map(of);
  await client.query({
    name: 'add-deliveries',
    text: ADD,
    values: [
      tenant,
      endpoint,
      column(({ id }) => id),
      column(({ row }) => row.at.toISOString()),
      column(({ row }) => row.seq),
      column(({ row }) => row.entry),
      column(({ row }) => row.ordinal),
      column(({ row }) => row.type),
      column(({ row }) => laneOf(row)),
      column(({ event }) => event),
      column(({ body }) => body),
    ],
  });
}

/** What is about one card goes in order; so does what is about an account and no card. */
export function laneOf({ card, account }: EventRow): number | null {
  if (card !== null) return card;
  return account === null ? null : -1 - account;
}

/** Notes up to which event there are deliveries. @returns false when somebody changed the endpoint meanwhile */
export async function moveEndpoint(
  client: pg.ClientBase,
  { tenant, id, revision }: EndpointRow,
  place: FeedPlace,
): Promise<boolean> {
  const { rowCount } = await client.query({
    name: 'move-endpoint',
    text: `UPDATE holdfast.webhook_endpoint SET at = $4, seq = $5, entry = $6, ordinal = $7
      WHERE tenant = $1 AND id = $2 AND revision = $3`,
    values: [tenant, id, revision, new Date(place.at).toISOString(), place.seq, place.entry, place.ordinal],
  });
  return rowCount === 1;
}

/** What is sent, by id. */
export async function readBodies(
  client: pg.ClientBase,
  tenant: number,
  ids: readonly string[],
): Promise<ReadonlyMap<string, { readonly event: string; readonly body: string }>> {
  const { rows } = await client.query<{ id: string; event: string; body: string }>({
    name: 'delivery-bodies',
    text: `SELECT id, event, body FROM holdfast.webhook_delivery
      WHERE tenant = $1 AND id = ANY ($2::uuid[]) AND state = 'pending'`,
    values: [tenant, ids],
  });
  return new Map(rows.map((row) => [row.id, row]));
}

/** What came of an attempt; times in ms since 1970. */
export interface Outcome {
  readonly id: string;
  readonly state: 'pending' | 'delivered' | 'dead';
  readonly at: number;
  readonly nextAt: number;
  readonly status: number | null;
  readonly error: string | null;
}

const NOTE = `UPDATE holdfast.webhook_delivery d
  SET state = o.state, attempts = d.attempts + 1, attempted_at = to_timestamp(o.at / 1000),
    next_at = to_timestamp(o.next_at / 1000), status = o.status, error = o.error
  FROM unnest($2::uuid[], $3::text[], $4::float8[], $5::float8[], $6::smallint[], $7::text[])
    AS o (id, state, at, next_at, status, error)
  WHERE d.tenant = $1 AND d.id = o.id AND d.state = 'pending'`;

export async function noteOutcomes(
  client: pg.ClientBase,
  tenant: number,
  outcomes: readonly Outcome[],
): Promise<void> {
  await client.query({
    name: 'note-outcomes',
    text: NOTE,
    values: [
      tenant,
      outcomes.map(({ id }) => id),
      outcomes.map(({ state }) => state),
      outcomes.map(({ at }) => at),
      outcomes.map(({ nextAt }) => nextAt),
      outcomes.map(({ status }) => status),
      outcomes.map(({ error }) => error),
    ],
  });
}

/** Time of the oldest event that is yet to be delivered to an endpoint, in ms since 1970; null when there is none. */
export async function oldestPending(client: pg.ClientBase, tenant: number): Promise<number | null> {
  const { rows } = await client.query<{ at: Date | null }>({
    name: 'oldest-pending',
    text: `SELECT min(first.at) AS at FROM holdfast.webhook_endpoint e, LATERAL (
        SELECT d.at FROM holdfast.webhook_delivery d
        WHERE d.tenant = e.tenant AND d.endpoint = e.id AND d.state = 'pending' ORDER BY d.at, d.seq LIMIT 1) first
      WHERE e.tenant = $1 AND e.disabled IS NULL`,
    values: [tenant],
  });
  return rows[0]?.at?.getTime() ?? null;
}

/** Forgets what was done long ago. */
export async function forgetOld(client: pg.Client, days: number): Promise<void> {
  await client.query(
    `DELETE FROM holdfast.webhook_delivery WHERE state <> 'pending' AND created_at < now() - make_interval(days => $1)`,
    [days],
  );
}

/** Has nothing more sent to an endpoint, and says so in the audit log and by an event. With the tenant set. */
export async function disableEndpoint(
  client: pg.ClientBase,
  { tenant, id }: EndpointRow,
  why: 'gone' | 'failing',
): Promise<void> {
  const name = uuidName('we', id);
  await client.query(
    'UPDATE holdfast.webhook_endpoint SET disabled = $3, revision = revision + 1 WHERE tenant = $1 AND id = $2',
    [tenant, id, why],
  );
  const detail = JSON.stringify({ webhook_endpoint: name, reason: why });
  await client.query('SELECT holdfast.add_notice($1, NULL, $2)', ['webhook_endpoint.disabled', detail]);
  await client.query(
    `INSERT INTO holdfast.audit (tenant, key_id, action, method, resource, changes, request_id)
     VALUES ($1, 'system', 'webhook_endpoint.disabled', '', $2, $3, '')`,
    [tenant, name, detail],
  );
}

/** Notes since when an endpoint has failed; null where it does not. */
export async function noteFailing(
  client: pg.ClientBase,
  { tenant, id }: EndpointRow,
  since: Date | null,
): Promise<void> {
  await client.query(
    'UPDATE holdfast.webhook_endpoint SET failing_since = $3 WHERE tenant = $1 AND id = $2',
    [tenant, id, since?.toISOString() ?? null],
  );
}
