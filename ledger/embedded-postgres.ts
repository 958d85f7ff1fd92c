import { once } from 'node:events';
import { chown, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type PostgresBinaries, preparePostgresBinaries } from './postgres-binaries.js';
import { ensureCluster, NAME } from './postgres-cluster.js';
import { EmbeddedPostgresError, errorCode } from './postgres-error.js';
import { type Home, openHome } from './postgres-home.js';
import { accepts } from './postgres-probe.js';
import { ServerAttempt } from './postgres-server.js';
import { disownStalePidFile, findPostmaster, isPostmasterOf } from './postmaster-file.js';

export { EmbeddedPostgresError, type PostgresErrorCode } from './postgres-error.js';

/** How long a start is tried again while what stands in its way is passing. */
const RETRY_MS = 20_000;
/** How long a server that lives may recover; its log to replay is limited by `max_wal_size`. */
const RECOVERY_MS = 300_000;
const STOP_MS = 60_000;
const POLL_MS = 50;

export interface EmbeddedPostgresSettings {
  /** The cluster lives in here, with its password, port and log; made where it is missing. */
  readonly directory: string;
  /** Told in a line what takes long: the first start's steps, adopting a server, recovery. No secrets. */
  readonly log: (line: string) => void;
}

/**
 * Brings up the packaged Postgres on the cluster in the directory, making both on the first start. A server that
 * a killed process has left running is adopted. Returns when it accepts connections.
 * Throws {@link EmbeddedPostgresError}.
 */
export async function startEmbeddedPostgres(settings: EmbeddedPostgresSettings): Promise<EmbeddedPostgres> {
  const home = await openHome(settings.directory);
  const binaries = await preparePostgresBinaries(home.path, home.account, settings.log);
  const password = await ensureCluster(home, binaries, settings.log);
  return EmbeddedPostgres.open(home, binaries, password, settings.log);
}

interface ServerAddress {
  readonly pid: number;
  readonly port: number;
}

/** A Postgres server of our own, which runs in a process group of its own and outlives a killed owner. */
export class EmbeddedPostgres {
  #server: ServerAddress = { pid: 0, port: 0 };
  #starting: Promise<void> | undefined;

  private constructor(
    private readonly home: Home,
    private readonly binaries: PostgresBinaries,
    private readonly password: string,
    private readonly log: (line: string) => void,
  ) {}

  /** Whether the server ran already when this object was made: somebody else's, or left by a killed owner. */
  adopted = false;

  /** Use {@link startEmbeddedPostgres}. */
  static async open(
    home: Home,
    binaries: PostgresBinaries,
    password: string,
    log: (line: string) => void,
  ): Promise<EmbeddedPostgres> {
    const postgres = new EmbeddedPostgres(home, binaries, password, log);
    postgres.adopted = (await findPostmaster(postgres.#data)) !== undefined;
    await postgres.ensureRunning();
    await postgres.#rememberPort();
    return postgres;
  }

  /** Where to connect, password included; stays the same while this object lives. */
  get url(): string {
    return this.#urlAt(this.#server.port);
  }

  /** Of the postmaster, when it was last seen running. */
  get pid(): number {
    return this.#server.pid;
  }

  /**
   * Starts the server again if it has died; returns when it accepts connections. Calls at the same time share one
   * start. Throws HF_POSTGRES_START with the end of the server's log, HF_POSTGRES_PASSWORD, HF_POSTGRES_PORT.
   */
  ensureRunning(): Promise<void> {
    this.#starting ??= this.#bringUp().finally(() => {
      this.#starting = undefined;
    });
    return this.#starting;
  }

