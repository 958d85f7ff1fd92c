import { Command, Decision, RESPONSE } from '../ledger/command.js';
import type { Journal, JournalRow } from '../ledger/journal.js';
import type { Ledger } from '../ledger/ledger.js';
import type { Answering } from '../ledger/node-settings.js';
import { type Batch, KIND, NO_TENANT } from '../parsers/batch.js';
import { RULE } from '../parsers/errors.js';
import { Answers } from './answers.js';
import type { Asked } from './asking.js';
import type { BatchRing } from './batch-ring.js';
import { CommandQueue } from './command-queue.js';
import type { Connection } from './connection.js';
import type { Counters } from './counters.js';
import type { DecisionAsked, DecisionPolicy, DecisionTold } from './decisions/decision-messages.js';
import { CONSIDERED, RealTimeDecisions } from './decisions/real-time-decisions.js';
import type { Link } from './link.js';
import { fillCommand, isRequest } from './message-command.js';
import { manageNetwork } from './network-management.js';
import type { NotHeldLog } from './not-held-log.js';
import type { RefusalLog } from './refusal-log.js';
import { messageOf } from './reply-group.js';
import { WaitingReplies } from './waiting-replies.js';

/** How often holds and answers that wait are looked over for those whose time is up, in ms. */
const TICK_MS = 20;
/** What the journal has room for. */
const ASKED_MS_MAX = 0xffff;

export interface PipelineSettings {
  readonly ring: BatchRing;
  readonly ledger: Ledger;
  readonly journal: Journal;
  readonly counters: Counters;
  readonly refusals: RefusalLog;
  readonly notHeld: NotHeldLog;
  readonly connection: (id: number) => Connection | undefined;
  /** By index of the link. */
  readonly links: readonly Link[];
  readonly commitTimeoutMs: number;
  /** Time of what is decided, in ms since 1970. */
  readonly now: () => number;
  /** Another node took over the tenant of that row, which was refused. Returns its index. */
  readonly onFenced: (row: JournalRow) => number;
  /** Asks tenants about messages; what they say goes to {@link Pipeline.told}. */
  readonly askTenants: (asked: readonly DecisionAsked[]) => void;
  /** The pipeline itself failed. */
  readonly onLost: (error: unknown) => void;
}

/**
 * Joins the rooms: takes parsed batches, lets the ledger decide, commits the decisions in groups, and lets
 * each answer go when its group is durable.
 *
 * ```
 * parsed batch ──▶ decide ──▶ gathering group ──(no commit in flight)──▶ commit ──▶ answers
 *                    │                                                        │
 *                    └─ refused, 0800: answered at once                 late: 91, and undone
 * ```
 */
export class Pipeline implements Answering {
  readonly #settings: PipelineSettings;
  readonly #command = new Command();
  readonly #decision = new Decision();
  readonly #answers: Answers;
  readonly #waiting: WaitingReplies;
  /** What tenants are asked. */
  readonly #decisions: RealTimeDecisions;
  /** What other threads ask. */
  readonly #asked: CommandQueue;
  /** Whether the next slice of it has its turn coming. */
  #askedTurn = false;
  #commitStartedAt = 0;
  #inFlight = false;
  /** Indexes of the tenants with rows in the commit in flight. */
  #flight: readonly number[] = [];
  readonly #ticks: NodeJS.Timeout;
  #lost = false;
  /** Who waits until no message of a tenant waits for a commit. */
  #waiters: { readonly tenant: number; readonly done: () => void }[] = [];

