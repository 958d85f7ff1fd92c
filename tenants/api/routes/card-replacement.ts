import { Type } from '@sinclair/typebox';
import { CARD_STATUS } from '../../../ledger/command.js';
import { errorCode } from '../../../ledger/postgres-error.js';
import { named, nameSchema, type Routes, WriteHeaders, writes } from '../api.js';
import { audit } from '../audit.js';
import { changeCard } from '../card-changes.js';
import type { CardType } from '../card-issuing.js';
import { findCard, liveCards } from '../card-rows.js';
import { ExpiryMonth, ExpiryYear, expiryOf } from '../expiry.js';
import { issueOneCard } from '../one-card.js';
import { notFound, Problem } from '../problem.js';
import { CardSchema, CardStatus } from '../schemas.js';

const tags = ['Cards'];
const { lost, stolen, closed } = CARD_STATUS;
/** SQLSTATE. */
const UNIQUE_VIOLATION = '23505';
/** What the card that is replaced becomes. */
const ENDS = { lost, stolen, damaged: closed, expired: closed, other: closed } as const;
type Reason = keyof typeof ENDS;

interface Replaced {
  readonly id: string;
  readonly hash: Buffer;
  readonly type: CardType;
}

/** A card instead of another: a PAN of its own on the same account. */
export const cardReplacement: Routes = (app, context) => {
  const { database, ledger } = context;

  app.post(
    '/cards/:id/replace',
    {
      config: { roles: ['cards'], idempotencyRequired: true },
      schema: {
        operationId: 'replaceCard',
        summary: 'Replace a card',
        description:
          'The card becomes `lost`, `stolen` or `closed` at once, as `reason` says, if it is none of these; what it holds is ' +
          'cleared all the same. The new one has another PAN, and its account, type, channels and group.',
        tags,
        params: Type.Object({ id: nameSchema('card', 'The card that is replaced.') }),
        headers: WriteHeaders,
        body: Type.Object(
          {
            reason: Type.Union((Object.keys(ENDS) as Reason[]).map((reason) => Type.Literal(reason))),
            exp_month: Type.Optional(ExpiryMonth),
            exp_year: Type.Optional(ExpiryYear),
            status: Type.Optional(CardStatus),
          },
          { additionalProperties: false },
        ),
        response: writes(201, named(CardSchema), 'The new card.'),
      },
    },
    async (request, reply) => {
      const { tenant } = request.caller;
      const { id } = request.params;
      const { reason, exp_month, exp_year, status = 'active' } = request.body;
      const old = await database.forTenant(tenant, (client) =>
        findCard<Replaced>(client, tenant, id, 'id, hash, type'),
      );
      const [live] = await liveCards(context, tenant, [old]);
      if (!live) throw notFound();
      // It pays no more before there is another, so that a try that is cut short leaves no two.
      await changeCard(context, request, id, 'card.replaced', (now) =>
        [lost, stolen, closed].some((end) => end === now.status) ? {} : { status: ENDS[reason] },
      );
      const [account] = await ledger.accounts(tenant.name, [live.account]);
      const order = {
        account: live.account,
        pan: null,
        expiry: expiryOf(exp_year, exp_month),
        status: CARD_STATUS[status],
        channels: live.channels,
        currency: String(account!.currency).padStart(3, '0'),
        type: old.type,
        replaces: old.id,
        group: live.group,
      };
      reply.code(201);
      try {
        return await issueOneCard(
          context,
          request,
          order,
          (client, name) => audit(client, request, 'card.issued', name, { replaces: id, ...request.body }),
          notFound,
        );
      } catch (error) {
        if (errorCode(error) !== UNIQUE_VIOLATION) throw error;
        throw new Problem('HF_CARD_EXISTS', 'the card was replaced already');
      }
    },
  );
};
