import { parseArgs } from 'node:util';
import { SeededRandom } from '../../switch/load/random.js';
import { FAULTS, type Fault, type Round, runTakeovers, type TakeoverReport } from './takeover.js';

/**
 * `npm run chaos -- [--rounds N] [--rate N] [--seed N] [--ttl MS]`: a writer and a standby under load, with faults at
 * random. Prints how long each kept approvals away, and ends with 1 where an approval was lost or doubled.
 */

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '30' },
    rate: { type: 'string', default: '5000' },
    seed: { type: 'string', default: String(Date.now() % 2 ** 31) },
    ttl: { type: 'string', default: '3000' },
  },
});
const [rounds, rate, seed, leaseTtlMs] = [values.rounds, values.rate, values.seed, values.ttl].map(
  Number,
) as [number, number, number, number];

const stops: (() => Promise<unknown>)[] = [];
const scope = { teardown: (stop: () => Promise<unknown>) => void stops.unshift(stop) };
try {
  console.log(
    `${rounds} rounds at ${rate} authorisations a second, leases of ${leaseTtlMs} ms, seed ${seed}`,
  );
  const random = new SeededRandom(seed);
  const faults = Array.from({ length: rounds }, () => FAULTS[random.below(FAULTS.length)]!);
  const options = { faults, rate, seed, leaseTtlMs, log: (line: string) => console.log(line) };
  const report = await runTakeovers(scope, options);
  print(report);
  process.exitCode = report.violations.length === 0 ? 0 : 1;
} finally {
  for (const stop of stops) await stop();
}

function print({ rounds, sent, approved, undecided, violations }: TakeoverReport): void {
  console.log('\nfault      rounds   approvals again after, ms      served after the lease was free, ms');
  for (const fault of FAULTS) {
    const some = rounds.filter((round) => round.fault === fault);
    if (some.length > 0) console.log(line(fault, some));
  }
  console.log(`\n${sent} authorisations, ${approved} approved, ${undecided} undone and told so with 91`);
  for (const violation of violations.slice(0, 20)) console.log(`VIOLATION ${violation}`);
  console.log(violations.length === 0 ? 'none lost, none doubled' : `${violations.length} violations`);
}

function line(fault: Fault, rounds: readonly Round[]): string {
  const free = rounds.flatMap(({ freeMs }) => freeMs ?? []);
  const outages = rounds.map(({ outageMs }) => outageMs);
  return `${fault.padEnd(10)} ${String(rounds.length).padStart(6)}   ${spread(outages)}   ${spread(free)}`;
}

/** The middle, and the ends. */
function spread(values: readonly number[]): string {
  if (values.length === 0) return '';
  const sorted = values.toSorted((a, b) => a - b);
  const [least, middle, most] = [sorted[0]!, sorted[sorted.length >> 1]!, sorted.at(-1)!].map((value) =>
    value.toFixed(0).padStart(6),
  );
  return `median ${middle} (${least} to ${most})`;
}