  constructor(settings: PipelineSettings) {
    this.#settings = settings;
    this.#answers = new Answers(settings);
    this.#waiting = new WaitingReplies(settings, this.#answers);
    this.#asked = new CommandQueue(settings.ledger);
    this.#decisions = new RealTimeDecisions({
      tenants: settings.ledger.tenants.length,
      parking: settings.ring.parking,
      ledger: settings.ledger,
      counters: settings.counters,
      ask: settings.askTenants,
      resume: (slot, told, waitedMs) => this.#resume(slot, told, waitedMs),
    });
    this.#ticks = setInterval(() => this.#tick(), TICK_MS);
  }

  /** Whether every decision is durable and answered. */
  get idle(): boolean {
    const { ledger } = this.#settings;
    if (this.#asked.waiting || this.#asked.gathered) return false;
    return !this.#inFlight && this.#waiting.gathered === 0 && !ledger.gathered;
  }

  /** Decides the messages of a parsed batch. */
  take(batch: Batch, which: number): void {
    if (this.#lost) return;
    const { counters, ring } = this.#settings;
    const count = batch.count;
    counters.add('batches', 1);
    counters.add('messages', count);
    const now = this.#settings.now();
    const stalled = this.#stalled();
    let settled = 0;
    for (let index = 0; index < count; index++) {
      if (this.#takeMessage(batch, which, index, now, stalled)) settled++;
    }
    this.#decisions.flush();
    this.#answers.flush();
    if (settled > 0) ring.answered(which, settled);
    this.#commit();
  }

  /** Decides what another thread asks, with the messages of the next commits; it is answered when it is durable. */
  ask(asked: Asked): void {
    if (this.#lost) return asked.fail('NOT_HELD');
    this.#asked.add(asked);
    this.#decideAsked();
  }

  /** Takes over which tenants are to be asked, by index. */
  askFrom(policies: readonly (DecisionPolicy | null)[]): void {
    this.#decisions.configure(policies);
  }

  /** A tenant has said what it decides of a message, or can't. */
  told(told: DecisionTold): void {
    if (this.#lost) return;
    this.#decisions.told(told, performance.now());
    this.#answers.flush();
    this.#commit();
  }

  /** Nobody asks tenants any more: what waits is decided by their fallbacks. */
  decideUnasked(): void {
    if (this.#lost) return;
    this.#decisions.failAll(performance.now());
    this.#answers.flush();
    this.#commit();
  }

  stop(): void {
    clearInterval(this.#ticks);
  }

  refuse(tenant: number): void {
    this.#waiting.refuseGathered(tenant);
    this.#asked.refuseGathered(tenant);
  }

  settled(tenant: number): Promise<void> {
    return new Promise((done) => {
      this.#waiters.push({ tenant, done });
      this.#tellWaiters();
    });
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
    if (this.#flight.includes(tenant) || this.#settings.ledger.tenants[tenant]?.entries) return true;
    return this.#waiting.has(tenant) || this.#asked.has(tenant);
  }

  /** Decides one message; true when it needs no commit, and so is settled already. */
  #takeMessage(batch: Batch, which: number, index: number, now: number, stalled: boolean): boolean {
    const { columns } = batch;
    switch (columns.kind[index]) {
      case KIND.authorise:
      case KIND.clear:
      case KIND.reverse:
        return this.#decide(batch, which, index, now, stalled);
      case KIND.network:
        this.#answers.tellCode(batch, index, this.#manageNetwork(batch, index));
        return true;
      case KIND.formatError:
        this.#settings.refusals.note(batch, index);
        this.#answers.tellCode(batch, index, RESPONSE.formatError);
        return true;
      case KIND.unsupported:
        this.#answers.tellCode(batch, index, RESPONSE.invalidTransaction);
        return true;
      default:
        // One without a rule is of a batch that could not be parsed, which was counted and logged as a whole.
        if (columns.rule[index] !== RULE.none) this.#settings.refusals.note(batch, index);
        this.#settings.connection(columns.connection[index]!)?.settled();
        return true;
    }
  }

  #decide(batch: Batch, which: number, index: number, now: number, stalled: boolean): boolean {
    const { columns } = batch;
    const tenant = columns.tenant[index]!;
    if (tenant === NO_TENANT) {
      this.#answers.tellCode(batch, index, RESPONSE.noSuchCard);
      return true;
    }
    const { ledger } = this.#settings;
    const decision = this.#decision;
    const requests = isRequest(batch, index);
    fillCommand(this.#command, batch, index, this.#settings.links);
    // While nothing can be made durable, deciding would only make more to undo; a repeat makes nothing.
    const served = ledger.serves(tenant);
    if (!served) this.#settings.notHeld.note(tenant);
    const refused = !served || (stalled && !(requests && ledger.knows(tenant, this.#command.key)));
    if (refused || !this.#signedOn(batch, index)) {
      this.#answers.tellCode(batch, index, RESPONSE.issuerInoperative);
      return true;
    }
    if (requests && this.#decisions.concerns(tenant)) {
      const becomes = this.#decisions.consider(batch, index, this.#command, now, performance.now());
      if (becomes === CONSIDERED.parked) return true;
      if (becomes === CONSIDERED.refuse) {
        this.#answers.tellCode(batch, index, RESPONSE.issuerInoperative);
        return true;
      }
    }
    ledger.decide(tenant, this.#command, now, decision);
    this.#waiting.add(messageOf(which, index), decision, requests && decision.journalled);
    return false;
  }

  /** Decides a message that waited for what its tenant says; for its answer it comes now. */
  #resume(slot: number, { asked, verdict, verdictAmount }: DecisionTold, waitedMs: number): void {
    const { ledger, ring, links, now } = this.#settings;
    const { batch, which } = ring.parking;
    const tenant = batch.columns.tenant[slot]!;
    const command = this.#command;
    batch.columns.receivedAt[slot] = performance.now();
    if (!ledger.serves(tenant) || this.#stalled()) {
      this.#answers.tellCode(batch, slot, RESPONSE.issuerInoperative);
      ring.parking.release(slot);
      return;
    }
    fillCommand(command, batch, slot, links);
    command.asked = asked;
    command.verdict = verdict;
    command.verdictAmount = Math.min(command.amount, verdictAmount);
    command.askedMs = Math.min(ASKED_MS_MAX, Math.round(waitedMs));
    ledger.decide(tenant, command, now(), this.#decision);
    this.#waiting.add(messageOf(which, slot), this.#decision, this.#decision.journalled);
  }

  #signedOn(batch: Batch, index: number): boolean {
    const { links, connection } = this.#settings;
    if (!links[batch.columns.listener[index]!]!.config.signOnRequired) return true;
    return connection(batch.columns.connection[index]!)?.signedOn === true;
  }

  #manageNetwork(batch: Batch, index: number): number {
    const connection = this.#settings.connection(batch.columns.connection[index]!);
    return manageNetwork(batch.columns.networkCode[index]!, connection);
  }

  /** Starts a commit of what gathered, if none is in flight; without commands, the answers just go. */
  #commit(): void {
    const { ledger, journal, counters } = this.#settings;
    if (this.#inFlight) return;
    if (!ledger.gathered && this.#waiting.gathered === 0 && !this.#asked.gathered) return;
    this.#waiting.close();
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
      counters.add('commits', 1);
      counters.add('commandsJournalled', commands);
      counters.set('settlements', journal.settlements);
      counters.commitUs.record((performance.now() - this.#commitStartedAt) * 1000);
      this.#inFlight = false;
      this.#flight = [];
      for (const row of fenced) {
        const tenant = this.#settings.onFenced(row);
        this.#waiting.refuseCommitting(tenant);
        this.#asked.refuseCommitting(tenant);
      }
      this.#release();
      this.#commit();
    };
    journal.commit(rows, at).then(committed).catch(this.#onLost);
    this.#letAsk();
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
    this.#asked.decide(this.#settings.journal.away || this.#stalled(), this.#settings.now());
    this.#commit();
  }

  /** The commit that was in flight, if there was one, is durable. */
  #release(): void {
    this.#waiting.release();
    this.#asked.release();
    this.#tellWaiters();
  }

  /** Whether the database did not answer within the time that an answer may take. */
  #stalled(now = performance.now()): boolean {
    return this.#inFlight && now - this.#commitStartedAt >= this.#settings.commitTimeoutMs;
  }

  /** Lets time go on: for holds, for `/health/ready`, and for those who wait for an answer. */
  #tick(): void {
    if (this.#lost) return;
    this.#decisions.expire(performance.now());
    this.#answers.flush();
    this.#advanceTime();
    const { counters, journal, ledger } = this.#settings;
    // One reading of the clock, so that no answer is late while `/health/ready` still says that all is well.
    const now = performance.now();
    const stalled = this.#stalled(now) || journal.away;
    const { mode } = counters;
    if (mode === 'ready' || mode === 'standby' || mode === 'stalled') {
      counters.mode = stalled ? 'stalled' : ledger.serving ? 'ready' : 'standby';
    }
    if (!this.#inFlight) return;
    this.#waiting.expire(now - this.#settings.commitTimeoutMs);
  }

  /** Lets holds expire, a bounded number of them at a time. */
  #advanceTime(): void {
    const { ledger, journal } = this.#settings;
    if (journal.away || this.#stalled()) return;
    const now = this.#settings.now();
    for (let tenant = 0; tenant < ledger.tenants.length; tenant++) {
      ledger.advanceTime(tenant, now, this.#command, this.#decision);
    }
    this.#commit();
  }

  readonly #onLost = (error: unknown): void => {
    this.#lost = true;
    this.stop();
    this.#asked.failAll();
    this.#settings.onLost(error);
  };
}
