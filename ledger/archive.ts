import { createHash } from 'node:crypto';
import { mkdir, open, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type pg from 'pg';
import { type ArchivedTenant, type ArchiveManifest, fileDigest, manifestOf } from './archive-files.js';
import { beginningOf, readArchived, type Snapshots } from './beginning.js';
import { copiedBytes, ROW_COLUMNS } from './copied-rows.js';
import { COPY_HEADER } from './copy-format.js';
import { checkChain } from './follow.js';
import { InvariantError } from './invariant-error.js';
import { listTenants, type TenantId } from './list-tenants.js';
import { listPartitions, type Partition } from './partitions.js';
import { errorCode } from './postgres-error.js';
import { copyRows, type TenantRow } from './read-journal.js';
import { syncDirectory } from './snapshot-files.js';
import type { JournalHead } from './tenant-ledger.js';
import { inTransaction } from './transaction.js';

/** Inserts go on while a lock is waited for no longer than that; it is tried again. */
const LOCK_MS = 300;
const TRIES = 50;
const PAUSE_MS = 100;
/** SQLSTATEs lock_not_available and deadlock_detected. */
const LOCKED = ['55P03', '40P01'];

/** Why a partition stays where it is. */
export class ArchiveError extends Error {
  override readonly name = 'ArchiveError';
  readonly code = 'HF_ARCHIVE_REFUSED';
}

export interface ArchiveSettings {
  /** Where the files go. */
  readonly directory: string;
  /** Partitions whose rows all come before that: a sequence number, or a time in ms since 1970. */
  readonly before: { readonly seq: number } | { readonly at: number };
  readonly snapshots: Snapshots;
}

/**
 * Moves the journal's oldest partitions into files, one after the other: each is written, read again, and only then
 * dropped. A switch may write meanwhile.
 *
 * @throws ArchiveError when a tenant could not be recovered without the partition: it was not proved to the end of it, or
 * has no snapshot from there on; or its read model was begun, and lacks rows of it, or could not begin again behind it
 * @throws InvariantError when the rows of a partition are not what they were
 */
export async function* archiveJournal(
  client: pg.Client,
  settings: ArchiveSettings,
): AsyncGenerator<ArchiveManifest> {
  await mkdir(settings.directory, { recursive: true });
  for (;;) {
    const [oldest, ...newer] = await listPartitions(client);
    // The last one is that of the rows to come.
    if (oldest === undefined || newer.length === 0) return;
    if (!(await isBefore(client, oldest, settings.before))) return;
    const tenants = await requireProved(client, oldest, settings.snapshots);
    const manifest = await write(client, oldest, tenants, settings.directory);
    await drop(client, oldest, manifest);
    yield manifest;
  }
}

async function isBefore(
  client: pg.Client,
  { name, to }: Partition,
  before: ArchiveSettings['before'],
): Promise<boolean> {
  if ('seq' in before) return to <= before.seq;
  const { rows } = await client.query<{ before: boolean }>(
    `SELECT NOT EXISTS (SELECT FROM holdfast.${name} WHERE at >= to_timestamp($1::float8 / 1000)) AS before`,
    [before.at],
  );
  return rows[0]!.before;
}

/** Every tenant that ever wrote is past the partition, proved there, and can begin there. */
async function requireProved(
  client: pg.Client,
  { name, to }: Partition,
  snapshots: Snapshots,
): Promise<readonly TenantId[]> {
  const tenants: TenantId[] = [];
  for (const tenant of await listTenants(client)) {
    const { rows } = await client.query<{ written: number; proved: number; projected: number | null }>(
      `SELECT (SELECT coalesce(max(seq), 0) FROM holdfast.journal WHERE tenant = $1)::float8 AS written,
        (SELECT coalesce(max(seq), 0) FROM holdfast.checkpoint WHERE tenant = $1)::float8 AS proved,
        (SELECT seq FROM holdfast_read.position WHERE tenant = $1)::float8 AS projected`,
      [tenant.id],
    );
    const { written, proved, projected } = rows[0]!;
    if (written === 0) continue;
    const refuse = (why: string) =>
      new ArchiveError(`${name}, rows up to ${to - 1}, can't be archived: ${why}`);
    if (written < to - 1) throw refuse(`${tenant.name} is at row ${written}, and writes its next rows there`);
    if (proved < to - 1) throw refuse(`${tenant.name} is proved up to row ${proved} only`);
    if (projected !== null && projected < to - 1) {
      throw refuse(
        `the read model of ${tenant.name} has rows up to ${projected} only; holdfast projection rebuild fills it`,
      );
    }
    // One that the read model can begin at as well.
    const { head } = await beginningOf(
      client,
      tenant,
      snapshots,
      projected === null ? {} : { last: projected },
    );
    if (head.seq < to - 1) {
      const behind = projected === null ? '' : `, up to row ${projected}, where its read model is,`;
      throw refuse(
        `${tenant.name} has no snapshot of row ${to - 1} or later${behind} in ${snapshots.directory}`,
      );
    }
    tenants.push(tenant);
  }
  return tenants;
}

async function write(
  client: pg.Client,
  { name }: Partition,
  tenants: readonly TenantId[],
  directory: string,
): Promise<ArchiveManifest> {
  const file = `${name}.copy`;
  const unfinished = path.join(directory, `${file}.unfinished`);
  const hash = createHash('sha256');
  const found = await Contents.of(client, tenants);
  let bytes = 0;
  let pieces: Buffer[] = [];
  const handle = await open(unfinished, 'w');
  try {
    const select = `SELECT ${ROW_COLUMNS} FROM holdfast.${name} ORDER BY tenant, seq`;
    const flush = async () => {
      await writeFile(handle, pieces);
      pieces = [];
    };
    for await (const rows of copyRows(client, select, (piece) => {
      hash.update(piece);
      bytes += piece.length;
      pieces.push(piece);
    })) {
      for (const row of rows) found.add(row);
      await flush();
    }
    await flush();
    await handle.sync();
  } finally {
    await handle.close();
  }
  const sha256 = hash.digest('hex');
  if ((await fileDigest(unfinished)) !== sha256)
    throw new InvariantError(`${unfinished} is not what was written to it`);
  const manifest = { version: 1, partition: name, file, bytes, sha256, tenants: found.tenants } as const;
  await exclusive(path.join(directory, manifestOf(file)), `${JSON.stringify(manifest, null, 2)}\n`);
  await rename(unfinished, path.join(directory, file));
  await syncDirectory(directory);
  return manifest;
}

/** What is in a partition, by tenant, as its rows come. */
class Contents {
  readonly tenants: ArchivedTenant[] = [];
  readonly #names: ReadonlyMap<number, string>;
  /** By number of tenant: the row that its next one follows. */
  readonly #heads: Map<number, JournalHead>;
  #offset = COPY_HEADER.length;

  private constructor(names: ReadonlyMap<number, string>, heads: Map<number, JournalHead>) {
    this.#names = names;
    this.#heads = heads;
  }

  static async of(client: pg.Client, tenants: readonly TenantId[]): Promise<Contents> {
    const heads = new Map<number, JournalHead>();
    for (const { id } of tenants) heads.set(id, await readArchived(client, id));
    return new Contents(new Map(tenants.map(({ id, name }) => [id, name])), heads);
  }

  /** @throws InvariantError when the row does not follow the one before it */
  add(row: TenantRow): void {
    const { tenant: id, seq, hash, at } = row;
    const head = this.#heads.get(id);
    const tenant = this.#names.get(id);
    if (head === undefined || tenant === undefined)
      throw new InvariantError(`row ${seq} is of a tenant that there isn't`);
    checkChain(row, head, id);
    this.#heads.set(id, { seq, hash: Buffer.from(hash), at });
    const size = copiedBytes(row);
    const last = this.tenants.at(-1);
    const known = last?.id === id ? last : null;
    const part: ArchivedTenant = {
      tenant,
      id,
      rows: (known?.rows ?? 0) + 1,
      firstSeq: known?.firstSeq ?? seq,
      lastSeq: seq,
      lastHash: hash.toString('hex'),
      lastAt: at,
      offset: known?.offset ?? this.#offset,
      bytes: (known?.bytes ?? 0) + size,
    };
    if (known === null) this.tenants.push(part);
    else this.tenants[this.tenants.length - 1] = part;
    this.#offset += size;
  }
}

/** Writes a file durably that must not be there yet. */
async function exclusive(file: string, text: string): Promise<void> {
  try {
    await writeFile(file, text, { flag: 'wx', flush: true });
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw error;
    throw new ArchiveError(`${file} is there already; archive into another directory`, { cause: error });
  }
}

/** Notes what is in the files, and drops the partition, in one transaction that waits for no lock for long. */
async function drop(
  client: pg.Client,
  { name }: Partition,
  { tenants, file, sha256 }: ArchiveManifest,
): Promise<void> {
  const rows = tenants.reduce((sum, part) => sum + part.rows, 0);
  for (let left = TRIES; ; left--) {
    try {
      await inTransaction(client, async () => {
        await client.query(`SET LOCAL lock_timeout = ${LOCK_MS}`);
        await client.query(`LOCK TABLE holdfast.${name} IN ACCESS EXCLUSIVE MODE`);
        const counted = await client.query<{ count: number }>(
          `SELECT count(*)::float8 AS count FROM holdfast.${name}`,
        );
        const { count } = counted.rows[0]!;
        if (count !== rows)
          throw new ArchiveError(`${name} has ${count} rows now, of which ${rows} are in ${file}`);
        await note(client, tenants, file, sha256);
        await client.query(`ALTER TABLE holdfast.journal DETACH PARTITION holdfast.${name}`);
        await client.query(`DROP TABLE holdfast.${name}`);
      });
      return;
    } catch (error) {
      if (left === 0 || !LOCKED.includes(errorCode(error))) throw error;
      await delay(PAUSE_MS);
    }
  }
}

async function note(
  client: pg.Client,
  tenants: readonly ArchivedTenant[],
  file: string,
  sha256: string,
): Promise<void> {
  for (const { id, firstSeq, lastSeq, lastHash, lastAt } of tenants) {
    await client.query(
      `INSERT INTO holdfast.archive (tenant, first_seq, last_seq, last_hash, last_at, file, digest)
       VALUES ($1, $2, $3, decode($4, 'hex'), to_timestamp($5::float8 / 1000), $6, decode($7, 'hex'))`,
      [id, firstSeq, lastSeq, lastHash, lastAt, file, sha256],
    );
  }
}
