import { isDue } from './advance-time.js';
import { isDecided } from './apply.js';
import { wouldTakeMoney } from './ask.js';
import { COMMAND, type Command, type Decision, RESPONSE } from './command.js';
import type { JournalRow } from './journal.js';
import type { TenantLedger } from './tenant-ledger.js';

/** The rows of one commit and their time, in ms since 1970. */
export interface JournalGroup {
  readonly rows: readonly JournalRow[];
  readonly at: number;
  readonly commands: number;
  /** Indexes of the tenants, in the order of their rows. */
  readonly tenants: readonly number[];
}

/**
 * The ledgers of the tenants that this node holds, by index, and the group of commands that gathers for the next
 * commit. A tenant that another node holds has none here, and decides nothing.
 */
export class Ledger {
  readonly tenants: (TenantLedger | null)[];
  /** 1 where new messages of a tenant are decided; 0 where it is not held here, or about to be handed over. */
  readonly #open: Uint8Array;
  /** Ledgers to join when no group gathers. */
  #arriving: Ledger[] = [];
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
    tenants: readonly (TenantLedger | null)[],
    lastAt: number,
    onQuarantine: (tenant: TenantLedger, error: Error) => void,
  ) {
    this.tenants = [...tenants];
    this.#open = Uint8Array.from(tenants, (tenant) => Number(tenant !== null));
    this.#at = lastAt;
    this.#onQuarantine = onQuarantine;
  }

  /** Whether commands wait for a commit. */
  get gathered(): boolean {
    return this.#dirty.length > 0;
  }

  /** Whether new messages of a tenant are decided here. */
  serves(index: number): boolean {
    return this.#open[index] === 1;
  }

  /** Whether there is any tenant whose messages are decided here. */
  get serving(): boolean {
    return this.#open.includes(1);
  }

  /** Takes over the tenants of another ledger, in which nothing gathers; it is not to be used any more. */
  adopt(other: Ledger): void {
    // The group that gathers has its time, which may not be before the last row of any tenant in it.
    if (this.gathered && other.#at > this.#at) this.#arriving.push(other);
    else this.#join(other);
  }

  /** Lets a tenant decide no new messages; what was decided is made durable yet. */
  shut(index: number): void {
    this.#open[index] = 0;
  }

  /** Forgets a tenant's ledger, and what gathered in it. */
  drop(index: number): void {
    this.shut(index);
    this.tenants[index] = null;
    this.#dirty = this.#dirty.filter((dirty) => dirty !== index);
    for (const other of this.#arriving) other.drop(index);
    // With its entries the group may be gone, and nobody would close it.
    if (!this.gathered) this.#letArrive();
  }

  /**
   * Decides one command of a tenant, at the group's time: that of its first command. A tenant whose ledger
   * breaks an invariant, now or before, or is not held here, decides nothing: 91, while the others go on.
   *
   * @param now ms since 1970
   */
  decide(index: number, command: Command, now: number, decision: Decision): void {
    const tenant = this.tenants[index] ?? null;
    if (tenant === null || tenant.fault !== null) {
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

  /** Lets time go on for a tenant: expires holds, forgets messages, where any is due; a bounded number of them. */
  advanceTime(index: number, now: number, command: Command, decision: Decision): void {
    const tenant = this.tenants[index] ?? null;
    if (tenant === null || !this.serves(index) || tenant.fault !== null) return;
    if (!isDue(tenant.state, this.gathered ? this.#at : now)) return;
    command.kind = COMMAND.advanceTime;
    this.decide(index, command, now, decision);
  }

  /**
   * Lets a tenant that is held here decide nothing more, as something was found to be wrong with its ledger or its
   * journal.
   */
  quarantine(index: number, error: Error): void {
    const tenant = this.tenants[index] ?? null;
    if (tenant === null || tenant.fault !== null) return;
    tenant.fault = error;
    this.#onQuarantine(tenant, error);
  }

  /** Whether an authorisation of that key was decided: deciding it again then only tells its answer. */
  knows(index: number, key: Uint32Array): boolean {
    const tenant = this.tenants[index] ?? null;
    return tenant !== null && isDecided(tenant.state, key);
  }

  /** Whether a message of a tenant would be approved and take money if it were decided now; see {@link wouldTakeMoney}. */
  wouldTakeMoney(index: number, command: Command, now: number): boolean {
    const tenant = this.tenants[index] ?? null;
    if (tenant === null || tenant.fault !== null) return false;
    return wouldTakeMoney(tenant.state, command, this.gathered ? this.#at : now);
  }

  /** Closes the group: a row for each tenant that has entries. Only when the group before is durable. */
  closeGroup(): JournalGroup {
    const rows: JournalRow[] = [];
    let commands = 0;
    const at = this.#at;
    const tenants = this.#dirty;
    for (const index of tenants) {
      const tenant = this.tenants[index]!;
      commands += tenant.entries;
      rows.push(tenant.closeRow(at));
    }
    this.#dirty = [];
    this.#letArrive();
    return { rows, at, commands, tenants };
  }

  #letArrive(): void {
    for (const other of this.#arriving.splice(0)) this.#join(other);
  }

  #join(other: Ledger): void {
    this.#at = Math.max(this.#at, other.#at);
    for (const [index, tenant] of other.tenants.entries()) {
      if (tenant === null) continue;
      this.tenants[index] = tenant;
      this.#open[index] = 1;
    }
  }
}

function refuse(decision: Decision): void {
  decision.clear();
  decision.responseCode = RESPONSE.issuerInoperative;
  decision.journalled = false;
}
