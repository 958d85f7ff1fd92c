import { Command, Decision, RESPONSE } from '../ledger/command.js';
import type { Ledger } from '../ledger/ledger.js';
import type { Batch } from '../parsers/batch.js';
import type { Answers } from './answers.js';
import type { BatchRing } from './batch-ring.js';
import type { Counters } from './counters.js';
import type { Link } from './link.js';
import { fillCommand, fillVoid, isRequest } from './message-command.js';
import type { Overflow } from './overflow.js';
import { ReplyGroup } from './reply-group.js';

export interface WaitingSettings {
  readonly ring: BatchRing;
  readonly ledger: Ledger;
  readonly counters: Counters;
  /** By index of the link. */
  readonly links: readonly Link[];
  /** Time of what is decided, in ms since 1970. */
  readonly now: () => number;
}

/**
 * The answers that wait for a commit: those of the one in flight, and those that gather for the next. They go when it is
 * durable, or as 91 when they have waited for too long.
 */
export class WaitingReplies {
  readonly #settings: WaitingSettings;
  readonly #answers: Answers;
  readonly #command = new Command();
  readonly #decision = new Decision();
  #gathering = new ReplyGroup();
  /** Of the commit in flight; empty while there is none. */
  #committing = new ReplyGroup();

  constructor(settings: WaitingSettings, answers: Answers) {
    this.#settings = settings;
    this.#answers = answers;
  }

  /** How many gather for the next commit, those that were answered 91 meanwhile among them. */
  get gathered(): number {
    return this.#gathering.length;
  }

  /**
   * Lets the answer to a message wait.
   * @param message see `messageOf`
   * @param undoable whether it is a request that is decided now, and undone where it is answered 91
   */
  add(message: number, decision: Decision, undoable: boolean): void {
    this.#gathering.add(message, decision, undoable);
  }

  /** What gathered waits for the commit that begins; only when none is in flight. */
  close(): void {
    [this.#gathering, this.#committing] = [this.#committing, this.#gathering];
  }

  /** Answers the messages whose commit is durable now. */
  release(): void {
    const group = this.#committing;
    const { batches } = this.#settings.ring;
    for (let at = group.expired; at < group.length; at++) {
      const batch = batches[group.messages[at]! >>> 16]!;
      const index = group.messages[at]! & 0xffff;
      if (isRepeat(group, at, batch, index)) this.#answerRepeat(batch, index);
      else {
        group.recall(at, this.#decision);
        this.#answers.tell(batch, index, this.#decision);
      }
    }
    this.#answers.flush();
    this.#settle(group, group.expired, group.length);
    group.clear();
  }

  /** Answers 91 to what came before that time, in ms of the monotonic clock, and still waits. */
  expire(before: number): void {
    this.#expireGroup(this.#committing, before);
    this.#expireGroup(this.#gathering, before);
  }

  /** Makes the answers of a tenant that gather 91: what was decided never came to be. */
  refuseGathered(tenant: number): void {
    this.#refuse(this.#gathering, tenant);
  }

  /** Likewise of the commit in flight. */
  refuseCommitting(tenant: number): void {
    this.#refuse(this.#committing, tenant);
  }

  /**
   * Moves what waits out of the batches of the ring.
   * @returns how many messages were moved: all, as far as there is room
   */
  moveOut(overflow: Overflow): number {
    return this.#moveGroup(this.#committing, overflow) + this.#moveGroup(this.#gathering, overflow);
  }

  #moveGroup(group: ReplyGroup, overflow: Overflow): number {
    const { ring } = this.#settings;
    let moved = 0;
    // The room that is made may be used at once, and this group be longer then.
    if (group.moved < group.expired) group.moved = group.expired;
    while (group.moved < group.length) {
      const at = group.moved;
      const message = group.messages[at]!;
      const to = overflow.take(message);
      if (to < 0) break;
      group.messages[at] = to;
      group.moved = at + 1;
      moved++;
      // The parking is for all databases too.
      if (message >>> 16 === ring.parking.which) ring.parking.release(message & 0xffff);
      else ring.answered(message >>> 16, 1);
    }
    return moved;
  }

  /** Whether a message of a tenant waits. */
  has(tenant: number): boolean {
    return this.#groupHas(this.#committing, tenant) || this.#groupHas(this.#gathering, tenant);
  }

  #groupHas(group: ReplyGroup, tenant: number): boolean {
    for (let at = group.expired; at < group.length; at++) {
      if (this.#tenantOf(group, at) === tenant) return true;
    }
    return false;
  }

  #refuse(group: ReplyGroup, tenant: number): void {
    for (let at = group.expired; at < group.length; at++) {
      if (this.#tenantOf(group, at) === tenant) group.refuse(at);
    }
  }

  #tenantOf(group: ReplyGroup, at: number): number {
    const message = group.messages[at]!;
    return this.#settings.ring.batches[message >>> 16]!.columns.tenant[message & 0xffff]!;
  }

  /**
   * Asks the ledger once more, as the original may have been answered 91 and undone while its repeat waited. Either
   * that, or it is durable: it came before, so its group was committed before, or its time was up before.
   */
  #answerRepeat(batch: Batch, index: number): void {
    const { ledger, links, now } = this.#settings;
    fillCommand(this.#command, batch, index, links);
    ledger.decide(batch.columns.tenant[index]!, this.#command, now(), this.#decision);
    this.#answers.tell(batch, index, this.#decision);
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
      else this.#answers.tellCode(batch, index, RESPONSE.issuerInoperative);
      if (group.undoable[group.expired] === 1) {
        fillVoid(this.#command, batch, index);
        ledger.decide(batch.columns.tenant[index]!, this.#command, this.#settings.now(), this.#decision);
        counters.add('voids', 1);
      }
      group.expired++;
    }
    if (group.expired === from) return;
    this.#answers.flush();
    this.#settle(group, from, group.expired);
  }

  /** Gives the ring back what messages `from` to `to` of a group took. */
  #settle(group: ReplyGroup, from: number, to: number): void {
    const { ring } = this.#settings;
    let which = -1;
    let run = 0;
    for (let at = from; at < to; at++) {
      const message = group.messages[at]!;
      const next = message >>> 16;
      if (next === ring.parking.which) {
        ring.parking.release(message & 0xffff);
        continue;
      }
      if (next !== which) {
        if (run > 0) ring.answered(which, run);
        which = next;
        run = 0;
      }
      run++;
    }
    if (run > 0) ring.answered(which, run);
  }
}

/** Whether the answer at `at` of a group is to a request that was decided before. */
function isRepeat(group: ReplyGroup, at: number, batch: Batch, index: number): boolean {
  return group.undoable[at] === 0 && isRequest(batch, index);
}
