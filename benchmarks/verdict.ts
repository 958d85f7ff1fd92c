import type { LoadReport } from '../switch/load/open-loop.js';
import { errorCount } from '../switch/load/tally.js';

/** What the project promises, on the machine of the run. */
export const TARGET = {
  ratePerSecond: 30_000,
  rateOverPeer: 1.5,
  /** p50 at 1,000 a second over the p50 of the peer's single client. */
  quietLatencyOverPeer: 3,
  /** Above this a rate is not held. */
  p99Us: 50_000,
} as const;

/** Of the asked rate, how much must be answered within the measured seconds. */
const ACHIEVED_SHARE = 0.99;

/** Whether the switch kept up: every reply right and there, p99 within the limit. */
export function held(report: LoadReport): boolean {
  return (
    errorCount(report.errors) === 0 &&
    report.latencyUs.p99 < TARGET.p99Us &&
    report.achievedRate >= report.rate * ACHIEVED_SHARE
  );
}

export interface Verdict {
  readonly what: string;
  readonly measured: string;
  readonly target: string;
  readonly met: boolean;
}

export interface VerdictInput {
  /** The highest rate that was held; 0 when none was. */
  readonly bestRate: number;
  /** p50 at 1,000 a second in µs; null when that rate was not driven. */
  readonly quietP50Us: number | null;
  readonly peerBestPerSecond: number;
  readonly peerSingleP50Us: number;
}

export function judge(input: VerdictInput): Verdict[] {
  const { bestRate, quietP50Us, peerBestPerSecond, peerSingleP50Us } = input;
  const ratio = bestRate / peerBestPerSecond;
  const verdicts: Verdict[] = [
    {
      what: 'durable authorisations a second, wire to wire',
      measured: thousands(bestRate),
      target: `at least ${thousands(TARGET.ratePerSecond)}`,
      met: bestRate >= TARGET.ratePerSecond,
    },
    {
      what: "that rate over the peer's best",
      measured: `${ratio.toFixed(2)} times`,
      target: `at least ${TARGET.rateOverPeer} times`,
      met: ratio >= TARGET.rateOverPeer,
    },
  ];
  if (quietP50Us !== null) {
    const latency = quietP50Us / peerSingleP50Us;
    verdicts.push({
      what: "p50 at 1,000 a second over the p50 of the peer's single client",
      measured: `${latency.toFixed(2)} times`,
      target: `at most ${TARGET.quietLatencyOverPeer} times`,
      met: latency <= TARGET.quietLatencyOverPeer,
    });
  }
  return verdicts;
}

/** A whole number with separators between its thousands. */
export function thousands(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}
