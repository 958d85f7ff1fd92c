import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { pino } from 'pino';
import t from 'tap';
import { startEmbeddedPostgres } from '../../ledger/embedded-postgres.js';
import { embeddedDirectory } from '../../switch/database.js';
import { startSwitch } from '../../switch/start.js';
import { ApiClient } from './api/api-client.js';
import { authorisation, IsoClient, type PackageMessage } from './iso-client.js';
import {
  cardsOf,
  connectDatabase,
  declinedCardsOf,
  get,
  metricsOf,
  newConfig,
  newDirectory,
  stall,
  startTestSwitch,
  until,
} from './running-switch.js';
import { holdfast } from './switch-process.js';

t.setTimeout(120_000);

const silent = pino({ level: 'silent' });
const running = () => new AbortController().signal;
/** So few places in the ring that those who wait for one database could keep all of them. */
const RING = { count: 2, messages: 8, bytes: 16_384 };
const MORE_THAN_THE_RING = 32;

const directory = await newDirectory(t);
const config = await newConfig(directory, {
  databases: { second: { embedded: true, tenants: ['xpollens'] } },
  // Long enough that no answer is 91 for its lateness.
  commitTimeoutMs: 60_000,
  batch: RING,
});
let system = await start();
t.teardown(() => system.running.stop());

async function start() {
  const started = await startSwitch(config, silent, running());
  return { config, running: started, port: started.ports[0]!, logged: [] };
}

const [here, there] = [await IsoClient.connect(t, system.port), await IsoClient.connect(t, system.port)];
const [cards, fars] = [await cardsOf(system, 'lydia'), await cardsOf(system, 'xpollens')];
const [first, second] = [await connectDatabase(t, config), await connectDatabase(t, config, 'second')];

async function rowsIn(database: typeof first, tenant: string): Promise<number> {
  const { rows } = await database.query<{ rows: number }>(
    'SELECT count(*)::int AS rows FROM holdfast.journal j JOIN holdfast.tenant t ON t.id = j.tenant WHERE name = $1',
    [tenant],
  );
  return rows[0]!.rows;
}

const codes = (replies: readonly PackageMessage[]) => [...new Set(replies.map((reply) => reply[39]))];
let next = 0;
/** Of one card after the other, so that none has too many in a day. */
const one = (of: typeof cards) => authorisation(of[next++ % of.length]!, 1);
const many = (of: typeof cards, count: number) => Array.from({ length: count }, () => one(of));

/** Authorises cards of the first database one after the other; every one of them has to be approved. */
async function approved(count: number): Promise<unknown[]> {
  const replies: PackageMessage[] = [];
  for (const message of many(cards, count)) replies.push(await here.request(message));
  return codes(replies);
}

t.test('tenants of two databases are served at once through one listener', async (t) => {
  const replies = await here.requestAll([cards, fars, cards, fars].map(one));
  t.same(codes(replies), ['00']);
  t.ok((await rowsIn(second, 'xpollens')) > 0);
  t.ok((await rowsIn(first, 'lydia')) > 0);
  t.equal(await rowsIn(first, 'xpollens'), 0, 'nothing of it is in the other');
  t.equal(await rowsIn(second, 'lydia'), 0);
  const status = JSON.parse((await get(system.running, '/status')).text);
  t.match(status.databases, [
    { database: 'default', mode: 'ready' },
    { database: 'second', mode: 'ready', tenants: ['xpollens'] },
  ]);
  const held = status.tenants.filter(({ held }: { held: boolean }) => held);
  t.equal(held.length, 9);
  const metrics = await metricsOf(system.running);
  t.equal(metrics.get('holdfast_database_mode{database="second",mode="ready"}'), 1);
  t.ok(metrics.get('holdfast_database_commits_total{database="default"}')! > 0);
  t.ok(metrics.get('holdfast_database_commits_total{database="second"}')! > 0);
});

