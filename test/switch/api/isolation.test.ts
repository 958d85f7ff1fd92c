import t, { type Test } from 'tap';
import { listTenants } from '../../../ledger/list-tenants.js';
import { authorisation, IsoClient } from '../iso-client.js';
import { connectDatabase, get, startTestSwitch, until } from '../running-switch.js';
import { ApiClient, type ApiResponse } from './api-client.js';

t.setTimeout(90_000);
const system = await startTestSwitch(t, { projector: { pollMs: 5 } });
const lydia = await ApiClient.of(system, 'lydia');
const qonto = await ApiClient.of(system, 'qonto');

/** What the other tenant has, by the kind of its name. */
const theirs = await everyKind(t);
/** Names of the same form that nobody has. */
const NOBODYS = Object.fromEntries(
  Object.keys(theirs).map((kind) => [kind, `${kind}_${'0'.repeat(kind === 'key' ? 16 : 32)}`]),
);

async function everyKind(t: Test): Promise<Readonly<Record<string, string>>> {
  const account = (await lydia.post('/v1/accounts', { currency: 'EUR', overdraft: 5000 })).body.id;
  const card = (await lydia.post('/v1/cards', { account, exp_month: 4, exp_year: 2031 })).body.id;
  const { pan } = (await lydia.get(`/v1/cards/${card}/pan`)).body;
  const processor = await IsoClient.connect(t, system.port);
  await processor.request(authorisation({ pan, expiry: '3104', currency: '978' }, 100));
  const list = `/v1/authorizations?card=${card}`;
  await until('it is in the read model', async () => (await lydia.get(list)).body.data.length === 1);
  const authorization = (await lydia.get(list)).body.data[0].id;
  const key = (await lydia.post('/v1/api-keys', { name: 'theirs', role: 'read' })).body.id;
  const endpoint = await lydia.post('/v1/webhook-endpoints', { url: 'http://127.0.0.1:9/' });
  const we = endpoint.body.id;
  await lydia.post(`/v1/webhook-endpoints/${we}/test`);
  const deliveries = `/v1/webhook-endpoints/${we}/deliveries`;
  await until('it is to be delivered', async () => (await lydia.get(deliveries)).body.data.length > 0);
  const dlv = (await lydia.get(deliveries)).body.data[0].id;
  const event = (await lydia.get('/v1/events?limit=1')).body.data[0].id;
  return { acct: account, card, auth: authorization, key, we, dlv, event };
}

interface Operation {
  readonly parameters?: readonly {
    readonly in: string;
    readonly name: string;
    readonly schema: { pattern?: string };
  }[];
}

/** Every operation of the document. */
async function operations(): Promise<
  readonly (readonly [path: string, method: string, operation: Operation])[]
> {
  const { paths } = JSON.parse((await get(system.running, '/openapi.json')).text);
  return Object.entries(paths as Record<string, Record<string, Operation>>).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => [path, method.toUpperCase(), operation] as const),
  );
}

/** The kind of name that a pattern of the document takes. */
function kindOf(pattern: string | undefined): string | undefined {
  return /^\^([a-z]+)_\[0-9a-f\]/.exec(pattern ?? '')?.[1];
}

/** What a route takes. */
function bodyOf(method: string, path: string): unknown {
  if (method === 'PATCH') return { description: 'ours' };
  if (path.endsWith('/replay')) return { since: '2026-01-01T00:00:00Z' };
  return method === 'POST' ? {} : undefined;
}

