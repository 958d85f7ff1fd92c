import { createHmac } from 'node:crypto';
import type pg from 'pg';
import { type NewKey, readKey } from './api-key.js';
import { addKey, findKey } from './key-table.js';

/**
 * The demo key of a tenant, which may do all: always the same with the same keys file, so that it can be shown again.
 * @param secret of this switch; of nothing that is derived from it may it be found out
 */
export function demoKey(secret: Uint8Array, tenant: string): NewKey {
  const derived = (what: string) => createHmac('sha256', secret).update(`demo api key ${what} ${tenant}`);
  const id = derived('id').digest('hex').slice(0, 16);
  const text = `hf_test_${id}_${derived('secret').digest('hex')}`;
  return { ...readKey(text)!, text };
}

/** Makes a tenant's demo key where it is missing; one that was revoked stays so. */
export async function addDemoKey(client: pg.ClientBase, key: NewKey, tenant: number): Promise<void> {
  if ((await findKey(client, key.id)) !== undefined) return;
  await addKey(client, { key, tenant, role: 'admin', name: 'demo' });
}
