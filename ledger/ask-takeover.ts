import { setTimeout as delay } from 'node:timers/promises';
import type pg from 'pg';
import { wantLeases } from './lease.js';
import { listTenants } from './list-tenants.js';

const POLL_MS = 10;

/** A tenant can't be handed over; `code` says why. */
export class TakeoverError extends Error {
  override readonly name = 'TakeoverError';
  constructor(
    readonly code: 'HF_TAKEOVER_TENANT' | 'HF_TAKEOVER_NODE' | 'HF_TAKEOVER_TIME',
    rule: string,
  ) {
    super(`${code}: ${rule}`);
  }
}

/** A tenant that changed hands, and how long each step took by the database's clock, in ms. */
export interface HandedOver {
  readonly tenant: string;
  /** Who had it before; '' when nobody ever did. */
  readonly from: string;
  readonly to: string;
  readonly epoch: number;
  /** From the request until whoever had it had made everything durable and given it back. */
  readonly releaseMs: number;
  /** From then until the other had its lease. */
  readonly takeMs: number;
  /** From then until it could decide the first message. */
  readonly serveMs: number;
}

/**
 * Has a tenant handed over to another node, and waits until that one serves it.
 *
 * @param node who is to have it; may be absent where only one could
 * @throws TakeoverError when there is no such tenant or node, or it is not done within `waitMs`
 */
export async function askTakeover(
  client: pg.Client,
  tenant: string,
  node: string | undefined,
  waitMs: number,
): Promise<HandedOver> {
  const [known] = await listTenants(client, tenant);
  if (known === undefined) throw new TakeoverError('HF_TAKEOVER_TENANT', `there is no tenant ${tenant}`);
  const { from, epoch } = await holderOf(client, known.id);
  const to = await nodeFor(client, from, node);
  await wantLeases(client, [known.id], to);
  const untilMs = performance.now() + waitMs;
  for (;;) {
    const steps = await stepsOf(client, known.id, epoch);
    if (steps !== null) return { tenant, from, ...steps };
    if (performance.now() > untilMs) break;
    await delay(POLL_MS);
  }
  await client.query('UPDATE holdfast.lease SET wanted_by = NULL WHERE tenant = $1 AND wanted_by = $2', [
    known.id,
    to,
  ]);
  throw new TakeoverError('HF_TAKEOVER_TIME', `${to} does not serve ${tenant} after ${waitMs} ms`);
}

async function holderOf(client: pg.Client, id: number): Promise<{ from: string; epoch: number }> {
  const { rows } = await client.query<{ from: string; epoch: number }>(
    'SELECT node AS from, epoch::float8 AS epoch FROM holdfast.lease WHERE tenant = $1',
    [id],
  );
  return rows[0] ?? { from: '', epoch: 0 };
}

async function nodeFor(client: pg.Client, from: string, node: string | undefined): Promise<string> {
  const { rows } = await client.query<{ name: string; follows: boolean }>(
    'SELECT name, follows FROM holdfast.node WHERE expires_at > clock_timestamp() ORDER BY name',
  );
  const able = rows.filter(({ name, follows }) => follows && name !== from).map(({ name }) => name);
  const list = able.length === 0 ? 'no other node follows it' : `it can go to ${able.join(', ')}`;
  if (node === undefined && able.length === 1) return able[0]!;
  if (node !== undefined && able.includes(node)) return node;
  const why =
    node === undefined ? 'say which node' : node === from ? `${node} has it` : `${node} can't take it`;
  throw new TakeoverError('HF_TAKEOVER_NODE', `${why}: ${list}`);
}

async function stepsOf(
  client: pg.Client,
  id: number,
  epoch: number,
): Promise<Omit<HandedOver, 'tenant' | 'from'> | null> {
  const ms = (from: string, to: string) => `greatest(0, extract(epoch FROM ${to} - ${from}) * 1000)::float8`;
  const { rows } = await client.query<Omit<HandedOver, 'tenant' | 'from'>>(
    `SELECT node AS to, epoch::float8 AS epoch, ${ms('coalesce(wanted_at, taken_at)', 'coalesce(free_at, taken_at)')} AS "releaseMs",
       ${ms('coalesce(free_at, taken_at)', 'taken_at')} AS "takeMs", ${ms('taken_at', 'serving_at')} AS "serveMs"
     FROM holdfast.tenure WHERE tenant = $1 AND epoch > $2 AND serving_at IS NOT NULL ORDER BY epoch DESC LIMIT 1`,
    [id, epoch],
  );
  return rows[0] ?? null;
}
