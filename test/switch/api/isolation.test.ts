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
  const token = (await lydia.post(`/v1/cards/${card}/tokens`)).body.id;
  const keyed = { 'idempotency-key': 'theirs' };
  const transfer = (await lydia.post(`/v1/accounts/${account}/deposits`, { amount: 1 }, keyed)).body.id;
  await until('it is in the read model', async () => {
    return (await lydia.get(`/v1/transfers/${transfer}`)).status === 200;
  });
  const key = (await lydia.post('/v1/api-keys', { name: 'theirs', role: 'read' })).body.id;
  const document = { rules: [{ name: 'a day', kind: 'velocity', window: 'day', amountMinor: 5000 }] };
  let limv = '';
  for (const attached_to of [
    { type: 'account', id: account },
    { type: 'card', id: card },
    { type: 'tenant' },
  ]) {
    limv = (await lydia.post('/v1/limit-versions', { attached_to, document })).body.id;
    await lydia.post(`/v1/limit-versions/${limv}/promote`);
  }
  const btst = (await lydia.post(`/v1/limit-versions/${limv}/backtests`)).body.id;
  const endpoint = await lydia.post('/v1/webhook-endpoints', { url: 'http://127.0.0.1:9/' });
  const we = endpoint.body.id;
  await lydia.post(`/v1/webhook-endpoints/${we}/test`);
  const deliveries = `/v1/webhook-endpoints/${we}/deliveries`;
  await until('it is to be delivered', async () => (await lydia.get(deliveries)).body.data.length > 0);
  const dlv = (await lydia.get(deliveries)).body.data[0].id;
  const event = (await lydia.get('/v1/events?limit=1')).body.data[0].id;
  return {
    acct: account,
    card,
    auth: authorization,
    key,
    tok: token,
    trf: transfer,
    we,
    dlv,
    event,
    limv,
    btst,
  };
}

const LIMIT_TABLES = ['limit_version', 'limit_promotion', 'limit_rule', 'back_test'];

interface Operation {
  readonly parameters?: readonly {
    readonly in: string;
    readonly name: string;
    readonly schema: { pattern?: string };
  }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Body }>> };
}

interface Body {
  readonly type?: string;
  readonly format?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Body[];
  readonly properties?: Readonly<Record<string, Body>>;
  readonly required?: readonly string[];
  readonly minProperties?: number;
}

