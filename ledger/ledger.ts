import { isDecided } from './apply.js';
import { type Command, type Decision, RESPONSE } from './command.js';
import type { JournalRow } from './journal.js';
import type { TenantLedger } from './tenant-ledger.js';

/** The rows of one commit and their time, in ms since 1970. */
export interface JournalGroup {
  readonly rows: readonly JournalRow[];
  readonly at: number;
  readonly commands: number;
}

/** The ledgers of all tenants, by index, and the group of commands that gathers for the next commit. */
export class Ledger {
  readonly tenants: readonly TenantLedger[];
  readonly #onQuarantine: (tenant: TenantLedger, error: Error) => void;
  /** Time of the group that gathers; never before the time of the last one, whatever the clock does. */
  #at: number;
  /** Indexes of the tenants that have entries in the group. */
  #dirty: number[] = [];

  /**
   * @param lastAt the latest time in any journal, in ms
   * @param onQuarantine told when a tenant's ledger broke an invariant
   */
  constructor(
    tenants: readonly TenantLedger[],
    lastAt: number,
    onQuarantine: (tenant: TenantLedger, error: Error) => void,
  ) {
    this.tenants = tenants;
    this.#at = lastAt;
    this.#onQuarantine = onQuarantine;
  }

  /** Whether commands wait for a commit. */
  get gathered(): boolean {
    return this.#dirty.length > 0;
  }

  /**
   * Decides one command of a tenant, at the group's time: that of its first command. A tenant whose ledger
   * breaks an invariant, now or before, decides nothing: 91, while the others go on.
   *
   * @param now ms since 1970
   */
  decide(index: number, command: Command, now: number, decision: Decision): void {
    const tenant = this.tenants[index]!;
    if (tenant.fault !== null) {
      refuse(decision);
      return;
    }
    if (this.#dirty.length === 0 && now > this.#at) this.#at = now;
    const before = tenant.entries;
    try {
      tenant.decide(command, this.#at, decision);
    } catch (error) {
      tenant.fault = error as Error;
      this.#onQuarantine(tenant, tenant.fault);
      refuse(decision);
      return;
    }
    if (before === 0 && tenant.entries > 0) this.#dirty.push(index);
  }

  /** Whether an authorisation of that key was decided: deciding it again then only tells its answer. */
  knows(index: number, key: Uint32Array): boolean {
    return isDecided(this.tenants[index]!.state, key);
  }

  /** Closes the group: a row for each tenant that has entries. Only when the group before is durable. */
  closeGroup(): JournalGroup {
    const rows: JournalRow[] = [];
    let commands = 0;
    for (const index of this.#dirty) {
      commands += this.tenants[index]!.entries;
      rows.push(this.tenants[index]!.closeRow(this.#at));
    }
    this.#dirty = [];
    return { rows, at: this.#at, commands };
  }
}

function refuse(decision: Decision): void {
  decision.responseCode = RESPONSE.issuerInoperative;
  decision.approvalCode = 0;
  decision.journalled = false;
}
