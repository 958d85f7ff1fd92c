import pg from 'pg';
import { SeededRandom } from '../switch/load/random.js';
import { microsecondHistogram, type Percentiles, percentilesOf } from '../switch/load/tally.js';
import { jsonArgument } from './json-process.js';

export interface PeerDriverConfig {
  readonly url: string;
  /** Connections of this process; each has one call in flight. */
  readonly clients: number;
  /** Number of the first client among those of all processes; 0–999. */
  readonly firstClient: number;
  readonly seconds: number;
  readonly accounts: number;
  /** Makes the keys of one run differ from those of the others; 1–999. */
  readonly run: number;
}

export interface PeerDriverReport {
  readonly perSecond: number;
  readonly latencyUs: Percentiles;
}

/** Stands in for pgbench where that is not installed: a process that calls the peer's function and nothing else. */
const { url, clients, firstClient, seconds, accounts, run } = jsonArgument<PeerDriverConfig>();
const histogram = microsecondHistogram();
const connections = await Promise.all(Array.from({ length: clients }, connect));
const fromMs = performance.now();
const untilMs = fromMs + seconds * 1000;
await Promise.all(connections.map((connection, index) => drive(connection, firstClient + index)));
const perSecond = histogram.totalCount / ((performance.now() - fromMs) / 1000);
await Promise.all(connections.map((connection) => connection.end()));
const report: PeerDriverReport = { perSecond, latencyUs: percentilesOf(histogram) };
process.stdout.write(`${JSON.stringify(report)}\n`);

async function connect(): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  return client;
}

async function drive(connection: pg.Client, client: number): Promise<void> {
  const random = new SeededRandom(run * 1000 + client);
  const text = 'SELECT place_hold($1, $2, $3)';
  for (let count = 0; performance.now() < untilMs; count++) {
    // Below 2^53, so that no two keys round to one.
    const key = run * 1e12 + client * 1e9 + count;
    const values = [1 + random.below(accounts), 100 + random.below(4901), key];
    const sentMs = performance.now();
    await connection.query({ name: 'place', text, values });
    histogram.recordValue(Math.round((performance.now() - sentMs) * 1000));
  }
}
