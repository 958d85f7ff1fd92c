import type pg from 'pg';
import { CARD_STATUS } from '../../ledger/command.js';
import { CHANNELS } from '../channel.js';
import type { ApiContext } from './api.js';
import type { CallerTenant } from './authentication.js';
import { tokenOf } from './card-issuing.js';
import { lettersOf } from './currency.js';
import { expiryParts } from './expiry.js';
import type { LiveCard } from './ledger-port.js';
import { cardName, cardUuid, type ObjectNames } from './object-names.js';
import { notFound } from './problem.js';

/** A card as the table has it, without its PAN. */
export interface CardRow {
  readonly id: string;
  readonly hash: Buffer;
  readonly first6: string;
  readonly last4: string;
  readonly created_at: Date;
  /** `created_at` in full. */
  readonly place: string;
}

export const CARD_COLUMNS = 'id, hash, first6, last4, created_at, created_at::text AS place';

const STATUS_NAMES = new Map<number, string>(
  Object.entries(CARD_STATUS).map(([name, status]) => [status, name]),
);

/** The row of a card by its name. @throws Problem `HF_NOT_FOUND` where the tenant has none */
export async function findCard<T = CardRow>(
  client: pg.ClientBase,
  tenant: CallerTenant,
  name: string,
  columns = CARD_COLUMNS,
): Promise<T> {
  const { rows } = await client.query<T & pg.QueryResultRow>(
    `SELECT ${columns} FROM holdfast.card WHERE tenant = $1 AND id = $2`,
    [tenant.number, cardUuid(name)],
  );
  const [row] = rows;
  if (row === undefined) throw notFound();
  return row;
}

/** A card of the API: what the table knows, and how it stands in the ledger now. */
export function cardOf(
  { currencyOf }: ApiContext,
  names: ObjectNames,
  tenant: CallerTenant,
  row: CardRow,
  live: LiveCard,
) {
  return {
    id: cardName(row.id),
    object: 'card' as const,
    account: names.name('acct', tenant.number, live.account),
    status: STATUS_NAMES.get(live.status) ?? `status_${live.status}`,
    first6: row.first6,
    last4: row.last4,
    ...expiryParts(live.expiry),
    currency: lettersOf(currencyOf, live.currency),
    channels: CHANNELS.filter((_, bit) => (live.channels & (1 << bit)) !== 0),
    created: row.created_at.toISOString(),
  };
}

/** How cards stand in the ledger; null where a try to issue one was cut short. */
export function liveCards(
  { ledger }: ApiContext,
  tenant: CallerTenant,
  rows: readonly Pick<CardRow, 'hash'>[],
): Promise<readonly (LiveCard | null)[]> {
  return ledger.cards(
    tenant.name,
    rows.map(({ hash }) => tokenOf(hash)),
  );
}

/** The number of a card in the ledger, by its name; −1, which is no card's, where the tenant has none. */
export async function cardNumber(context: ApiContext, tenant: CallerTenant, name: string): Promise<number> {
  const rows = await context.database.forTenant(tenant, async (client) => {
    const found = await client.query<{ hash: Buffer }>(
      'SELECT hash FROM holdfast.card WHERE tenant = $1 AND id = $2',
      [tenant.number, cardUuid(name)],
    );
    return found.rows;
  });
  const [live] = rows.length === 0 ? [] : await liveCards(context, tenant, rows);
  return live?.card ?? -1;
}
