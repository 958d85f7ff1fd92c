import type pg from 'pg';
import { Follower } from './follow.js';
import type { JournalHead } from './tenant-ledger.js';
import type { TenantState } from './tenant-state.js';

/** A tenant's state as its journal tells it. */
export interface Recovered {
  readonly state: TenantState;
  readonly head: JournalHead;
  /** Commands that were applied. */
  readonly commands: number;
}

/**
 * Rebuilds a tenant's state from its journal alone, proving each row as {@link Follower} does.
 *
 * @param tenant its number in the database
 * @throws InvariantError that names the first row that does not fit
 */
export async function recover(client: pg.Client, tenant: number): Promise<Recovered> {
  const follower = new Follower(tenant);
  const { commands } = await follower.catchUp(client);
  return { state: follower.state, head: follower.head, commands };
}
