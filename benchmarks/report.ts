import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { LoadReport } from '../switch/load/open-loop.js';
import { errorCount, type Percentiles } from '../switch/load/tally.js';
import type { Machine } from './machine.js';
import type { PeerReport } from './peer.js';
import { held, thousands, type Verdict } from './verdict.js';

/** Everything that one run of the benchmark found; what `--json` writes. */
export interface BenchResult {
  readonly machine: Machine;
  readonly fsyncUs: Percentiles;
  readonly cards: number;
  /** The rates that were asked for, in that order. */
  readonly fixed: readonly LoadReport[];
  /** The tries of the search for the highest rate, in that order. */
  readonly tries: readonly LoadReport[];
  /** The highest rate that was held; 0 when none was. */
  readonly bestRate: number;
  readonly peer: PeerReport;
  readonly verdicts: readonly Verdict[];
}

const INTRODUCTION = `# Benchmarks

\`npm run bench\` and \`npm run bench:codec\` write what stands between the marks below; what is written around
them stays.
`;

/**
 * Puts `generated` between the marks of that name in a document; makes the document, or the marks, where there are
 * none.
 */
export function spliceReport(document: string | null, generated: string, name = 'bench'): string {
  const [begin, end] = [`<!-- ${name}:begin -->`, `<!-- ${name}:end -->`];
  const block = `${begin}\n${generated.trim()}\n${end}`;
  if (document === null) return `${INTRODUCTION}\n${block}\n`;
  const from = document.indexOf(begin);
  const to = document.indexOf(end);
  if (from < 0 || to < from) return `${document.trimEnd()}\n\n${block}\n`;
  return `${document.slice(0, from)}${block}${document.slice(to + end.length)}`;
}

/** Puts `generated` into `docs/benchmarks.md`, as {@link spliceReport} does. */
export async function writeReport(root: string, generated: string, name?: string): Promise<string> {
  const file = path.join(root, 'docs', 'benchmarks.md');
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, spliceReport(await textOf(file), generated, name));
  return file;
}

async function textOf(file: string): Promise<string | null> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

/** The document's generated part, in Markdown. */
export function renderReport(result: BenchResult): string {
  const { machine, fsyncUs, cards, peer } = result;
  const settings = Object.entries(peer.postgres.settings).map(([name, value]) => `\`${name} = ${value}\``);
  return [
    verdictTable(result.verdicts),
    '## The switch',
    `Authorisations on ${thousands(cards)} cards of the demo tenants, over ${result.fixed[0]?.connections ?? 0} ` +
      'connections, every one to be approved and each reply checked for code, keys and amount. Arrivals come at ' +
      'a constant rate whatever the switch does; latency is counted from the intended send time to the reply, ' +
      'in ms. Switch, Postgres and load generator share the machine. The sending column is what the generator ' +
      'itself added to the median, and is part of it.',
    table(LOAD_COLUMNS, result.fixed.map(loadRow)),
    `Search for the highest rate with every reply right and p99 under 50 ms: **${thousands(result.bestRate)} a second**.`,
    table(LOAD_COLUMNS, result.tries.map(loadRow)),
    '## The peer',
    'A PL/pgSQL function that updates a balance where it is enough and inserts a hold with a unique key, one ' +
      `transaction a call, on the same Postgres binary and settings; driven by ${peer.driver}.`,
    table(
      ['clients', 'calls/s', 'p50', 'p99', 'p99.9', 'max'],
      [
        ['1', thousands(peer.singlePerSecond), ...latencyCells(peer.singleLatencyUs)],
        ...peer.byClients.map(({ clients, perSecond }) => [
          String(clients),
          thousands(perSecond),
          '',
          '',
          '',
          '',
        ]),
      ],
    ),
    '## Where',
    table(
      ['', ''],
      [
        ['date', machine.date],
        ['processor', `${machine.cpu}, ${machine.cores} cores`],
        ['memory', `${machine.memoryGiB} GiB`],
        ['kernel', machine.kernel],
        ['Node', machine.node],
        ['Postgres', `${peer.postgres.version}; ${settings.join(', ')}`],
        ['`fdatasync` of an appended 4 KiB', `p50 ${fsyncUs.p50} µs, p99 ${fsyncUs.p99} µs`],
        ['commit', machine.commit],
        ['command', `\`${machine.command}\``],
      ],
    ),
  ].join('\n\n');
}

/** The tables of a run as plain text, for the terminal. */
export function loadLine(report: LoadReport): string {
  const [rate, answered, p50, p99, p999, max, sending, wrong] = loadRow(report);
  const latencies = `p50 ${p50}  p99 ${p99}  p99.9 ${p999}  max ${max} ms`;
  return `${rate}/s: ${answered}/s answered, ${latencies}, sending ${sending} ms, ${wrong}`;
}

const LOAD_COLUMNS = ['rate/s', 'answered/s', 'p50', 'p99', 'p99.9', 'max', 'sending', 'replies'];

function loadRow(report: LoadReport): string[] {
  const wrong = errorCount(report.errors);
  const verdict =
    wrong > 0 ? `${thousands(wrong)} wrong` : held(report) ? 'all right' : 'all right, too late';
  return [
    thousands(report.rate),
    thousands(report.achievedRate),
    ...latencyCells(report.latencyUs),
    milliseconds(report.sendDelayUs.p50),
    verdict,
  ];
}

function latencyCells({ p50, p99, p999, max }: Percentiles): string[] {
  return [p50, p99, p999, max].map(milliseconds);
}

function milliseconds(us: number): string {
  return (us / 1000).toFixed(us < 10_000 ? 2 : 1);
}

/** What was promised, and what came of it. */
export function verdictTable(verdicts: readonly Verdict[]): string {
  return table(
    ['what', 'measured', 'target', 'met'],
    verdicts.map(({ what, measured, target, met }) => [what, measured, target, met ? 'yes' : '**no**']),
  );
}

export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}
