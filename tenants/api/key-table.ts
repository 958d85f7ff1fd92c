import type pg from 'pg';
import type { NewKey, Role } from './api-key.js';

/** A key as it is kept. `tenant` is the tenant's number in the database, null of an operator's. */
export interface StoredKey {
  readonly id: string;
  readonly tenant: number | null;
  readonly role: Role;
  readonly name: string;
  readonly hash: Buffer;
  readonly created_at: Date;
  readonly expires_at: Date | null;
  readonly last_used_at: Date | null;
  readonly revoked_at: Date | null;
  /** Whether it may be used now, by the database's clock. */
  readonly in_force: boolean;
}

const COLUMNS = `id, tenant, role, name, hash, created_at, expires_at, last_used_at, revoked_at,
  (revoked_at IS NULL OR revoked_at > now()) AND (expires_at IS NULL OR expires_at > now()) AS in_force`;

export interface KeyToAdd {
  readonly key: NewKey;
  readonly tenant: number | null;
  readonly role: Role;
  readonly name: string;
  readonly expiresAt?: Date | undefined;
}

/** The statements about API keys; whose rows they see is up to the role that the client has. */
export async function findKey(client: pg.ClientBase, id: string): Promise<StoredKey | undefined> {
  const { rows } = await client.query<StoredKey>(`SELECT ${COLUMNS} FROM holdfast.api_key WHERE id = $1`, [
    id,
  ]);
  return rows[0];
}

export async function addKey(client: pg.ClientBase, { key, tenant, role, name, expiresAt }: KeyToAdd) {
  const { rows } = await client.query<StoredKey>(
    `INSERT INTO holdfast.api_key (id, tenant, role, name, hash, expires_at) VALUES ($1, $2, $3, $4, $5, $6)
     RETURNING ${COLUMNS}`,
    [key.id, tenant, role, name, key.hash, expiresAt ?? null],
  );
  return rows[0]!;
}

/** The newest first, those before `before` where that is given. */
export async function listKeys(
  client: pg.ClientBase,
  limit: number,
  before: readonly (string | number)[] | undefined,
): Promise<readonly (StoredKey & { readonly place: string })[]> {
  const { rows } = await client.query<StoredKey & { place: string }>(
    `SELECT ${COLUMNS}, created_at::text AS place FROM holdfast.api_key
     WHERE $2::text IS NULL OR (created_at, id) < ($2::timestamptz, $3)
     ORDER BY created_at DESC, id DESC LIMIT $1`,
    [limit, before?.[0] ?? null, before?.[1] ?? null],
  );
  return rows;
}

/**
 * Lets a key end after so many seconds; one that ends before that stays as it is.
 * @returns undefined where there is none of that id
 */
export async function revokeKey(
  client: pg.ClientBase,
  id: string,
  overlapSeconds: number,
): Promise<StoredKey | undefined> {
  const { rows } = await client.query<StoredKey>(
    `UPDATE holdfast.api_key SET revoked_at = least(revoked_at, now() + make_interval(secs => $2)) WHERE id = $1
     RETURNING ${COLUMNS}`,
    [id, overlapSeconds],
  );
  return rows[0];
}

/** Notes when keys were used last. */
export async function noteUses(client: pg.ClientBase, uses: ReadonlyMap<string, Date>): Promise<void> {
  await client.query(
    `UPDATE holdfast.api_key SET last_used_at = greatest(last_used_at, used.at)
     FROM unnest($1::text[], $2::timestamptz[]) AS used (id, at) WHERE api_key.id = used.id`,
    [[...uses.keys()], [...uses.values()]],
  );
}