t.test('what waits for a database that hangs keeps no other tenant waiting', async (t) => {
  const release = await stall(second);
  const waiting = there.requestAll(many(fars, MORE_THAN_THE_RING));
  const before = there.replies.length;
  t.same(await approved(50), ['00']);
  t.equal(there.replies.length, before, 'not one of the others was answered meanwhile');
  t.equal((await get(system.running, '/health/ready')).status, 200);
  const moved = 'holdfast_database_moved_total{database="second"}';
  await until('all of them wait elsewhere than in the ring', async () => {
    return (await metricsOf(system.running)).get(moved)! >= MORE_THAN_THE_RING;
  });
  const tooMany = there.requestAll(many(fars, 20 * MORE_THAN_THE_RING));
  const refused = () => there.replies.filter((reply) => reply[39] === '91').length;
  await until('those for which there is no room are refused', () => refused() > 0);
  t.same(await approved(50), ['00'], 'the others go on still');
  await release();
  t.same(codes(await waiting), ['00'], 'and in the end they are approved');
  t.same(codes(await tooMany).sort(), ['00', '91']);
});

t.test('a database that is killed comes back, and meanwhile the other goes on', async (t) => {
  const before = await rowsIn(second, 'xpollens');
  const file = path.join(embeddedDirectory(config, 'second'), 'data', 'postmaster.pid');
  const pid = Number((await readFile(file, 'utf8')).split('\n')[0]);
  const inFlight = there.requestAll(many(fars, 8));
  process.kill(pid, 'SIGKILL');
  const waiting = there.requestAll(many(fars, MORE_THAN_THE_RING));
  t.same(await approved(50), ['00']);
  t.same(codes(await inFlight), ['00']);
  t.same(codes(await waiting), ['00']);
  await until('both are ready', async () => {
    const { databases } = JSON.parse((await get(system.running, '/status')).text);
    return databases.every(({ mode }: { mode: string }) => mode === 'ready');
  });
  const again = await connectDatabase(t, config, 'second');
  t.ok((await rowsIn(again, 'xpollens')) > before);
});

t.test('the API serves each tenant from its database, and finds a key wherever it is', async (t) => {
  const [near, remote] = [await ApiClient.of(system, 'lydia'), await ApiClient.of(system, 'xpollens')];
  for (const [client, tenant] of [
    [near, 'lydia'],
    [remote, 'xpollens'],
  ] as const) {
    t.match(await client.get('/v1/me'), { status: 200, body: { tenant } });
    const { status, body } = await client.get('/v1/cards?limit=100');
    t.equal(status, 200);
    const listed = [...(await cardsOf(system, tenant)), ...(await declinedCardsOf(system, tenant))];
    const own = new Set(listed.map(({ pan }) => pan.slice(-4)));
    t.ok(body.data.length > 0);
    t.ok(
      body.data.every(({ last4 }: { last4: string }) => own.has(last4)),
      `${tenant} sees its own cards alone`,
    );
  }
  const account = await remote.post('/v1/accounts', { currency: 'EUR' }, { 'idempotency-key': 'one' });
  t.equal(account.status, 201);
  t.equal((await remote.get(`/v1/accounts/${account.body.id}`)).status, 200);
  t.equal((await near.get(`/v1/accounts/${account.body.id}`)).status, 404);
  t.equal((await new ApiClient(system.running, near.key!.replace(/.$/, 'x')).get('/v1/me')).status, 401);
});

const args = ['--config', path.join(directory, 'holdfast.json'), '--data-directory', config.dataDirectory];

