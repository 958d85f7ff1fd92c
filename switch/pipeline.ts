import { Command, Decision, RESPONSE } from '../ledger/command.js';
import type { Answering } from '../ledger/node-settings.js';
import { type Batch, KIND, NO_TENANT } from '../parsers/batch.js';
import { RULE } from '../parsers/errors.js';
import { Answers } from './answers.js';
import type { Asked } from './asking.js';
import type { BatchRing } from './batch-ring.js';
import type { Connection } from './connection.js';
import type { Counters } from './counters.js';
import type { DecisionAsked, DecisionPolicy, DecisionTold } from './decisions/decision-messages.js';
import { CONSIDERED, RealTimeDecisions } from './decisions/real-time-decisions.js';
import { Lane, type LaneDatabase } from './lane.js';
import type { Link } from './link.js';
import { fillCommand, isRequest } from './message-command.js';
import type { Mode } from './mode.js';
import { manageNetwork } from './network-management.js';
import type { NotHeldLog } from './not-held-log.js';
import type { RefusalLog } from './refusal-log.js';
import { messageOf } from './reply-group.js';

/** How often holds and answers that wait are looked over for those whose time is up, in ms. */
const TICK_MS = 20;
/** What the journal has room for. */
const ASKED_MS_MAX = 0xffff;

