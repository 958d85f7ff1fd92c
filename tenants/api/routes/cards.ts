import { Type } from '@sinclair/typebox';
import { CARD_STATUS } from '../../../ledger/command.js';
import { type Channel, channelMask } from '../../channel.js';
import { luhnValid } from '../../luhn.js';
import {
  named,
  nameSchema,
  PageQuery,
  page,
  pageOf,
  type Routes,
  reads,
  WriteHeaders,
  writes,
} from '../api.js';
import { audit } from '../audit.js';
import type { CallerTenant } from '../authentication.js';
import { issueCards } from '../card-issuing.js';
import { isWithin } from '../card-numbers.js';
import { CARD_COLUMNS, type CardRow, cardOf, findCard, liveCards } from '../card-rows.js';
import { tagged } from '../etag.js';
import { ExpiryMonth, ExpiryYear, expiryOf } from '../expiry.js';
import { cardName } from '../object-names.js';
import { notFound, notPossible, Problem } from '../problem.js';
import { CardSchema, CardStatus, ChannelName } from '../schemas.js';

const tags = ['Cards'];
const Card = named(CardSchema);
const ById = Type.Object({ id: nameSchema('card', 'The card.') });
const AccountName = nameSchema('acct', 'The account that it draws on.');

/** A card as it is asked for. */
export const CardBody = {
  pan: Type.Optional(
    Type.String({
      pattern: '^[0-9]{12,19}$',
      writeOnly: true,
      description: 'Of a card that exists already; one in the tenant’s BIN ranges is generated otherwise.',
    }),
  ),
  exp_month: Type.Optional(ExpiryMonth),
  exp_year: Type.Optional(ExpiryYear),
  status: Type.Optional(CardStatus),
  channels: Type.Optional(
    Type.Array(ChannelName, {
      maxItems: 5,
      uniqueItems: true,
      description: 'All of the tenant’s when absent.',
    }),
  ),
};

/**
 * Makes sure that a PAN can be one of the tenant's cards'.
 * @throws Problem `HF_NOT_POSSIBLE`
 */
export function requirePan(tenant: CallerTenant, pan: string): void {
  if (!luhnValid(pan)) throw notPossible('/pan', 'luhn', 'the PAN’s check digit is wrong');
  if (!isWithin(tenant.bins, pan))
    throw notPossible('/pan', 'bin', 'the PAN is in none of the tenant’s BIN ranges');
}

/** Mask of the channels that are asked for, or all of the tenant's. */
export function channelsOf(tenant: CallerTenant, channels: readonly Channel[] | undefined): number {
  return channelMask(channels ?? tenant.channels);
}

