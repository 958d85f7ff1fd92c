import type pg from 'pg';
import { inTransaction } from '../ledger/transaction.js';

/**
 * The statement that begins a transaction which sees and writes one tenant's rows alone (row-level security).
 * @param tenant its number in the database
 * @throws RangeError where it is no number
 */
export function beginAsTenant(tenant: number): string {
  if (!Number.isInteger(tenant)) throw new RangeError('a tenant is a number');
  return `BEGIN; SET LOCAL ROLE holdfast_tenant_api; SET LOCAL holdfast.tenant = '${tenant}'`;
}

/** Does `work` in such a transaction, all of it or nothing. */
export async function asTenant<T>(client: pg.Client, tenant: number, work: () => Promise<T>): Promise<T> {
  return inTransaction(client, work, beginAsTenant(tenant));
}