  /**
   * Fast shutdown: open transactions are rolled back, connections closed, a checkpoint written. Returns when the
   * server is gone; at once where none runs. Throws HF_POSTGRES_STOP after a minute.
   */
  async stop(): Promise<void> {
    // A start under way ends first, else its server would come up after the stop. How it fails is its caller's.
    await this.#starting?.catch(() => {});
    const server = await findPostmaster(this.#data);
    if (!server) return;
    try {
      process.kill(server.pid, 'SIGINT');
    } catch (error) {
      // It has ended since we looked.
      if (errorCode(error) !== 'ESRCH') throw error;
    }
    const deadline = performance.now() + STOP_MS;
    while (await isPostmasterOf(server.pid, this.#data)) {
      if (performance.now() > deadline) {
        throw new EmbeddedPostgresError('HF_POSTGRES_STOP', `the server ${server.pid} doesn't end`);
      }
      await delay(POLL_MS);
    }
  }

  async #bringUp(): Promise<void> {
    const deadline = performance.now() + RETRY_MS;
    for (;;) {
      const running = await findPostmaster(this.#data);
      if (running) {
        if (running.pid !== this.#server.pid) this.log(`adopting the Postgres server ${running.pid}`);
        if (await this.#accepts(running, () => isPostmasterOf(running.pid, this.#data))) return;
      }
      const failure = await this.#start();
      if (!failure) return;
      if (!failure.passing || performance.now() > deadline) throw failure.error;
      await delay(POLL_MS);
    }
  }

  /** Starts a server and waits until it accepts connections; returns why it didn't, if it ended. */
  async #start(): Promise<Awaited<ReturnType<ServerAttempt['failure']>> | undefined> {
    await disownStalePidFile(this.#data);
    const port = this.#server.port || (await this.#choosePort());
    const attempt = await ServerAttempt.begin(this.home, this.binaries.postgres, port);
    const accepted = await this.#accepts({ pid: attempt.pid, port }, async () => !attempt.ended);
    return accepted ? undefined : attempt.failure();
  }

  /** Waits until the server accepts connections; false where it ended instead. */
  async #accepts(server: ServerAddress, lives: () => Promise<boolean>): Promise<boolean> {
    if (this.#server.port !== 0 && this.#server.port !== server.port) {
      throw new EmbeddedPostgresError(
        'HF_POSTGRES_PORT',
        `the server now listens on port ${server.port}, no longer on ${this.#server.port}; restart this process`,
      );
    }
    const deadline = performance.now() + RECOVERY_MS;
    while (await lives()) {
      // Before it says that it is ready, whoever answers on its port may be another.
      const seen = await findPostmaster(this.#data);
      if (seen?.pid === server.pid && seen.ready && (await accepts(this.#urlAt(server.port)))) {
        this.#server = server;
        return true;
      }
      if (performance.now() > deadline) {
        throw new EmbeddedPostgresError(
          'HF_POSTGRES_START',
          `the server ${server.pid} accepts no connections`,
        );
      }
      await delay(POLL_MS);
    }
    return false;
  }

  /** The last run's port if it is free, for the sake of whoever has it configured; else any free one. */
  async #choosePort(): Promise<number> {
    const last = Number(await readFile(this.#portFile, 'utf8').catch(emptyWhereMissing));
    return (last > 0 && (await freePort(last))) || (await freePort(0)) || 0;
  }

  async #rememberPort(): Promise<void> {
    const file = this.#portFile;
    await writeFile(file, `${this.#server.port}\n`);
    if (this.home.account) await chown(file, this.home.account.uid, this.home.account.gid);
  }

  get #data(): string {
    return join(this.home.path, 'data');
  }

  get #portFile(): string {
    return join(this.home.path, 'port');
  }

  #urlAt(port: number): string {
    return `postgres://${NAME}:${this.password}@127.0.0.1:${port}/${NAME}`;
  }
}

function emptyWhereMissing(error: unknown): string {
  if (errorCode(error) === 'ENOENT') return '';
  throw error;
}

/** The port if it is free (0 asks for any), else `undefined`. */
async function freePort(wanted: number): Promise<number | undefined> {
  const server = createServer().listen(wanted, '127.0.0.1');
  try {
    await once(server, 'listening');
  } catch (error) {
    if (errorCode(error) === 'EADDRINUSE') return undefined;
    throw error;
  }
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' ? address?.port : undefined;
}
