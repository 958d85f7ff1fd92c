import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { microsecondHistogram, type Percentiles, percentilesOf } from '../switch/load/tally.js';

const run = promisify(execFile);

/** The same accounts, amounts and keys as `peer-driver.ts` makes. */
const SCRIPT = `
\\set account random(1, :accounts)
\\set amount random(100, 5000)
\\set n :n + 1
\\set key :run * 1000000000000 + :client_id * 1000000000 + :n
SELECT place_hold(:account, :amount, :key);
`;

/** First line of `pgbench --version`, or null where there is none. */
export async function pgbenchVersion(): Promise<string | null> {
  try {
    const { stdout } = await run('pgbench', ['--version']);
    return stdout.split('\n')[0] ?? null;
  } catch {
    // Not installed: the caller has another driver.
    return null;
  }
}

export interface PgbenchOptions {
  readonly url: string;
  /** For the script and the latency log; exists. */
  readonly directory: string;
  readonly clients: number;
  readonly threads: number;
  readonly seconds: number;
  readonly accounts: number;
  /** Makes the keys of one run differ from those of the others; 1–999. */
  readonly run: number;
  /** Also log each transaction, for its latency; costs a little throughput. */
  readonly latencies: boolean;
}

export interface PgbenchReport {
  readonly perSecond: number;
  readonly latencyUs: Percentiles | null;
}

/** @throws Error when pgbench fails, or prints no rate */
export async function runPgbench(options: PgbenchOptions): Promise<PgbenchReport> {
  const { url, clients, threads, seconds, accounts } = options;
  const directory = await mkdtemp(path.join(options.directory, 'pgbench-'));
  try {
    await writeFile(path.join(directory, 'place-hold.sql'), SCRIPT);
    const words = ['-n', '-M', 'prepared', '-f', 'place-hold.sql', '-T', String(seconds)];
    words.push('-c', String(clients), '-j', String(Math.min(clients, threads)));
    words.push('-D', `accounts=${accounts}`, '-D', 'n=0', '-D', `run=${options.run}`);
    if (options.latencies) words.push('--log', '--log-prefix=latency');
    const { stdout, stderr } = await run('pgbench', words, {
      cwd: directory,
      env: { ...process.env, ...environmentOf(url) },
    });
    const rate = /^tps = ([\d.]+)/m.exec(stdout)?.[1];
    if (rate === undefined) throw new Error(`pgbench printed no rate: ${stderr}`);
    return {
      perSecond: Number(rate),
      latencyUs: options.latencies ? await latencies(directory) : null,
    };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** The third column of each line of the logs: microseconds of one transaction. */
async function latencies(directory: string): Promise<Percentiles> {
  const histogram = microsecondHistogram();
  for (const name of await readdir(directory)) {
    if (!name.startsWith('latency')) continue;
    for (const line of (await readFile(path.join(directory, name), 'latin1')).split('\n')) {
      const us = line.split(' ', 3)[2];
      if (us !== undefined) histogram.recordValue(Number(us));
    }
  }
  return percentilesOf(histogram);
}

/** The parts of a URL as the environment of libpq, so that no password stands in the list of processes. */
function environmentOf(url: string): NodeJS.ProcessEnv {
  const { hostname, port, username, password, pathname, searchParams } = new URL(url);
  return {
    PGHOST: searchParams.get('host') ?? hostname,
    PGPORT: port === '' ? '5432' : port,
    PGUSER: decodeURIComponent(username),
    PGPASSWORD: decodeURIComponent(password),
    PGDATABASE: decodeURIComponent(pathname.slice(1)),
  };
}
