import type { Ledger } from '../ledger/ledger.js';
import type { LedgerFailure } from '../tenants/api/ledger-port.js';
import type { Asked } from './asking.js';

/** Commands that wait to be decided; more are refused. */
const QUEUED_MAX = 16_384;
/** Commands of a group, and of a request that is decided at once, so that a card that comes behind thousands of them waits for one such slice at most. */
const SLICE_MAX = 256;

/**
 * What is asked of the ledgers from other threads, and the answers that wait for a commit. What is asked in one request
 * of no more than a slice is decided in one group, so that it becomes durable in one journal row, all of it or nothing.
 *
 * ```
 * asked ──▶ queue ──(a slice a group)──▶ gathering ──▶ committing ──▶ answered
 * ```
 */
export class CommandQueue {
  readonly #ledger: Ledger;
  readonly #queue: Asked[] = [];
  #queued = 0;
  /** Commands decided for the group that gathers. */
  #slice = 0;
  #gathering: Asked[] = [];
  #committing: Asked[] = [];

  constructor(ledger: Ledger) {
    this.#ledger = ledger;
  }

  /** Whether anything was decided or refused for the group that gathers. */
  get gathered(): boolean {
    return this.#slice > 0;
  }

  /** Whether something waits to be decided. */
  get waiting(): boolean {
    return this.#queue.length > 0;
  }

  /** Whether something of a tenant is decided and not answered. */
  has(tenant: number): boolean {
    const ofTenant = (asked: Asked) => asked.tenant === tenant;
    return this.#gathering.some(ofTenant) || this.#committing.some(ofTenant);
  }

  /** Takes it, or refuses it as busy. */
  add(asked: Asked): void {
    if (this.#queued + asked.count > QUEUED_MAX) {
      asked.fail('BUSY');
      return;
    }
    this.#queued += asked.count;
    this.#queue.push(asked);
  }

  /**
   * Decides what the group that gathers has room for.
   * @param stalled nothing can be made durable now
   */
  decide(stalled: boolean, now: number): void {
    while (this.#queue.length > 0 && this.#slice < SLICE_MAX) {
      const asked = this.#queue[0]!;
      const before = this.#failure(asked, stalled);
      if (before !== null) {
        this.#shift().fail(asked.begun ? 'UNKNOWN' : before);
        continue;
      }
      const room = SLICE_MAX - this.#slice;
      if (asked.count <= SLICE_MAX && asked.count > room) break;
      this.#slice += asked.decide(this.#ledger, room, now);
      // One that broke an invariant is quarantined by it; what came before it in the request may be durable.
      if (this.#failure(asked, false) !== null) this.#shift().fail('UNKNOWN');
      else if (asked.done) this.#gathering.push(this.#shift());
    }
  }

  /** What gathered waits for the commit that begins; only when none is in flight. */
  close(): void {
    [this.#gathering, this.#committing] = [this.#committing, this.#gathering];
    this.#slice = 0;
  }

  /**
   * The commit is durable.
   * @param seqOf the journal row that it has of a tenant, by index; 0 where it has none
   */
  release(seqOf: (tenant: number) => number): void {
    for (const asked of this.#committing) asked.tell(seqOf(asked.tenant));
    this.#committing.length = 0;
  }

  /** Of a tenant that another node took over: what was decided never came to be. */
  refuseGathered(tenant: number): void {
    this.#gathering = refuse(this.#gathering, tenant);
    const [head] = this.#queue;
    if (head?.begun && head.tenant === tenant) this.#shift().fail('UNKNOWN');
  }

  refuseCommitting(tenant: number): void {
    this.#committing = refuse(this.#committing, tenant);
  }

  /** The switch can't go on: nobody knows what of it is durable. */
  failAll(): void {
    const all = [...this.#committing, ...this.#gathering, ...this.#queue];
    for (const list of [this.#committing, this.#gathering, this.#queue]) list.length = 0;
    this.#queued = 0;
    for (const asked of all) asked.fail('UNKNOWN');
  }

  #shift(): Asked {
    const asked = this.#queue.shift()!;
    this.#queued -= asked.count;
    return asked;
  }

  #failure({ tenant }: Asked, stalled: boolean): LedgerFailure | null {
    if (!this.#ledger.serves(tenant)) return 'NOT_HELD';
    if (this.#ledger.tenants[tenant]!.fault !== null) return 'QUARANTINED';
    return stalled ? 'STALLED' : null;
  }
}

function refuse(list: Asked[], tenant: number): Asked[] {
  return list.filter((asked) => {
    if (asked.tenant === tenant) asked.fail('NOT_HELD');
    return asked.tenant !== tenant;
  });
}
