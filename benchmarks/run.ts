import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { startEmbeddedPostgres } from '../ledger/embedded-postgres.js';
import type { LoadReport } from '../switch/load/open-loop.js';
import { Cleanup } from './cleanup.js';
import { Driver, type Measure } from './driver.js';
import { probeFsync } from './fsync-probe.js';
import { writeGenerousTenants } from './generous-tenants.js';
import { describeMachine } from './machine.js';
import { type PeerReport, runPeer } from './peer.js';
import { type BenchResult, renderReport, writeReport } from './report.js';
import { searchHighest } from './search.js';
import { SwitchProcess } from './switch-process.js';
import { temporaryDirectory } from './temporary-directory.js';
import { held, judge } from './verdict.js';

/**
 * `npm run bench`: the real switch under open-loop load, then what a user would write instead, on the same
 * machine and the same Postgres; writes `docs/benchmarks.md`.
 */
const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const QUIET_RATE = 1000;
const RATES = [QUIET_RATE, 5000, 20_000, 50_000];
const CARDS_PER_TENANT = 20_000;
const READY_MS = 120_000;
const FSYNC_APPENDS = 1000;

interface Plan extends Measure {
  readonly rates: readonly number[];
  readonly growth: number;
  readonly precision: number;
  readonly triesMax: number;
  readonly peerSeconds: number;
}

const FULL = { seconds: 10, warmupSeconds: 3, growth: 1.3, precision: 1.04, triesMax: 8, peerSeconds: 10 };
const QUICK = { seconds: 3, warmupSeconds: 2, growth: 1.4, precision: 1.12, triesMax: 5, peerSeconds: 3 };

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    json: { type: 'string' },
    rates: { type: 'string' },
  },
});
const plan: Plan = { ...(values.quick ? QUICK : FULL), rates: ratesOf(values.rates) };
const cleanup = new Cleanup();
const undo = () => cleanup.run((name, error) => print(`could not clean up ${name}: ${String(error)}`));
for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const) {
  process.once(signal, async () => {
    await undo();
    process.exit(code);
  });
}
try {
  const result = await bench();
  await publish(result);
  process.exitCode = result.verdicts.every((verdict) => verdict.met) ? 0 : 1;
} finally {
  await undo();
}

async function bench(): Promise<BenchResult> {
  const machine = describeMachine(ROOT, ['npm run bench', ...commandWords()].join(' '));
  const directory = await temporaryDirectory(cleanup);
  const fsyncUs = await probeFsync(directory, FSYNC_APPENDS);
  print(`fdatasync of 4 KiB: p50 ${fsyncUs.p50} µs, p99 ${fsyncUs.p99} µs`);
  const load = await benchSwitch(directory);
  const peer = await benchPeer(directory, load.cards);
  const quietP50Us = load.fixed.find(({ rate }) => rate === QUIET_RATE)?.latencyUs.p50 ?? null;
  const verdicts = judge({
    bestRate: load.bestRate,
    quietP50Us,
    peerBestPerSecond: peer.bestPerSecond,
    peerSingleP50Us: peer.singleLatencyUs.p50,
  });
  return { machine, fsyncUs, ...load, peer, verdicts };
}

async function benchSwitch(
  directory: string,
): Promise<Pick<BenchResult, 'cards' | 'fixed' | 'tries' | 'bestRate'>> {
  print('starting the switch');
  const tenantsDirectory = path.join(directory, 'tenants');
  await writeGenerousTenants(path.join(ROOT, 'tenants', 'personas'), tenantsDirectory);
  const settings = {
    directory,
    tenantsDirectory,
    cardsPerTenant: CARDS_PER_TENANT,
    readyMs: READY_MS,
  };
  const target = await SwitchProcess.start(settings, (stop) => cleanup.add('the switch', stop));
  const driver = new Driver(target, plan);
  const drive = (rate: number) => driver.drive(rate);

  const fixed: LoadReport[] = [];
  for (const rate of plan.rates) fixed.push(await drive(rate));
  print('searching the highest rate');
  const tries: LoadReport[] = [];
  const known = Math.max(0, ...fixed.filter(held).map(({ rate }) => rate));
  const from = known > 0 ? known : Math.min(...plan.rates);
  const bestRate = await searchHighest({ ...plan, from, fromHolds: known > 0 }, async (rate) => {
    const report = await drive(rate);
    tries.push(report);
    return held(report);
  });
  // The peer gets the machine to itself, as the switch had it.
  await target.stop();
  return { cards: target.cardCount, fixed, tries, bestRate };
}

async function benchPeer(directory: string, accounts: number): Promise<PeerReport> {
  print('starting the peer');
  const postgres = await startEmbeddedPostgres({ directory: path.join(directory, 'peer'), log: () => {} });
  cleanup.add('the peer', () => postgres.stop());
  return runPeer({ url: postgres.url, directory, accounts, seconds: plan.peerSeconds, onStep: print });
}

async function publish(result: BenchResult): Promise<void> {
  for (const { what, measured, target, met } of result.verdicts) {
    print(`${met ? 'met    ' : 'NOT MET'}  ${what}: ${measured} (${target})`);
  }
  const file = await writeReport(ROOT, renderReport(result));
  print(`wrote ${path.relative(process.cwd(), file)}`);
  if (values.json !== undefined) await writeFile(values.json, `${JSON.stringify(result, null, 2)}\n`);
}

function ratesOf(text: string | undefined): readonly number[] {
  if (text === undefined) return RATES;
  const rates = text.split(',').map(Number);
  if (rates.some((rate) => !(rate >= 1 && rate <= 1_000_000))) {
    throw new RangeError('--rates is a list of numbers from 1 to 1,000,000, as 1000,5000');
  }
  return rates;
}

/** The options of this run as they were typed; npm needs `--` before them. */
function commandWords(): readonly string[] {
  const words = process.argv.slice(2);
  return words.length === 0 ? [] : ['--', ...words];
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
