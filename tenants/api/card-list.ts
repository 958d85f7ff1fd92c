import type { ApiContext } from './api.js';
import type { CallerTenant } from './authentication.js';
import { CARD_COLUMNS, type CardRow, liveCards } from './card-rows.js';
import type { LiveCard } from './ledger-port.js';

/** Cards that are looked at in one step, where not each of them is in the list. */
const LOOKED_AT = 1000;
/** Steps of a page; one that did not fill goes on behind them. */
const STEPS_MAX = 8;

/** What a list is narrowed to; null for everything. */
export interface CardFilter {
  readonly account: number | null;
  readonly last4: string | null;
  /** One of `CARD_STATUS`, and a group, as they are now: so the ledger is asked. */
  readonly status: number | null;
  readonly group: number | null;
}

export interface ListedCard {
  readonly row: CardRow;
  readonly live: LiveCard;
}

export type CardPlace = readonly [at: string, id: string];

/**
 * A page of cards as they are now, the newest first, those behind `place` where that is given. It may have fewer than
 * `limit` of them where few of those that it looked at are such cards.
 * @returns with them where the list goes on; null at its end
 */
export async function listCards(
  context: ApiContext,
  tenant: CallerTenant,
  filter: CardFilter,
  limit: number,
  place: CardPlace | null,
): Promise<{ readonly cards: readonly ListedCard[]; readonly next: CardPlace | null }> {
  const isNarrow = filter.status !== null || filter.group !== null;
  const step = isNarrow ? LOOKED_AT : limit + 1;
  const cards: ListedCard[] = [];
  let next = place;
  for (let steps = 0; steps < STEPS_MAX; steps++) {
    const rows = await rowsBehind(context, tenant, filter, step, next);
    const live = await liveCards(context, tenant, rows);
    for (const [index, row] of rows.entries()) {
      if (cards.length === limit) return { cards, next };
      next = [row.place, row.id];
      const card = live[index];
      if (card && isListed(card, filter)) cards.push({ row, live: card });
    }
    if (rows.length < step) return { cards, next: null };
  }
  return { cards, next };
}

async function rowsBehind(
  { database }: ApiContext,
  tenant: CallerTenant,
  { account, last4 }: CardFilter,
  limit: number,
  place: CardPlace | null,
): Promise<readonly CardRow[]> {
  const { rows } = await database.forTenant(tenant, (client) =>
    client.query<CardRow>(
      `SELECT ${CARD_COLUMNS} FROM holdfast.card
       WHERE tenant = $1 AND parent IS NULL AND ($3::timestamptz IS NULL OR (created_at, id) < ($3, $4::uuid))
         AND ($5::int IS NULL OR account = $5) AND ($6::text IS NULL OR last4 = $6)
       ORDER BY created_at DESC, id DESC LIMIT $2`,
      [tenant.number, limit, place?.[0] ?? null, place?.[1] ?? null, account, last4],
    ),
  );
  return rows;
}

function isListed(live: LiveCard, { status, group }: CardFilter): boolean {
  return (status === null || live.status === status) && (group === null || live.group === group);
}
