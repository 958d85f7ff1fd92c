import type { CompiledDialect } from '../../parsers/compiled-dialect.js';
import type { Deck } from './deck.js';
import { Link } from './link.js';
import { LoadError } from './load-error.js';
import { Metronome, monotonicMs } from './metronome.js';
import { SeededRandom } from './random.js';
import { Schedule, type Spread } from './schedule.js';
import { type LoadErrors, type Percentiles, percentilesOf, Tally } from './tally.js';
import type { Traffic } from './traffic.js';
import { WallTime } from './wall-time.js';

export interface OpenLoopOptions {
  readonly host: string;
  readonly port: number;
  readonly dialect: CompiledDialect;
  readonly deck: Deck;
  /** Arrivals a second over all connections. */
  readonly rate: number;
  /** How long latency is measured, after `warmupSeconds` of the same load that are only checked. */
  readonly seconds: number;
  readonly warmupSeconds: number;
  /** 1–100. */
  readonly connections: number;
  readonly spread: Spread;
  readonly seed: number;
  /** DE32 of the first connection; the others count on from it. Up to 11 digits. */
  readonly acquirer: number;
  /** How long to wait for answers after the last arrival, in ms. */
  readonly graceMs: number;
  /** Called about every second, and when all is over. */
  readonly onProgress?: (progress: LoadProgress) => void;
  /** Ends the schedule early when it fires; what is outstanding is still waited for. */
  readonly signal?: AbortSignal;
}

export interface LoadProgress {
  /** Since the end of the warm-up; negative during it. */
  readonly elapsedSeconds: number;
  readonly sent: number;
  readonly answered: number;
  readonly waiting: number;
  readonly latencyUs: Percentiles;
}

/** What a run found. Latencies are from the intended send time to the read that brought the reply. */
export interface LoadReport {
  readonly rate: number;
  readonly seconds: number;
  readonly connections: number;
  readonly sent: number;
  readonly answered: number;
  /** Answers a second between the end of the warm-up and the end of the schedule. */
  readonly achievedRate: number;
  readonly latencyUs: Percentiles;
  /** How late this side was with writing; part of `latencyUs`. */
  readonly sendDelayUs: Percentiles;
  readonly codes: Readonly<Record<string, number>>;
  readonly errors: LoadErrors;
  /** Times that sending paused because the other side left more than the limit unread. */
  readonly backlogs: number;
  /** Cores that this side kept busy: 1 is one core. */
  readonly cpuCores: number;
}

/**
 * Up to this rate each arrival has its own beat. Above it beats are a fixed grid, and each sends all that is
 * due: a beat costs some 50 µs of processor and a write some 30, so a finer grid would take from the switch
 * under test what it wins in precision. `sendDelayUs` of the report shows what the grid adds.
 */
const BEAT_FOR_EACH_MAX = 4000;
const BEATS_MIN = 10;
const GRID_MS = 0.4;
const COARSE_GRID_FROM = 30_000;
const COARSE_GRID_MS = 0.8;

/** Arrivals in a row for one connection, before the next has its turn: they leave in one write. */
const RUN_LENGTH = 4;

/** Messages gathered before replies get their turn. */
const BURST_MAX = 2048;
/** Unread bytes on a connection from which sending pauses; its lateness goes on counting. */
const BACKLOG_BYTES_MAX = 4 * 1024 * 1024;
/** From connected to the first arrival. */
const LEAD_MS = 50;
/** Digits of DE32. */
const ACQUIRER_MAX = 99_999_999_999;

/**
 * Sends messages at times fixed beforehand, whatever the other side does, and checks every reply. A pause of
 * the other side, or of this one, shows as latency of all that was due in it and not as fewer messages
 * ("coordinated omission").
 *
 * @throws LoadError `HF_LOAD_CONNECT`, `HF_LOAD_OPTION`
 */
export async function runOpenLoop(options: OpenLoopOptions, traffic: Traffic): Promise<LoadReport> {
  check(options);
  const run = new OpenLoop(options, traffic);
  return run.run();
}

function check(options: OpenLoopOptions): void {
  const { rate, seconds, connections, acquirer } = options;
  if (!(rate > 0 && rate <= 1_000_000))
    throw new LoadError('HF_LOAD_OPTION', 'the rate is 0 to 1,000,000 a second');
  if (!(seconds > 0)) throw new LoadError('HF_LOAD_OPTION', 'the duration is more than 0 seconds');
  if (!(Number.isInteger(connections) && connections >= 1 && connections <= 100)) {
    throw new LoadError('HF_LOAD_OPTION', 'there are 1 to 100 connections');
  }
  if (!(Number.isInteger(acquirer) && acquirer >= 0 && acquirer + connections <= ACQUIRER_MAX)) {
    throw new LoadError('HF_LOAD_OPTION', 'acquirers are numbers of up to 11 digits');
  }
}

class OpenLoop {
  readonly #options: OpenLoopOptions;
  readonly #traffic: Traffic;
  readonly #tally = new Tally();
  readonly #wall = new WallTime();
  readonly #links: Link[] = [];
  #schedule!: Schedule;
  #again = false;
  #backlogs = 0;
  #backlogged = false;
  #unsent = 0;
  #cut = false;
  #progressMs = 0;
  #measureFromMs = 0;
  #endMs = 0;
  #cpuFrom: NodeJS.CpuUsage | null = null;
  #cpu: NodeJS.CpuUsage = { user: 0, system: 0 };
  #finish: () => void = () => {};
  #fail: (error: Error) => void = () => {};

  constructor(options: OpenLoopOptions, traffic: Traffic) {
    this.#options = options;
    this.#traffic = traffic;
  }

