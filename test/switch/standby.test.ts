import pg from 'pg';
import { pino } from 'pino';
import t, { type Test } from 'tap';
import { startEmbeddedPostgres } from '../../ledger/embedded-postgres.js';
import type { Config } from '../../switch/config-schema.js';
import { embeddedDirectory } from '../../switch/database.js';
import { listDemoCards } from '../../switch/demo-cards.js';
import { authorisation, IsoClient, type PackageMessage } from './iso-client.js';
import { get, newConfig, newDirectory, until } from './running-switch.js';
import { holdfast, type SwitchProcess, startProcess } from './switch-process.js';

t.setTimeout(120_000);

/** So long that whoever takes over before it has lapsed did so by another sign. */
const LONG_MS = 600_000;
const SHORT_MS = 1000;

interface Place {
  readonly config: Config;
  /** Arguments that mean a node of that name, whose leases last so long. */
  readonly args: (node: string, leaseTtlMs: number) => Promise<readonly string[]>;
  readonly query: (text: string) => Promise<readonly Record<string, unknown>[]>;
}

/** An embedded database and the configurations of its nodes. */
async function newPlace(t: Test): Promise<Place> {
  const directory = await newDirectory(t);
  const config = await newConfig(directory);
  const postgres = await startEmbeddedPostgres({ directory: embeddedDirectory(config), log: () => {} });
  t.teardown(() => postgres.stop());
  const args = async (node: string, leaseTtlMs: number) => {
    const home = await newDirectory(t);
    await newConfig(home, { leaseTtlMs, shared: true });
    const { dataDirectory } = config;
    return [
      '--config',
      `${home}/holdfast.json`,
      '--data-directory',
      dataDirectory,
      '--http-port',
      '0',
      '--node',
      node,
    ];
  };
  const query = async (text: string) => {
    const client = new pg.Client({ connectionString: postgres.url });
    await client.connect();
    try {
      return (await client.query(text)).rows;
    } finally {
      await client.end();
    }
  };
  return { config, args, query };
}

async function pair(t: Test, leaseTtlMs: number) {
  const place = await newPlace(t);
  const writer = await startProcess(t, await place.args('writer', leaseTtlMs));
  const standby = await startProcess(t, await place.args('standby', leaseTtlMs), 'standby');
  const [card] = await listDemoCards(
    place.config,
    { tenant: 'lydia', declined: false },
    pino({ level: 'silent' }),
  );
  return { ...place, writer, standby, card: card! };
}

async function ready(node: SwitchProcess): Promise<boolean> {
  return (await get(node, '/health/ready')).status === 200;
}

/** How the tenants of the demo came to their present holder. */
async function reasons({ query }: Pick<Place, 'query'>): Promise<unknown[]> {
  return query(
    `SELECT DISTINCT n.node, reason FROM holdfast.tenure n
     JOIN holdfast.lease l ON l.tenant = n.tenant AND l.epoch = n.epoch`,
  ) as Promise<unknown[]>;
}

/** Sends the message again, as a processor does that had no answer, until it is answered by whoever holds the tenant. */
async function repeated(client: IsoClient, message: PackageMessage): Promise<PackageMessage> {
  for (;;) {
    const reply = await client.request({ ...message, 0: '0101' });
    if (reply[39] !== '91') return reply;
  }
}

t.test('a standby answers 91 and says who has the tenants, until the writer stops', async (t) => {
  const { writer, standby, card, ...place } = await pair(t, LONG_MS);
  const [first, second] = [await IsoClient.connect(t, writer.port), await IsoClient.connect(t, standby.port)];
  const message = authorisation(card, 100);
  const approval = await first.request(message);
  t.equal(approval[39], '00');
  t.equal((await second.request(authorisation(card, 100)))[39], '91');
  t.equal((await second.request({ 0: '0800', 7: '1125010203', 11: '000001', 70: '301' }))[39], '00');
  t.equal(await ready(standby), false);
  const status = JSON.parse((await get(standby, '/status')).text);
  t.match(status, { node: 'standby', mode: 'standby' });
  t.same(status.tenants.find(({ tenant }: { tenant: string }) => tenant === 'lydia').holder, {
    node: 'writer',
    endpoint: `127.0.0.1:${writer.port}`,
  });

  writer.child.kill('SIGTERM');
  const again = await repeated(second, message);
  t.same([again[39], again[38]], ['00', approval[38]], 'a repeat is answered as before');
  t.equal((await second.request(authorisation(card, 100)))[39], '00');
  t.equal((await writer.ended).code, 0);
  t.same(await reasons(place), [{ node: 'standby', reason: 'released' }]);
  await until('it is ready', () => ready(standby));
});

t.test('after kill -9 of the writer the standby takes over, long before its lease lapses', async (t) => {
  const { writer, standby, card, args, ...place } = await pair(t, LONG_MS);
  const second = await IsoClient.connect(t, standby.port);
  const message = authorisation(card, 100);
  const approval = await (await IsoClient.connect(t, writer.port)).request(message);
  writer.child.kill('SIGKILL');
  const again = await repeated(second, message);
  t.same([again[39], again[38]], ['00', approval[38]]);
  t.same(await reasons(place), [{ node: 'standby', reason: 'orphaned' }]);

  const back = await startProcess(t, await args('writer', LONG_MS));
  t.equal(await ready(back), false, 'one that comes back follows');
  const done = await holdfast(t, ['takeover', '--tenant', 'lydia', '--json', ...(await takeoverArgs(args))])
    .ended;
  t.match(JSON.parse(done.stdout), { tenant: 'lydia', from: 'standby', to: 'writer', epoch: 3 });
  const third = await IsoClient.connect(t, back.port);
  t.equal((await third.request({ ...message, 0: '0101' }))[38], approval[38]);
  t.equal((await third.request(authorisation(card, 100)))[39], '00');
  t.equal((await second.request(authorisation(card, 100)))[39], '91');
  const { code, stderr } = await holdfast(t, [
    'takeover',
    '--tenant',
    'nobody',
    ...(await takeoverArgs(args)),
  ]).ended;
  t.equal(code, 1);
  t.match(stderr, /HF_TAKEOVER_TENANT/);
});

/** Those that say where the database is. */
async function takeoverArgs(args: Place['args']): Promise<readonly string[]> {
  return (await args('', LONG_MS)).slice(0, 4);
}

t.test(
  'a writer that stands still is taken over when its lease lapses, and steps down when it wakes',
  async (t) => {
    const { writer, standby, card, ...place } = await pair(t, SHORT_MS);
    const [first, second] = [
      await IsoClient.connect(t, writer.port),
      await IsoClient.connect(t, standby.port),
    ];
    const message = authorisation(card, 100);
    const approval = await first.request(message);
    writer.child.kill('SIGSTOP');
    const asleep = first.request(authorisation(card, 200));
    const again = await repeated(second, message);
    t.same([again[39], again[38]], ['00', approval[38]]);
    t.same(await reasons(place), [{ node: 'standby', reason: 'lapsed' }]);
    t.equal((await second.request(authorisation(card, 100)))[39], '00');

    writer.child.kill('SIGCONT');
    t.equal((await asleep)[39], '91');
    t.equal((await first.request(authorisation(card, 100)))[39], '91');
    await until('it has stepped down', async () => !(await ready(writer)));
    t.equal((await second.request(authorisation(card, 100)))[39], '00');
    standby.child.kill('SIGTERM');
    const back = await repeated(first, message);
    t.same([back[39], back[38]], ['00', approval[38]], 'and takes over in its turn');
  },
);
