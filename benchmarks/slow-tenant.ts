import { execFile } from 'node:child_process';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import type { LoadReport } from '../switch/load/open-loop.js';
import { Cleanup } from './cleanup.js';
import type { GeneratorConfig } from './generator-config.js';
import { writeGenerousTenants } from './generous-tenants.js';
import { runJsonProcess } from './json-process.js';
import { describeMachine } from './machine.js';
import { loadLine } from './report.js';
import { SwitchProcess } from './switch-process.js';
import { temporaryDirectory } from './temporary-directory.js';

/**
 * `npm run bench:slow-tenant`: what a tenant whose endpoint never answers costs the others. In turns, one tenant has no
 * endpoint, and one that takes every request and is silent; what counts is the latency of all other tenants' cards, in
 * medians and in the ratios within a round.
 */
const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const CLI = fileURLToPath(new URL('../switch/cli.js', import.meta.url));
const TENANT = 'pixpay';
const CARDS_PER_TENANT = 2000;
const READY_MS = 120_000;
const GRACE_MS = 10_000;
const ACQUIRERS = 70_000_000_000;
/** For the switch to learn of another endpoint. */
const SETTLE_MS = 500;

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    rate: { type: 'string', default: '5000' },
    'slow-rate': { type: 'string', default: '300' },
    seconds: { type: 'string', default: '6' },
  },
});
const seconds = Number(values.seconds);
const cleanup = new Cleanup();
const silent = createServer(() => {
  // Nothing is ever answered.
});
const found = { without: [] as LoadReport[], silent: [] as LoadReport[] };
let runs = 0;

try {
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  cleanup.add('the endpoint', async () => {
    silent.closeAllConnections();
    silent.close();
  });
  const directory = await temporaryDirectory(cleanup);
  const tenantsDirectory = path.join(directory, 'tenants');
  await writeGenerousTenants(path.join(ROOT, 'tenants', 'personas'), tenantsDirectory);
  const settings = { directory, tenantsDirectory, cardsPerTenant: CARDS_PER_TENANT, readyMs: READY_MS };
  const target = await SwitchProcess.start(settings, (stop) => cleanup.add('a switch', stop));
  const [own, others] = await splitCards(directory, target.cardsFile);
  const key = await keyOf(directory);
  for (let round = 0; round < Number(values.rounds); round++) {
    const order = round % 2 === 0 ? (['without', 'silent'] as const) : (['silent', 'without'] as const);
    for (const which of order) {
      await setEndpoint(target, key, which === 'silent');
      const [report] = await Promise.all([
        drive(target, others, Number(values.rate)),
        drive(target, own, Number(values['slow-rate'])),
      ]);
      found[which].push(report);
      process.stdout.write(`${which}: ${loadLine(report)}\n`);
    }
  }
  print();
  await target.stop();
  await rm(directory, { recursive: true, force: true });
} finally {
  await cleanup.run((name, error) => process.stdout.write(`could not clean up ${name}: ${error}\n`));
}

/** The cards of the tenant, and all others, each in a file. */
async function splitCards(directory: string, file: string): Promise<readonly [own: string, others: string]> {
  const cards = JSON.parse(await readFile(file, 'utf8')) as { readonly tenant: string }[];
  const files = [path.join(directory, 'own.json'), path.join(directory, 'others.json')] as const;
  await writeFile(files[0], JSON.stringify(cards.filter(({ tenant }) => tenant === TENANT)));
  await writeFile(files[1], JSON.stringify(cards.filter(({ tenant }) => tenant !== TENANT)));
  return files;
}

async function keyOf(directory: string): Promise<string> {
  const words = ['demo', 'keys', '--tenant', TENANT, '--config', path.join(directory, 'holdfast.json')];
  words.push('--data-directory', path.join(directory, 'data'));
  const { stdout } = await promisify(execFile)(process.execPath, [CLI, ...words]);
  const key = /hf_\w+/.exec(stdout)?.[0];
  if (key === undefined) throw new Error(`there is no key of ${TENANT}`);
  return key;
}

/** Gives the tenant an endpoint that is silent, and approves by the fallback; or none. */
async function setEndpoint({ httpPort }: SwitchProcess, key: string, wanted: boolean): Promise<void> {
  const { port } = silent.address() as AddressInfo;
  const body = {
    url: `http://127.0.0.1:${port}/`,
    deadline_ms: 800,
    concurrency: 512,
    fallback: { decision: 'approve' },
    enabled: wanted,
  };
  const response = await fetch(`http://127.0.0.1:${httpPort}/v1/decision-endpoint`, {
    method: 'PUT',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (response.status !== 200) throw new Error(await response.text());
  await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
}

function drive({ port }: SwitchProcess, cardsFile: string, rate: number): Promise<LoadReport> {
  const run = ++runs;
  const config: GeneratorConfig = {
    host: '127.0.0.1',
    port,
    dialect: 'iso87-ascii',
    cardsFile,
    cards: 'uniform',
    rate,
    seconds,
    warmupSeconds: 2,
    connections: 4,
    spread: 'constant',
    seed: run,
    acquirer: ACQUIRERS + run * 100,
    graceMs: GRACE_MS,
    expectedCode: '00',
  };
  return runJsonProcess<LoadReport>('./load-generator.js', config);
}

function print(): void {
  const { cpu, cores, commit } = describeMachine(ROOT, '');
  process.stdout.write(
    `${cpu}, ${cores} cores, commit ${commit}; others' cards at ${values.rate}/s, ${TENANT}'s at ${values['slow-rate']}/s\n`,
  );
  for (const what of ['p50', 'p99', 'p999'] as const) {
    const [without, slow] = [found.without, found.silent].map((reports) =>
      reports.map((one) => one.latencyUs[what]),
    );
    const ratio = median(slow!.map((value, round) => value / without![round]!));
    const text = (all: readonly number[]) => `${median(all)} (${all.join(' ')})`;
    process.stdout.write(
      `${what}, µs: without ${text(without!)}, silent ${text(slow!)}, ratio ${ratio.toFixed(3)}\n`,
    );
  }
}

function median(all: readonly number[]): number {
  const sorted = [...all].sort((a, b) => a - b);
  const middle = sorted.length >>> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
