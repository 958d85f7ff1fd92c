import { build, type Histogram } from 'hdr-histogram-js';
import { VERDICT } from './requests.js';

/** Percentiles in microseconds. */
export interface Percentiles {
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
}

/** What went wrong, by kind; all zero in a clean run. */
export interface LoadErrors {
  readonly unknown: number;
  readonly doubled: number;
  readonly wrongCode: number;
  readonly wrongEcho: number;
  readonly malformed: number;
  /** Requests without an answer when the wait was over. */
  readonly missing: number;
  /** Arrivals that were due and could not be written. */
  readonly unsent: number;
  /** Connections that the other side closed. */
  readonly disconnected: number;
}

/** Histogram of microseconds, three significant digits. */
export function microsecondHistogram(): Histogram {
  return build({ bitBucketSize: 32, autoResize: true, numberOfSignificantValueDigits: 3 });
}

export function percentilesOf(histogram: Histogram): Percentiles {
  return {
    p50: histogram.getValueAtPercentile(50),
    p90: histogram.getValueAtPercentile(90),
    p99: histogram.getValueAtPercentile(99),
    p999: histogram.getValueAtPercentile(99.9),
    max: histogram.maxValue,
  };
}

/** Sum of all kinds. */
export function errorCount(errors: LoadErrors): number {
  return Object.values(errors).reduce((sum: number, count: number) => sum + count, 0);
}

/** Counts of a run so far. */
export class Tally {
  sent = 0;
  answered = 0;
  disconnected = 0;
  /** Replies that came between the end of the warm-up and the end of the schedule. */
  inWindow = 0;
  /** Messages whose intended time is on the monotonic clock before this are left out of `latency`. */
  measureFromMs = 0;
  measureUntilMs = Number.POSITIVE_INFINITY;
  readonly latency = microsecondHistogram();
  readonly sendDelay = microsecondHistogram();
  readonly #verdicts = new Uint32Array(Object.keys(VERDICT).length);
  readonly #codes = new Uint32Array(1 << 16);

  /** One reply: its verdict, its code and when its request should have been sent. Times in ms, monotonic. */
  reply(verdict: number, code: number, intendedMs: number, nowMs: number): void {
    this.#verdicts[verdict]!++;
    if (verdict !== VERDICT.right && verdict !== VERDICT.wrongCode && verdict !== VERDICT.wrongEcho) return;
    this.answered++;
    this.#codes[code]!++;
    if (nowMs >= this.measureFromMs && nowMs < this.measureUntilMs) this.inWindow++;
    if (intendedMs >= this.measureFromMs) this.latency.recordValue(microseconds(nowMs - intendedMs));
  }

  /** One request written `lateMs` after its intended time. */
  request(intendedMs: number, lateMs: number): void {
    this.sent++;
    if (intendedMs >= this.measureFromMs) this.sendDelay.recordValue(microseconds(lateMs));
  }

  /** Replies by response code, in the order of the codes. */
  codes(): Record<string, number> {
    const codes: Record<string, number> = {};
    this.#codes.forEach((count, code) => {
      if (count > 0) codes[String.fromCharCode(code >> 8, code & 0xff)] = count;
    });
    return codes;
  }

  errors(missing: number, unsent: number): LoadErrors {
    const verdicts = this.#verdicts;
    return {
      unknown: verdicts[VERDICT.unknown]!,
      doubled: verdicts[VERDICT.doubled]!,
      wrongCode: verdicts[VERDICT.wrongCode]!,
      wrongEcho: verdicts[VERDICT.wrongEcho]!,
      malformed: verdicts[VERDICT.malformed]!,
      missing,
      unsent,
      disconnected: this.disconnected,
    };
  }
}

function microseconds(ms: number): number {
  return Math.max(0, Math.round(ms * 1000));
}
