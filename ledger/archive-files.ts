import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type pg from 'pg';
import { CopiedRows } from './copied-rows.js';
import { InvariantError, invariant } from './invariant-error.js';
import type { TenantId } from './list-tenants.js';
import { errorCode } from './postgres-error.js';
import { readJournal, type StoredRow, type TenantRow } from './read-journal.js';

/** Where a tenant's rows are in the file of a partition. */
export interface ArchivedTenant {
  /** Its name, and its number in the database. */
  readonly tenant: string;
  readonly id: number;
  readonly rows: number;
  readonly firstSeq: number;
  readonly lastSeq: number;
  /** In hexadecimal, as are all hashes here. */
  readonly lastHash: string;
  /** In ms since 1970. */
  readonly lastAt: number;
  readonly offset: number;
  readonly bytes: number;
}

/** What stands beside the file of a partition, as JSON. */
export interface ArchiveManifest {
  readonly version: 1;
  readonly partition: string;
  /** Of the rows: a COPY of {@link ROW_COLUMNS} in Postgres' binary format, by tenant and sequence. */
  readonly file: string;
  readonly bytes: number;
  /** Of the file. */
  readonly sha256: string;
  readonly tenants: readonly ArchivedTenant[];
}

/** Name of the manifest of a file. */
export function manifestOf(file: string): string {
  return file.replace(/\.copy$/, '.json');
}

/** SHA-256 of a file, in hexadecimal. */
export async function fileDigest(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const piece of createReadStream(file)) hash.update(piece as Buffer);
  return hash.digest('hex');
}

/**
 * A tenant's journal behind row `after`, to row `end` or its end: what of it is archived from the files, where they are
 * given, and the rest from the table.
 * @throws InvariantError as {@link ArchiveFiles.rows} does
 */
export async function* readWholeJournal(
  client: pg.Client,
  tenant: TenantId,
  archive: ArchiveFiles | null,
  after: number,
  end = Number.MAX_SAFE_INTEGER,
): AsyncGenerator<readonly StoredRow[]> {
  let last = after;
  if (archive !== null) {
    for await (const rows of archive.rows(client, tenant, after, end)) {
      last = rows.at(-1)!.seq;
      yield rows;
    }
  }
  yield* readJournal(client, tenant.id, last, end);
}

/** Archived partitions in a directory: to be read again, after each has proved to be what was archived. */
export class ArchiveFiles {
  readonly #directory: string;
  readonly #digests = new Map<string, Promise<string>>();

  constructor(directory: string) {
    this.#directory = directory;
  }

  /**
   * A tenant's archived rows behind row `after`, up to row `end`, in their order, when all files have proved themselves.
   * @throws InvariantError when a file is not there, or not what it was when it was archived
   */
  async *rows(
    client: pg.Client,
    tenant: TenantId,
    after: number,
    end = Number.MAX_SAFE_INTEGER,
  ): AsyncGenerator<readonly TenantRow[]> {
    const { rows: parts } = await client.query<Part>(
      `SELECT file, digest, first_seq::float8 AS first, last_seq::float8 AS last FROM holdfast.archive
       WHERE tenant = $1 AND last_seq > $2 AND first_seq <= $3 ORDER BY first_seq`,
      [tenant.id, after, end],
    );
    const ranges: Range[] = [];
    for (const part of parts) ranges.push(await this.#rangeOf(part, tenant.id));
    for (const range of ranges) {
      for await (const rows of rowsIn(range)) {
        const asked = rows.filter(({ seq }) => seq > after && seq <= end);
        if (asked.length > 0) yield asked;
      }
    }
  }

  async #rangeOf({ file, digest, first, last }: Part, tenant: number): Promise<Range> {
    const what = `rows ${first} to ${last} of the journal, archived in ${file},`;
    invariant(
      (await this.#digestOf(file, what)) === digest.toString('hex'),
      `${what} are not what they were: the file has another digest`,
    );
    const manifest = path.join(this.#directory, manifestOf(file));
    const { tenants } = JSON.parse(await found(readFile(manifest, 'utf8'), what)) as ArchiveManifest;
    const part = tenants.find(({ id }) => id === tenant);
    invariant(part !== undefined, `${what} are not in its manifest`);
    const { offset, bytes } = part;
    return { path: path.join(this.#directory, file), start: offset, end: offset + bytes - 1 };
  }

  #digestOf(file: string, what: string): Promise<string> {
    let digest = this.#digests.get(file);
    if (digest === undefined) {
      digest = found(fileDigest(path.join(this.#directory, file)), what);
      this.#digests.set(file, digest);
    }
    return digest;
  }
}

/** A file that has rows of a tenant. */
interface Part {
  readonly file: string;
  readonly digest: Buffer;
  readonly first: number;
  readonly last: number;
}

/** Where they are in it, from its first byte to its last. */
interface Range {
  readonly path: string;
  readonly start: number;
  readonly end: number;
}

async function* rowsIn({ path, start, end }: Range): AsyncGenerator<readonly TenantRow[]> {
  const copied = new CopiedRows(true);
  for await (const piece of createReadStream(path, { start, end })) yield copied.take(piece as Buffer);
}

async function found<T>(reading: Promise<T>, what: string): Promise<T> {
  try {
    return await reading;
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error;
    throw new InvariantError(`${what} are not there: ${(error as Error).message}`, { cause: error });
  }
}
