import type pg from 'pg';

/**
 * Does `work` in one transaction: committed when it resolves, rolled back when it rejects.
 * @param begin the statement that begins it, with what kind it is to be
 */
export async function inTransaction<T>(
  client: pg.Client,
  work: () => Promise<T>,
  begin = 'BEGIN',
): Promise<T> {
  await client.query(begin);
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
