import type { Logger } from 'pino';
import type { Holder } from '../ledger/node-settings.js';
import type { Counters } from './counters.js';

/** Between two lines about the same tenant. */
const LINE_MS = 1000;

/**
 * Counts the messages that are answered 91 because another node holds their tenant, and logs where that one is: at
 * most a line a second for each tenant, which says how many were left out since the last.
 */
export class NotHeldLog {
  readonly #counters: Counters;
  readonly #log: Logger;
  readonly #tenants: readonly string[];
  readonly #holder: (tenant: number) => Holder | null;
  readonly #saidAt: Float64Array;
  readonly #leftOut: Float64Array;

  /**
   * @param tenants names, by index
   * @param holder who holds a tenant, as far as is known
   */
  constructor(
    counters: Counters,
    log: Logger,
    tenants: readonly string[],
    holder: (tenant: number) => Holder | null,
  ) {
    this.#counters = counters;
    this.#log = log;
    this.#tenants = tenants;
    this.#holder = holder;
    this.#saidAt = new Float64Array(tenants.length).fill(Number.NEGATIVE_INFINITY);
    this.#leftOut = new Float64Array(tenants.length);
  }

  /** Notes a message of a tenant, by its index. */
  note(tenant: number): void {
    this.#counters.notHeld[tenant]!++;
    const now = performance.now();
    if (now - this.#saidAt[tenant]! < LINE_MS) {
      this.#leftOut[tenant]!++;
      return;
    }
    this.#saidAt[tenant] = now;
    const leftOut = this.#leftOut[tenant] === 0 ? undefined : this.#leftOut[tenant];
    this.#leftOut[tenant] = 0;
    const holder = this.#holder(tenant);
    this.#log.warn(
      { tenant: this.#tenants[tenant], heldBy: holder?.node, at: holder?.endpoint, leftOut },
      holder === null
        ? 'message answered 91: nobody holds its tenant'
        : 'message answered 91: another node holds its tenant',
    );
  }
}
