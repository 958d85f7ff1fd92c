import type pg from 'pg';
import type { ArchiveFiles } from '../archive-files.js';
import type { TenantId } from '../list-tenants.js';
import { type JournalPosition, readBatch, type StoredRow } from '../read-journal.js';

/** The rows of a tenant's journal some at a time, between which the connection is free. */
export class JournalBatches {
  #archived: AsyncGenerator<readonly StoredRow[]> | null;

  /**
   * @param archive what is archived comes from there; null where it is not at hand
   * @param after sequence number of the row before the first
   */
  constructor(client: pg.Client, tenant: TenantId, archive: ArchiveFiles | null, after: number) {
    this.#archived = archive?.rows(client, tenant, after) ?? null;
  }

  /**
   * The rows behind those that were given before, where `position` is: as many as begin within so many bytes of bodies, and
   * the first in any case; of what is archived, as many as its file gives at a time.
   * @throws InvariantError when the archive is not what it was
   */
  async next(client: pg.Client, position: JournalPosition, bytes: number): Promise<readonly StoredRow[]> {
    const next = await this.#archived?.next();
    if (next?.done === false) return next.value;
    this.#archived = null;
    return readBatch(client, position, bytes);
  }

  /** Closes what is open. */
  async close(): Promise<void> {
    await this.#archived?.return(undefined);
  }
}