t.test('keys are made where their tenant is, an operator’s in the first database', async (t) => {
  const made = async (...of: string[]) =>
    (await holdfast(t, ['key', 'create', ...args, ...of]).ended).stdout.trim();
  const own = new ApiClient(system.running, await made('--tenant', 'xpollens', '--role', 'read'));
  t.match(await own.get('/v1/me'), { status: 200, body: { tenant: 'xpollens', role: 'read' } });
  const operator = new ApiClient(system.running, await made('--role', 'operator'));
  for (const tenant of ['lydia', 'xpollens']) {
    t.match(await operator.get('/v1/me', { 'holdfast-tenant': tenant }), { status: 200, body: { tenant } });
  }
  const elsewhere = await holdfast(t, [
    'key',
    'create',
    ...args,
    '--role',
    'operator',
    '--database',
    'second',
  ]).ended;
  t.not(elsewhere.code, 0, 'another database’s would be none');
});

t.test('a restart recovers both, and verify proves both, or the one that is named', async (t) => {
  await system.running.stop();
  system = await start();
  const client = await IsoClient.connect(t, system.port);
  const replies = await client.requestAll([one(cards), one(fars)]);
  t.same(codes(replies), ['00']);
  const all = await holdfast(t, ['verify', '--json', ...args]).ended;
  t.equal(all.code, 0, all.stderr);
  const verdicts = all.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  t.equal(verdicts.length, 9);
  t.ok(verdicts.every(({ fault, rows }) => fault === null && rows > 0));
  const alone = await holdfast(t, ['verify', '--json', ...args, '--database', 'second']).ended;
  t.match(JSON.parse(alone.stdout), { tenant: 'xpollens', fault: null });
  const exported = await holdfast(t, ['journal', 'export', ...args, '--tenant', 'xpollens']).ended;
  t.match(exported.stdout, /"tenant":"xpollens"/);
  const status = await holdfast(t, ['projection', 'status', '--json', ...args]).ended;
  t.equal(status.stdout.trim().split('\n').length, 9);
  const unknown = await holdfast(t, ['verify', ...args, '--database', 'third']).ended;
  t.match(unknown, { stderr: /there is no database 'third', only default, second/ });
});

t.test(
  'a tenant whose journal is in another database than the configured one is not started empty',
  async (t) => {
    await system.running.stop();
    const moved = await newConfig(directory, {
      databases: { second: { embedded: true, tenants: ['lydia', 'xpollens'] } },
    });
    await t.rejects(startSwitch(moved, silent, running()), {
      code: 'HF_CONFIG_INVALID',
      message: /the journal of 'lydia' is in database 'default', which is not the one that is configured/,
    });
  },
);

t.test('a tenant that there is not is named with its place', async (t) => {
  const wrong = await newConfig(directory, {
    databases: { second: { embedded: true, tenants: ['xpollens', 'xpolens'] } },
  });
  await t.rejects(startSwitch(wrong, silent, running()), {
    message: /databases\.second\.tenants\[1\]: there is no tenant 'xpolens', only linxo, /,
  });
});

t.test('a database that can not be reached at the start is served as soon as it can', async (t) => {
  const home = await newDirectory(t);
  const postgres = await startEmbeddedPostgres({ directory: path.join(home, 'far'), log: () => {} });
  t.teardown(() => postgres.stop());
  await postgres.stop();
  const late = await startTestSwitch(t, { databases: { far: { url: postgres.url, tenants: ['xpollens'] } } });
  const client = await IsoClient.connect(t, late.port);
  const [own] = await cardsOf(late, 'lydia');
  t.equal((await client.request(authorisation(own!, 100)))[39], '00');
  t.equal((await client.request(one(fars)))[39], '91');
  t.equal((await get(late.running, '/health/ready')).status, 200);
  t.match((await metricsOf(late.running)).get('holdfast_database_mode{database="far",mode="starting"}'), 1);
  await postgres.ensureRunning();
  await until('its tenant is served', async () => {
    const status = JSON.parse((await get(late.running, '/status')).text);
    return status.databases[1].mode === 'ready';
  });
  const [its] = await cardsOf(late, 'xpollens');
  t.equal((await client.request(authorisation(its!, 100)))[39], '00');
  const remote = await ApiClient.of(late, 'xpollens');
  t.match(await remote.get('/v1/me'), { status: 200, body: { tenant: 'xpollens' } });
});
