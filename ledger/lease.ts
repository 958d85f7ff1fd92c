import pg from 'pg';

/** Channel of NOTIFY on which every change of a lease is told. */
export const LEASE_CHANNEL = 'holdfast_lease';

/** A tenant's number in the database and the epoch under which this switch writes its journal. */
export interface Lease {
  readonly tenant: number;
  readonly epoch: number;
}

/** Who a node is, as the others see it. */
export interface NodeIdentity {
  /** For people; no two nodes on one database should have the same. */
  readonly name: string;
  /** `application_name` of all its sessions, another for each process. */
  readonly session: string;
  /** How long a lease lasts after a heartbeat. */
  readonly leaseTtlMs: number;
}

/** Where a lease stands, by the database's clock. */
export interface LeaseStatus extends Lease {
  /** The node that has it, or had it last; '' when none ever had. */
  readonly node: string;
  /** Where that node listens; '' where it doesn't. */
  readonly endpoint: string;
  /** In ms since 1970; goes on while its holder's heart beats. */
  readonly expiresAt: number;
  /** How long anyone may take it by now, in ms; negative while it lasts. */
  readonly freeForMs: number;
  /** Its holder has no session in the database, which has been up for long enough that it should have. */
  readonly orphaned: boolean;
  readonly wantedBy: string | null;
}

/** A lease to take, as it was seen. */
export interface FreeLease extends Lease {
  /** Whether it may be taken before it lapses, if its holder still has no session. */
  readonly orphaned: boolean;
}

/** What a heartbeat found of a lease that it prolonged. */
export interface HeldLease {
  readonly tenant: number;
  /** Another node that is to have it, as somebody asked. */
  readonly wantedBy: string | null;
}

/**
 * Registers those tenants that are new, each with a lease that nobody holds.
 * @returns the number of each name, in its order
 */
export async function registerTenants(
  client: pg.Client,
  names: readonly string[],
): Promise<readonly number[]> {
  // One statement after the other in one transaction, without a chance for another query between.
  // Not ON CONFLICT: that takes a number for each known name too, and a smallint has 32,767 of them.
  const list = names.map((name) => pg.escapeLiteral(name)).join(', ');
  await client.query(`LOCK TABLE holdfast.tenant IN SHARE ROW EXCLUSIVE MODE;
    INSERT INTO holdfast.tenant (name) SELECT n FROM unnest(ARRAY[${list}]::text[]) n
      WHERE NOT EXISTS (SELECT FROM holdfast.tenant t WHERE t.name = n);
    INSERT INTO holdfast.lease (tenant) SELECT id FROM holdfast.tenant t
      WHERE NOT EXISTS (SELECT FROM holdfast.lease l WHERE l.tenant = t.id)`);
  const { rows } = await client.query<{ name: string; id: number }>(
    'SELECT name, id FROM holdfast.tenant WHERE name = ANY ($1::text[])',
    [names],
  );
  const byName = new Map(rows.map(({ name, id }) => [name, id]));
  return names.map((name) => byName.get(name)!);
}

/**
 * A server that came up a moment ago, by itself or after the crash of one of its processes (as its checkpointer's
 * start tells), has lost everybody's sessions: those who live must have the time to come back.
 */
const LOOK = {
  name: 'look-at-leases',
  text: `WITH alive AS MATERIALIZED (
      SELECT DISTINCT application_name FROM pg_stat_activity WHERE application_name LIKE 'holdfast %'
    ), server AS MATERIALIZED (
      SELECT clock_timestamp() - greatest(pg_postmaster_start_time(), max(backend_start)) AS up
      FROM pg_stat_activity WHERE backend_type = 'checkpointer'
    )
    SELECT l.tenant, l.epoch::float8 AS epoch, l.node, coalesce(n.endpoint, '') AS endpoint,
      (extract(epoch FROM l.expires_at) * 1000)::float8 AS "expiresAt",
      (extract(epoch FROM clock_timestamp() - l.expires_at) * 1000)::float8 AS "freeForMs",
      s.up > $2::float8 * interval '1 ms'
        AND NOT EXISTS (SELECT FROM alive a WHERE a.application_name = l.session) AS orphaned,
      l.wanted_by AS "wantedBy"
    FROM holdfast.lease l LEFT JOIN holdfast.node n ON n.name = l.node CROSS JOIN server s
    WHERE l.tenant = ANY ($1::smallint[])`,
} as const;

