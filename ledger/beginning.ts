import type pg from 'pg';
import { type Checkpoint, readCheckpoint } from './checkpoint.js';
import { ImageError } from './image-error.js';
import { InvariantError } from './invariant-error.js';
import type { TenantId } from './list-tenants.js';
import { errorCode } from './postgres-error.js';
import { type FileSystem, SnapshotFiles } from './snapshot-files.js';
import { EMPTY_JOURNAL, type JournalHead } from './tenant-ledger.js';
import { TenantState } from './tenant-state.js';

/** Where snapshots are, and who is told of those that can't be used. */
export interface Snapshots {
  /** Of all tenants. */
  readonly directory: string;
  /** Where that is; that of this machine when absent. */
  readonly fileSystem?: FileSystem | undefined;
  readonly log: (text: string, error: unknown) => void;
}

/** A state to begin at, and the journal row that it is level with. */
export interface Beginning {
  readonly state: TenantState;
  readonly head: JournalHead;
  /** Commands in the rows up to it. */
  readonly commands: number;
}

/** What left the journal of a tenant for files: everything up to a row, or nothing. */
export interface Archived {
  readonly seq: number;
  readonly hash: Buffer;
  /** In ms since 1970. */
  readonly at: number;
}

/** The end of what was archived of a tenant's journal; like {@link EMPTY_JOURNAL} when nothing was. */
export async function readArchived(client: pg.Client, tenant: number): Promise<Archived> {
  const { rows } = await client.query<Archived>(
    `SELECT last_seq::float8 AS seq, last_hash AS hash, (extract(epoch FROM last_at) * 1000)::float8 AS at
     FROM holdfast.archive WHERE tenant = $1 ORDER BY last_seq DESC LIMIT 1`,
    [tenant],
  );
  return rows[0] ?? EMPTY_JOURNAL;
}

/**
 * The newest snapshot of a tenant that proves itself: its digest is that of the checkpoint in the database, whose hash is
 * that of the journal's row. Those that don't are reported and left out. Without any, the start of the journal.
 *
 * @param rows the first and the last row that it may be level with; no row that is archived, when absent;
 * `first` is 0 for who can read the archive
 * @throws InvariantError when the start is archived, and no snapshot is level with the archive's end or later
 */
export async function beginningOf(
  client: pg.Client,
  { id, name }: TenantId,
  snapshots: Snapshots | undefined,
  rows: { readonly first?: number; readonly last?: number } = {},
): Promise<Beginning> {
  const archived = await readArchived(client, id);
  const { first = archived.seq, last = Number.POSITIVE_INFINITY } = rows;
  if (snapshots !== undefined) {
    const files = new SnapshotFiles(snapshots.directory, name, snapshots.fileSystem);
    for (const seq of await files.list()) {
      if (seq > last || seq < first) continue;
      try {
        return await proved(client, id, files, seq, archived.seq);
      } catch (error) {
        if (!(error instanceof ImageError) && errorCode(error) !== 'ENOENT') throw error;
        snapshots.log(`the snapshot of ${name} at row ${seq} is left out`, error);
      }
    }
  }
  if (first === 0) return { state: new TenantState(), head: EMPTY_JOURNAL, commands: 0 };
  if (last < first) {
    throw new InvariantError(`rows 1 to ${archived.seq} of the journal are archived, row ${last} among them`);
  }
  const where = snapshots === undefined ? '' : ` in ${snapshots.directory}`;
  const range =
    last === Number.POSITIVE_INFINITY ? `of row ${first} or later` : `of rows ${first} to ${last}`;
  throw new InvariantError(
    `rows 1 to ${archived.seq} of the journal are archived, and there is no snapshot ${range}${where} to begin at`,
  );
}

/** @throws ImageError when the snapshot does not prove itself */
async function proved(
  client: pg.Client,
  tenant: number,
  files: SnapshotFiles,
  seq: number,
  archivedSeq: number,
): Promise<Beginning> {
  const checkpoint = await readCheckpoint(client, tenant, seq);
  if (checkpoint === null) throw unproved(`there is no checkpoint at row ${seq}`);
  if (seq > archivedSeq && !(await isRow(client, tenant, checkpoint))) {
    throw unproved(`row ${seq} of the journal is another than when the checkpoint was made`);
  }
  const { state, digest } = await files.load(seq);
  if (!digest.equals(checkpoint.digest))
    throw unproved(`its digest is not that of the checkpoint at row ${seq}`);
  const { hash, at, commands } = checkpoint;
  return { state, head: { seq, hash, at }, commands };
}

async function isRow(client: pg.Client, tenant: number, { seq, hash }: Checkpoint): Promise<boolean> {
  const { rows } = await client.query<{ hash: Buffer }>(
    'SELECT hash FROM holdfast.journal WHERE tenant = $1 AND seq = $2',
    [tenant, seq],
  );
  return rows[0]?.hash.equals(hash) === true;
}

function unproved(how: string): ImageError {
  return new ImageError('HF_IMAGE_DAMAGED', `a snapshot does not prove itself: ${how}`);
}