function same(t: Test, one: ApiResponse, other: ApiResponse, what: string): void {
  // Where a list goes on is encrypted, each time otherwise.
  const told = ({ status, text }: ApiResponse) => [status, text.replace(/"next_cursor":"[^"]+"/, '')];
  t.same(told(one), told(other), what);
}

t.test(
  'what is named by a path is not there for another tenant, in the words for what nobody has',
  async (t) => {
    let checked = 0;
    for (const [path, method, { parameters = [] }] of await operations()) {
      const named = parameters.filter((parameter) => parameter.in === 'path');
      if (named.length === 0) continue;
      const ask = (client: ApiClient, names: Readonly<Record<string, string>>) => {
        const where = named.reduce(
          (url, { name, schema }) => url.replace(`{${name}}`, names[kindOf(schema.pattern)!]!),
          path,
        );
        return client.request(method, where, bodyOf(method, path));
      };
      const nobodys = await ask(qonto, NOBODYS);
      t.match(nobodys, { status: 404, body: { code: 'HF_NOT_FOUND' } }, `${method} ${path}`);
      same(t, await ask(qonto, theirs), nobodys, `${method} ${path}`);
      checked++;
    }
    t.ok(checked >= 15, `${checked} operations`);
    t.equal((await lydia.get(`/v1/api-keys/${theirs.key}`)).body.revoked, null, 'nothing was done to it');
  },
);

t.test('a list that is narrowed to what another tenant has is empty', async (t) => {
  let checked = 0;
  for (const [path, method, { parameters = [] }] of await operations()) {
    for (const { in: place, name, schema } of parameters) {
      const kind = kindOf(schema.pattern);
      if (method !== 'GET' || place !== 'query' || kind === undefined) continue;
      // It has no end; test/switch/events/stream.test.ts narrows it.
      if (path.endsWith('/stream')) continue;
      const ours = await lydia.get(`${path}?${name}=${theirs[kind]}`);
      t.ok(ours.body.data.length > 0, `${path} ${name}`);
      const other = await qonto.get(`${path}?${name}=${theirs[kind]}`);
      t.same(other.body.data, []);
      same(t, other, await qonto.get(`${path}?${name}=${NOBODYS[kind]}`), path);
      checked++;
    }
  }
  t.ok(checked >= 4, `${checked} filters`);
  const events = await qonto.get(`/v1/audit-events?resource=${theirs.card}`);
  t.same([events.status, events.body.data], [200, []]);
});

t.test('a card can’t be made on another tenant’s account', async (t) => {
  const theirAccount = await qonto.post('/v1/cards', { account: theirs.acct });
  t.equal(theirAccount.status, 422);
  same(t, theirAccount, await qonto.post('/v1/cards', { account: NOBODYS.acct }), 'card');
  const line = (account: string) =>
    qonto.request('POST', '/v1/cards/import', JSON.stringify({ account }), {
      'content-type': 'application/x-ndjson',
    });
  same(t, await line(theirs.acct!), await line(NOBODYS.acct!), 'import');
});

t.test('a cursor of another tenant is none', async (t) => {
  for (const [path, method] of await operations()) {
    if (method !== 'GET' || path.includes('{')) continue;
    const { next_cursor } = (await lydia.get(`${path}?limit=1`)).body;
    if (typeof next_cursor !== 'string') continue;
    t.equal((await lydia.get(`${path}?limit=1&cursor=${next_cursor}`)).status, 200, path);
    const other = await qonto.get(`${path}?limit=1&cursor=${next_cursor}`);
    t.equal(other.status, 400, path);
    same(t, other, await qonto.get(`${path}?limit=1&cursor=AAAA`), path);
  }
});

t.test('a name of another kind, or another tenant’s name of the same number, is no name', async (t) => {
  const mine = (await qonto.get('/v1/accounts?limit=1')).body.data[0].id;
  t.equal((await lydia.get(`/v1/accounts/${mine}`)).status, 404);
  const asAccount = theirs.auth!.replace('auth_', 'acct_');
  t.equal((await lydia.get(`/v1/accounts/${asAccount}`)).status, 404);
});

t.test(
  'a statement that forgets whose rows it wants sees one tenant’s, and can write no others',
  async (t) => {
    const client = await connectDatabase(t, system.config);
    const ids = new Map((await listTenants(client)).map(({ name, id }) => [name, id]));
    const as = async (tenant: string) => {
      await client.query('RESET ROLE');
      await client.query("SELECT set_config('holdfast.tenant', $1, false)", [String(ids.get(tenant))]);
      await client.query('SET ROLE holdfast_tenant_api');
    };
    await lydia.post('/v1/accounts', { currency: 'EUR' }, { 'idempotency-key': 'one' });
    await as('lydia');
    for (const table of ['card', 'api_key', 'audit', 'idempotency', 'opened_account']) {
      const { rows } = await client.query(`SELECT DISTINCT tenant FROM holdfast.${table}`);
      t.same(rows, [{ tenant: ids.get('lydia') }], table);
    }
    await as('treezor');
    for (const table of ['webhook_endpoint', 'webhook_delivery', 'notice']) {
      t.equal((await client.query(`SELECT FROM holdfast.${table}`)).rowCount, 0, table);
    }
    for (const table of ['audit', 'idempotency', 'opened_account']) {
      t.equal((await client.query(`SELECT FROM holdfast.${table}`)).rowCount, 0, table);
    }
    t.equal((await client.query('UPDATE holdfast.api_key SET revoked_at = now()')).rowCount, 1, 'its own');
    const intoLydia = `INSERT INTO holdfast.audit (tenant, key_id, action, method, resource, changes, request_id)
    VALUES (${ids.get('lydia')}, '', '', '', '', '{}', '')`;
    await t.rejects(client.query(intoLydia), { code: '42501' });
    for (const forbidden of ['api_secret', 'journal', 'lease', 'tenant']) {
      await t.rejects(client.query(`SELECT FROM holdfast.${forbidden}`), { code: '42501' }, forbidden);
    }
    await as('lydia');
    await t.rejects(client.query('DELETE FROM holdfast.audit'), { code: '42501' });
    await client.query('RESET ROLE');
    await t.rejects(client.query('UPDATE holdfast.audit SET action = method'), /append-only/);
    await t.rejects(client.query('TRUNCATE holdfast.audit'), /append-only/);
  },
);
