import type pg from 'pg';
import { inTransaction } from '../transaction.js';

const TABLES = ['account', 'card', 'authorisation', 'hold', 'entry', 'book', 'transfer', 'event'] as const;

/**
 * Empties the tables of a tenant, or of all, and puts their positions before the first row. Whoever projects then
 * notices, and fills them again; until that is done they lack what comes later.
 *
 * @param tenant its number in the database; all when absent
 */
export async function resetProjection(client: pg.Client, tenant?: number): Promise<void> {
  await inTransaction(client, async () => {
    // First, as loading does: a batch that is under way is waited for, and the next one finds the position moved.
    await client.query(
      'UPDATE holdfast_read.position SET seq = 0, at = NULL WHERE $1::smallint IS NULL OR tenant = $1',
      [tenant ?? null],
    );
    if (tenant === undefined) {
      await client.query(`TRUNCATE ${TABLES.map((table) => `holdfast_read.${table}`).join(', ')}`);
      return;
    }
    for (const table of TABLES)
      await client.query(`DELETE FROM holdfast_read.${table} WHERE tenant = $1`, [tenant]);
  });
}
