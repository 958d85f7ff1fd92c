import type pg from 'pg';
import { beginningOf, type Snapshots } from './beginning.js';
import { Follower } from './follow.js';
import type { TenantId } from './list-tenants.js';
import type { JournalHead } from './tenant-ledger.js';
import type { TenantState } from './tenant-state.js';

/** A tenant's state as its journal tells it. */
export interface Recovered {
  readonly state: TenantState;
  readonly head: JournalHead;
  /** Commands that were applied: those since the snapshot, where there was one. */
  readonly commands: number;
}

/**
 * A follower of a tenant's journal that begins at its newest snapshot that proves itself, else at the start.
 * @throws InvariantError when there is no snapshot and the start is archived
 */
export async function beginFollower(
  client: pg.Client,
  tenant: TenantId,
  snapshots?: Snapshots,
): Promise<Follower> {
  const { state, head } = await beginningOf(client, tenant, snapshots);
  return new Follower(tenant.id, state, head);
}

/**
 * Rebuilds a tenant's state from its newest snapshot that proves itself and the journal after that, or from the journal
 * alone; each row is proved as {@link Follower} does.
 *
 * @throws InvariantError that names the first row that does not fit
 */
export async function recover(
  client: pg.Client,
  tenant: TenantId,
  snapshots?: Snapshots,
): Promise<Recovered> {
  const follower = await beginFollower(client, tenant, snapshots);
  const { commands } = await follower.catchUp(client);
  return { state: follower.state, head: follower.head, commands };
}
