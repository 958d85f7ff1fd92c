import type pg from 'pg';
import { channelNames } from '../channel.js';
import type { CallerTenant } from './authentication.js';
import { statusName } from './card-rows.js';
import { expiryParts } from './expiry.js';
import type { LiveCard } from './ledger-port.js';
import { cardName, tokenName, tokenUuid } from './object-names.js';
import { notFound } from './problem.js';

/** A wallet token as the table has it, without its number. */
export interface TokenRow {
  readonly id: string;
  readonly hash: Buffer;
  /** UUID of its card. */
  readonly parent: string;
  readonly wallet: string;
  readonly last4: string;
  readonly created_at: Date;
  /** `created_at` in full. */
  readonly place: string;
}

export const TOKEN_COLUMNS = 'id, hash, parent, wallet, last4, created_at, created_at::text AS place';

/**
 * The row of a wallet token by its name.
 * @param lock keeps others from changing it until the transaction ends
 * @throws Problem `HF_NOT_FOUND` where the tenant has none
 */
export async function findToken<T = TokenRow>(
  client: pg.ClientBase,
  tenant: CallerTenant,
  name: string,
  columns = TOKEN_COLUMNS,
  lock = false,
): Promise<T> {
  const { rows } = await client.query<T & pg.QueryResultRow>(
    `SELECT ${columns} FROM holdfast.card
     WHERE tenant = $1 AND id = $2 AND parent IS NOT NULL${lock ? ' FOR UPDATE' : ''}`,
    [tenant.number, tokenUuid(name)],
  );
  const [row] = rows;
  if (row === undefined) throw notFound();
  return row;
}

/** A wallet token of the API. */
export function tokenOfApi(row: TokenRow, live: LiveCard) {
  return {
    id: tokenName(row.id),
    object: 'token' as const,
    card: cardName(row.parent),
    wallet: row.wallet,
    status: statusName(live.status),
    last4: row.last4,
    ...expiryParts(live.expiry),
    channels: channelNames(live.channels),
    created: row.created_at.toISOString(),
  };
}
