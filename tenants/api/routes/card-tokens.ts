import { Type } from '@sinclair/typebox';
import { CARD_STATUS } from '../../../ledger/command.js';
import {
  ChangeHeaders,
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
import { changeToken, noTransition } from '../card-changes.js';
import { type CardRow, findCard, liveCards } from '../card-rows.js';
import { tagged } from '../etag.js';
import { ExpiryMonth, ExpiryYear, expiryOf } from '../expiry.js';
import { cardUuid, tokenName } from '../object-names.js';
import { notFound } from '../problem.js';
import { ChannelName } from '../schemas.js';
import { issueWalletToken } from '../token-issuing.js';
import { findToken, TOKEN_COLUMNS, type TokenRow, tokenOfApi } from '../token-rows.js';
import { TokenSchema } from '../token-schema.js';
import { channelsOf } from './cards.js';

const tags = ['Wallet tokens'];
const config = { roles: ['cards'] } as const;
const Token = named(TokenSchema);
const ById = Type.Object({ id: nameSchema('tok', 'The token.') });
const OfCard = Type.Object({ id: nameSchema('card', 'The card.') });
const { active, frozen, closed } = CARD_STATUS;

const STEPS = [
  { name: 'freeze', to: frozen, from: active, summary: 'Freeze a token' },
  { name: 'unfreeze', to: active, from: frozen, summary: 'Unfreeze a token' },
] as const;

/** Second numbers of cards, as wallets have them: each can be ended without the card. */
export const cardTokens: Routes = (app, context) => {
  const { database, ledger, cipher } = context;

  app.post(
    '/cards/:id/tokens',
    {
      config,
      schema: {
        operationId: 'issueToken',
        summary: 'Give a card a wallet token',
        description:
          'A second number in the tenant’s BIN ranges: payments with it are the card’s, by its account and its limits.',
        tags,
        params: OfCard,
        headers: WriteHeaders,
        body: Type.Object(
          {
            wallet: Type.Optional(
              Type.String({
                pattern: '^[a-z0-9_-]{1,32}$',
                default: 'other',
                description: 'Whose wallet it is for.',
                examples: ['apple_pay'],
              }),
            ),
            exp_month: Type.Optional(ExpiryMonth),
            exp_year: Type.Optional(ExpiryYear),
            channels: Type.Optional(
              Type.Array(ChannelName, {
                maxItems: 5,
                uniqueItems: true,
                description: 'Contactless and e-commerce when absent.',
              }),
            ),
          },
          { additionalProperties: false },
        ),
        response: writes(201, Token, 'The token, in force.'),
      },
    },
    async (request, reply) => {
      const { tenant } = request.caller;
      const { wallet = 'other', exp_month, exp_year, channels = ['contactless', 'ecommerce'] } = request.body;
      const card = await database.forTenant(tenant, (client) =>
        findCard<CardRow>(client, tenant, request.params.id),
      );
      const [live] = await liveCards(context, tenant, [card]);
      if (!live) throw notFound();
      if ([CARD_STATUS.lost, CARD_STATUS.stolen, closed].some((end) => end === live.status)) {
        throw noTransition(live.status, active);
      }
      const [account] = await ledger.accounts(tenant.name, [live.account]);
      const order = {
        card,
        wallet,
        expiry: expiryOf(exp_year, exp_month),
        channels: channelsOf(tenant, channels),
        account: live.account,
        currency: String(account!.currency).padStart(3, '0'),
      };
      const uuid = await issueWalletToken(context, tenant, request.draw, order, (client, added) =>
        audit(client, request, 'token.issued', tokenName(added), {
          card: request.params.id,
          ...request.body,
        }),
      );
      const row = await database.forTenant(tenant, (client) => findToken(client, tenant, tokenName(uuid)));
      const [token] = await liveCards(context, tenant, [row]);
      reply.code(201);
      return tokenOfApi(row, token!);
    },
  );

  app.get(
    '/cards/:id/tokens',
    {
      schema: {
        operationId: 'listTokens',
        summary: 'List the wallet tokens of a card',
        tags,
        params: OfCard,
        querystring: Type.Object(PageQuery, { additionalProperties: false }),
        response: reads(pageOf(Token), 'Tokens as they are now, the newest first.'),
      },
    },
    async (request) => {
      const { tenant } = request.caller;
      const { limit = 20, cursor } = request.query;
      const names = await context.names(tenant);
      const list = `tokens of ${request.params.id}`;
      const place = cursor === undefined ? [] : names.place(tenant.number, list, cursor);
      const rows = await database.forTenant(tenant, async (client) => {
        await findCard(client, tenant, request.params.id, 'id');
        const found = await client.query<TokenRow>(
          `SELECT ${TOKEN_COLUMNS} FROM holdfast.card
           WHERE tenant = $1 AND parent = $2 AND ($4::timestamptz IS NULL OR (created_at, id) < ($4, $5::uuid))
           ORDER BY created_at DESC, id DESC LIMIT $3`,
          [tenant.number, cardUuid(request.params.id), limit + 1, place[0] ?? null, place[1] ?? null],
        );
        return found.rows;
      });
      const live = await liveCards(context, tenant, rows);
      const shown = page(
        rows.map((row, index) => ({ row, live: live[index] ?? null })),
        limit,
        ({ row, live }) => (live === null ? null : tokenOfApi(row, live)),
        ({ row }) => names.cursor(tenant.number, list, [row.place, row.id]),
      );
      return { ...shown, data: shown.data.filter((token) => token !== null) };
    },
  );

  app.get(
    '/tokens/:id',
    {
      schema: {
        operationId: 'getToken',
        summary: 'Get a wallet token',
        tags,
        params: ById,
        response: reads(Token, 'The token, as it is now.'),
      },
    },
    async (request, reply) => {
      const { tenant } = request.caller;
      const row = await database.forTenant(tenant, (client) => findToken(client, tenant, request.params.id));
      const [live] = await liveCards(context, tenant, [row]);
      if (!live) throw notFound();
      return tagged(reply, tokenOfApi(row, live));
    },
  );

  app.get(
    '/tokens/:id/pan',
    {
      config,
      schema: {
        operationId: 'getTokenPan',
        summary: 'Get the number of a wallet token',
        description: 'In clear, for those who may handle it (PCI DSS). Each time is in the audit log.',
        tags,
        params: ById,
        response: reads(
          Type.Object({
            id: nameSchema('tok', 'The token.'),
            object: Type.Literal('token_pan'),
            pan: Type.String(),
          }),
          'The number, in clear.',
        ),
      },
    },
    async (request, reply) => {
      const { tenant } = request.caller;
      const { id } = request.params;
      const row = await database.forTenant(tenant, async (client) => {
        const found = await findToken<{ hash: Buffer; pan: Buffer }>(client, tenant, id, 'hash, pan');
        await audit(client, request, 'token.pan_read', id, {});
        return found;
      });
      reply.header('cache-control', 'no-store');
      return { id, object: 'token_pan' as const, pan: cipher.decrypt(row.pan, row.hash) };
    },
  );

  for (const { name, to, from, summary } of STEPS) {
    app.post(
      `/tokens/:id/${name}`,
      {
        config,
        schema: {
          operationId: `${name}Token`,
          summary,
          description: 'In force at the next message; the card goes on as it is.',
          tags,
          params: ById,
          headers: ChangeHeaders,
          response: writes(200, Token, 'The token, as it is now.'),
        },
      },
      async (request, reply) => {
        const { id } = request.params;
        const token = await changeToken(context, request, id, `token.${name}`, ({ status }) => {
          if (status !== to && status !== from) throw noTransition(status, to);
          return { status: to };
        });
        return tagged(reply, token);
      },
    );
  }

  app.delete(
    '/tokens/:id',
    {
      config,
      schema: {
        operationId: 'deleteToken',
        summary: 'End a wallet token',
        description: 'For ever; the card goes on as it is.',
        tags,
        params: ById,
        headers: ChangeHeaders,
        response: writes(200, Token, 'The token, which is `closed`.'),
      },
    },
    async (request) =>
      changeToken(context, request, request.params.id, 'token.deleted', () => ({ status: closed })),
  );
};
