import { randomBytes } from 'node:crypto';
import { cp, readFile, stat, writeFile } from 'node:fs/promises';
import net from 'node:net';
import path from 'node:path';
import { pino } from 'pino';
import t, { type Test } from 'tap';
import { parse, stringify } from 'yaml';
import type { Config } from '../../switch/config-schema.js';
import { embeddedDirectory } from '../../switch/database.js';
import { listDemoCards } from '../../switch/demo-cards.js';
import { startSwitch } from '../../switch/start.js';
import { PERSONAS_DIRECTORY } from '../../tenants/tenant.js';
import { authorisation, IsoClient, type PackageMessage, reversalOf } from './iso-client.js';
import { metricsOf, newConfig, newDirectory, until } from './running-switch.js';
import { holdfast, startProcess } from './switch-process.js';

t.setTimeout(120_000);
const silent = pino({ level: 'silent' });

interface Place {
  readonly config: Config;
  /** Arguments of `holdfast start` that mean it. */
  readonly args: readonly string[];
}

async function newPlace(t: Test): Promise<Place> {
  const directory = await newDirectory(t);
  const config = await newConfig(directory);
  const { dataDirectory } = config;
  const file = path.join(directory, 'holdfast.json');
  return { config, args: ['--config', file, '--data-directory', dataDirectory, '--http-port', '0'] };
}

async function cardsOf(config: Config, tenant: string) {
  return listDemoCards(config, { tenant, declined: false }, silent);
}

/** The process number of the Postgres server of a configuration; 0 when there is none. */
async function postmasterOf(config: Config): Promise<number> {
  const file = path.join(embeddedDirectory(config), 'data', 'postmaster.pid');
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '0';
    throw error;
  });
  return Number(text.split('\n')[0]);
}

function lives(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
    throw error;
  }
}

t.test('SIGTERM under load: what was accepted is answered, then all is gone', async (t) => {
  const { config, args } = await newPlace(t);
  const started = await startProcess(t, args);
  const before = await cardsOf(config, 'treezor');
  const postmaster = await postmasterOf(config);
  t.ok(lives(postmaster));

  const replies: PackageMessage[] = [];
  const load = Array.from({ length: 4 }, async (_, index) => {
    const client = await IsoClient.connect(t, started.port);
    const closed = new Promise<void>((resolve) => client.socket.on('close', () => resolve()));
    for (let round = 0; !client.socket.destroyed; round++) {
      const card = before[(4 * round + index) % before.length]!;
      const batch = client.requestAll(Array.from({ length: 20 }, () => authorisation(card, 1)));
      await Promise.race([batch.catch(() => {}), closed]);
    }
    replies.push(...client.replies);
    return client.replies.length;
  });
  await until('it is at work', async () => {
    return ((await metricsOf(started)).get('holdfast_commands_journalled_total') ?? 0) > 500;
  });
  started.child.kill('SIGTERM');
  const { code, stderr } = await started.ended;
  await Promise.all(load);
  t.equal(code, 0);
  t.notMatch(stderr, /did not stop in time|could not be made durable/);
  t.equal(lives(postmaster), false, 'Postgres is gone');

  const again = await startProcess(t, args);
  const after = await cardsOf(config, 'treezor');
  for (const [index, { pan, available }] of before.entries()) {
    const approved = replies.filter((reply) => reply[2] === pan && reply[39] === '00').length;
    t.equal(after[index]!.available, available - approved, 'each hold in the journal was answered');
  }
  t.ok(replies.some((reply) => reply[39] === '00'));
  again.child.kill('SIGTERM');
  t.match((await again.ended).stdout, /Replayed {2}[\d,]+ commands, [\d,]+ a second/);
});

t.test('SIGINT while it starts leaves nothing running', async (t) => {
  const { config, args } = await newPlace(t);
  for (const underWay of ['the cluster is made', 'the server starts']) {
    const { child, ended } = holdfast(t, ['start', ...args]);
    let said = '';
    child.stderr!.on('data', (text: string) => {
      said += text;
    });
    await until(underWay, async () => /making a .* cluster/.test(said) || (await postmasterOf(config)) > 0);
    child.kill('SIGINT');
    const { code, stdout, stderr } = await ended;
    t.equal(code, 1);
    t.match(stderr, /stopped by SIGINT before it was ready/);
    t.notMatch(stderr, /did not stop in time/);
    t.equal(stdout, '');
    t.equal(await postmasterOf(config), 0, 'no Postgres is left');
  }
});

