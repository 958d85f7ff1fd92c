import pg from 'pg';
import type { Random } from '../random.js';
import { Actor, type Scheduler } from '../scheduler.js';
import { Locks } from './locks.js';
import { Session, type Transaction } from './session.js';
import { type Change, Tables } from './tables.js';

/** 2026-06-15T12:00:00Z less a moment, so that minutes, hours and days end within a history. */
export const EPOCH_MS = Date.UTC(2026, 5, 15, 11, 59, 59);

/** How long the server takes, in ms. */
export interface ServerPace {
  /** A statement's work, before it commits. */
  readonly workMs: readonly [number, number];
  /** Of the log to be on the disk. */
  readonly flushMs: readonly [number, number];
}

interface LogRecord {
  readonly changes: readonly Change[];
  /** Whether others see it. */
  shown: boolean;
}

/** Told what happens in the database. What it does about that comes later, as an event of its own. */
export interface ServerWatch {
  /** These changes can be seen from now on. */
  committed(changes: readonly Change[]): void;
  /** A session is about to do the next step of a statement that writes: its work, its flush, its answer. */
  step(session: Session, statement: string, step: 'work' | 'flush' | 'answer'): void;
}

/**
 * A Postgres that does what the ledger relies on, in memory: statements that are atomic, locks, one log that is flushed
 * in order and is all that a crash leaves, sessions that outlive their clients, notifications, one clock.
 */
export class SimulatedPostgres {
  /** What can be seen. */
  tables = new Tables();
  locks = new Locks();
  readonly sessions = new Set<Session>();
  readonly scheduler: Scheduler;
  readonly random: Random;
  actor = new Actor('postgres');
  /** When the server came up, by its own clock; null while it is down. */
  upSince: number | null;
  pace: ServerPace = { workMs: [0.05, 0.5], flushMs: [0.1, 1] };
  watch: ServerWatch = { committed: () => {}, step: () => {} };
  readonly #log: LogRecord[] = [];
  /** Records of the log that are on the disk. */
  #flushed = 0;
  #clockMs = EPOCH_MS;
  #sessions = 0;

  constructor(scheduler: Scheduler, random: Random) {
    this.scheduler = scheduler;
    this.random = random;
    this.upSince = this.now();
  }

  /** `clock_timestamp()`, in ms since 1970. */
  now(): number {
    return this.#clockMs + this.scheduler.now;
  }

  /** Sets the clock on by so many ms, or back. */
  stepClock(ms: number): void {
    this.#clockMs += ms;
  }

  /** A session for a client, or the error that it is told. */
  open(applicationName: string): Session | Error {
    if (this.upSince === null)
      return Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
    const session = new Session(this, ++this.#sessions, applicationName);
    this.sessions.add(session);
    return session;
  }

  /** Writes to the log and, when the session waits for that, to the disk; then others see it. */
  async commit({ session, changes, synchronousCommit }: Transaction, statement: string): Promise<void> {
    this.watch.step(session, statement, 'flush');
    const record = { changes, shown: false };
    this.#log.push(record);
    const end = this.#log.length;
    if (synchronousCommit) {
      await session.sleep(this.random.delay(...this.pace.flushMs), true);
      this.#flushed = Math.max(this.#flushed, end);
    } else {
      // The writer of the log comes round a few times a second.
      const laterMs = this.random.delay(1, 600);
      this.scheduler.after(laterMs, this.actor, () => {
        this.#flushed = Math.max(this.#flushed, end);
      });
    }
    this.#show(record);
    this.watch.step(session, statement, 'answer');
  }

  /** Changes rows past all statements, as a bad disk does. */
  tamper(change: Change): void {
    this.#log.push({ changes: [change], shown: true });
    this.#flushed = this.#log.length;
    this.tables.apply(change);
  }

  /** Tells all who listen, when whoever tells has committed. */
  notify(channel: string): void {
    for (const session of this.sessions) {
      if (session.listening.has(channel)) session.tell(channel);
    }
  }

  /** All processes die; what is on the disk stays. */
  crash(): void {
    this.actor.dead = true;
    this.actor = new Actor('postgres');
    this.upSince = null;
    for (const session of this.sessions) session.lose(new Error('read ECONNRESET'));
    this.sessions.clear();
    this.locks = new Locks();
    this.#log.length = this.#flushed;
    this.tables = new Tables();
    for (const record of this.#log) {
      // What was on its way to the disk with another's may be there all the same.
      if (!record.shown) this.#show(record);
      else for (const change of record.changes) this.tables.apply(change);
    }
  }

  start(): void {
    this.upSince = this.now();
  }

  #show(record: LogRecord): void {
    record.shown = true;
    for (const change of record.changes) this.tables.apply(change);
    this.watch.committed(record.changes);
  }
}

/** What the server answers to a statement that it refuses. */
export function refusal(code: string, message: string): pg.DatabaseError {
  return Object.assign(new pg.DatabaseError(message, message.length, 'error'), { code });
}
