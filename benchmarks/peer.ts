import os from 'node:os';
import type { Percentiles } from '../switch/load/tally.js';
import { runJsonProcess } from './json-process.js';
import type { PeerDriverConfig, PeerDriverReport } from './peer-driver.js';
import { createPeer, type PostgresFacts } from './peer-schema.js';
import { pgbenchVersion, runPgbench } from './pgbench.js';

const CLIENTS = [8, 16, 32];
const WARMUP_SECONDS = 2;

export interface PeerReport {
  /** What called the function. */
  readonly driver: string;
  readonly postgres: PostgresFacts;
  /** One client, one call in flight. */
  readonly singlePerSecond: number;
  readonly singleLatencyUs: Percentiles;
  readonly byClients: readonly { readonly clients: number; readonly perSecond: number }[];
  /** The best of `byClients`. */
  readonly bestPerSecond: number;
  readonly bestClients: number;
}

export interface PeerOptions {
  readonly url: string;
  readonly directory: string;
  readonly accounts: number;
  readonly seconds: number;
  readonly onStep: (text: string) => void;
}

interface Drive {
  readonly clients: number;
  readonly seconds: number;
  readonly latencies: boolean;
}

type Driver = (drive: Drive) => Promise<{ perSecond: number; latencyUs: Percentiles | null }>;

/** Measures the stored function on a Postgres of its own: alone for its latency, in a crowd for its rate. */
export async function runPeer(options: PeerOptions): Promise<PeerReport> {
  const { url, accounts, seconds, onStep } = options;
  const postgres = await createPeer(url, accounts);
  const version = await pgbenchVersion();
  const driver = version === null ? processDriver(options) : pgbenchDriver(options);
  await driver({ clients: 8, seconds: WARMUP_SECONDS, latencies: false });

  const single = await driver({ clients: 1, seconds, latencies: true });
  onStep(`peer, 1 client: ${Math.round(single.perSecond)}/s, p50 ${single.latencyUs?.p50} µs`);
  const byClients: { clients: number; perSecond: number }[] = [];
  for (const clients of CLIENTS) {
    const { perSecond } = await driver({ clients, seconds, latencies: false });
    byClients.push({ clients, perSecond });
    onStep(`peer, ${clients} clients: ${Math.round(perSecond)}/s`);
  }
  const best = byClients.reduce((a, b) => (b.perSecond > a.perSecond ? b : a));
  if (single.latencyUs === null) throw new Error('the single client was not timed');
  return {
    driver: version ?? `pg in ${os.availableParallelism()} processes of Node ${process.version}`,
    postgres,
    singlePerSecond: single.perSecond,
    singleLatencyUs: single.latencyUs,
    byClients,
    bestPerSecond: best.perSecond,
    bestClients: best.clients,
  };
}

function pgbenchDriver({ url, directory, accounts }: PeerOptions): Driver {
  const threads = os.availableParallelism();
  let run = 0;
  return (drive) => runPgbench({ url, directory, accounts, threads, run: ++run, ...drive });
}

function processDriver({ url, accounts }: PeerOptions): Driver {
  let run = 0;
  return async ({ clients, seconds }) => {
    run++;
    const processes = Math.min(clients, os.availableParallelism());
    const shares = Array.from({ length: processes }, (_, index) => {
      const from = Math.floor((clients * index) / processes);
      const config: PeerDriverConfig = {
        url,
        clients: Math.floor((clients * (index + 1)) / processes) - from,
        firstClient: from,
        seconds,
        accounts,
        run,
      };
      return runJsonProcess<PeerDriverReport>('./peer-driver.js', config);
    });
    const reports = await Promise.all(shares);
    return {
      perSecond: reports.reduce((sum, report) => sum + report.perSecond, 0),
      // Only a single process sees every call.
      latencyUs: reports.length === 1 ? reports[0]!.latencyUs : null,
    };
  };
}