t.test('a port that is in use is named, and nothing is left running', async (t) => {
  const { config, args } = await newPlace(t);
  const other = net.createServer();
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  t.teardown(() => other.close());
  const { port } = other.address() as net.AddressInfo;
  for (const taken of [
    ['--port', String(port)],
    ['--http-port', String(port)],
  ]) {
    const { code, stderr } = await holdfast(t, ['start', ...args, ...taken]).ended;
    t.equal(code, 1);
    t.match(stderr, new RegExp(`EADDRINUSE.*${port}`));
    t.equal(await postmasterOf(config), 0);
  }
});

t.test('a second switch on the same database refuses, and the first goes on', async (t) => {
  const { config, args } = await newPlace(t);
  const first = await startSwitch(config, silent, new AbortController().signal);
  t.teardown(() => first.stop());
  const postmaster = await postmasterOf(config);
  const { code, stderr } = await holdfast(t, ['start', ...args]).ended;
  t.equal(code, 1);
  t.match(stderr, /HF_LEDGER_IN_USE/);
  t.equal(await postmasterOf(config), postmaster, 'its Postgres was left alone');
  const client = await IsoClient.connect(t, first.ports[0]!);
  const [card] = await cardsOf(config, 'lydia');
  t.equal((await client.request(authorisation(card!, 100)))[39], '00');
  t.equal((await metricsOf(first)).get('holdfast_settlements_total'), 0);
});

t.test('a flag that does not exist: the nearest one is suggested', async (t) => {
  const { code, stderr } = await holdfast(t, ['start', '--prot', '1']).ended;
  t.equal(code, 64);
  t.match(stderr, /unknown option '--prot'[\s\S]*--port/);
});

t.test('over restarts: balances, repeats, changed limits, a new key of the tokens', async (t) => {
  const directory = await newDirectory(t);
  const tenantsDirectory = path.join(directory, 'tenants');
  await cp(PERSONAS_DIRECTORY, tenantsDirectory, { recursive: true });
  const config = await newConfig(directory, { tenantsDirectory });
  const restarted = async (work: (client: IsoClient) => Promise<void>) => {
    const running = await startSwitch(config, silent, new AbortController().signal);
    try {
      await work(await IsoClient.connect(t, running.ports[0]!));
    } finally {
      await running.stop();
    }
    return running.replayed.commands;
  };
  const available = async (pan: string) =>
    (await cardsOf(config, 'lydia')).find((card) => card.pan === pan)!.available;
  let held: PackageMessage = {};
  let approval: PackageMessage = {};

  const empty = await restarted(async (client) => {
    const [card] = await cardsOf(config, 'lydia');
    held = authorisation(card!, 1100);
    approval = await client.request(held);
    t.equal(approval[39], '00');
    t.equal(await available(held[2]!), card!.available - 1100);
  });
  t.equal(empty, 0);
  const left = await available(held[2]!);

  const file = path.join(tenantsDirectory, 'lydia.yaml');
  const tenant = parse(await readFile(file, 'utf8'));
  tenant.limits.perTransactionMinor = 1099;
  await writeFile(file, stringify(tenant));
  const replayed = await restarted(async (client) => {
    t.equal(await available(held[2]!), left);
    const repeat = await client.request({ ...held, 0: '0101' });
    t.same([repeat[39], repeat[38]], ['00', approval[38]], 'a repeat of before gets its answer of before');
    const card = { pan: held[2]!, expiry: held[14]!, currency: held[49]! };
    t.equal((await client.request(authorisation(card, 1100)))[39], '61', 'the new limit is in force');
    t.equal((await client.request(authorisation(card, 1099)))[39], '00');
  });
  t.ok(replayed > 9 * 20, 'every card and the hold came from the journal');

  const keysFile = path.join(config.dataDirectory, 'keys.json');
  const keys = JSON.parse(await readFile(keysFile, 'utf8'));
  keys.token = { current: 2, keys: { ...keys.token.keys, 2: randomBytes(32).toString('base64') } };
  await writeFile(keysFile, JSON.stringify(keys));
  t.equal((await stat(keysFile)).mode & 0o777, 0o600);
  await restarted(async (client) => {
    t.equal(await available(held[2]!), left - 1099);
    const card = { pan: held[2]!, expiry: held[14]!, currency: held[49]! };
    t.equal((await client.request(authorisation(card, 100)))[39], '00', 'the card is known by its new token');
    t.equal((await client.request({ ...held, 0: '0101' }))[38], approval[38]);
    t.equal((await client.request(reversalOf(held)))[39], '00', 'a hold of before can be reversed');
    t.equal(await available(held[2]!), left - 1099 - 100 + 1100);
    t.equal((await cardsOf(config, 'lydia')).length, 20, 'no card came twice');
  });
  await restarted(async () => {
    t.equal(await available(held[2]!), left - 1099 - 100 + 1100);
  });
});
