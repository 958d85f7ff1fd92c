import type pg from 'pg';

const LAG = `SELECT t.id, t.name, coalesce(p.seq, 0)::float8 AS seq, coalesce(head.seq, archived.seq, 0)::float8 AS head,
    (extract(epoch FROM next.at) * 1000)::float8 AS "nextAt"
  FROM holdfast.tenant t
  LEFT JOIN holdfast_read.position p ON p.tenant = t.id
  LEFT JOIN LATERAL (
    SELECT seq FROM holdfast.journal WHERE tenant = t.id ORDER BY seq DESC LIMIT 1
  ) head ON true
  LEFT JOIN LATERAL (SELECT max(last_seq) AS seq FROM holdfast.archive WHERE tenant = t.id) archived ON true
  LEFT JOIN LATERAL (
    SELECT at FROM holdfast.journal WHERE tenant = t.id AND seq > coalesce(p.seq, 0) ORDER BY seq LIMIT 1
  ) next ON true
  WHERE $1::text[] IS NULL OR t.name = ANY ($1)
  ORDER BY t.name`;

/** How far the read model of a tenant is behind its journal. */
export interface Lag {
  /** Number in the database. */
  readonly id: number;
  readonly name: string;
  /** The journal row up to which the tables are filled. */
  readonly seq: number;
  /** The last row of the journal. */
  readonly head: number;
  /** Time of the first row that is not in the tables, in ms since 1970; null when all are. */
  readonly nextAt: number | null;
}

/** @param tenants their names; all when absent */
export async function readLag(client: pg.Client, tenants?: readonly string[]): Promise<readonly Lag[]> {
  const { rows } = await client.query<Lag>({ name: 'read-lag', text: LAG, values: [tenants ?? null] });
  return rows;
}
