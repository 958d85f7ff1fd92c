import type { FastifyRequest } from 'fastify';
import type pg from 'pg';
import { CARD_STATUS } from '../../ledger/command.js';
import type { ApiContext } from './api.js';
import { finishCard } from './card-changes.js';
import { type CardOrder, type IssuedCard, issueCards } from './card-issuing.js';
import { type CardRow, cardOf, findCard, liveCards } from './card-rows.js';
import { cardName } from './object-names.js';
import { Problem } from './problem.js';

/** One card that is to be issued, with what the many of an import can't have. */
export interface OneCard extends Omit<CardOrder, 'place'> {
  /** 0 for none. */
  readonly group: number;
}

type Issued = Extract<IssuedCard, { outcome: 'issued' }>;

/**
 * Issues a card. One that needs more than to be issued is inactive until it has all of it.
 *
 * @param onAdded done in the transaction that writes the card, with its name
 * @param noAccount the problem where the account is not there
 * @returns the card, as it is then
 */
export async function issueOneCard(
  context: ApiContext,
  request: FastifyRequest,
  { group, ...order }: OneCard,
  onAdded: (client: pg.ClientBase, name: string) => Promise<void>,
  noAccount: () => Problem,
): Promise<ReturnType<typeof cardOf>> {
  const { tenant } = request.caller;
  const singleUse = order.type === 'single_use';
  const isPlain = !singleUse && group === 0;
  const status = isPlain ? order.status : CARD_STATUS.inactive;
  const [result] = await issueCards(
    context,
    tenant,
    request.draw,
    [{ ...order, place: 0, status }],
    (client, [uuid]) => onAdded(client, cardName(uuid!)),
  );
  const { uuid } = requireIssued(result!, noAccount);
  const row = await context.database.forTenant(tenant, (client) =>
    findCard<CardRow>(client, tenant, cardName(uuid)),
  );
  if (!isPlain) await finishCard(context, tenant, row.hash, { status: order.status, group, singleUse });
  const [live] = await liveCards(context, tenant, [row]);
  return cardOf(context, await context.names(tenant), tenant, row, live!);
}

function requireIssued(result: IssuedCard, noAccount: () => Problem): Issued {
  if (result.outcome === 'exists') throw new Problem('HF_CARD_EXISTS');
  if (result.outcome === 'no_account') throw noAccount();
  return result;
}
