import type pg from 'pg';
import t, { type Test } from 'tap';
import {
  beat,
  endLapsedSessions,
  type Lease,
  lookAtLeases,
  type NodeIdentity,
  registerTenants,
  releaseLeases,
  takeLeases,
  wantLeases,
} from '../../ledger/lease.js';
import { migrate } from '../../ledger/migrate.js';
import { connected, FreshDatabases } from './fresh-databases.js';

t.setTimeout(120_000);

const databases = await FreshDatabases.start(t);
/** Leases that do not lapse during a test, unless it says so. */
const TTL = 600_000;
const ME: NodeIdentity = { name: 'me', session: 'holdfast me 1', leaseTtlMs: TTL };
const YOU: NodeIdentity = { name: 'you', session: 'holdfast you 1', leaseTtlMs: TTL };
const HERE = { endpoint: 'here:8583', follows: true };

/** A database with two tenants, and a connection that is one of `ME`'s sessions. */
async function opened(t: Test) {
  const url = await databases.create();
  const client = await connected(t, url);
  await client.query(`SET application_name = '${ME.session}'`);
  await migrate(client);
  const tenants = await registerTenants(client, ['one', 'two']);
  const take = async (identity: NodeIdentity, ...names: number[]): Promise<readonly Lease[]> =>
    takeLeases(client, await lookAtLeases(client, names), identity);
  return { url, client, tenants, take };
}

async function lapse(client: pg.Client, tenant: number): Promise<void> {
  await client.query('UPDATE holdfast.lease SET expires_at = clock_timestamp() WHERE tenant = $1', [tenant]);
}

async function tenures(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query<{ said: string }>(
    "SELECT tenant || ':' || epoch || ' ' || node || ' ' || reason AS said FROM holdfast.tenure ORDER BY taken_at",
  );
  return rows.map(({ said }) => said);
}

t.test(
  'a new tenant’s lease is free; one that was taken is not, until it is released or lapses',
  async (t) => {
    const { client, tenants, take } = await opened(t);
    t.same(await take(ME, ...tenants), [
      { tenant: 1, epoch: 1 },
      { tenant: 2, epoch: 1 },
    ]);
    t.same(await take(YOU, ...tenants), []);
    await releaseLeases(client, [{ tenant: 1, epoch: 1 }]);
    t.same(await take(YOU, ...tenants), [{ tenant: 1, epoch: 2 }]);
    await lapse(client, 2);
    t.same(await take(YOU, ...tenants), [{ tenant: 2, epoch: 2 }]);
    t.same(await tenures(client), ['1:1 me new', '2:1 me new', '1:2 you released', '2:2 you lapsed']);
  },
);

t.test('of many who take a free lease at once, one has it', async (t) => {
  const { url, client, tenants } = await opened(t);
  const clients = await Promise.all([1, 2, 3, 4].map(() => connected(t, url)));
  for (let round = 1; round <= 5; round++) {
    const free = await lookAtLeases(client, tenants);
    const taken = await Promise.all(clients.map((other) => takeLeases(other, free, YOU)));
    t.same(
      taken.flat().sort((a, b) => a.tenant - b.tenant),
      [
        { tenant: 1, epoch: round },
        { tenant: 2, epoch: round },
      ],
    );
    for (const tenant of tenants) await lapse(client, tenant);
  }
});

t.test('a heartbeat prolongs what is held under its epoch, and nothing else', async (t) => {
  const { client, tenants, take } = await opened(t);
  const leases = await take(ME, ...tenants);
  for (const tenant of tenants) await lapse(client, tenant);
  await take(YOU, 2);
  const { held, now } = await beat(client, ME, HERE, leases);
  t.same(held, [{ tenant: 1, wantedBy: null }]);
  const [one, two] = await lookAtLeases(client, tenants);
  t.ok(one!.freeForMs < 0, 'it lasts again, though it had lapsed');
  t.match(one, { node: 'me', endpoint: 'here:8583', epoch: 1 });
  t.match(two, { node: 'you', endpoint: '', epoch: 2 });
  const { rows } = await client.query('SELECT extract(epoch FROM clock_timestamp())::float8 * 1000 AS now');
  t.ok(rows[0].now >= now && rows[0].now < now + 60_000, 'it tells the time of the database');

  await releaseLeases(client, leases);
  t.equal((await lookAtLeases(client, [2]))[0]!.node, 'you', 'nor is another’s given back');
  t.ok((await lookAtLeases(client, [2]))[0]!.freeForMs < 0);
});

