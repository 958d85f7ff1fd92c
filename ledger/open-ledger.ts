import type pg from 'pg';
import { InvariantError } from './invariant-error.js';
import { connect, Journal, type JournalSettings } from './journal.js';
import { takeLeases } from './lease.js';
import { Ledger } from './ledger.js';
import { migrate } from './migrate.js';
import { type Recovered, recover } from './recover.js';
import { EMPTY_JOURNAL, TenantLedger } from './tenant-ledger.js';
import { TenantState } from './tenant-state.js';

export interface LedgerSettings extends JournalSettings {
  /** Names of the tenants; their indexes in the ledger are their places here. */
  readonly tenants: readonly string[];
  readonly onQuarantine: (tenant: TenantLedger, error: Error) => void;
}

export interface OpenLedger {
  readonly ledger: Ledger;
  readonly journal: Journal;
  /** What was replayed. */
  readonly commands: number;
  readonly seconds: number;
}

/**
 * Makes this process the writer of the database's journals, and rebuilds every tenant's state from its own. A
 * tenant whose journal does not prove itself is quarantined; the others open.
 *
 * @throws DatabaseInUseError when another switch writes to it
 */
export async function openLedger(settings: LedgerSettings): Promise<OpenLedger> {
  const client = await connect(settings.url, settings.log);
  try {
    await migrate(client);
    const leases = await takeLeases(client, settings.tenants);
    const startedAt = performance.now();
    const tenants: TenantLedger[] = [];
    let commands = 0;
    let lastAt = 0;
    for (const [index, name] of settings.tenants.entries()) {
      const lease = leases[index]!;
      const recovered = await recoverOrFault(client, lease.tenant);
      const { state, head } = recovered;
      const tenant = new TenantLedger(name, lease, state, head);
      if ('fault' in recovered) {
        tenant.fault = recovered.fault;
        settings.onQuarantine(tenant, recovered.fault);
      }
      tenants.push(tenant);
      commands += recovered.commands;
      lastAt = Math.max(lastAt, head.at);
    }
    const seconds = (performance.now() - startedAt) / 1000;
    const ledger = new Ledger(tenants, lastAt, settings.onQuarantine);
    return { ledger, journal: new Journal(client, leases, settings), commands, seconds };
  } catch (error) {
    await client.end();
    throw error;
  }
}

async function recoverOrFault(
  client: pg.Client,
  tenant: number,
): Promise<Recovered | (Recovered & { readonly fault: Error })> {
  try {
    return await recover(client, tenant);
  } catch (error) {
    if (!(error instanceof InvariantError)) throw error;
    return { state: new TenantState(), head: EMPTY_JOURNAL, commands: 0, fault: error };
  }
}
