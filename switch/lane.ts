import type { Command, Decision } from '../ledger/command.js';
import type { Journal, JournalRow } from '../ledger/journal.js';
import type { Ledger } from '../ledger/ledger.js';
import type { Answers } from './answers.js';
import type { Asked } from './asking.js';
import type { BatchRing } from './batch-ring.js';
import { CommandQueue } from './command-queue.js';
import type { Counters } from './counters.js';
import type { Link } from './link.js';
import type { Mode } from './mode.js';
import { Overflow } from './overflow.js';
import { WaitingReplies } from './waiting-replies.js';

/** A commit that takes longer is slow: what waits for it is not to keep the ring's batches. */
const SLOW_MS = 10;

/** One database: the ledgers and the journal that are in it. */
export interface LaneDatabase {
  /** By the tenants' indexes, as all lanes. */
  readonly ledger: Ledger;
  readonly journal: Journal;
  /** Time of what is decided, in ms since 1970. */
  readonly now: () => number;
  /** Another node took over the tenant of that row, which was refused. Returns its index. */
  readonly onFenced: (row: JournalRow) => number;
}

export interface LaneSettings extends LaneDatabase {
  /** Its place among the lanes. */
  readonly place: number;
  readonly ring: BatchRing;
  readonly counters: Counters;
  /** By index of the link. */
  readonly links: readonly Link[];
  readonly commitTimeoutMs: number;
  /** The lane itself failed. */
  readonly onLost: (error: unknown) => void;
}

/**
 * What goes to one database, and nowhere else: the group that gathers, the commit in flight, the answers that wait for
 * it, and the commands that other threads ask for. However late this one is, no other lane waits for it.
 */
export class Lane {
  readonly place: number;
  readonly ledger: Ledger;
  readonly waiting: WaitingReplies;
  /** Time by which the messages of a batch are decided; set by {@link look}. */
  now = 0;
  /** Whether nothing can be made durable now, as of then. */
  stalled = false;
  /** Whether there would not be room for what the ring may hold, so that nothing more may wait. */
  full = false;
  readonly #settings: LaneSettings;
  readonly #asked: CommandQueue;
  readonly #overflow: Overflow;
  /** Whether the next slice of what is asked has its turn coming. */
  #askedTurn = false;
  #commitStartedAt = 0;
  #inFlight = false;
  /** Whether the last commit was. */
  #slow = false;
  /** Indexes of the tenants with rows in the commit in flight. */
  #flight: readonly number[] = [];
  #settlements = 0;
  #lost = false;
  /** Who waits until no message of a tenant waits for a commit. */
  #waiters: { readonly tenant: number; readonly done: () => void }[] = [];

  constructor(settings: LaneSettings, answers: Answers) {
    this.#settings = settings;
    this.place = settings.place;
    this.ledger = settings.ledger;
    this.waiting = new WaitingReplies(settings, answers);
    this.#asked = new CommandQueue(settings.ledger);
    this.#overflow = new Overflow(settings.ring);
  }

