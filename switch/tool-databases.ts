import { existsSync } from 'node:fs';
import type pg from 'pg';
import type { Logger } from 'pino';
import { connect } from '../ledger/journal.js';
import { loadTenants, PERSONAS_DIRECTORY } from '../tenants/tenant.js';
import { ConfigError } from './config.js';
import type { Config } from './config-schema.js';
import { type DatabasePlace, embeddedDirectory, openDatabase, placesOf } from './database.js';

/** Which of the databases a tool is to work on: all when neither is given. */
export interface Chosen {
  /** By its name. */
  readonly database?: string | undefined;
  /** The one that has this tenant; of a tenant without a document, all. */
  readonly tenant?: string | undefined;
  /** No more than the first of them. */
  readonly first?: boolean;
}

/** A database that a tool works on. */
export interface ToolDatabase {
  readonly client: pg.Client;
  readonly url: string;
  readonly place: DatabasePlace;
}

/**
 * Gives a tool a connection to one configured database after the other, each for as long as `work` takes; an embedded one
 * that did not run before is stopped again.
 * @throws ConfigError where there is no such database
 */
export async function inDatabases<T>(
  config: Config,
  log: Logger,
  chosen: Chosen,
  work: (database: ToolDatabase) => Promise<T>,
): Promise<readonly T[]> {
  const results: T[] = [];
  for (const place of thoseMade(config, await chosenPlaces(config, chosen))) {
    const database = await openDatabase(config, place, log);
    try {
      const client = await connect(database.url, (text, err) => log.error({ err }, text));
      try {
        results.push(await work({ client, url: database.url, place }));
      } finally {
        await client.end();
      }
    } finally {
      await database.leave();
    }
  }
  return results;
}

/** An embedded one that no switch has made yet has nothing to be worked on; where none is there, the first tells so. */
function thoseMade(config: Config, places: readonly DatabasePlace[]): readonly DatabasePlace[] {
  const made = places.filter(
    ({ name, url }) => url !== undefined || existsSync(embeddedDirectory(config, name)),
  );
  return made.length > 0 ? made : places.slice(0, 1);
}

async function chosenPlaces(
  config: Config,
  { database, tenant, first }: Chosen,
): Promise<readonly DatabasePlace[]> {
  const tenants = await loadTenants(config.tenantsDirectory ?? PERSONAS_DIRECTORY);
  const places = placesOf(
    config,
    tenants.map(({ name }) => name),
  );
  if (database !== undefined) {
    const chosen = places.filter(({ name }) => name === database);
    if (chosen.length > 0) return chosen;
    const text = `there is no database '${database}', only ${places.map(({ name }) => name).join(', ')}`;
    throw new ConfigError({ source: 'flag --database', path: '', rule: 'INVALID', text });
  }
  if (first) return places.slice(0, 1);
  const has = places.filter((place) => tenant !== undefined && place.tenants.includes(tenant));
  return has.length > 0 ? has : places;
}
