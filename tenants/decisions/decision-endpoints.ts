import type pg from 'pg';
import type { SecretCipher } from '../outbound/secret-cipher.js';

/** Where a tenant decides in real time. */
export interface DecisionEndpoint {
  /** Its number in the database. */
  readonly tenant: number;
  readonly url: string;
  /** By which it knows us, the new one first. */
  readonly secrets: readonly string[];
  readonly deadlineMs: number;
  readonly concurrency: number;
  /** In minor units of the message's currency. */
  readonly leastAmount: number;
  /** DE39 where there is no answer; 0 approves up to `fallbackMost`, or everything. */
  readonly fallbackCode: number;
  readonly fallbackMost: number | null;
  readonly enabled: boolean;
  readonly version: number;
  readonly updatedAt: Date;
}

interface Row {
  readonly tenant: number;
  readonly url: string;
  readonly secret: Buffer;
  readonly previous_secret: Buffer | null;
  readonly deadline_ms: number;
  readonly concurrency: number;
  readonly least_amount: number;
  readonly fallback_code: string;
  readonly fallback_most: number | null;
  readonly enabled: boolean;
  readonly version: number;
  readonly updated_at: Date;
}

const SELECT = `SELECT e.tenant, e.url, e.secret,
    CASE WHEN e.previous_until > now() THEN e.previous_secret END AS previous_secret,
    e.deadline_ms, e.concurrency, e.least_amount::float8 AS least_amount, e.fallback_code,
    e.fallback_most::float8 AS fallback_most, e.enabled, e.version, e.updated_at
  FROM holdfast.decision_endpoint e`;

/** The endpoints of all tenants, or of the one that the connection may see. */
export async function listDecisionEndpoints(
  client: pg.ClientBase,
  cipher: SecretCipher,
): Promise<readonly DecisionEndpoint[]> {
  const { rows } = await client.query<Row>(`${SELECT} ORDER BY e.tenant`);
  return rows.map((row) => endpointOf(row, cipher));
}

function endpointOf(row: Row, cipher: SecretCipher): DecisionEndpoint {
  const secrets = [row.secret, row.previous_secret].filter((secret) => secret !== null);
  return {
    tenant: row.tenant,
    url: row.url,
    secrets: secrets.map((secret) => cipher.decrypt(secret, purposeOf(row.tenant))),
    deadlineMs: row.deadline_ms,
    concurrency: row.concurrency,
    leastAmount: row.least_amount,
    fallbackCode: Number(row.fallback_code),
    fallbackMost: row.fallback_most,
    enabled: row.enabled,
    version: row.version,
    updatedAt: row.updated_at,
  };
}

/** What a secret of a tenant's endpoint is encrypted for. */
export function purposeOf(tenant: number): string {
  return `decision endpoint of ${tenant}`;
}

export type DecisionEndpointSettings = Pick<
  DecisionEndpoint,
  'url' | 'deadlineMs' | 'concurrency' | 'leastAmount' | 'fallbackCode' | 'fallbackMost' | 'enabled'
>;

/**
 * Sets a tenant's endpoint, instead of the one that it has.
 * @param secret for a new one, or for one whose secret is rotated; the old one is good for `overlapSeconds` more
 */
export async function setDecisionEndpoint(
  client: pg.ClientBase,
  tenant: number,
  settings: DecisionEndpointSettings,
  secret: { readonly encrypted: Buffer; readonly overlapSeconds: number } | null,
): Promise<void> {
  const { url, deadlineMs, concurrency, leastAmount, fallbackCode, fallbackMost, enabled } = settings;
  const code = String(fallbackCode).padStart(2, '0');
  await client.query(
    `INSERT INTO holdfast.decision_endpoint AS e
       (tenant, url, secret, deadline_ms, concurrency, least_amount, fallback_code, fallback_most, enabled, version)
     VALUES ($1, $2, coalesce($3::bytea, ''::bytea), $4, $5, $6, $7, $8, $9, 1)
     ON CONFLICT (tenant) DO UPDATE SET
       url = excluded.url,
       secret = coalesce($3::bytea, e.secret),
       previous_secret = CASE WHEN $3::bytea IS NULL THEN e.previous_secret ELSE e.secret END,
       previous_until = CASE WHEN $3::bytea IS NULL THEN e.previous_until ELSE now() + $10 * interval '1 second' END,
       deadline_ms = excluded.deadline_ms, concurrency = excluded.concurrency,
       least_amount = excluded.least_amount, fallback_code = excluded.fallback_code,
       fallback_most = excluded.fallback_most, enabled = excluded.enabled,
       version = e.version + 1, updated_at = now()`,
    [
      tenant,
      url,
      secret?.encrypted ?? null,
      deadlineMs,
      concurrency,
      leastAmount,
      code,
      fallbackMost,
      enabled,
      secret?.overlapSeconds ?? 0,
    ],
  );
}

export async function removeDecisionEndpoint(client: pg.ClientBase): Promise<boolean> {
  const { rowCount } = await client.query(
    'DELETE FROM holdfast.decision_endpoint WHERE tenant = holdfast_read.current_tenant()',
  );
  return rowCount !== 0;
}
