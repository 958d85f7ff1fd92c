import type pg from 'pg';
import { InvariantError } from './invariant-error.js';
import { listTenants } from './list-tenants.js';
import { recover } from './recover.js';

/** What the proof of one tenant's journal came to. */
export interface Verdict {
  readonly tenant: string;
  /** Rows and commands that were proved; 0 where there is a fault. */
  readonly rows: number;
  readonly commands: number;
  /** Time of the last row, in ms since 1970; 0 without rows. */
  readonly at: number;
  readonly seconds: number;
  /** The first row that does not fit, and how; null when all do. */
  readonly fault: string | null;
}

/**
 * Proves journals by replaying them: sequence, hash chain, and every decision. It only reads, so a switch may write
 * meanwhile; what it wrote by the time that the end is reached is proved too.
 *
 * @param tenant its name; all when absent
 */
export async function* verify(client: pg.Client, tenant?: string): AsyncGenerator<Verdict> {
  for (const { id, name } of await listTenants(client, tenant)) yield await verifyTenant(client, id, name);
}

async function verifyTenant(client: pg.Client, id: number, tenant: string): Promise<Verdict> {
  const startedAt = performance.now();
  const seconds = () => (performance.now() - startedAt) / 1000;
  try {
    const { head, commands } = await recover(client, id);
    return { tenant, rows: head.seq, commands, at: head.at, seconds: seconds(), fault: null };
  } catch (error) {
    if (!(error instanceof InvariantError)) throw error;
    return { tenant, rows: 0, commands: 0, at: 0, seconds: seconds(), fault: error.message };
  }
}
