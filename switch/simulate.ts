import type { CompiledDialect } from '../parsers/compiled-dialect.js';
import { responseText } from '../parsers/meaning/index.js';
import { Deck, type LoadCard } from './load/deck.js';
import { type LoadProgress, type LoadReport, runOpenLoop } from './load/open-loop.js';
import { PersonaTraffic } from './load/persona-traffic.js';
import { SeededRandom } from './load/random.js';
import { errorCount, type Percentiles } from './load/tally.js';

const CONNECTIONS = 8;
const GRACE_MS = 5000;
/** DE32 is this and the time in seconds, so that simulations one after the other share no message keys. */
const ACQUIRERS = 80_000_000_000;
const SECONDS_KEPT = 100_000_000;

export interface SimulateOptions {
  readonly host: string;
  readonly port: number;
  readonly dialect: CompiledDialect;
  /** As `holdfast demo cards --json` lists them; at least one. */
  readonly cards: readonly LoadCard[];
  /** Messages a second. */
  readonly rate: number;
  readonly seconds: number;
  readonly seed: number;
  /** Called about every second, and at the end. */
  readonly onProgress?: (progress: LoadProgress) => void;
  /** Ends the run early; it is reported as far as it came. */
  readonly signal?: AbortSignal;
}

/**
 * Sends traffic like that of the demo tenants' cardholders to a switch, at fixed times, and checks each reply.
 *
 * @throws LoadError `HF_LOAD_CONNECT`, `HF_LOAD_CARDS`, `HF_LOAD_OPTION`
 */
export async function runSimulate(options: SimulateOptions): Promise<LoadReport> {
  const { host, port, dialect, cards, rate, seconds, seed, onProgress, signal } = options;
  const deck = new Deck(cards);
  const traffic = new PersonaTraffic(dialect, cards, new SeededRandom(seed));
  return runOpenLoop(
    {
      host,
      port,
      dialect,
      deck,
      rate,
      seconds,
      warmupSeconds: 0,
      connections: Math.min(CONNECTIONS, Math.ceil(rate)),
      // People at shops don't come in step.
      spread: 'poisson',
      seed: seed + 1,
      acquirer: ACQUIRERS + (Math.floor(Date.now() / 1000) % SECONDS_KEPT) * 100,
      graceMs: GRACE_MS,
      ...(onProgress === undefined ? {} : { onProgress }),
      ...(signal === undefined ? {} : { signal }),
    },
    traffic,
  );
}

/** One line that fits a terminal, to be written over the last. */
export function progressLine(progress: LoadProgress, seconds: number): string {
  const { elapsedSeconds, sent, answered, waiting, latencyUs } = progress;
  const passed = `${Math.min(seconds, Math.max(0, Math.floor(elapsedSeconds)))}/${seconds} s`;
  return `${passed}  sent ${sent}  answered ${answered}  waiting ${waiting}  ${latencyText(latencyUs)}`;
}

/** Several lines: how many of each response code, latencies, and what went wrong if anything did. */
export function simulateSummary(report: LoadReport): string {
  const lines = [
    `${report.answered} of ${report.sent} answered, ${Math.round(report.achievedRate)} a second`,
    `latency from the intended send time: ${latencyText(report.latencyUs)}`,
    'response codes:',
  ];
  for (const [code, count] of Object.entries(report.codes)) {
    const share = ((100 * count) / Math.max(1, report.answered)).toFixed(1);
    lines.push(
      `  ${code}  ${String(count).padStart(9)}  ${share.padStart(5)} %  ${responseText(code)}`.trimEnd(),
    );
  }
  if (errorCount(report.errors) > 0) {
    const kinds = Object.entries(report.errors).filter(([, count]) => count > 0);
    lines.push(`errors: ${kinds.map(([kind, count]) => `${kind} ${count}`).join(', ')}`);
  }
  return lines.join('\n');
}

function latencyText({ p50, p99, p999, max }: Percentiles): string {
  return `p50 ${ms(p50)}  p99 ${ms(p99)}  p99.9 ${ms(p999)}  max ${ms(max)} ms`;
}

function ms(us: number): string {
  return (us / 1000).toFixed(us < 10_000 ? 2 : 0);
}
