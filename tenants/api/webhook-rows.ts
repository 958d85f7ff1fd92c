import type pg from 'pg';
import type { AddressGuard } from '../outbound/address-guard.js';
import { uuidName, uuidOf } from './object-names.js';
import { notFound, notPossible } from './problem.js';

/** An endpoint as the API tells it; the secrets are not among what is read. */
export interface EndpointRow {
  readonly id: string;
  readonly url: string;
  readonly description: string;
  readonly types: readonly string[] | null;
  readonly disabled: string | null;
  readonly failing_since: Date | null;
  readonly created_at: Date;
  /** `created_at` in full. */
  readonly place: string;
}

export const ENDPOINT_COLUMNS =
  'id, url, description, types, disabled, failing_since, created_at, created_at::text AS place';

/** @throws Problem `HF_NOT_FOUND` where the tenant that is set has none of that name */
export async function findEndpoint(
  client: pg.ClientBase,
  tenant: number,
  name: string,
): Promise<EndpointRow> {
  const { rows } = await client.query<EndpointRow>(
    `SELECT ${ENDPOINT_COLUMNS} FROM holdfast.webhook_endpoint WHERE tenant = $1 AND id = $2 FOR UPDATE`,
    [tenant, uuidOf('we', name)],
  );
  const [row] = rows;
  if (row === undefined) throw notFound();
  return row;
}

/** An endpoint of the API. */
export function endpointOf(row: EndpointRow) {
  return {
    id: uuidName('we', row.id),
    object: 'webhook_endpoint' as const,
    url: row.url,
    description: row.description,
    types: row.types === null ? null : [...row.types],
    status: row.disabled === null ? 'enabled' : 'disabled',
    disabled_reason: row.disabled,
    failing_since: row.failing_since?.toISOString() ?? null,
    created: row.created_at.toISOString(),
  };
}

const LOOPBACK = /^(localhost|127(\.[0-9]{1,3}){3}|\[::1\])$/;

/**
 * Makes sure that a URL may be sent to, as far as that can be told without looking its host up.
 * @throws Problem `HF_NOT_POSSIBLE`
 */
export function requireUrl(guard: AddressGuard, text: string): void {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || (url.protocol !== 'https:' && url.protocol !== 'http:')) {
    throw notPossible('/url', 'url', 'must be an https URL');
  }
  if (url.username !== '' || url.password !== '' || url.hash !== '') {
    throw notPossible('/url', 'url', 'must have no user, password or fragment');
  }
  // Not even then where the network could listen, and nobody there but us.
  const local = LOOPBACK.test(url.hostname) && guard.allows('127.0.0.1');
  if (url.protocol === 'http:' && !local) throw notPossible('/url', 'url', 'must be an https URL');
  if (!guard.allowsHost(url.hostname)) throw notPossible('/url', 'address', 'must be a public address');
}
