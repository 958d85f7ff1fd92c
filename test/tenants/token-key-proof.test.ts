import pg from 'pg';
import t from 'tap';
import { startEmbeddedPostgres } from '../../ledger/embedded-postgres.js';
import { migrate } from '../../ledger/migrate.js';
import { proveTokenKey } from '../../tenants/token-key-proof.js';

const keys = (version: number, byte: number) => ({
  tokenVersion: version,
  tokenKey: new Uint8Array(32).fill(byte),
  panVersion: 1,
  panKeys: new Map([[1, new Uint8Array(32)]]),
});

t.test('a database knows the key that its cards were hashed with', async (t) => {
  const postgres = await startEmbeddedPostgres({ directory: t.testdir(), log: () => {} });
  t.teardown(() => postgres.stop());
  const client = new pg.Client(postgres.url);
  await client.connect();
  try {
    await migrate(client);
    await proveTokenKey(client, keys(1, 7));
    await proveTokenKey(client, keys(1, 7));
    await t.rejects(proveTokenKey(client, keys(1, 8)), { code: 'HF_KEYS_OTHER' });
    await t.resolves(proveTokenKey(client, keys(2, 8)), 'a rotated key has a version of its own');
    await t.rejects(proveTokenKey(client, keys(2, 7)), { code: 'HF_KEYS_OTHER' });
  } finally {
    await client.end();
  }
});