/** A body with no more than it must have, so that it is the name in the path that decides. */
function leastOf(schema: Body): unknown {
  const {
    type,
    format,
    const: only,
    enum: words,
    anyOf,
    properties = {},
    required,
    minProperties = 0,
  } = schema;
  if (only !== undefined) return only;
  if (words !== undefined) return words[0];
  if (anyOf !== undefined) return leastOf(anyOf[0]!);
  if (format === 'date-time') return '2026-01-01T00:00:00Z';
  if (type === 'integer') return 1;
  if (type !== 'object') return 'a';
  // What is wrong with an address or a cursor would be told first.
  const others = Object.keys(properties).filter((name) => name !== 'url' && name !== 'cursor');
  const names = required ?? others.slice(0, minProperties);
  return Object.fromEntries(names.map((name) => [name, leastOf(properties[name]!)]));
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

function same(t: Test, one: ApiResponse, other: ApiResponse, what: string): void {
  // Where a list goes on is encrypted, each time otherwise.
  const told = ({ status, text }: ApiResponse) => [status, text.replace(/"next_cursor":"[^"]+"/, '')];
  t.same(told(one), told(other), what);
}

t.test(
  'what is named by a path is not there for another tenant, in the words for what nobody has',
  async (t) => {
    let [checked, tries] = [0, 0];
    for (const [path, method, { parameters = [], requestBody }] of await operations()) {
      const named = parameters.filter((parameter) => parameter.in === 'path');
      // What is for operators is refused before anything is looked for, and is no tenant's.
      if (named.length === 0 || path.startsWith('/v1/programme/')) continue;
      const schema = requestBody?.content['application/json']?.schema;
      const ask = (client: ApiClient, names: Readonly<Record<string, string>>) => {
        const where = named.reduce(
          (url, { name, schema }) => url.replace(`{${name}}`, names[kindOf(schema.pattern)!]!),
          path,
        );
        const body = schema === undefined ? undefined : leastOf(schema);
        const key = method === 'GET' ? {} : { 'idempotency-key': `try ${++tries}` };
        return client.request(method, where, body, key);
      };
      const nobodys = await ask(qonto, NOBODYS);
      t.match(nobodys, { status: 404, body: { code: 'HF_NOT_FOUND' } }, `${method} ${path}`);
      same(t, await ask(qonto, theirs), nobodys, `${method} ${path}`);
      checked++;
    }
    t.ok(checked >= 40, `${checked} operations`);
    t.equal((await lydia.get(`/v1/api-keys/${theirs.key}`)).body.revoked, null, 'nothing was done to it');
    t.equal((await lydia.get(`/v1/cards/${theirs.card}`)).body.status, 'active');
    t.equal((await lydia.get(`/v1/tokens/${theirs.tok}`)).body.status, 'active');
    t.equal((await lydia.get(`/v1/accounts/${theirs.acct}`)).body.balances.posted, 1);
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

t.test('rules can’t be for another tenant’s account or card, nor compared with its versions', async (t) => {
  const document = { rules: [{ name: 'none', kind: 'block' }] };
  const save = (type: string, id?: string) =>
    qonto.post('/v1/limit-versions', { attached_to: { type, ...(id && { id }) }, document });
  for (const [type, kind] of [
    ['account', 'acct'],
    ['card', 'card'],
  ] as const) {
    const refused = await save(type, theirs[kind]);
    t.equal(refused.status, 422);
    same(t, refused, await save(type, NOBODYS[kind]), type);
    const list = (id: string) => qonto.get(`/v1/limit-versions?type=${type}&id=${id}`);
    same(t, await list(theirs[kind]!), await list(NOBODYS[kind]!), `list of ${type}`);
  }
  const { id } = (await save('tenant')).body;
  const diff = (against: string) => qonto.get(`/v1/limit-versions/${id}/diff?against=${against}`);
  const theirDiff = await diff(theirs.limv!);
  t.equal(theirDiff.status, 404);
  same(t, theirDiff, await diff(NOBODYS.limv!), 'diff');
});

t.test('funds can’t come from or go to another tenant’s account', async (t) => {
  const mine = (await qonto.get('/v1/accounts?limit=1')).body.data[0].id;
  let key = 0;
  const send = (body: object) =>
    qonto.post(
      '/v1/transfers',
      { amount: 1, currency: 'EUR', ...body },
      { 'idempotency-key': `send ${++key}` },
    );
  const from = await send({ from: theirs.acct, to: mine });
  t.equal(from.status, 404);
  same(t, from, await send({ from: NOBODYS.acct, to: mine }), 'from');
  same(t, await send({ from: mine, to: theirs.acct }), await send({ from: mine, to: NOBODYS.acct }), 'to');
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
    const described = { amount: 1, description: 'described' };
    await lydia.post(`/v1/accounts/${theirs.acct}/deposits`, described, { 'idempotency-key': 'described' });
    await as('lydia');
    for (const table of [
      'card',
      'api_key',
      'audit',
      'idempotency',
      'opened_account',
      'transfer_text',
      ...LIMIT_TABLES,
    ]) {
      const { rows } = await client.query(`SELECT DISTINCT tenant FROM holdfast.${table}`);
      t.same(rows, [{ tenant: ids.get('lydia') }], table);
    }
    await as('treezor');
    for (const table of ['webhook_endpoint', 'webhook_delivery', 'notice']) {
      t.equal((await client.query(`SELECT FROM holdfast.${table}`)).rowCount, 0, table);
    }
    for (const table of ['audit', 'idempotency', 'opened_account', 'transfer_text', ...LIMIT_TABLES]) {
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