  /** Whether every decision is durable and answered. */
  get idle(): boolean {
    if (this.#asked.waiting || this.#asked.gathered) return false;
    return !this.#inFlight && this.waiting.gathered === 0 && !this.ledger.gathered;
  }

  /** Looks at the clock and at the commit in flight, before messages are decided. */
  look(): void {
    this.now = this.#settings.now();
    this.stalled = this.#isStalled();
  }

  /** Decides what another thread asks, with the messages of the next commits; it is answered when it is durable. */
  ask(asked: Asked): void {
    if (this.#lost) return asked.fail('NOT_HELD');
    this.#asked.add(asked);
    this.#decideAsked();
  }

  /** What of a tenant gathers is 91. */
  refuse(tenant: number): void {
    this.waiting.refuseGathered(tenant);
    this.#asked.refuseGathered(tenant);
  }

  /** Resolves when no message of the tenant waits for a commit. */
  settled(tenant: number): Promise<void> {
    return new Promise((done) => {
      this.#waiters.push({ tenant, done });
      this.#tellWaiters();
    });
  }

  /** Starts a commit of what gathered, if none is in flight; without commands, the answers just go. */
  commit(): void {
    const { journal, counters, place } = this.#settings;
    const { ledger, waiting } = this;
    if (this.#inFlight) return;
    if (!ledger.gathered && waiting.gathered === 0 && !this.#asked.gathered) return;
    waiting.close();
    this.#asked.close();
    if (!ledger.gathered) {
      this.#release();
      this.#letAsk();
      return;
    }
    const { rows, at, commands, tenants } = ledger.closeGroup();
    this.#inFlight = true;
    this.#flight = tenants;
    this.#commitStartedAt = performance.now();
    counters.groupCommands.record(commands);
    const committed = (fenced: readonly JournalRow[]) => {
      const tookMs = performance.now() - this.#commitStartedAt;
      counters.add('commits', 1);
      counters.add('commandsJournalled', commands);
      counters.add('settlements', journal.settlements - this.#settlements);
      this.#settlements = journal.settlements;
      counters.lanes.add(place, 'commits', 1);
      counters.lanes.add(place, 'commandsJournalled', commands);
      counters.lanes.set(place, 'settlements', journal.settlements);
      counters.commitUs.record(tookMs * 1000);
      this.#inFlight = false;
      this.#slow = tookMs >= SLOW_MS;
      this.#flight = [];
      for (const row of fenced) {
        const tenant = this.#settings.onFenced(row);
        waiting.refuseCommitting(tenant);
        this.#asked.refuseCommitting(tenant);
      }
      this.#release();
      this.commit();
    };
    journal.commit(rows, at).then(committed).catch(this.#settings.onLost);
    this.#letAsk();
  }

  /**
   * Lets messages of a slow database wait elsewhere than in the ring.
   * @param now ms of the monotonic clock
   */
  relieve(now: number): void {
    if (!this.#inFlight || !(this.#slow || now - this.#commitStartedAt >= SLOW_MS)) return;
    const moved = this.waiting.moveOut(this.#overflow);
    this.full = !this.#overflow.hasRoom;
    if (moved > 0) this.#settings.counters.lanes.add(this.#settings.place, 'moved', moved);
  }

  /** Lets holds expire, a bounded number of them at a time. */
  advanceTime(command: Command, decision: Decision): void {
    const { journal, now } = this.#settings;
    if (journal.away || this.#isStalled()) return;
    const at = now();
    for (let tenant = 0; tenant < this.ledger.tenants.length; tenant++) {
      this.ledger.advanceTime(tenant, at, command, decision);
    }
    this.commit();
  }

  /**
   * What it is doing.
   * @param now ms of the monotonic clock
   */
  mode(now: number): Mode {
    if (this.#isStalled(now) || this.#settings.journal.away) return 'stalled';
    return this.ledger.serving ? 'ready' : 'standby';
  }

  /** Answers 91 to what has waited for too long. */
  expire(now: number): void {
    if (this.#inFlight) this.waiting.expire(now - this.#settings.commitTimeoutMs);
    this.full = !this.#overflow.hasRoom;
  }

  /** The switch can't go on. */
  lose(): void {
    this.#lost = true;
    this.#asked.failAll();
  }

  #tellWaiters(): void {
    if (this.#waiters.length === 0) return;
    this.#waiters = this.#waiters.filter(({ tenant, done }) => {
      const waits = this.#waits(tenant);
      if (!waits) done();
      return waits;
    });
  }

  /** Whether there is something of a tenant: a message, or the undoing of one that was answered. */
  #waits(tenant: number): boolean {
    if (this.#flight.includes(tenant) || this.ledger.tenants[tenant]?.entries) return true;
    return this.waiting.has(tenant) || this.#asked.has(tenant);
  }

  /** Takes the next slice of what is asked when the cards that came meanwhile had their turn. */
  #letAsk(): void {
    if (!this.#asked.waiting || this.#askedTurn) return;
    this.#askedTurn = true;
    setImmediate(() => {
      this.#askedTurn = false;
      this.#decideAsked();
    });
  }

  #decideAsked(): void {
    if (this.#lost) return;
    const { journal, now } = this.#settings;
    this.#asked.decide(journal.away || this.#isStalled(), now());
    this.commit();
  }

  /** The commit that was in flight, if there was one, is durable. */
  #release(): void {
    this.waiting.release();
    this.#asked.release();
    this.full = !this.#overflow.hasRoom;
    this.#tellWaiters();
  }

  /** Whether the database did not answer within the time that an answer may take. */
  #isStalled(now = performance.now()): boolean {
    return this.#inFlight && now - this.#commitStartedAt >= this.#settings.commitTimeoutMs;
  }
}
