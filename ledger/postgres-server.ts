import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chown, open, readFile, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { serverEnvironment } from './postgres-cluster.js';
import { EmbeddedPostgresError, errorCode } from './postgres-error.js';
import type { Home } from './postgres-home.js';

const LOG_LIMIT_BYTES = 10 * 1024 * 1024;
const TAIL_BYTES = 4096;

/** Reasons to end that pass by themselves: a dying server's last children, a port or a cluster just taken. */
const PASSING =
  /pre-existing shared memory block|lock file ".*" already exists|could not (bind|create any TCP)/;

/**
 * The settings of every start, given on the command line so that they follow the program, not the first start.
 * Durable first; then a small box, and few checkpoints (each makes the pages after it be logged in full).
 */
const SETTINGS = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  fsync: 'on',
  synchronous_commit: 'on',
  full_page_writes: 'on',
  max_connections: '50',
  shared_buffers: '128MB',
  max_wal_size: '2GB',
  checkpoint_timeout: '30min',
  timezone: 'UTC',
  log_timezone: 'UTC',
  lc_messages: 'C',
  cluster_name: 'holdfast',
};

/** One attempt at running the server: its process, and how it ended if it did. */
export class ServerAttempt {
  private constructor(
    private readonly process: ChildProcess,
    private readonly logFile: string,
    private readonly logStart: number,
  ) {}

  /**
   * Runs `postgres` in a process group of its own, so that a Ctrl-C meant for the switch spares it, and it
   * outlives a switch that is killed. It prints to `server.log`; at 10 MB that becomes `server.log.1`.
   */
  static async begin(home: Home, postgres: string, port: number): Promise<ServerAttempt> {
    const logFile = join(home.path, 'server.log');
    await rotate(logFile);
    const log = await open(logFile, 'a', 0o600);
    try {
      if (home.account) await chown(logFile, home.account.uid, home.account.gid);
      const logStart = (await log.stat()).size;
      const settings = Object.entries({ ...SETTINGS, port }).flatMap(([name, value]) => [
        '-c',
        `${name}=${value}`,
      ]);
      const child = spawn(postgres, ['-D', join(home.path, 'data'), ...settings], {
        ...home.account,
        cwd: '/',
        env: serverEnvironment(),
        detached: true,
        stdio: ['ignore', log.fd, log.fd],
      });
      await once(child, 'spawn').catch((error: unknown) => {
        throw new EmbeddedPostgresError('HF_POSTGRES_START', `can't run ${postgres}`, '', { cause: error });
      });
      child.unref();
      return new ServerAttempt(child, logFile, logStart);
    } finally {
      await log.close();
    }
  }

  get pid(): number {
    return this.process.pid ?? 0;
  }

  get ended(): boolean {
    return this.process.exitCode !== null || this.process.signalCode !== null;
  }

  /** Why it ended; `passing` where the same start may work in a moment. */
  async failure(): Promise<{ passing: boolean; error: EmbeddedPostgresError }> {
    const tail = await this.tail();
    const how = this.process.signalCode ?? `exit code ${this.process.exitCode}`;
    const error = new EmbeddedPostgresError(
      'HF_POSTGRES_START',
      `the server ended, ${how}; ${this.logFile}`,
      tail,
    );
    return { passing: PASSING.test(tail), error };
  }

  /** The end of what this attempt has printed. */
  async tail(): Promise<string> {
    const printed = await readFile(this.logFile);
    return printed.subarray(Math.max(this.logStart, printed.length - TAIL_BYTES)).toString('utf8');
  }
}

async function rotate(logFile: string): Promise<void> {
  try {
    if ((await stat(logFile)).size > LOG_LIMIT_BYTES) await rename(logFile, `${logFile}.1`);
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error;
  }
}
