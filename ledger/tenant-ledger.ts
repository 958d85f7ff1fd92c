import { apply } from './apply.js';
import type { Command, Decision } from './command.js';
import { GENESIS, rowHash } from './hash-chain.js';
import type { JournalRow } from './journal.js';
import { BODY_HEADER_BYTES, entryBytesMax, writeBodyHeader, writeEntry } from './journal-body.js';
import type { Lease } from './lease.js';
import type { TenantState } from './tenant-state.js';

const BODY_BYTES_FIRST = 16 * 1024;

/** Where a tenant's journal stands: its last row, or none yet. */
export interface JournalHead {
  readonly seq: number;
  readonly hash: Buffer;
  /** Time of the last row, in ms since 1970. */
  readonly at: number;
}

export const EMPTY_JOURNAL: JournalHead = { seq: 0, hash: GENESIS, at: 0 };

/**
 * One tenant's ledger with the journal entries that its state is ahead of the database by: those that gather
 * for the next row, while the row before may be in flight.
 */
export class TenantLedger {
  /** Why nothing more is decided for this tenant; null while all is well. */
  fault: Error | null = null;
  #seq: number;
  #hash: Buffer;
  #body: Buffer = Buffer.allocUnsafe(BODY_BYTES_FIRST);
  /** The buffer of the row in flight, if any; the two take turns. */
  #other: Buffer = Buffer.allocUnsafe(BODY_BYTES_FIRST);
  #bodyEnd = BODY_HEADER_BYTES;
  #entries = 0;

  constructor(
    readonly name: string,
    readonly lease: Lease,
    readonly state: TenantState,
    head: JournalHead,
  ) {
    this.#seq = head.seq;
    this.#hash = head.hash;
  }

  /** Entries that gather for the next row. */
  get entries(): number {
    return this.#entries;
  }

  /**
   * Applies a command and, if it changed anything, adds it to the next row.
   * @throws InvariantError as `apply` does; the caller quarantines the tenant
   */
  decide(command: Command, at: number, decision: Decision): void {
    apply(this.state, command, at, decision);
    if (!decision.journalled) return;
    const needed = this.#bodyEnd + entryBytesMax(command);
    if (needed > this.#body.length) {
      const grown = Buffer.allocUnsafe(Math.max(needed, 2 * this.#body.length));
      this.#body.copy(grown, 0, 0, this.#bodyEnd);
      this.#body = grown;
    }
    this.#bodyEnd = writeEntry(this.#body, this.#bodyEnd, command, decision);
    this.#entries++;
  }

  /** Closes the row that gathered, at time `at`; only when the row before it is durable. */
  closeRow(at: number): JournalRow {
    const { high, low } = this.state.balances;
    writeBodyHeader(this.#body, 0, this.#entries, high, low);
    const body = this.#body.subarray(0, this.#bodyEnd);
    const { tenant, epoch } = this.lease;
    const previousHash = this.#hash;
    const seq = ++this.#seq;
    this.#hash = rowHash(previousHash, tenant, seq, epoch, at, body);
    [this.#body, this.#other] = [this.#other, this.#body];
    this.#bodyEnd = BODY_HEADER_BYTES;
    this.#entries = 0;
    return { tenant, seq, epoch, previousHash, hash: this.#hash, body };
  }
}
