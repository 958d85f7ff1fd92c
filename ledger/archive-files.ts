import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type pg from 'pg';
import { CopiedRows } from './copied-rows.js';
import { InvariantError, invariant } from './invariant-error.js';
import type { TenantId } from './list-tenants.js';
import { errorCode } from './postgres-error.js';
import type { TenantRow } from './read-journal.js';

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

/** Archived partitions in a directory: to be read again, after each has proved to be what was archived. */
export class ArchiveFiles {
  readonly #directory: string;
  readonly #digests = new Map<string, Promise<string>>();

  constructor(directory: string) {
    this.#directory = directory;
  }

  /**
   * A tenant's archived rows behind row `after`, in their order.
   * @throws InvariantError when a file is not there, or not what it was when it was archived
   */
  async *rows(client: pg.Client, tenant: TenantId, after: number): AsyncGenerator<readonly TenantRow[]> {
    const { rows: parts } = await client.query<{ file: string; digest: Buffer; first: number; last: number }>(
      `SELECT file, digest, first_seq::float8 AS first, last_seq::float8 AS last FROM holdfast.archive
       WHERE tenant = $1 AND last_seq > $2 ORDER BY first_seq`,
      [tenant.id, after],
    );
    for (const { file, digest, first, last } of parts) {
      const what = `rows ${first} to ${last} of the journal, archived in ${file},`;
      const found = await this.#digestOf(file, what);
      invariant(
        found === digest.toString('hex'),
        `${what} are not what they were: the file has another digest`,
      );
      yield* this.#rowsIn(file, tenant.id, after, what);
    }
  }

  async *#rowsIn(
    file: string,
    tenant: number,
    after: number,
    what: string,
  ): AsyncGenerator<readonly TenantRow[]> {
    const manifest = path.join(this.#directory, manifestOf(file));
    const { tenants } = JSON.parse(await found(readFile(manifest, 'utf8'), what)) as ArchiveManifest;
    const part = tenants.find(({ id }) => id === tenant);
    invariant(part !== undefined, `${what} are not in its manifest`);
    const { offset, bytes } = part;
    const copied = new CopiedRows(true);
    const range = { start: offset, end: offset + bytes - 1 };
    for await (const piece of createReadStream(path.join(this.#directory, file), range)) {
      const rows = copied.take(piece as Buffer).filter(({ seq }) => seq > after);
      if (rows.length > 0) yield rows;
    }
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

async function found<T>(reading: Promise<T>, what: string): Promise<T> {
  try {
    return await reading;
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error;
    throw new InvariantError(`${what} are not there: ${(error as Error).message}`, { cause: error });
  }
}
