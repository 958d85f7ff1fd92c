import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Cleanup } from './cleanup.js';
import { Driver } from './driver.js';
import { FreezeProbe, type Round } from './freeze-probe.js';
import { writeGenerousTenants } from './generous-tenants.js';
import { describeMachine } from './machine.js';
import { SwitchProcess } from './switch-process.js';
import { temporaryDirectory } from './temporary-directory.js';

/**
 * `npm run bench:freeze`: how long after `POST /v1/cards/{id}/freeze` a card that pays all the time is declined, at a quiet
 * switch and beside 5,000 messages a second.
 */
const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const ROUNDS = 300;
const CARDS_PER_TENANT = 2000;
const READY_MS = 120_000;
const BESIDE = { rate: 5000, seconds: 25, warmupSeconds: 3 };
const TENANT = 'lydia';
/** Of a payment that is sent when the freeze is answered: the ledger has decided by then. */
const TARGET_MS = 5;

const cleanup = new Cleanup();
const undo = () => cleanup.run((name, error) => print(`could not clean up ${name}: ${String(error)}`));
process.once('SIGINT', async () => {
  await undo();
  process.exit(130);
});
try {
  await bench();
} finally {
  await undo();
}

async function bench(): Promise<void> {
  const { cpu, cores, node, commit } = describeMachine(ROOT, 'npm run bench:freeze');
  print(`${cpu}, ${cores} cores, Node ${node}, ${commit}`);
  const directory = await temporaryDirectory(cleanup);
  const tenantsDirectory = path.join(directory, 'tenants');
  await writeGenerousTenants(path.join(ROOT, 'tenants', 'personas'), tenantsDirectory);
  const target = await SwitchProcess.start(
    {
      directory,
      tenantsDirectory,
      cardsPerTenant: CARDS_PER_TENANT,
      readyMs: READY_MS,
      config: { http: { requestsPerMinute: 1_000_000 } },
    },
    (stop) => cleanup.add('the switch', stop),
  );
  const probe = await FreezeProbe.make(target, TENANT);
  cleanup.add('the probe', async () => probe.close());
  await probe.rounds(ROUNDS / 10);
  report('quiet', await probe.rounds(ROUNDS));
  const { rate, ...measure } = BESIDE;
  const load = new Driver(target, measure).drive(rate);
  let [done, rounds] = [false, [] as Round[]];
  const ended = load.finally(() => {
    done = true;
  });
  // What was measured before the load had its rate, or behind it, is left out.
  await new Promise((resolve) => setTimeout(resolve, 1000 * BESIDE.warmupSeconds));
  while (!done && rounds.length < ROUNDS) rounds = [...rounds, ...(await probe.rounds(10))];
  if (done) print(`the load ended after ${rounds.length} rounds`);
  report(`beside ${rate} a second`, rounds);
  await ended;
}

function report(what: string, rounds: readonly Round[]): void {
  print(`\n${what}, ${rounds.length} rounds${' '.repeat(20)}p50 ms  p99 ms  max ms`);
  const line = (name: string, of: keyof Round) => {
    const sorted = rounds.map((round) => round[of]).sort((a, b) => a - b);
    const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
    const figures = [at(0.5), at(0.99), at(1)].map((ms) => ms.toFixed(2).padStart(8));
    print(`  ${name.padEnd(48)}${figures.join('')}`);
    return at(0.99);
  };
  line('request → first decline, paying all the time', 'inForce');
  line('request → its answer', 'answered');
  const p99 = line('answer → decline of a payment sent then', 'next');
  print(
    `  ${p99 < TARGET_MS ? 'met' : 'NOT MET'}: p99 of a payment that is sent behind the answer under ${TARGET_MS} ms`,
  );
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
