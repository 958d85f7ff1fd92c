import path from 'node:path';
import type pg from 'pg';
import type { Logger } from 'pino';
import type { Snapshots } from '../ledger/beginning.js';
import { startEmbeddedPostgres } from '../ledger/embedded-postgres.js';
import { connect } from '../ledger/journal.js';
import type { Config } from './config-schema.js';

/** The Postgres that a configuration means. */
export interface Database {
  /** With its password: not for logs. */
  readonly url: string;
  /** Brings it back if it died and is ours to bring back; else nothing. */
  revive(): Promise<void>;
  /** Stops it if it is ours and no other node is connected; `session` names our own connections. */
  stop(session: string): Promise<void>;
  /** Stops it if it is ours and did not run before: for tools, which may find a switch at work. */
  leave(): Promise<void>;
}

/** The embedded one is started in the data directory; an external one is taken as it is. */
export async function openDatabase(config: Config, log: Logger): Promise<Database> {
  if (config.database !== undefined) {
    const nothing = async () => {};
    return { url: config.database, revive: nothing, stop: nothing, leave: nothing };
  }
  const postgres = await startEmbeddedPostgres({
    directory: embeddedDirectory(config),
    log: (line) => log.info(line),
  });
  let stopped = false;
  return {
    url: postgres.url,
    revive: async () => {
      if (stopped) throw new Error('the database was stopped');
      await postgres.ensureRunning();
    },
    stop: async (session) => {
      stopped = true;
      if (await isUsed(postgres.url, session))
        log.info('another node is connected to the Postgres; it runs on');
      else await postgres.stop();
    },
    leave: async () => {
      if (!postgres.adopted) await postgres.stop();
    },
  };
}

/** Whether a node other than that of `session` is connected; false where the server does not say. */
async function isUsed(url: string, session: string): Promise<boolean> {
  try {
    const client = await connect(url, () => {});
    try {
      const { rowCount } = await client.query(
        "SELECT FROM pg_stat_activity WHERE application_name LIKE 'holdfast %' AND application_name <> $1",
        [session],
      );
      return rowCount !== 0;
    } finally {
      await client.end();
    }
  } catch {
    // It does not run, or does not answer: then nobody can use it.
    return false;
  }
}

/** Where the embedded Postgres has its cluster. */
export function embeddedDirectory(config: Config): string {
  return path.join(config.dataDirectory, 'postgres');
}

/** Where the snapshots of the ledgers are. */
export function snapshotsOf(config: Config, log: Logger): Snapshots {
  return {
    directory: path.join(config.dataDirectory, 'snapshots'),
    log: (text, err) => log.warn({ err }, text),
  };
}

/**
 * Gives a tool a connection to the configured database for as long as `work` takes; an embedded one that did not
 * run before is stopped again.
 */
export async function withDatabase<T>(
  config: Config,
  log: Logger,
  work: (client: pg.Client, url: string) => Promise<T>,
): Promise<T> {
  const database = await openDatabase(config, log);
  try {
    const client = await connect(database.url, (text, err) => log.error({ err }, text));
    try {
      return await work(client, database.url);
    } finally {
      await client.end();
    }
  } finally {
    await database.leave();
  }
}