  async run(): Promise<LoadReport> {
    const { rate, seconds, warmupSeconds, spread, seed, signal } = this.#options;
    try {
      await this.#connect();
      const startMs = monotonicMs() + LEAD_MS;
      this.#measureFromMs = startMs + warmupSeconds * 1000;
      this.#endMs = this.#measureFromMs + seconds * 1000;
      this.#tally.measureFromMs = this.#measureFromMs;
      this.#tally.measureUntilMs = this.#endMs;
      this.#progressMs = startMs + 1000;
      this.#schedule = new Schedule(startMs, this.#endMs, rate, spread, new SeededRandom(seed));
      const over = new Promise<void>((resolve, reject) => {
        this.#finish = resolve;
        this.#fail = reject;
      });
      const metronome = new Metronome(
        startMs,
        beatMs(rate, spread),
        () => this.#beat(),
        (error) => this.#fail(error),
      );
      const cut = () => {
        this.#cut = true;
      };
      signal?.addEventListener('abort', cut);
      try {
        await over;
      } finally {
        signal?.removeEventListener('abort', cut);
        await metronome.stop();
      }
      return this.#report();
    } finally {
      for (const link of this.#links) link.close();
    }
  }

  async #connect(): Promise<void> {
    const { host, port, dialect, deck, acquirer, connections } = this.#options;
    for (let index = 0; index < connections; index++) {
      const options = { host, port, dialect, deck, tally: this.#tally, wall: this.#wall };
      this.#links.push(await Link.connect({ ...options, acquirer: acquirer + index, index }));
    }
  }

  #beat(): void {
    const nowMs = monotonicMs();
    if (this.#cpuFrom === null && nowMs >= this.#measureFromMs) this.#cpuFrom = process.cpuUsage();
    this.#send(nowMs);
    if (nowMs >= this.#progressMs) {
      this.#progressMs += 1000;
      this.#progress(nowMs);
    }
    if (this.#cut) this.#endEarly(nowMs);
    const silent = this.#links.every((link) => !link.open);
    if (nowMs < this.#endMs && !silent) return;
    // The processor time is that of the schedule, not of the wait after it.
    if (this.#cpu.user === 0) this.#cpu = process.cpuUsage(this.#cpuFrom ?? process.cpuUsage());
    const done = this.#schedule.nextMs === Number.POSITIVE_INFINITY && this.#waiting() === 0;
    if (!done && !silent && nowMs < this.#endMs + this.#options.graceMs) return;
    this.#unsent += this.#schedule.abandon();
    this.#progress(nowMs);
    this.#finish();
  }

  /** Writes all that is due, in turn over the connections, one write for each. */
  #send(nowMs: number): void {
    const links = this.#links;
    const schedule = this.#schedule;
    this.#wall.moveTo(performance.timeOrigin + performance.now());
    let burst = 0;
    let blocked = false;
    while (schedule.nextMs <= nowMs && burst < BURST_MAX) {
      const link = links[Math.floor(schedule.taken / RUN_LENGTH) % links.length]!;
      if (!link.open) {
        // A dead connection's arrivals fail; sending them elsewhere would hide the fault.
        schedule.take();
        this.#unsent++;
      } else {
        blocked = link.backlogBytes > BACKLOG_BYTES_MAX;
        if (blocked) break;
        const intendedMs = schedule.take();
        this.#traffic.next(link, intendedMs);
        this.#tally.request(intendedMs, nowMs - intendedMs);
      }
      burst++;
    }
    for (const link of links) link.flush();
    if (blocked && !this.#backlogged) this.#backlogs++;
    this.#backlogged = blocked;
    if (burst === BURST_MAX) this.#sendAgain();
  }

  #sendAgain(): void {
    if (this.#again) return;
    this.#again = true;
    setImmediate(() => {
      this.#again = false;
      this.#send(monotonicMs());
    });
  }

  #endEarly(nowMs: number): void {
    this.#cut = false;
    if (nowMs >= this.#endMs) return;
    this.#endMs = nowMs;
    this.#tally.measureUntilMs = nowMs;
    this.#schedule.abandon();
  }

  #waiting(): number {
    return this.#links.reduce((sum, link) => sum + link.requests.waiting, 0);
  }

  #progress(nowMs: number): void {
    this.#options.onProgress?.({
      elapsedSeconds: (nowMs - this.#measureFromMs) / 1000,
      sent: this.#tally.sent,
      answered: this.#tally.answered,
      waiting: this.#waiting(),
      latencyUs: percentilesOf(this.#tally.latency),
    });
  }

  #report(): LoadReport {
    const tally = this.#tally;
    const seconds = Math.max(0.001, (this.#endMs - this.#measureFromMs) / 1000);
    const overrun = this.#links.reduce((sum, link) => sum + link.requests.overrun, 0);
    return {
      rate: this.#options.rate,
      seconds,
      connections: this.#links.length,
      sent: tally.sent,
      answered: tally.answered,
      achievedRate: tally.inWindow / seconds,
      latencyUs: percentilesOf(tally.latency),
      sendDelayUs: percentilesOf(tally.sendDelay),
      codes: tally.codes(),
      errors: tally.errors(this.#waiting() + overrun, this.#unsent),
      backlogs: this.#backlogs,
      cpuCores: (this.#cpu.user + this.#cpu.system) / 1e6 / seconds,
    };
  }
}

function beatMs(rate: number, spread: Spread): number {
  if (spread === 'constant' && rate <= BEAT_FOR_EACH_MAX) {
    // A beat for each arrival; between rare ones some more, to see the end and the progress.
    return 1000 / rate / Math.ceil(BEATS_MIN / rate);
  }
  return rate < COARSE_GRID_FROM ? GRID_MS : COARSE_GRID_MS;
}