/** How long a server must have been up for a node without a session to count as gone. */
const BACK_MS = 3000;

/** Where the leases of those tenants stand. */
export async function lookAtLeases(
  client: pg.Client,
  tenants: readonly number[],
  backMs = BACK_MS,
): Promise<readonly LeaseStatus[]> {
  const { rows } = await client.query<LeaseStatus>({ ...LOOK, values: [tenants, backMs] });
  return rows;
}

/**
 * Ends the sessions of those whose lease lapsed while they stayed connected: stopped, or cut off. One of them could
 * hold a lock for ever. Needs the role of the others, or `pg_signal_backend`.
 */
export async function endLapsedSessions(
  client: pg.Client,
  tenants: readonly number[],
  { session }: NodeIdentity,
): Promise<void> {
  await client.query(
    `SELECT pg_terminate_backend(a.pid) FROM pg_stat_activity a WHERE a.application_name IN (
       SELECT session FROM holdfast.lease
       WHERE tenant = ANY ($1::smallint[]) AND session NOT IN ('', $2) AND expires_at <= clock_timestamp())`,
    [tenants, session],
  );
}

/** For the inserts under way to end; those that come wait behind us meanwhile. */
const LOCK_SHARE = 1 / 6;

/**
 * Takes those leases that still are free and raises each epoch. From then on an insert under an older epoch adds
 * nothing: the table lock lets inserts that are under way finish first, and makes those that come later see the
 * new epoch. Durable when it returns.
 *
 * @returns the leases that were taken; others were faster with the rest
 * @throws pg.DatabaseError `55P03` when an insert did not end in time
 */
export async function takeLeases(
  client: pg.Client,
  free: readonly FreeLease[],
  { name, session, leaseTtlMs }: NodeIdentity,
): Promise<readonly Lease[]> {
  const seen = free.map(({ tenant, epoch, orphaned }) => `(${tenant}, ${epoch}, ${orphaned})`).join(', ');
  const [node, sessionName] = [pg.escapeLiteral(name), pg.escapeLiteral(session)];
  // A list of statements is one transaction and one round trip; its results come as a list.
  const results = (await client.query(`SET LOCAL synchronous_commit = on;
    SET LOCAL lock_timeout = ${Math.ceil(leaseTtlMs * LOCK_SHARE)};
    LOCK TABLE holdfast.journal IN EXCLUSIVE MODE;
    WITH free AS MATERIALIZED (
      SELECT l.* FROM holdfast.lease l
      JOIN (VALUES ${seen}) s (tenant, epoch, orphaned) ON s.tenant = l.tenant AND s.epoch = l.epoch
      WHERE l.expires_at <= clock_timestamp() OR (s.orphaned
        AND NOT EXISTS (SELECT FROM pg_stat_activity a WHERE a.application_name = l.session))
      ORDER BY l.tenant FOR UPDATE OF l
    ), taken AS (
      UPDATE holdfast.lease l SET epoch = l.epoch + 1, node = ${node}, session = ${sessionName},
        taken_at = clock_timestamp(), expires_at = clock_timestamp() + ${leaseTtlMs} * interval '1 ms',
        wanted_by = NULL, wanted_at = NULL
      FROM free f WHERE f.tenant = l.tenant RETURNING l.tenant, l.epoch, l.taken_at
    ), noted AS (
      INSERT INTO holdfast.tenure (tenant, epoch, node, reason, wanted_at, free_at, taken_at)
      SELECT t.tenant, t.epoch, ${node},
        CASE WHEN f.epoch = 0 THEN 'new' WHEN f.session = '' THEN 'released'
          WHEN f.expires_at <= t.taken_at THEN 'lapsed' ELSE 'orphaned' END,
        f.wanted_at,
        CASE WHEN f.epoch > 0 AND f.expires_at <= t.taken_at THEN f.expires_at END, t.taken_at
      FROM taken t JOIN free f ON f.tenant = t.tenant
    )
    SELECT tenant, epoch::float8 AS epoch FROM taken ORDER BY tenant;
    SELECT pg_notify('${LEASE_CHANNEL}', '')`)) as unknown as pg.QueryResult<Lease>[];
  return results[3]!.rows;
}

