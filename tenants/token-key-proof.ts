import { createHmac } from 'node:crypto';
import type pg from 'pg';
import { type Keys, KeysError } from './keys.js';

const PROVED = 'holdfast token key';

/**
 * Makes sure that the key of the tokens is the one that the database's cards were hashed with, by a keyed hash
 * of a fixed text that is kept there for each version. With another key every card would be unknown, and each
 * of its messages declined.
 *
 * @throws KeysError `HF_KEYS_OTHER`
 */
export async function proveTokenKey(client: pg.Client, { tokenVersion, tokenKey }: Keys): Promise<void> {
  const proof = createHmac('sha256', tokenKey).update(PROVED).digest();
  await client.query(
    'INSERT INTO holdfast.token_key (version, proof) VALUES ($1, $2) ON CONFLICT (version) DO NOTHING',
    [tokenVersion, proof],
  );
  const { rows } = await client.query<{ proof: Buffer }>(
    'SELECT proof FROM holdfast.token_key WHERE version = $1',
    [tokenVersion],
  );
  if (rows[0]!.proof.equals(proof)) return;
  throw new KeysError(
    'HF_KEYS_OTHER',
    'the keys file',
    `the database's cards were hashed with another token key of version ${tokenVersion}; give the switch that key`,
  );
}
