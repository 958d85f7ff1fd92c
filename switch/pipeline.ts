import { COMMAND, Command, Decision, IDENTIFIER_BYTES, RESPONSE } from '../ledger/command.js';
import type { Journal, JournalRow } from '../ledger/journal.js';
import type { Ledger } from '../ledger/ledger.js';
import type { Answering } from '../ledger/node-settings.js';
import {
  IDENTIFIER_BYTES as BATCH_IDENTIFIER_BYTES,
  type Batch,
  FLAG,
  KIND,
  NO_TENANT,
} from '../parsers/batch.js';
import { RULE } from '../parsers/errors.js';
import { DECISION_BYTES } from '../parsers/reply.js';
import { ReplyValues } from '../parsers/reply-values.js';
import type { BatchRing } from './batch-ring.js';
import type { Connection } from './connection.js';
import type { Counters } from './counters.js';
import type { Link } from './link.js';
import { manageNetwork } from './network-management.js';
import type { NotHeldLog } from './not-held-log.js';
import type { RefusalLog } from './refusal-log.js';
import { messageOf, ReplyGroup } from './reply-group.js';

/** The command of a kind of message. */
const COMMANDS: Readonly<Record<number, number>> = {
  [KIND.authorise]: COMMAND.authorise,
  [KIND.reverse]: COMMAND.reverse,
  [KIND.clear]: COMMAND.clear,
};
/** How often answers that wait are looked over for those whose time is up, in ms. */
const EXPIRY_TICK_MS = 20;

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
  readonly #reply = new ReplyValues();
  readonly #touched: Connection[] = [];
  #gathering = new ReplyGroup();
  /** The group whose commit is in flight, or the empty one that is used next. */
  #committing = new ReplyGroup();
  #commitStartedAt = 0;
  #inFlight = false;
  /** Indexes of the tenants with rows in the commit in flight. */
  #flight: readonly number[] = [];
  #expiry: NodeJS.Timeout;
  #lost = false;
  /** Who waits until no message of a tenant waits for a commit. */
  #waiters: { readonly tenant: number; readonly done: () => void }[] = [];

  constructor(settings: PipelineSettings) {
    this.#settings = settings;
    this.#expiry = setInterval(() => this.#expire(), EXPIRY_TICK_MS);
  }

  /** Whether every decision is durable and answered. */
  get idle(): boolean {
    return !this.#inFlight && this.#gathering.length === 0 && !this.#settings.ledger.gathered;
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
    this.#flush();
    if (settled > 0) ring.answered(which, settled);
    this.#commit();
  }

  stop(): void {
    clearInterval(this.#expiry);
  }

  refuse(tenant: number): void {
    this.#refuse(this.#gathering, tenant);
  }

  settled(tenant: number): Promise<void> {
    return new Promise((done) => {
      this.#waiters.push({ tenant, done });
      this.#tellWaiters();
    });
  }

  #refuse(group: ReplyGroup, tenant: number): void {
    for (let at = group.expired; at < group.length; at++) {
      if (this.#tenantOf(group, at) === tenant) group.refuse(at);
    }
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
    return [this.#committing, this.#gathering].some((group) => {
      for (let at = group.expired; at < group.length; at++) {
        if (this.#tenantOf(group, at) === tenant) return true;
      }
      return false;
    });
  }

  #tenantOf(group: ReplyGroup, at: number): number {
    const message = group.messages[at]!;
    return this.#settings.ring.batches[message >>> 16]!.columns.tenant[message & 0xffff]!;
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
        this.#answerWith(batch, index, this.#manageNetwork(batch, index));
        return true;
      case KIND.formatError:
        this.#settings.refusals.note(batch, index);
        this.#answerWith(batch, index, RESPONSE.formatError);
        return true;
      case KIND.unsupported:
        this.#answerWith(batch, index, RESPONSE.invalidTransaction);
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
      this.#answerWith(batch, index, RESPONSE.noSuchCard);
      return true;
    }
    const { ledger } = this.#settings;
    const decision = this.#decision;
    const requests = isRequest(batch, index);
    this.#fill(batch, index);
    // While nothing can be made durable, deciding would only make more to undo; a repeat makes nothing.
    const served = ledger.serves(tenant);
    if (!served) this.#settings.notHeld.note(tenant);
    const refused = !served || (stalled && !(requests && ledger.knows(tenant, this.#command.key)));
    if (refused || !this.#signedOn(batch, index)) {
      this.#answerWith(batch, index, RESPONSE.issuerInoperative);
      return true;
    }
    ledger.decide(tenant, this.#command, now, decision);
    this.#gathering.add(messageOf(which, index), decision, requests && decision.journalled);
    return false;
  }

  #signedOn(batch: Batch, index: number): boolean {
    const { links, connection } = this.#settings;
    if (!links[batch.columns.listener[index]!]!.config.signOnRequired) return true;
    return connection(batch.columns.connection[index]!)?.signedOn === true;
  }

  #fill(batch: Batch, index: number): void {
    const command = this.#command;
    const { columns } = batch;
    command.kind = COMMANDS[columns.kind[index]!]!;
    command.amount = columns.amount[index]!;
    command.currency = columns.currency[index]!;
    command.expiry = columns.expiry[index]!;
    command.channels = columns.channel[index]!;
    command.fingerprint = columns.fingerprint[index]!;
    command.processingCode = columns.processingCode[index]!;
    command.mcc = columns.mcc[index]!;
    command.entryMode = columns.entryMode[index]!;
    command.flags = columns.flags[index]!;
    command.windowHours = this.#settings.links[columns.listener[index]!]!.config.duplicateWindowHours;
    command.billing = columns.billing[index]!;
    command.billingCurrency = columns.billingCurrency[index]!;
    command.rate = columns.rate[index]!;
    command.cashback = columns.cashback[index]!;
    command.approvalCode = columns.approvalCode[index]!;
    command.kept = columns.kept[index]!;
    copyWords(columns.token, index, command.token);
    copyWords(columns.key, index, command.key);
    copyWords(columns.originalKey, index, command.originalKey);
    const from = index * BATCH_IDENTIFIER_BYTES;
    for (let byte = 0; byte < IDENTIFIER_BYTES; byte++) {
      command.identifiers[byte] = columns.identifiers[from + byte]!;
    }
  }

  #manageNetwork(batch: Batch, index: number): number {
    const connection = this.#settings.connection(batch.columns.connection[index]!);
    return manageNetwork(batch.columns.networkCode[index]!, connection);
  }

  /** Starts a commit of what gathered, if none is in flight; without commands, the answers just go. */
  #commit(): void {
    const { ledger, journal, counters } = this.#settings;
    if (this.#inFlight) return;
    if (!ledger.gathered && this.#gathering.length === 0) return;
    [this.#gathering, this.#committing] = [this.#committing, this.#gathering];
    if (!ledger.gathered) {
      this.#release();
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
      for (const row of fenced) this.#refuse(this.#committing, this.#settings.onFenced(row));
      this.#release();
      this.#commit();
    };
    journal.commit(rows, at).then(committed).catch(this.#onLost);
  }

  /** Writes the answers of the group that is durable now. */
  #release(): void {
    const group = this.#committing;
    const { batches } = this.#settings.ring;
    for (let at = group.expired; at < group.length; at++) {
      const batch = batches[group.messages[at]! >>> 16]!;
      const index = group.messages[at]! & 0xffff;
      if (isRepeat(group, at, batch, index)) this.#answerRepeat(batch, index);
      else {
        group.recall(at, this.#decision);
        this.#tell(batch, index);
      }
    }
    this.#flush();
    this.#settle(group, group.expired, group.length);
    group.clear();
    this.#tellWaiters();
  }

  /**
   * Asks the ledger once more, as the original may have been answered 91 and undone while its repeat waited. Either
   * that, or it is durable: it came before, so its group was committed before, or its time was up before.
   */
  #answerRepeat(batch: Batch, index: number): void {
    const { ledger, now } = this.#settings;
    this.#fill(batch, index);
    ledger.decide(batch.columns.tenant[index]!, this.#command, now(), this.#decision);
    this.#tell(batch, index);
  }

  /** Answers what was decided. */
  #tell(batch: Batch, index: number): void {
    const decision = this.#decision;
    const reply = this.#reply.answer(decision.responseCode, decision.approvalCode);
    reply.amount = decision.approvedAmount;
    reply.balanceCurrency = decision.balanceCurrency;
    reply.availableBalance = decision.availableBalance;
    reply.ledgerBalance = decision.ledgerBalance;
    this.#answer(batch, index, reply);
  }

  /** Gives the ring back what messages `from` to `to` of a group took. */
  #settle(group: ReplyGroup, from: number, to: number): void {
    const { ring } = this.#settings;
    let which = -1;
    let run = 0;
    for (let at = from; at < to; at++) {
      const next = group.messages[at]! >>> 16;
      if (next !== which) {
        if (run > 0) ring.answered(which, run);
        which = next;
        run = 0;
      }
      run++;
    }
    if (run > 0) ring.answered(which, run);
  }

  /** Whether the database did not answer within the time that an answer may take. */
  #stalled(): boolean {
    return this.#inFlight && performance.now() - this.#commitStartedAt > this.#settings.commitTimeoutMs;
  }

  #expire(): void {
    if (this.#lost) return;
    this.#advanceTime();
    const { counters, journal, ledger } = this.#settings;
    const stalled = this.#stalled() || journal.away;
    const { mode } = counters;
    if (mode === 'ready' || mode === 'standby' || mode === 'stalled') {
      counters.mode = stalled ? 'stalled' : ledger.serving ? 'ready' : 'standby';
    }
    if (!this.#inFlight) return;
    const before = performance.now() - this.#settings.commitTimeoutMs;
    this.#expireGroup(this.#committing, before);
    this.#expireGroup(this.#gathering, before);
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

  /**
   * Answers 91 to the messages of a group that came before that time. Such an answer is final: a request is undone
   * in the group that gathers, right behind the one that decides it. A reversal or an advice stays as it is; its
   * sender repeats it, and is then told. The repeat of a request gets the answer of its original.
   */
  #expireGroup(group: ReplyGroup, before: number): void {
    const { ring, ledger, counters } = this.#settings;
    const from = group.expired;
    while (group.expired < group.length) {
      const message = group.messages[group.expired]!;
      const batch = ring.batches[message >>> 16]!;
      const index = message & 0xffff;
      if (batch.columns.receivedAt[index]! > before) break;
      if (isRepeat(group, group.expired, batch, index)) this.#answerRepeat(batch, index);
      else this.#answerWith(batch, index, RESPONSE.issuerInoperative);
      if (group.undoable[group.expired] === 1) {
        this.#command.kind = COMMAND.voidRequest;
        copyWords(batch.columns.key, index, this.#command.key);
        ledger.decide(batch.columns.tenant[index]!, this.#command, this.#settings.now(), this.#decision);
        counters.add('voids', 1);
      }
      group.expired++;
    }
    if (group.expired === from) return;
    this.#flush();
    this.#settle(group, from, group.expired);
  }

  /** An answer with no more than DE39. */
  #answerWith(batch: Batch, index: number, responseCode: number): void {
    this.#answer(batch, index, this.#reply.answer(responseCode, 0));
  }

  /** Gathers the reply on its connection, if that is still there. */
  #answer(batch: Batch, index: number, reply: ReplyValues): void {
    const { columns } = batch;
    const { counters, links } = this.#settings;
    counters.answered(columns.tenant[index]!, reply.responseCode);
    counters.replyUs.record((performance.now() - columns.receivedAt[index]!) * 1000);
    const connection = this.#settings.connection(columns.connection[index]!);
    if (connection === undefined) return;
    const { framing, completion } = links[columns.listener[index]!]!;
    const { headBytes, tailBytes, transportBytes } = framing;
    if (!connection.gathered) this.#touched.push(connection);
    const at = connection.reserve(headBytes + columns.replyLength[index]! + DECISION_BYTES + tailBytes);
    const { out } = connection;
    const message = at + headBytes - transportBytes;
    const length = completion.complete(batch, index, reply, out, message);
    // A framing that can't carry the reply, as a delimiter in it, is its own refusal: the sender will repeat.
    connection.wrote(Math.max(0, framing.finish(out, at, length - transportBytes)));
    connection.settled();
  }

  #flush(): void {
    for (const connection of this.#touched) connection.flush();
    this.#touched.length = 0;
  }

  readonly #onLost = (error: unknown): void => {
    this.#lost = true;
    this.stop();
    this.#settings.onLost(error);
  };
}

/** Whether a message asks for a decision, so that an answer of 91 undoes what was decided. */
function isRequest({ columns }: Batch, index: number): boolean {
  const kind = columns.kind[index];
  return (kind === KIND.authorise || kind === KIND.clear) && (columns.flags[index]! & FLAG.advice) === 0;
}

/** Whether the answer at `at` of a group is to a request that was decided before. */
function isRepeat(group: ReplyGroup, at: number, batch: Batch, index: number): boolean {
  return group.undoable[at] === 0 && isRequest(batch, index);
}

function copyWords(column: Uint32Array, index: number, words: Uint32Array): void {
  const from = index * words.length;
  for (let word = 0; word < words.length; word++) words[word] = column[from + word]!;
}
