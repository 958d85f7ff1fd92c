import type pg from 'pg';

/** Does `work` in one transaction: committed when it resolves, rolled back when it rejects. */
export async function inTransaction<T>(client: pg.Client, work: () => Promise<T>): Promise<T> {
  await client.query('BEGIN');
  try {
    const result = await work();
    await client.query('COMMIT');
    return result;
  } catch (error) {
    // Where the connection broke, the server rolls back by itself; the caller is to learn of the first error.
    await client.query('ROLLBACK').catch(() => {});
    throw error;
  }
}
