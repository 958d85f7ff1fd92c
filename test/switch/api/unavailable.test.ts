import t from 'tap';
import { connectDatabase, get, stall, startTestSwitch, until } from '../running-switch.js';
import { ApiClient } from './api-client.js';

t.setTimeout(60_000);
const system = await startTestSwitch(t, { projector: { enabled: false }, commitTimeoutMs: 100 });
const lydia = await ApiClient.of(system, 'lydia');

t.test('while no commit comes through nothing is done, and it is said when to try again', async (t) => {
  const release = await stall(await connectDatabase(t, system.config));
  const before = lydia.post('/v1/accounts', { currency: 'EUR', overdraft: 42 });
  await until('it is stalled', async () => (await get(system.running, '/health/ready')).status === 503);
  for (const response of [
    await lydia.post('/v1/accounts', { currency: 'EUR' }),
    await lydia.get('/v1/accounts'),
  ]) {
    t.match(response, { status: 503, body: { code: 'HF_UNAVAILABLE', status: 503 } });
    t.ok(Number(response.headers.get('retry-after')) > 0);
  }
  await release();
  t.match(await before, { status: 201, body: { overdraft: 42 } });
  await until('it is ready again', async () => (await get(system.running, '/health/ready')).status === 200);
  const { data } = (await lydia.get('/v1/accounts?limit=1')).body;
  t.same(data, [(await before).body], 'what was refused was not done');
});

t.test('a tenant whose ledger is in quarantine is not served, the others are', async (t) => {
  const { databases, tenants } = system.running;
  const { node } = databases[0]!;
  const { index } = tenants.find(({ name }) => name === 'lydia')!;
  node.ledger.quarantine(index, new Error('a test says so'));
  t.match(await lydia.get('/v1/accounts'), { status: 503, body: { code: 'HF_UNAVAILABLE' } });
  const qonto = await ApiClient.of(system, 'qonto');
  t.equal((await qonto.get('/v1/accounts')).status, 200);
});

t.test('a tenant that another node holds is not served here', async (t) => {
  const { databases, tenants } = system.running;
  const { node } = databases[0]!;
  const { index } = tenants.find(({ name }) => name === 'shine')!;
  node.ledger.drop(index);
  const shine = await ApiClient.of(system, 'shine');
  t.match(await shine.post('/v1/accounts', { currency: 'EUR' }), {
    status: 503,
    body: { code: 'HF_UNAVAILABLE' },
  });
});
