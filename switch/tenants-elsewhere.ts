import { connect } from '../ledger/journal.js';
import { ConfigError } from './config.js';
import type { DatabasePlace } from './database.js';

/**
 * Makes sure that no tenant that is given to another database has its journal in this one: it would begin there with
 * nothing, and its cards be unknown.
 * @param tenants names of all that are configured
 * @throws ConfigError that names the tenant
 */
export async function requireNoneElsewhere(
  url: string,
  place: DatabasePlace,
  tenants: readonly string[],
  log: (text: string, error: unknown) => void,
): Promise<void> {
  const others = tenants.filter((name) => !place.tenants.includes(name));
  if (others.length === 0) return;
  const client = await connect(url, log);
  try {
    const { rows } = await client.query<{ name: string }>(
      `SELECT name FROM holdfast.tenant t WHERE name = ANY ($1)
         AND (EXISTS (SELECT FROM holdfast.journal WHERE tenant = t.id)
           OR EXISTS (SELECT FROM holdfast.archive WHERE tenant = t.id)) ORDER BY name`,
      [others],
    );
    if (rows.length === 0) return;
    const names = rows.map(({ name }) => `'${name}'`).join(', ');
    const text = `the journal of ${names} is in database '${place.name}', which is not the one that is configured`;
    throw new ConfigError({ source: 'configuration', path: 'databases', rule: 'INVALID', text });
  } finally {
    await client.end();
  }
}
