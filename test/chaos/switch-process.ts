import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Test } from 'tap';
import { startEmbeddedPostgres } from '../../ledger/embedded-postgres.js';
import type { ListedCard } from '../../switch/demo-cards.js';

const CLI = fileURLToPath(new URL('../../switch/cli.js', import.meta.url));
const CARDS_PER_TENANT = 50;
const POLL_MS = 20;

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface SwitchOptions {
  readonly dataDirectory: string;
  /** An external Postgres; absent for the embedded one. */
  readonly database?: string;
  readonly commitTimeoutMs: number;
  /** A node that shares its tenants with others, and its name. */
  readonly node?: string;
  readonly leaseTtlMs?: number;
  readonly tenantsDirectory?: string;
}

/** Whatever ends with a test, or with another piece of work. */
export interface Scope {
  teardown(stop: () => Promise<unknown>): void;
}

/** `holdfast …` in a process of its own, with the project's own variables and no others of ours. */
class Process {
  readonly ended: Promise<Ended>;
  readonly child: ChildProcessByStdio<null, Readable, Readable>;
  stdout = '';
  stderr = '';

  constructor(args: readonly string[], environment: Readonly<Record<string, string>> = {}) {
    this.child = spawn(process.execPath, [CLI, ...args], {
      env: { PATH: process.env.PATH, ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.child.stdout.setEncoding('utf8').on('data', (text) => {
      this.stdout += text;
    });
    this.child.stderr.setEncoding('utf8').on('data', (text) => {
      this.stderr += text;
    });
    this.ended = once(this.child, 'close').then(([code, signal]) => {
      const { stdout, stderr } = this;
      return { code, signal, stdout, stderr };
    });
  }
}

/** A switch that runs, as `holdfast start` starts it, on free ports. */
export class SwitchProcess {
  readonly port: number;
  readonly httpPort: number;
  readonly #process: Process;

  private constructor(process: Process, port: number, httpPort: number) {
    this.#process = process;
    this.port = port;
    this.httpPort = httpPort;
  }

  /** Returns when it says that it is ready; throws with its log where it ends instead. */
  static async start(t: Scope, options: SwitchOptions): Promise<SwitchProcess> {
    const started = await launch(options);
    t.teardown(async () => {
      started.child.kill('SIGKILL');
      await started.ended;
    });
    let banner: RegExpExecArray | null = null;
    const ready = (async () => {
      while (banner === null) {
        await once(started.child.stdout, 'data');
        banner = /ISO 8583 .*:(\d+) .*HTTP .*:(\d+) .*health/s.exec(started.stdout);
      }
    })();
    await Promise.race([ready, started.ended]);
    if (banner === null) throw new Error(`the switch did not start:\n${started.stderr}`);
    const [, port, httpPort] = banner as RegExpExecArray;
    return new SwitchProcess(started, Number(port), Number(httpPort));
  }

  get ended(): Promise<Ended> {
    return this.#process.ended;
  }

  get stderr(): string {
    return this.#process.stderr;
  }

  signal(signal: NodeJS.Signals): void {
    this.#process.child.kill(signal);
  }

  /** Ends it as a power cut would. */
  async kill(): Promise<void> {
    this.signal('SIGKILL');
    await this.ended;
  }

  /** Which tenants it holds, as `/status` says. */
  async held(): Promise<string[]> {
    const response = await fetch(`http://127.0.0.1:${this.httpPort}/status`);
    const { tenants } = (await response.json()) as { tenants: { tenant: string; held: boolean }[] };
    return tenants.filter(({ held }) => held).map(({ tenant }) => tenant);
  }

  /** The body of `/metrics`. */
  async metrics(): Promise<string> {
    return (await fetch(`http://127.0.0.1:${this.httpPort}/metrics`)).text();
  }

  /** Returns when `/health/ready` says so. */
  async ready(): Promise<void> {
    while (!(await fetch(`http://127.0.0.1:${this.httpPort}/health/ready`)).ok) await delay(POLL_MS);
  }
}

/** Starts a switch that is expected not to come up; returns how it ended. */
export async function refusedStart(t: Test, options: SwitchOptions): Promise<Ended> {
  const started = await launch(options);
  t.teardown(() => started.child.kill('SIGKILL'));
  return started.ended;
}

async function launch(options: SwitchOptions): Promise<Process> {
  const { commitTimeoutMs, node, leaseTtlMs, tenantsDirectory } = options;
  const args = ['--port=0', '--http-port=0', '--host=127.0.0.1', `--cards-per-tenant=${CARDS_PER_TENANT}`];
  const environment: Record<string, string> = { HOLDFAST_COMMIT_TIMEOUT_MS: String(commitTimeoutMs) };
  if (node !== undefined) Object.assign(environment, { HOLDFAST_NODE: node, HOLDFAST_SHARED: 'true' });
  if (leaseTtlMs !== undefined) environment.HOLDFAST_LEASE_TTL_MS = String(leaseTtlMs);
  if (tenantsDirectory !== undefined)
    environment.HOLDFAST_CONFIG = await configFile(options.dataDirectory, tenantsDirectory);
  return new Process(['start', ...args, ...where(options)], {
    ...(await oneDatabase(options)),
    ...environment,
  });
}

async function configFile(dataDirectory: string, tenantsDirectory: string): Promise<string> {
  const file = join(dataDirectory, 'holdfast.json');
  await writeFile(file, JSON.stringify({ tenantsDirectory }));
  return file;
}

/** What is killed here is the switch and its database: all tenants are in the one that is. */
async function oneDatabase({
  dataDirectory,
}: Pick<SwitchOptions, 'dataDirectory'>): Promise<Record<string, string>> {
  const file = join(dataDirectory, 'one-database.json');
  await writeFile(file, JSON.stringify({ databases: {} }));
  return { HOLDFAST_CONFIG: file };
}

/** The demo cards with what they have available now, as `holdfast demo cards --json` replays it. */
export async function listCards(options: Omit<SwitchOptions, 'commitTimeoutMs'>): Promise<ListedCard[]> {
  const { code, stdout, stderr } = await new Process(
    ['demo', 'cards', '--json', ...where(options)],
    await oneDatabase(options),
  ).ended;
  if (code !== 0) throw new Error(`the cards can't be listed:\n${stderr}`);
  return JSON.parse(stdout) as ListedCard[];
}

function where(options: Pick<SwitchOptions, 'dataDirectory' | 'database'>): string[] {
  const { dataDirectory, database } = options;
  const args = [`--data-directory=${dataDirectory}`];
  return database === undefined ? args : [...args, `--database=${database}`];
}

/** A data directory that the unprivileged Postgres can enter; in the end its server is stopped, and it goes. */
export async function newDataDirectory(t: Scope): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'holdfast-chaos-'));
  await chmod(directory, 0o755);
  t.teardown(async () => {
    const postgres = await startEmbeddedPostgres({ directory: join(directory, 'postgres'), log: () => {} });
    await postgres.stop();
    await rm(directory, { recursive: true, force: true });
  });
  return directory;
}

/** The URL of the embedded Postgres that runs below a data directory. */
export async function databaseUrl(dataDirectory: string): Promise<string> {
  const directory = join(dataDirectory, 'postgres');
  return (await startEmbeddedPostgres({ directory, log: () => {} })).url;
}
