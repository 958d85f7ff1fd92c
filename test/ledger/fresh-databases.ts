import { chmod, mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import type { Test } from 'tap';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../ledger/embedded-postgres.js';

/** A Postgres of a test file's own, that gives each test a database of its own. */
export class FreshDatabases {
  #count = 0;

  private constructor(readonly postgres: EmbeddedPostgres) {}

  /** Stopped and removed when the test ends. */
  static async start(t: Test): Promise<FreshDatabases> {
    const root = await mkdtemp(join(tmpdir(), 'holdfast-ledger-'));
    // The server runs as another user where the tests run as root.
    await chmod(root, 0o755);
    const directory = join(root, 'postgres');
    const postgres = await startEmbeddedPostgres({ directory, log: () => {} });
    t.teardown(async () => {
      await postgres.stop();
      await rm(await realpath(directory), { recursive: true, force: true });
      await rm(root, { recursive: true, force: true });
    });
    return new FreshDatabases(postgres);
  }

  /** The address of a new database, empty or a copy of another that nobody is connected to. */
  async create(template?: string): Promise<string> {
    const name = `test_${++this.#count}`;
    const from = template === undefined ? '' : ` TEMPLATE ${new URL(template).pathname.slice(1)}`;
    const client = new pg.Client({ connectionString: this.postgres.url });
    await client.connect();
    try {
      await client.query(`CREATE DATABASE ${name}${from}`);
    } finally {
      await client.end();
    }
    const url = new URL(this.postgres.url);
    url.pathname = name;
    return url.href;
  }
}

/** A connection that the test ends with; what it is told between queries is of no interest here. */
export async function connected(t: Test, url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => {});
  await client.connect();
  t.teardown(() => client.end());
  return client;
}

/** Runs one statement on a connection of its own, so that the database is free again; returns the rows. */
export async function query<Row extends pg.QueryResultRow>(
  url: string,
  text: string,
  values: unknown[] = [],
): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Row>(text, values)).rows;
  } finally {
    await client.end();
  }
}