export interface PipelineSettings {
  readonly ring: BatchRing;
  /** How many there are. */
  readonly lanes: number;
  /** By index of the tenant, the place of its lane; at most 256 of them. */
  readonly laneOf: Uint8Array;
  readonly counters: Counters;
  readonly refusals: RefusalLog;
  readonly notHeld: NotHeldLog;
  readonly connection: (id: number) => Connection | undefined;
  /** By index of the link. */
  readonly links: readonly Link[];
  readonly commitTimeoutMs: number;
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
 *                    │       └─────────────── a lane for each database ───────────┘
 *                    └─ refused, 0800: answered at once                 late: 91, and undone
 * ```
 */
export class Pipeline implements Answering {
  readonly #settings: PipelineSettings;
  readonly #command = new Command();
  readonly #decision = new Decision();
  readonly #answers: Answers;
  /** By place; null where its database was not there yet. */
  readonly #lanes: (Lane | null)[];
  #open: readonly Lane[] = [];
  /** What tenants are asked. */
  readonly #decisions: RealTimeDecisions;
  readonly #ticks: NodeJS.Timeout;
  #lost = false;

  constructor(settings: PipelineSettings) {
    this.#settings = settings;
    this.#answers = new Answers(settings);
    this.#lanes = Array.from({ length: settings.lanes }, () => null);
    this.#decisions = new RealTimeDecisions({
      tenants: settings.laneOf.length,
      parking: settings.ring.parking,
      counters: settings.counters,
      ask: settings.askTenants,
      resume: (slot, told, waitedMs) => this.#resume(slot, told, waitedMs),
    });
    this.#ticks = setInterval(() => this.#tick(), TICK_MS);
  }

  /** From now on, what is for that lane goes to its database. */
  open(place: number, database: LaneDatabase): void {
    const lane = new Lane({ ...this.#settings, ...database, place, onLost: this.#onLost }, this.#answers);
    this.#lanes[place] = lane;
    this.#open = this.#lanes.filter((lane) => lane !== null);
    this.#tellMode(performance.now());
  }

  /** Whether every decision is durable and answered. */
  get idle(): boolean {
    return this.#open.every((lane) => lane.idle);
  }

  /** Decides the messages of a parsed batch. */
  take(batch: Batch, which: number): void {
    if (this.#lost) return;
    const { counters, ring } = this.#settings;
    const count = batch.count;
    counters.add('batches', 1);
    counters.add('messages', count);
    for (const lane of this.#open) lane.look();
    let settled = 0;
    for (let index = 0; index < count; index++) {
      if (this.#takeMessage(batch, which, index)) settled++;
    }
    this.#decisions.flush();
    this.#answers.flush();
    if (settled > 0) ring.answered(which, settled);
    for (const lane of this.#open) lane.commit();
    this.#relieve();
  }

  /** Decides what another thread asks, with the messages of the next commits; it is answered when it is durable. */
  ask(asked: Asked): void {
    if (this.#lost) return asked.fail('NOT_HELD');
    const lane = this.#laneOf(asked.tenant);
    if (lane === null) asked.fail('NOT_HELD');
    else lane.ask(asked);
  }

  /** Takes over which tenants are to be asked, by their indexes. */
  askFrom(policies: Iterable<readonly [tenant: number, policy: DecisionPolicy | null]>): void {
    this.#decisions.configure(policies);
  }

  /** A tenant has said what it decides of a message, or can't. */
  told(told: DecisionTold): void {
    if (this.#lost) return;
    this.#decisions.told(told, performance.now());
    this.#commit();
  }

  /** Nobody asks the tenants of a lane any more: what waits is decided by their fallbacks. */
  decideUnasked(place: number): void {
    if (this.#lost) return;
    this.#decisions.failAll(performance.now(), (tenant) => this.#settings.laneOf[tenant] === place);
    this.#commit();
  }

  /** Sends the answers that go at once, and commits what others wait for. */
  #commit(): void {
    this.#answers.flush();
    for (const lane of this.#open) lane.commit();
  }

  stop(): void {
    clearInterval(this.#ticks);
  }

  refuse(tenant: number): void {
    this.#laneOf(tenant)?.refuse(tenant);
  }

  async settled(tenant: number): Promise<void> {
    await this.#laneOf(tenant)?.settled(tenant);
  }

  #laneOf(tenant: number): Lane | null {
    return this.#lanes[this.#settings.laneOf[tenant]!]!;
  }

  /** Decides one message; true when it needs no commit, and so is settled already. */
  #takeMessage(batch: Batch, which: number, index: number): boolean {
    const { columns } = batch;
    switch (columns.kind[index]) {
      case KIND.authorise:
      case KIND.clear:
      case KIND.reverse:
        return this.#decide(batch, which, index);
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

  #decide(batch: Batch, which: number, index: number): boolean {
    const { columns } = batch;
    const tenant = columns.tenant[index]!;
    if (tenant === NO_TENANT) {
      this.#answers.tellCode(batch, index, RESPONSE.noSuchCard);
      return true;
    }
    const lane = this.#laneOf(tenant);
    if (lane === null) {
      this.#settings.notHeld.note(tenant);
      this.#answers.tellCode(batch, index, RESPONSE.issuerInoperative);
      return true;
    }
    const { ledger } = lane;
    const decision = this.#decision;
    const requests = isRequest(batch, index);
    fillCommand(this.#command, batch, index, this.#settings.links);
    // While nothing can be made durable, deciding would only make more to undo; a repeat makes nothing.
    const served = ledger.serves(tenant);
    if (!served) this.#settings.notHeld.note(tenant);
    const refused =
      !served || lane.full || (lane.stalled && !(requests && ledger.knows(tenant, this.#command.key)));
    if (refused || !this.#signedOn(batch, index)) {
      this.#answers.tellCode(batch, index, RESPONSE.issuerInoperative);
      return true;
    }
    if (requests && this.#decisions.concerns(tenant)) {
      const becomes = this.#decisions.consider(batch, index, this.#command, lane);
      if (becomes === CONSIDERED.parked) return true;
      if (becomes === CONSIDERED.refuse) {
        this.#answers.tellCode(batch, index, RESPONSE.issuerInoperative);
        return true;
      }
    }
    ledger.decide(tenant, this.#command, lane.now, decision);
    lane.waiting.add(messageOf(which, index), decision, requests && decision.journalled);
    return false;
  }

  /** Decides a message that waited for what its tenant says; for its answer it comes now. */
  #resume(slot: number, { asked, verdict, verdictAmount }: DecisionTold, waitedMs: number): void {
    const { ring, links } = this.#settings;
    const { batch, which } = ring.parking;
    const tenant = batch.columns.tenant[slot]!;
    const lane = this.#laneOf(tenant)!;
    const command = this.#command;
    const decision = this.#decision;
    batch.columns.receivedAt[slot] = performance.now();
    lane.look();
    if (!lane.ledger.serves(tenant) || lane.full || lane.stalled) {
      this.#answers.tellCode(batch, slot, RESPONSE.issuerInoperative);
      ring.parking.release(slot);
      return;
    }
    fillCommand(command, batch, slot, links);
    command.asked = asked;
    command.verdict = verdict;
    command.verdictAmount = Math.min(command.amount, verdictAmount);
    command.askedMs = Math.min(ASKED_MS_MAX, Math.round(waitedMs));
    lane.ledger.decide(tenant, command, lane.now, decision);
    lane.waiting.add(messageOf(which, slot), decision, decision.journalled);
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

  /**
   * Where the ring is short of batches, lets what waits for a slow database wait elsewhere: the others need them. Where
   * there are no others, its processors may as well wait.
   */
  #relieve(): void {
    if (this.#open.length === 1 || !this.#settings.ring.short) return;
    const now = performance.now();
    for (const lane of this.#open) lane.relieve(now);
  }

  /** Lets time go on: for holds, for `/health/ready`, and for those who wait for an answer. */
  #tick(): void {
    if (this.#lost) return;
    this.#decisions.expire(performance.now());
    this.#answers.flush();
    for (const lane of this.#open) lane.advanceTime(this.#command, this.#decision);
    // One reading of the clock, so that no answer is late while `/health/ready` still says that all is well.
    const now = performance.now();
    this.#tellMode(now);
    for (const lane of this.#open) lane.expire(now);
    this.#relieve();
  }

  /** It is ready where one of the lanes is. */
  #tellMode(now: number): void {
    const { counters } = this.#settings;
    let serving: Mode = 'standby';
    for (const lane of this.#open) {
      const mode = lane.mode(now);
      counters.lanes.setMode(lane.place, mode);
      if (mode === 'ready' || serving === 'standby') serving = mode;
    }
    const { mode } = counters;
    if (mode === 'ready' || mode === 'standby' || mode === 'stalled') counters.mode = serving;
  }

  readonly #onLost = (error: unknown): void => {
    this.#lost = true;
    this.stop();
    for (const lane of this.#open) lane.lose();
    this.#settings.onLost(error);
  };
}
