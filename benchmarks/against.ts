import { rm } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Cleanup } from './cleanup.js';
import { Driver } from './driver.js';
import { writeGenerousTenants } from './generous-tenants.js';
import { describeMachine } from './machine.js';
import { searchHighest } from './search.js';
import { SwitchProcess } from './switch-process.js';
import { temporaryDirectory } from './temporary-directory.js';
import { setTenantRules } from './tenant-rules.js';
import { held } from './verdict.js';

/**
 * `npm run bench:against -- before=../other/checkout now=. …`: builds, or settings, side by side on one machine. Each
 * subject is a name, a checkout that is built, and what is in its configuration, as `off=.+{"prover":{"enabled":false}}`;
 * there, `rules` is a limits document that all tenants get, or null for none, as `with=.+{"rules":"benchmarks/twelve-rules.json"}`.
 * In every round each has a fresh switch and database, in turns, since what else the machine does changes from one minute
 * to the next; what counts are the medians, and the ratios within a round.
 */
const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const READY_MS = 120_000;
const CARDS_PER_TENANT = 20_000;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string', default: '5' },
    rates: { type: 'string', default: '1000,20000' },
    seconds: { type: 'string', default: '5' },
    search: { type: 'boolean', default: true },
    flood: { type: 'string', default: '150000' },
  },
  allowNegative: true,
});

interface Subject {
  readonly name: string;
  /** Its checkout, with what was compiled in `dist`. */
  readonly root: string;
  readonly config: object;
  /** A limits document for all tenants, null for none; theirs when absent. */
  readonly rules: string | null | undefined;
}

const subjects = positionals.map(subjectOf);
if (subjects.length < 2) throw new RangeError('there have to be two subjects, as before=../checkout now=.');
const rates = values.rates.split(',').map(Number);
const measure = { seconds: Number(values.seconds), warmupSeconds: 2 };
const flood = Number(values.flood);
const highest = 'highest rate that is held, 1/s';
/** By subject, then by what was measured: a number each round. */
const measured = new Map(subjects.map(({ name }) => [name, new Map<string, number[]>()]));
const cleanup = new Cleanup();
try {
  for (let round = 0; round < Number(values.rounds); round++) {
    const order = round % 2 === 0 ? subjects : [...subjects].reverse();
    for (const subject of order) await measureOnce(subject);
  }
  print();
} finally {
  await cleanup.run((name, error) => process.stdout.write(`could not clean up ${name}: ${error}\n`));
}

function subjectOf(text: string): Subject {
  const [, name, directory, config] = /^([^=]+)=([^+]+)(?:\+(.*))?$/.exec(text) ?? [];
  if (name === undefined) throw new RangeError(`'${text}' is no subject, as now=.`);
  const { rules, ...rest } = JSON.parse(config ?? '{}') as { rules?: string | null };
  return { name, root: path.resolve(directory!), config: rest, rules };
}

async function measureOnce({ name, root, config, rules }: Subject): Promise<void> {
  process.stdout.write(`${name}\n`);
  const directory = await temporaryDirectory(cleanup);
  const tenantsDirectory = path.join(directory, 'tenants');
  await writeGenerousTenants(path.join(root, 'tenants', 'personas'), tenantsDirectory);
  if (rules !== undefined) await setTenantRules(tenantsDirectory, rules);
  const settings = { directory, tenantsDirectory, cardsPerTenant: CARDS_PER_TENANT, readyMs: READY_MS };
  const cli = path.join(root, 'dist', 'switch', 'cli.js');
  const target = await SwitchProcess.start({ ...settings, cli, config }, (stop) =>
    cleanup.add('a switch', stop),
  );
  const driver = new Driver(target, measure);
  for (const rate of rates) note(name, `p50 at ${rate}/s, µs`, (await driver.drive(rate)).latencyUs.p50);
  if (values.search) {
    const from = { from: 40_000, fromHolds: false, growth: 1.3, precision: 1.05, triesMax: 6 };
    const rate = await searchHighest(from, async (tried) => held(await driver.drive(tried)));
    note(name, highest, rate);
  }
  // Behind all else, as it leaves the most to catch up with.
  if (flood > 0) note(name, `answered of ${flood}/s, 1/s`, (await driver.drive(flood)).achievedRate);
  await target.stop();
  await rm(directory, { recursive: true, force: true });
}

function note(subject: string, what: string, value: number): void {
  const rounds = measured.get(subject)!;
  rounds.set(what, [...(rounds.get(what) ?? []), value]);
}

function print(): void {
  const [first] = subjects;
  const { cpu, cores, commit } = describeMachine(ROOT, '');
  process.stdout.write(`${cpu}, ${cores} cores, commit ${commit}; ratios to ${first!.name}\n`);
  for (const what of measured.get(first!.name)!.keys()) {
    const base = measured.get(first!.name)!.get(what)!;
    for (const { name } of subjects) {
      const values = measured.get(name)!.get(what)!;
      const ratio = median(values.map((value, round) => value / base[round]!));
      process.stdout.write(
        `${what}: ${name} median ${median(values)} (${values.join(' ')}), ratio ${ratio.toFixed(3)}\n`,
      );
    }
  }
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >>> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