t.test('the heartbeat hears who wants a tenant; it forgets that when it changes hands', async (t) => {
  const { client, take } = await opened(t);
  const leases = await take(ME, 1);
  await wantLeases(client, [1], 'you');
  t.same((await beat(client, ME, HERE, leases)).held, [{ tenant: 1, wantedBy: 'you' }]);
  await releaseLeases(client, leases);
  const taken = await take(YOU, 1);
  t.same((await beat(client, YOU, HERE, taken)).held, [{ tenant: 1, wantedBy: null }]);
});

t.test('a change of a lease is told to those who listen', async (t) => {
  const { client, take } = await opened(t);
  let told = 0;
  client.on('notification', () => told++);
  await client.query('LISTEN holdfast_lease');
  const leases = await take(ME, 1);
  t.equal(told, 1);
  await beat(client, ME, HERE, leases);
  t.equal(told, 1, 'a heartbeat is no change');
  await wantLeases(client, [1], 'you');
  t.equal(told, 2);
  await releaseLeases(client, leases);
  t.equal(told, 3);
});

t.test('a lease is orphaned when its holder has no session any more', async (t) => {
  const { url, client } = await opened(t);
  const other = await connected(t, url);
  const look = async (upMs = 0) => (await lookAtLeases(other, [1], upMs))[0]!;
  t.equal((await takeLeases(other, [await look()], ME)).length, 1);
  t.equal((await look()).orphaned, false, 'the session is there');
  await client.query('SET application_name = DEFAULT');
  t.equal((await look()).orphaned, true);
  t.equal((await look(9e9)).orphaned, false, 'the server has not been up for so long');
  const seen = { ...(await look()), orphaned: true };
  await client.query(`SET application_name = '${ME.session}'`);
  t.same(await takeLeases(other, [seen], YOU), [], 'it came back in time');
  await client.query('SET application_name = DEFAULT');
  t.same(await takeLeases(other, [{ ...seen, orphaned: false }], YOU), [], 'without that it must lapse');
  t.same(await takeLeases(other, [seen], YOU), [{ tenant: 1, epoch: 2 }]);
  t.same(await tenures(other), ['1:1 me new', '1:2 you orphaned']);
});

t.test('the sessions of whoever let a lease lapse are ended, others’ are not', async (t) => {
  const { url, client, take } = await opened(t);
  const other = await connected(t, url);
  await take(ME, 1);
  await endLapsedSessions(other, [1, 2], YOU);
  await client.query('SELECT');
  await lapse(client, 1);
  await endLapsedSessions(other, [1, 2], ME);
  await client.query('SELECT');
  await endLapsedSessions(other, [1, 2], YOU);
  await t.rejects(client.query('SELECT'));
});

t.test('a role that may not end others’ sessions sees who lives, and takes what lapsed', async (t) => {
  const { url, client, take } = await opened(t);
  await take(ME, 1);
  await client.query(`DROP ROLE IF EXISTS weak; CREATE ROLE weak LOGIN PASSWORD 'weak';
    GRANT USAGE ON SCHEMA holdfast TO weak; GRANT ALL ON ALL TABLES IN SCHEMA holdfast TO weak`);
  const address = new URL(url);
  [address.username, address.password] = ['weak', 'weak'];
  const weak = await connected(t, address.href);
  t.equal((await lookAtLeases(weak, [1], 0))[0]!.orphaned, false);
  await lapse(client, 1);
  await t.rejects(endLapsedSessions(weak, [1], YOU), { code: '42501' });
  t.equal((await takeLeases(weak, await lookAtLeases(weak, [1], 0), YOU)).length, 1);
});

t.test('a take-over gives up at an insert that does not end, and leaves everything as it was', async (t) => {
  const { url, client } = await opened(t);
  const stuck = await connected(t, url);
  await stuck.query('BEGIN');
  await stuck.query('LOCK TABLE holdfast.journal IN ROW EXCLUSIVE MODE');
  const hasty = { ...ME, leaseTtlMs: 600 };
  const free = await lookAtLeases(client, [1]);
  await t.rejects(takeLeases(client, free, hasty), { code: '55P03' });
  t.same(await tenures(client), []);
  await stuck.query('COMMIT');
  t.equal((await takeLeases(client, free, hasty)).length, 1);
});
