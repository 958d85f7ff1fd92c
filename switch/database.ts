import path from 'node:path';
import type { Logger } from 'pino';
import type { Snapshots } from '../ledger/beginning.js';
import { startEmbeddedPostgres } from '../ledger/embedded-postgres.js';
import { connect } from '../ledger/journal.js';
import { ConfigError } from './config.js';
import { type Config, DEFAULT_DATABASE } from './config-schema.js';

/** Where the ledgers of some tenants are. */
export interface DatabasePlace {
  readonly name: string;
  /** May hold a password; `undefined`: an embedded one. */
  readonly url: string | undefined;
  /** Of its tenants, by the order of all. */
  readonly tenants: readonly string[];
}

/** A Postgres that a configuration means. */
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

/**
 * The databases that have tenants of `tenants`, the default one first.
 * @throws ConfigError where the configuration names a tenant that there isn't
 */
export function placesOf(config: Config, tenants: readonly string[]): readonly DatabasePlace[] {
  const named = Object.entries(config.databases).map(([name, { url, tenants: own }]) => {
    for (const [index, tenant] of own.entries()) {
      requireTenant(tenant, tenants, `databases.${name}.tenants[${index}]`);
    }
    return { name, url, tenants: tenants.filter((tenant) => own.includes(tenant)) };
  });
  const others = tenants.filter((tenant) => !named.some((place) => place.tenants.includes(tenant)));
  if (others.length === 0 && named.length > 0) return named;
  return [{ name: DEFAULT_DATABASE, url: config.database, tenants: others }, ...named];
}

/** @throws ConfigError when there is no tenant of that name */
export function requireTenant(name: string, tenants: readonly string[], place: string): void {
  if (tenants.includes(name)) return;
  const text = `there is no tenant '${name}', only ${tenants.join(', ')}`;
  throw new ConfigError({ source: 'configuration', path: place, rule: 'INVALID', text });
}

/** An embedded one is started in the data directory; an external one is taken as it is. */
export async function openDatabase(config: Config, place: DatabasePlace, log: Logger): Promise<Database> {
  if (place.url !== undefined) {
    const nothing = async () => {};
    return { url: place.url, revive: nothing, stop: nothing, leave: nothing };
  }
  const postgres = await startEmbeddedPostgres({
    directory: embeddedDirectory(config, place.name),
    log: (line) => log.info({ database: place.name }, line),
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

/** Where an embedded Postgres has its cluster. */
export function embeddedDirectory(config: Config, name: string = DEFAULT_DATABASE): string {
  return path.join(config.dataDirectory, name === DEFAULT_DATABASE ? 'postgres' : `postgres-${name}`);
}

/** Where the files go in `directory` that the partitions of a database become, which have the same names in each. */
export function archiveDirectory(directory: string, name: string): string {
  return name === DEFAULT_DATABASE ? directory : path.join(directory, name);
}

/** Where the snapshots of the ledgers are. */
export function snapshotsOf(config: Config, log: Logger): Snapshots {
  return {
    directory: path.join(config.dataDirectory, 'snapshots'),
    log: (text, err) => log.warn({ err }, text),
  };
}
