import type pg from 'pg';
import type { LimitPlace } from '../limits/versions.js';

export type BackTestStatus = 'queued' | 'running' | 'done' | 'failed' | 'cancelled';

/** How far a back-test is. */
export interface BackTestProgress {
  readonly rows: number;
  readonly of: number;
  readonly messages: number;
  /** Seconds, about; null where that is not known yet. */
  readonly timeLeft: number | null;
}

/** A back-test as the table has it. `result` is as the API shows it. */
export interface StoredBackTest extends LimitPlace {
  readonly id: string;
  readonly version: number;
  readonly stretch: Readonly<Record<string, string | number>>;
  readonly status: BackTestStatus;
  readonly progress: BackTestProgress | null;
  readonly result: Readonly<Record<string, unknown>> | null;
  readonly error: string | null;
  readonly author: string;
  readonly createdAt: Date;
  readonly endedAt: Date | null;
  /** `createdAt` in full. */
  readonly place: string;
}

const COLUMNS = `tenant, id, level, entity::float8 AS entity, version, stretch, status, progress, result, error, author,
  created_at AS "createdAt", ended_at AS "endedAt", created_at::text AS place`;

export type NewBackTest = Pick<
  StoredBackTest,
  'tenant' | 'id' | 'level' | 'entity' | 'version' | 'stretch' | 'author'
> & {
  /** Of the process that will do it. */
  readonly session: string;
};

/** Writes it down as queued. @returns whether it is new */
export async function addBackTest(client: pg.ClientBase, test: NewBackTest): Promise<boolean> {
  const { tenant, id, level, entity, version, stretch, session, author } = test;
  const { rowCount } = await client.query(
    `INSERT INTO holdfast.back_test (tenant, id, level, entity, version, stretch, status, session, author)
     VALUES ($1, $2, $3, $4, $5, $6, 'queued', $7, $8) ON CONFLICT (tenant, id) DO NOTHING`,
    [tenant, id, level, entity, version, JSON.stringify(stretch), session, author],
  );
  return rowCount === 1;
}

/** Those of a version, or all of a tenant's; the newest first. */
export async function listBackTests(
  client: pg.ClientBase,
  tenant: number,
  of: (LimitPlace & { readonly version: number }) | null,
  limit: number,
  behind: readonly (string | number)[] | undefined,
): Promise<readonly StoredBackTest[]> {
  const { rows } = await client.query<StoredBackTest>(
    `SELECT ${COLUMNS} FROM holdfast.back_test
     WHERE tenant = $1 AND ($2::int IS NULL OR (level, entity, version) = ($2, $3::bigint, $4::int))
       AND ($6::timestamptz IS NULL OR (created_at, id) < ($6, $7::uuid))
     ORDER BY created_at DESC, id DESC LIMIT $5`,
    [
      tenant,
      of?.level ?? null,
      of?.entity ?? null,
      of?.version ?? null,
      limit,
      behind?.[0] ?? null,
      behind?.[1] ?? null,
    ],
  );
  return rows;
}

export async function findBackTest(
  client: pg.ClientBase,
  tenant: number,
  id: string,
): Promise<StoredBackTest | undefined> {
  const { rows } = await client.query<StoredBackTest>(
    `SELECT ${COLUMNS} FROM holdfast.back_test WHERE tenant = $1 AND id = $2`,
    [tenant, id],
  );
  return rows[0];
}

/** What has become of one. */
export interface BackTestNews {
  readonly status: BackTestStatus;
  readonly progress?: BackTestProgress | null;
  readonly result?: unknown;
  readonly error?: string;
}

/** Writes down how one stands; of one that ended, nothing any more. */
export async function updateBackTest(
  client: pg.ClientBase,
  tenant: number,
  id: string,
  { status, progress = null, result, error }: BackTestNews,
): Promise<void> {
  const ended = status !== 'queued' && status !== 'running';
  await client.query(
    `UPDATE holdfast.back_test SET status = $3, progress = coalesce($4, progress), result = $5, error = $6,
       ended_at = CASE WHEN $7 THEN now() END
     WHERE tenant = $1 AND id = $2 AND ended_at IS NULL`,
    [
      ...[tenant, id, status, progress === null ? null : JSON.stringify(progress)],
      ...[result === undefined ? null : JSON.stringify(result), error ?? null, ended],
    ],
  );
}

/** Those of processes that have no session any more have failed. As the switch itself. */
export async function failOrphans(client: pg.ClientBase): Promise<void> {
  await client.query(
    `UPDATE holdfast.back_test SET status = 'failed', error = 'the switch that did it has stopped', ended_at = now()
     WHERE ended_at IS NULL AND NOT EXISTS (SELECT FROM pg_stat_activity WHERE application_name = session)`,
  );
}
