import type pg from 'pg';

/** A tenant that has, or may have, a journal: its number in the database, and its name. */
export interface TenantId {
  readonly id: number;
  readonly name: string;
}

/** The tenants in the database by name; one of them when `name` is given, none where there is no such. */
export async function listTenants(client: pg.Client, name?: string): Promise<readonly TenantId[]> {
  const { rows } = await client.query<TenantId>(
    'SELECT id, name FROM holdfast.tenant WHERE $1::text IS NULL OR name = $1 ORDER BY name',
    [name ?? null],
  );
  return rows;
}