const BEAT = {
  name: 'beat',
  text: `WITH node AS (
      INSERT INTO holdfast.node (name, endpoint, follows, expires_at)
      VALUES ($1, $2, $3, clock_timestamp() + $4::float8 * interval '1 ms')
      ON CONFLICT (name) DO UPDATE
        SET endpoint = excluded.endpoint, follows = excluded.follows, expires_at = excluded.expires_at
    ), mine AS MATERIALIZED (
      SELECT l.tenant FROM holdfast.lease l
      JOIN unnest($5::smallint[], $6::bigint[]) h (tenant, epoch) ON h.tenant = l.tenant AND h.epoch = l.epoch
      ORDER BY l.tenant FOR UPDATE OF l
    ), held AS (
      UPDATE holdfast.lease l SET expires_at = clock_timestamp() + $4::float8 * interval '1 ms'
      FROM mine WHERE mine.tenant = l.tenant RETURNING l.tenant, l.wanted_by
    )
    SELECT (extract(epoch FROM clock_timestamp()) * 1000)::float8 AS now,
      coalesce((SELECT json_agg(json_build_object('tenant', tenant, 'wantedBy', wanted_by)) FROM held), '[]') AS held`,
} as const;

/**
 * Prolongs those of the leases whose epoch is still the given one, and says that the node lives.
 * @returns the database's time in ms since 1970, and the leases that were prolonged
 */
export async function beat(
  client: pg.Client,
  { name, leaseTtlMs }: NodeIdentity,
  { endpoint, follows }: { readonly endpoint: string; readonly follows: boolean },
  leases: readonly Lease[],
): Promise<{ readonly now: number; readonly held: readonly HeldLease[] }> {
  const tenants = leases.map(({ tenant }) => tenant);
  const epochs = leases.map(({ epoch }) => epoch);
  const values = [name, endpoint, follows, leaseTtlMs, tenants, epochs];
  const { rows } = await client.query<{ now: number; held: HeldLease[] }>({ ...BEAT, values });
  return rows[0]!;
}

/** Lets others have the leases at once, those that still are held under their epochs. */
export async function releaseLeases(client: pg.Client, leases: readonly Lease[]): Promise<void> {
  await client.query(
    `WITH mine AS MATERIALIZED (
       SELECT l.tenant FROM holdfast.lease l
       JOIN unnest($1::smallint[], $2::bigint[]) h (tenant, epoch) ON h.tenant = l.tenant AND h.epoch = l.epoch
       ORDER BY l.tenant FOR UPDATE OF l
     ), released AS (
       UPDATE holdfast.lease l SET expires_at = clock_timestamp(), session = ''
       FROM mine WHERE mine.tenant = l.tenant RETURNING 1
     )
     SELECT pg_notify('${LEASE_CHANNEL}', '') FROM (SELECT count(*) FROM released) r`,
    [leases.map(({ tenant }) => tenant), leases.map(({ epoch }) => epoch)],
  );
}

/** Asks whoever holds these tenants to hand them over to a node. */
export async function wantLeases(client: pg.Client, tenants: readonly number[], node: string): Promise<void> {
  await client.query(
    `WITH wanted AS (
       UPDATE holdfast.lease SET wanted_by = $2, wanted_at = clock_timestamp()
       WHERE tenant = ANY ($1::smallint[]) RETURNING 1
     )
     SELECT pg_notify('${LEASE_CHANNEL}', '') FROM (SELECT count(*) FROM wanted) w`,
    [tenants, node],
  );
}

/** Whether a node lives and follows the tenants of others. */
export async function isFollowing(client: pg.Client, node: string): Promise<boolean> {
  const { rowCount } = await client.query(
    'SELECT FROM holdfast.node WHERE name = $1 AND follows AND expires_at > clock_timestamp()',
    [node],
  );
  return rowCount === 1;
}

/** Notes that the tenants of these leases are served now. */
export async function noteServing(client: pg.Client, leases: readonly Lease[]): Promise<void> {
  await client.query(
    `UPDATE holdfast.tenure t SET serving_at = clock_timestamp()
     FROM unnest($1::smallint[], $2::bigint[]) h (tenant, epoch)
     WHERE t.tenant = h.tenant AND t.epoch = h.epoch`,
    [leases.map(({ tenant }) => tenant), leases.map(({ epoch }) => epoch)],
  );
}

/** Forgets a node that ends, and those that have been silent for a day. */
export async function forgetNode(client: pg.Client, name: string): Promise<void> {
  await client.query(
    "DELETE FROM holdfast.node WHERE name = $1 OR expires_at < clock_timestamp() - interval '1 day'",
    [name],
  );
}
