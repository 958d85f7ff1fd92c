import type pg from 'pg';

/**
 * Does `work` in a transaction that sees and writes one tenant's rows alone (row-level security), all of it or nothing.
 * @param tenant its number in the database
 */
export async function asTenant<T>(client: pg.Client, tenant: number, work: () => Promise<T>): Promise<T> {
  if (!Number.isInteger(tenant)) throw new RangeError('a tenant is a number');
  await client.query(`BEGIN; SET LOCAL ROLE holdfast_tenant_api; SET LOCAL holdfast.tenant = '${tenant}'`);
  try {
    const result = await work();
    await client.query('COMMIT');
    return result;
  } catch (error) {
    // Where that fails too the connection is gone, and the server takes it back by itself; the first error says why.
    await client.query('ROLLBACK').catch(() => {});
    throw error;
  }
}