export const cards: Routes = (app, context) => {
  const { database, ledger, cipher } = context;

  app.post(
    '/cards',
    {
      config: { roles: ['cards'] },
      schema: {
        operationId: 'issueCard',
        summary: 'Issue or import a card',
        tags,
        headers: WriteHeaders,
        body: Type.Object({ account: AccountName, ...CardBody }, { additionalProperties: false }),
        response: writes(201, Card, 'The card, in force.'),
      },
    },
    async (request, reply) => {
      const { tenant } = request.caller;
      const { account: name, pan, exp_month, exp_year, status = 'active', channels } = request.body;
      if (pan !== undefined) requirePan(tenant, pan);
      const names = await context.names(tenant);
      const [number = -1] = names.find('acct', tenant.number, name) ?? [];
      const [account] = number < 0 ? [] : await ledger.accounts(tenant.name, [number]);
      const noAccount = () => notPossible('/account', 'exists', 'there is no such account');
      if (!account) throw noAccount();
      const order = {
        place: 0,
        account: number,
        pan: pan ?? null,
        expiry: expiryOf(exp_year, exp_month),
        status: CARD_STATUS[status],
        channels: channelsOf(tenant, channels),
        currency: String(account.currency).padStart(3, '0'),
      };
      const { pan: _secret, ...shown } = request.body;
      const [result] = await issueCards(context, tenant, request.draw, [order], (client, [uuid]) =>
        audit(client, request, pan === undefined ? 'card.issued' : 'card.imported', cardName(uuid!), shown),
      );
      const issued = result!;
      if (issued.outcome === 'exists') throw new Problem('HF_CARD_EXISTS');
      if (issued.outcome === 'no_account') throw noAccount();
      const id = cardName(issued.uuid);
      const row = await database.forTenant(tenant, (client) => findCard(client, tenant, id));
      const [live] = await liveCards(context, tenant, [row]);
      reply.code(201);
      return cardOf(context, names, tenant, row, live!);
    },
  );

  app.get(
    '/cards/:id',
    {
      schema: {
        operationId: 'getCard',
        summary: 'Get a card',
        tags,
        params: ById,
        response: reads(Card, 'The card, as it is now.'),
      },
    },
    async (request, reply) => {
      const { tenant } = request.caller;
      const row = await database.forTenant(tenant, (client) => findCard(client, tenant, request.params.id));
      const [live] = await liveCards(context, tenant, [row]);
      if (!live) throw notFound();
      return tagged(reply, cardOf(context, await context.names(tenant), tenant, row, live));
    },
  );

  app.get(
    '/cards/:id/pan',
    {
      config: { roles: ['cards'] },
      schema: {
        operationId: 'getCardPan',
        summary: 'Get the PAN of a card',
        description: 'In clear, for those who may handle it (PCI DSS). Each time is in the audit log.',
        tags,
        params: ById,
        response: reads(
          Type.Object({
            id: nameSchema('card', 'The card.'),
            object: Type.Literal('card_pan'),
            pan: Type.String(),
          }),
          'The PAN, in clear.',
        ),
      },
    },
    async (request, reply) => {
      const { tenant } = request.caller;
      const { id } = request.params;
      const row = await database.forTenant(tenant, async (client) => {
        const found = await findCard<{ hash: Buffer; pan: Buffer }>(client, tenant, id, 'hash, pan');
        await audit(client, request, 'card.pan_read', id, {});
        return found;
      });
      const [live] = await liveCards(context, tenant, [row]);
      if (!live) throw notFound();
      reply.header('cache-control', 'no-store');
      return { id, object: 'card_pan' as const, pan: cipher.decrypt(row.pan, row.hash) };
    },
  );

  app.get(
    '/cards',
    {
      schema: {
        operationId: 'listCards',
        summary: 'List cards',
        tags,
        querystring: Type.Object(
          {
            ...PageQuery,
            account: Type.Optional(AccountName),
            last4: Type.Optional(
              Type.String({ pattern: '^[0-9]{4}$', description: 'Last digits of the PAN.' }),
            ),
          },
          { additionalProperties: false },
        ),
        response: reads(pageOf(Card), 'Cards as they are now, the newest first.'),
      },
    },
    async (request) => {
      const { tenant } = request.caller;
      const { limit = 20, cursor, account, last4 } = request.query;
      const names = await context.names(tenant);
      const place = cursor === undefined ? [] : names.place(tenant.number, 'cards', cursor);
      // Of an account that there isn't there are no cards.
      const [number] = account === undefined ? [null] : (names.find('acct', tenant.number, account) ?? [-1]);
      const { rows } = await database.forTenant(tenant, (client) =>
        client.query<CardRow>(
          `SELECT ${CARD_COLUMNS} FROM holdfast.card
           WHERE tenant = $1 AND ($3::timestamptz IS NULL OR (created_at, id) < ($3, $4::uuid))
             AND ($5::int IS NULL OR account = $5) AND ($6::text IS NULL OR last4 = $6)
           ORDER BY created_at DESC, id DESC LIMIT $2`,
          [tenant.number, limit + 1, place[0] ?? null, place[1] ?? null, number ?? null, last4 ?? null],
        ),
      );
      const live = await liveCards(context, tenant, rows);
      const shown = page(
        rows.map((row, index) => ({ row, live: live[index] ?? null })),
        limit,
        ({ row, live }) => (live === null ? null : cardOf(context, names, tenant, row, live)),
        ({ row }) => names.cursor(tenant.number, 'cards', [row.place, row.id]),
      );
      return { ...shown, data: shown.data.filter((card) => card !== null) };
    },
  );
};
