import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type pg from 'pg';
import { inTransaction } from './transaction.js';

const MIGRATIONS = new URL('./migrations/', import.meta.url);
/** Two switches that start at once must not migrate at once. */
const MIGRATION_LOCK = 0x686f6c64;

/**
 * Brings the schema `holdfast` up to date: runs each file of `migrations/` once, in the order of their names,
 * all in one transaction.
 *
 * @returns the names of those that were run
 * @throws Error when the database was migrated by a newer version, which may rely on what this one breaks
 */
export async function migrate(client: pg.Client): Promise<readonly string[]> {
  const files = (await readdir(fileURLToPath(MIGRATIONS))).filter((name) => name.endsWith('.sql')).sort();
  return inTransaction(client, async () => {
    await client.query('SELECT pg_advisory_xact_lock($1)', [MIGRATION_LOCK]);
    await client.query('CREATE SCHEMA IF NOT EXISTS holdfast');
    await client.query(
      'CREATE TABLE IF NOT EXISTS holdfast.migration (name text PRIMARY KEY, run_at timestamptz NOT NULL DEFAULT now())',
    );
    const { rows } = await client.query<{ name: string }>('SELECT name FROM holdfast.migration');
    const done = new Set(rows.map(({ name }) => name));
    const unknown = [...done].filter((name) => !files.includes(name));
    if (unknown.length > 0) {
      throw new Error(`the database was migrated by a newer version of Holdfast: ${unknown.join(', ')}`);
    }
    const due = files.filter((name) => !done.has(name));
    for (const name of due) {
      await client.query(await readFile(new URL(name, MIGRATIONS), 'utf8'));
      await client.query('INSERT INTO holdfast.migration (name) VALUES ($1)', [name]);
    }
    return due;
  });
}
