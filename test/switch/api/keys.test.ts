import t, { type Test } from 'tap';
import { findKey } from '../../../tenants/api/key-table.js';
import { holdfast } from '../commands/run-tool.js';
import { connectDatabase, startTestSwitch } from '../running-switch.js';
import { ApiClient, type ApiResponse } from './api-client.js';

t.setTimeout(90_000);
const system = await startTestSwitch(t, { projector: { enabled: false } });
const admin = await ApiClient.of(system, 'lydia');
const database = await connectDatabase(t, system.config);

async function made(role: string, more: object = {}): Promise<ApiClient> {
  const { status, body } = await admin.post('/v1/api-keys', { name: role, role, ...more });
  if (status !== 201) throw new Error(`no key: ${status}`);
  return new ApiClient(system, body.secret);
}

function refused(t: Test, response: ApiResponse, code: string): void {
  t.equal(response.headers.get('content-type'), 'application/problem+json; charset=utf-8');
  t.match(response.body, { status: response.status, code, type: /^urn:holdfast:problem:/, title: /./ });
}

t.test('without a key that is in force there is one answer, whatever is wrong with it', async (t) => {
  const key = admin.key!;
  const revoked = await made('read');
  await admin.request('DELETE', `/v1/api-keys/key_${revoked.key!.split('_')[2]}`);
  const expired = await made('read', { expires_in: 60 });
  await database.query("UPDATE holdfast.api_key SET expires_at = now() - interval '1 s' WHERE id = $1", [
    expired.key!.split('_')[2],
  ]);
  const wrong = [
    null,
    'no key',
    key.slice(0, -1),
    key.slice(0, -1) + (key.endsWith('0') ? '1' : '0'),
    key.replace(/_[0-9a-f]{16}_/, '_0123456789abcdef_'),
    revoked.key,
    expired.key,
  ];
  const bodies = new Set<string>();
  for (const one of wrong) {
    const response = await new ApiClient(system, one).get('/v1/me');
    t.equal(response.status, 401);
    t.match(response.headers.get('www-authenticate'), /^Bearer /);
    refused(t, response, 'HF_UNAUTHENTICATED');
    bodies.add(response.text);
  }
  t.equal(bodies.size, 1);
  const basic = await new ApiClient(system, null).get('/v1/me', { authorization: `Basic ${key}` });
  t.equal(basic.status, 401);
  t.match(await admin.get('/v1/me'), {
    status: 200,
    body: { tenant: 'lydia', role: 'admin', environment: 'test' },
  });
});

t.test('a role reads, and does what its name says', async (t) => {
  const account = { currency: 'EUR' };
  const [read, cards, funds] = [await made('read'), await made('cards'), await made('funds')];
  t.equal((await read.get('/v1/cards')).status, 200);
  const [card] = (await read.get('/v1/cards?limit=1')).body.data;
  for (const refusal of [
    await read.post('/v1/accounts', account),
    await read.get(`/v1/cards/${card.id}/pan`),
    await funds.post('/v1/cards', { account: card.account }),
    await cards.get('/v1/api-keys'),
    await cards.get('/v1/audit-events'),
  ]) {
    t.equal(refusal.status, 403);
    refused(t, refusal, 'HF_ROLE');
  }
  t.equal((await cards.get(`/v1/cards/${card.id}/pan`)).status, 200);
  t.equal((await cards.post('/v1/accounts', account)).status, 201);
  t.equal((await funds.post('/v1/accounts', account)).status, 201);
});

t.test('a rotated key and its successor overlap', async (t) => {
  const old = await made('read');
  const name = `/v1/api-keys/key_${old.key!.split('_')[2]}`;
  const rotated = await admin.post(`${name}/rotate`, { overlap: 3600 });
  t.match(rotated, { status: 201, body: { role: 'read', secret: /^hf_test_/ } });
  const successor = new ApiClient(system, rotated.body.secret);
  t.same([(await old.get('/v1/me')).status, (await successor.get('/v1/me')).status], [200, 200]);
  const ends = Date.parse((await admin.get(name)).body.revoked) - Date.now();
  t.ok(ends > 3_500_000 && ends <= 3_600_000);
  const tag = (await admin.get(name)).headers.get('etag')!;
  t.equal((await admin.request('DELETE', name, undefined, { 'if-match': '"other"' })).status, 412);
  t.equal((await admin.request('DELETE', name, undefined, { 'if-match': tag })).status, 200);
  t.same([(await old.get('/v1/me')).status, (await successor.get('/v1/me')).status], [401, 200]);
  t.match(await admin.post(`${name}/rotate`), { status: 422, body: { code: 'HF_NOT_POSSIBLE' } });
});

t.test('of a key only a hash is kept, and its secret is never told again', async (t) => {
  const made = await admin.post('/v1/api-keys', { name: 'shown once', role: 'read' });
  const { secret, ...shown } = made.body;
  t.same((await admin.get(`/v1/api-keys/${shown.id}`)).body, shown);
  const { data } = (await admin.get('/v1/api-keys')).body;
  t.same(data[0], shown);
  const kept = await findKey(database, shown.id.slice(4));
  t.equal(kept!.hash.length, 32);
  t.notOk(JSON.stringify(data).includes(secret.split('_')[3]));
});

t.test('an operator asks for a tenant by its name', async (t) => {
  const flags = ['--data-directory', system.config.dataDirectory];
  const { out, code } = await holdfast(['key', 'create', '--role', 'operator', '--json', ...flags]);
  t.equal(code, 0);
  const operator = new ApiClient(system, JSON.parse(out).secret);
  const named = (tenant: string) => operator.get('/v1/me', { 'holdfast-tenant': tenant });
  t.match(await named('qonto'), { status: 200, body: { tenant: 'qonto', role: 'operator' } });
  t.equal((await named('nobody')).status, 404);
  refused(t, await operator.get('/v1/me'), 'HF_TENANT_MISSING');
  const other = await admin.get('/v1/me', { 'holdfast-tenant': 'qonto' });
  t.equal(other.body.tenant, 'lydia', 'nobody else does');
});

t.test('the command line makes a tenant’s key', async (t) => {
  const flags = ['--data-directory', system.config.dataDirectory];
  const { out, code } = await holdfast(['key', 'create', '--tenant', 'shine', '--role', 'cards', ...flags]);
  t.equal(code, 0);
  const client = new ApiClient(system, out.trim());
  t.match((await client.get('/v1/me')).body, { tenant: 'shine', role: 'cards' });
  t.match(await holdfast(['key', 'create', '--tenant', 'nobody', ...flags]), {
    code: 1,
    err: /no journal of tenant/,
  });
  t.not((await holdfast(['key', 'create', ...flags])).code, 0);
  const listed = await holdfast(['demo', 'keys', '--tenant', 'lydia', ...flags]);
  t.equal(listed.out, `lydia      ${admin.key}\n`);
});
