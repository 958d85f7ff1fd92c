import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Writable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { pino } from 'pino';
import type { Test } from 'tap';
import { startEmbeddedPostgres } from '../../ledger/embedded-postgres.js';
import { loadConfig } from '../../switch/config.js';
import type { Config, ConfigFile } from '../../switch/config-schema.js';
import { embeddedDirectory } from '../../switch/database.js';
import { type ListedCard, listDemoCards } from '../../switch/demo-cards.js';
import { type RunningSwitch, startSwitch } from '../../switch/start.js';

const POLL_MS = 10;
const DEADLINE_MS = 20_000;

/** A switch of a test's own, in this process, with all that a test asks of it. */
export interface TestSwitch {
  readonly config: Config;
  readonly running: RunningSwitch;
  /** Of the first link. */
  readonly port: number;
  /** Lines of JSON that it logged, of every level. */
  readonly logged: readonly string[];
}

/** An empty directory that an unprivileged Postgres can enter; removed in the end. */
export async function newDirectory(t: Test): Promise<string> {
  const directory = await mkdtemp(path.join(tmpdir(), 'holdfast-switch-'));
  await chmod(directory, 0o755);
  t.teardown(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

/** A configuration on free ports of this machine, with few cards; `file` is what the configuration file holds. */
export async function newConfig(directory: string, file: ConfigFile = {}): Promise<Config> {
  const name = path.join(directory, 'holdfast.json');
  const links = file.links ?? [{ name: 'default', port: 0 }];
  await writeFile(
    name,
    JSON.stringify({
      host: '127.0.0.1',
      cardsPerTenant: 20,
      parserThreads: 2,
      databases: {},
      ...file,
      links,
    }),
  );
  const dataDirectory = path.join(directory, 'data');
  return loadConfig({
    flags: { config: name, httpPort: '0', dataDirectory },
    environment: {},
    cwd: directory,
  });
}

/**
 * Starts a switch, which is stopped when the test ends; `beside` are more files in its configuration's folder.
 * @param now the time by which its ledger decides; the database's when absent
 */
export async function startTestSwitch(
  t: Test,
  file: ConfigFile = {},
  beside: Readonly<Record<string, string>> = {},
  now?: () => number,
): Promise<TestSwitch> {
  const directory = await newDirectory(t);
  for (const [name, text] of Object.entries(beside)) await writeFile(path.join(directory, name), text);
  const config = await newConfig(directory, file);
  const logged: string[] = [];
  const log = pino(
    { level: 'trace' },
    new Writable({
      write(chunk, _encoding, done) {
        logged.push(String(chunk));
        done();
      },
    }),
  );
  const running = await startSwitch(config, log, new AbortController().signal, now);
  t.teardown(() => running.stop());
  return { config, running, port: running.ports[0]!, logged };
}

/** The usable demo cards of a tenant, with what is available now. */
export function cardsOf({ config }: TestSwitch, tenant: string): Promise<readonly ListedCard[]> {
  return listDemoCards(config, { tenant, declined: false }, silent);
}

/** The demo cards of a tenant that are made to be declined. */
export function declinedCardsOf({ config }: TestSwitch, tenant: string): Promise<readonly ListedCard[]> {
  return listDemoCards(config, { tenant, declined: true }, silent);
}

const silent = pino({ level: 'silent' });

/** A connection of a test's own to an embedded database of a configuration. */
export async function connectDatabase(t: Test, config: Config, name?: string): Promise<pg.Client> {
  const directory = embeddedDirectory(config, name);
  const postgres = await startEmbeddedPostgres({ directory, log: () => {} });
  const client = new pg.Client({ connectionString: postgres.url });
  // The server is stopped while the connection is still there where a test says so.
  client.on('error', () => {});
  await client.connect();
  t.teardown(() => client.end());
  return client;
}

/** Keeps the database from committing anything to the journal, until the returned function is called. */
export async function stall(client: pg.Client): Promise<() => Promise<void>> {
  await client.query('BEGIN');
  await client.query('LOCK TABLE holdfast.journal IN ACCESS EXCLUSIVE MODE');
  return async () => {
    await client.query('COMMIT');
  };
}

/** What HTTP says at that path. */
export async function get(running: { httpPort: number }, where: string) {
  const response = await fetch(`http://127.0.0.1:${running.httpPort}${where}`);
  return { status: response.status, type: response.headers.get('content-type'), text: await response.text() };
}

/** The values of `/metrics`, by name with labels as they stand there. */
export async function metricsOf(running: { httpPort: number }): Promise<ReadonlyMap<string, number>> {
  const { text } = await get(running, '/metrics');
  return new Map(
    text
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'))
      .map((line) => {
        const at = line.lastIndexOf(' ');
        return [line.slice(0, at), Number(line.slice(at + 1))];
      }),
  );
}

/** Waits until something is so. */
export async function until(what: string, isSo: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + DEADLINE_MS;
  while (!(await isSo())) {
    if (performance.now() > deadline) throw new Error(`not within ${DEADLINE_MS} ms: ${what}`);
    await delay(POLL_MS);
  }
}
