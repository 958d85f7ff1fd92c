import os from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import type pg from 'pg';
import { DatabaseInUseError } from './fenced-error.js';
import { inTransaction } from './transaction.js';

/** Held by the session of the one switch that writes; goes with the session, so a dead switch holds nothing. */
const WRITER_LOCK = 0x686f6c65;
const LOCK_MS = 2000;
const LOCK_POLL_MS = 50;

/** A tenant's number in the database and the epoch under which this switch writes its journal. */
export interface Lease {
  readonly tenant: number;
  readonly epoch: number;
}

/** Whether this session is the writer now, or became it. */
export async function lockWriter(client: pg.Client): Promise<boolean> {
  const { rows } = await client.query<{ locked: boolean }>('SELECT pg_try_advisory_lock($1) AS locked', [
    WRITER_LOCK,
  ]);
  return rows[0]!.locked;
}

/** A switch that was killed is still connected until the server has noticed, which takes it a moment. */
async function becomeWriter(client: pg.Client): Promise<void> {
  const untilMs = performance.now() + LOCK_MS;
  while (!(await lockWriter(client))) {
    if (performance.now() > untilMs) throw new DatabaseInUseError();
    await delay(LOCK_POLL_MS);
  }
}

/**
 * Takes the journals of the named tenants over: registers those that are new, and raises each epoch. From then
 * on an insert under an older epoch adds nothing. The table lock lets inserts that are under way finish first,
 * and makes those that come later see the new epoch.
 *
 * @returns a lease for each name, in its order
 * @throws DatabaseInUseError when the switch that wrote last is still connected
 */
export async function takeLeases(client: pg.Client, names: readonly string[]): Promise<readonly Lease[]> {
  await becomeWriter(client);
  return inTransaction(client, async () => {
    await client.query('LOCK TABLE holdfast.journal IN EXCLUSIVE MODE');
    // Not ON CONFLICT: that takes a number for each known name too, and a smallint has 32,767 of them.
    await client.query(
      `INSERT INTO holdfast.tenant (name) SELECT n FROM unnest($1::text[]) n
         WHERE NOT EXISTS (SELECT FROM holdfast.tenant t WHERE t.name = n)`,
      [names],
    );
    const { rows } = await client.query<{ name: string; tenant: number; epoch: string }>(
      `INSERT INTO holdfast.lease AS l (tenant, epoch, holder)
         SELECT t.id, 1, $2 FROM holdfast.tenant t WHERE t.name = ANY ($1::text[])
       ON CONFLICT (tenant) DO UPDATE SET epoch = l.epoch + 1, holder = excluded.holder, taken_at = now()
       RETURNING l.tenant, l.epoch, (SELECT t.name FROM holdfast.tenant t WHERE t.id = l.tenant)`,
      [names, `${os.hostname()}:${process.pid}`],
    );
    const byName = new Map(rows.map((row) => [row.name, { tenant: row.tenant, epoch: Number(row.epoch) }]));
    return names.map((name) => byName.get(name)!);
  });
}
