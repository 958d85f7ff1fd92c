import type pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { COPY_HEADER, COPY_TRAILER } from '../copy-format.js';
import { invariant } from '../invariant-error.js';
import { inTransaction } from '../transaction.js';
import { STREAM_LIST, type StreamName } from './streams.js';
import type { TenantProjection } from './tenant-projection.js';

/** The tables of a tenant are not where its projection took them to be: they were reset, or filled by another. */
export class PositionMovedError extends Error {
  override readonly name = 'PositionMovedError';
  readonly code = 'HF_PROJECTION_MOVED';
}

const MOVE = `UPDATE holdfast_read.position p SET seq = b.seq, at = to_timestamp(b.at / 1000)
  FROM unnest($1::smallint[], $2::bigint[], $3::bigint[], $4::float8[]) AS b (tenant, before, seq, at)
  WHERE p.tenant = b.tenant AND p.seq = b.before`;

/** A batch of a tenant that is to be loaded. */
export interface Loaded {
  /** Number in the database. */
  readonly tenant: number;
  readonly projection: TenantProjection;
}

/** Brings batches into the tables of the read model, over one connection. */
export class Loader {
  readonly #client: pg.Client;
  /** Months whose partitions are there, by their first moment in ms. */
  readonly #months = new Set<number>();

  private constructor(client: pg.Client) {
    this.#client = client;
  }

  /** @param client one that is for loading alone: its settings are changed */
  static async prepare(client: pg.Client): Promise<Loader> {
    // What a crash takes back is loaded again, as the position is taken back with it: no commit need wait for the disk.
    await client.query("SET synchronous_commit = 'off'");
    for (const [, { into, staged }] of STREAM_LIST) {
      if (staged !== undefined)
        await client.query(`CREATE TEMP TABLE ${into} (${staged}) ON COMMIT DELETE ROWS`);
    }
    return new Loader(client);
  }

  /**
   * Loads batches, all or none, and moves the positions of their tenants with them.
   * @throws PositionMovedError when the tables of one are not where its batch begins
   * @throws InvariantError when a row is not there that a batch changes
   */
  async load(batches: readonly Loaded[]): Promise<void> {
    await this.#addMonths(batches);
    await inTransaction(this.#client, async () => {
      // First, since it locks out whoever else moves them.
      const { rowCount } = await this.#client.query({
        name: 'move-projection',
        text: MOVE,
        values: [
          batches.map(({ tenant }) => tenant),
          batches.map(({ projection }) => projection.before),
          batches.map(({ projection }) => projection.seq),
          batches.map(({ projection }) => projection.at),
        ],
      });
      if (rowCount !== batches.length) {
        throw new PositionMovedError('the tables of a tenant are not where they were left');
      }
      for (const [name] of STREAM_LIST) await this.#stream(name, batches);
    });
  }

  async #stream(name: StreamName, batches: readonly Loaded[]): Promise<void> {
    const parts: Buffer[] = [];
    let count = 0;
    for (const { projection } of batches) {
      const rows = projection.rows[name];
      if (rows.count === 0) continue;
      parts.push(rows.bytes());
      count += rows.count;
    }
    if (count === 0) return;
    const { into, columns, merge, changes } = STREAM_BY_NAME[name]!;
    await copy(this.#client, `COPY ${into} (${columns.join(', ')}) FROM STDIN (FORMAT binary)`, parts);
    if (merge === undefined) return;
    // Planned each time, as the tables grow.
    const { rowCount } = await this.#client.query(merge);
    invariant(
      changes !== true || rowCount === count,
      `${into}: of ${count} rows that changed the read model has ${rowCount}`,
    );
  }

  /** Partitions for what is to be loaded, and for the month after it. */
  async #addMonths(batches: readonly Loaded[]): Promise<void> {
    for (const { projection } of batches) {
      for (const month of projection.months) {
        await this.#addMonth(month);
        const first = new Date(month);
        await this.#addMonth(Date.UTC(first.getUTCFullYear(), first.getUTCMonth() + 1, 1));
      }
    }
  }

  async #addMonth(month: number): Promise<void> {
    if (this.#months.has(month)) return;
    const day = new Date(month).toISOString().slice(0, 10);
    await this.#client.query('SELECT holdfast_read.add_month($1)', [day]);
    this.#months.add(month);
  }
}

const STREAM_BY_NAME = Object.fromEntries(STREAM_LIST);

/** Streams rows of COPY's binary format to the server; resolves when it has taken them all. */
function copy(client: pg.Client, text: string, parts: readonly Buffer[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const stream = client.query(copyFrom(text));
    stream.on('error', reject);
    stream.on('finish', () => resolve());
    stream.write(COPY_HEADER);
    // A batch is bounded, and in memory already: nothing is gained by waiting for the socket.
    for (const part of parts) stream.write(part);
    stream.end(COPY_TRAILER);
  });
}
