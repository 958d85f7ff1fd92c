import type pg from 'pg';

/** What the rows of a tenant's journal up to one of them give, as it was proved. */
export interface Checkpoint {
  readonly seq: number;
  /** Time of that row, in ms since 1970. */
  readonly at: number;
  /** Its hash. */
  readonly hash: Buffer;
  /** SHA-256 over the state, in the layout of that version of an image. */
  readonly digest: Buffer;
  readonly version: number;
  /** Commands in all rows up to it. */
  readonly commands: number;
}

const COLUMNS = `seq::float8 AS seq, (extract(epoch FROM at) * 1000)::float8 AS at, hash, digest, version,
  commands::float8 AS commands`;

/** @returns the checkpoint at a row, or null */
export async function readCheckpoint(
  client: pg.Client,
  tenant: number,
  seq: number,
): Promise<Checkpoint | null> {
  const { rows } = await client.query<Checkpoint>(
    `SELECT ${COLUMNS} FROM holdfast.checkpoint WHERE tenant = $1 AND seq = $2`,
    [tenant, seq],
  );
  return rows[0] ?? null;
}

/** A tenant's checkpoints behind a row, in their order. */
export async function readCheckpoints(
  client: pg.Client,
  tenant: number,
  after: number,
): Promise<readonly Checkpoint[]> {
  const { rows } = await client.query<Checkpoint>(
    `SELECT ${COLUMNS} FROM holdfast.checkpoint WHERE tenant = $1 AND seq > $2 ORDER BY seq`,
    [tenant, after],
  );
  return rows;
}

/**
 * Writes a checkpoint, unless there is one of the same version: another may have been faster.
 * @returns the one that is there now
 */
export async function writeCheckpoint(
  client: pg.Client,
  tenant: number,
  { seq, at, hash, digest, version, commands }: Checkpoint,
): Promise<Checkpoint> {
  const { rows } = await client.query<Checkpoint>(
    `INSERT INTO holdfast.checkpoint AS c (tenant, seq, at, hash, digest, version, commands)
     VALUES ($1, $2, to_timestamp($3::float8 / 1000), $4, $5, $6, $7)
     ON CONFLICT (tenant, seq) DO UPDATE SET
       digest = CASE WHEN c.version = excluded.version THEN c.digest ELSE excluded.digest END,
       version = excluded.version
     RETURNING ${COLUMNS}`,
    [tenant, seq, at, hash, digest, version, commands],
  );
  return rows[0]!;
}
