import { Type } from '@sinclair/typebox';
import type { FastifyRequest } from 'fastify';
import { CARD_STATUS } from '../../../ledger/command.js';
import { ChangeHeaders, named, nameSchema, type Routes, WriteHeaders, writes } from '../api.js';
import { type CardChange, changeCard, noTransition } from '../card-changes.js';
import { tagged } from '../etag.js';
import { ExpiryMonth, ExpiryYear, expiryOf } from '../expiry.js';
import type { LiveCard } from '../ledger-port.js';
import { notPossible } from '../problem.js';
import { Nullable } from '../schema-parts.js';
import { CardSchema, CardStatusName, ChannelName, NumberIn } from '../schemas.js';
import { channelsOf } from './cards.js';

const tags = ['Cards'];
const config = { roles: ['cards'] } as const;
const Card = named(CardSchema);
const ById = Type.Object({ id: nameSchema('card', 'The card.') });
const { active, inactive, frozen, blocked, lost, stolen, expired } = CARD_STATUS;

/** Short forms of a change of status, and from which each leads; any other is by PATCH. */
const STEPS = [
  {
    name: 'activate',
    to: active,
    from: [inactive],
    summary: 'Activate a card',
    description: 'Of a card that was issued as `inactive`: its holder has it.',
  },
  {
    name: 'freeze',
    to: frozen,
    from: [active],
    summary: 'Freeze a card',
    description: 'For a while, by its holder: payments are declined with 62 from the next one on.',
  },
  {
    name: 'unfreeze',
    to: active,
    from: [frozen],
    summary: 'Unfreeze a card',
    description: 'It pays again, from the next payment on.',
  },
] as const;

const BLOCKED_FOR = { lost, stolen, other: blocked } as const;

/** What may become of a card; in force at the next message. */
export const cardLife: Routes = (app, context) => {
  const change = (
    request: FastifyRequest,
    id: string,
    action: string,
    changeOf: (live: LiveCard) => CardChange,
  ) => changeCard(context, request, id, action, changeOf);

  app.patch(
    '/cards/:id',
    {
      config,
      schema: {
        operationId: 'updateCard',
        summary: 'Change a card',
        description:
          'In force at the next message. From `lost`, `stolen` and `closed` there is no way back. With `If-Match`, only ' +
          'while it is as it was seen.',
        tags,
        params: ById,
        headers: ChangeHeaders,
        body: Type.Object(
          {
            status: Type.Optional(CardStatusName),
            channels: Type.Optional(Type.Array(ChannelName, { maxItems: 5, uniqueItems: true })),
            group: Type.Optional(Nullable(NumberIn)),
          },
          { additionalProperties: false },
        ),
        response: writes(200, Card, 'The card, as it is now.'),
      },
    },
    async (request, reply) => {
      const { status, channels, group } = request.body;
      const card = await change(request, request.params.id, 'card.updated', () => ({
        ...(status === undefined ? {} : { status: CARD_STATUS[status] }),
        ...(channels === undefined ? {} : { channels: channelsOf(request.caller.tenant, channels) }),
        ...(group === undefined ? {} : { group: group ?? 0 }),
      }));
      return tagged(reply, card);
    },
  );

  for (const { name, to, from, summary, description } of STEPS) {
    app.post(
      `/cards/:id/${name}`,
      {
        config,
        schema: {
          operationId: `${name}Card`,
          summary,
          description,
          tags,
          params: ById,
          headers: ChangeHeaders,
          response: writes(200, Card, 'The card, as it is now.'),
        },
      },
      async (request, reply) => {
        const { id } = request.params;
        const card = await change(request, id, `card.${name}`, ({ status }) => {
          if (status !== to && !from.some((one) => one === status)) throw noTransition(status, to);
          return { status: to };
        });
        return tagged(reply, card);
      },
    );
  }

  app.post(
    '/cards/:id/block',
    {
      config,
      schema: {
        operationId: 'blockCard',
        summary: 'Block a card',
        description:
          'Payments are declined with 41 (`lost`) or 43 (`stolen`), which ask for the card to be kept, for ever; or with 62.',
        tags,
        params: ById,
        headers: ChangeHeaders,
        body: Type.Object(
          {
            reason: Type.Union((['lost', 'stolen', 'other'] as const).map((reason) => Type.Literal(reason))),
          },
          { additionalProperties: false },
        ),
        response: writes(200, Card, 'The card, as it is now.'),
      },
    },
    async (request, reply) => {
      const status = BLOCKED_FOR[request.body.reason];
      return tagged(reply, await change(request, request.params.id, 'card.block', () => ({ status })));
    },
  );

  app.post(
    '/cards/:id/renew',
    {
      config,
      schema: {
        operationId: 'renewCard',
        summary: 'Renew a card',
        description:
          'It has the same PAN and a later expiry; payments may have the one of before until it has passed. A card that is ' +
          '`expired` is active again.',
        tags,
        params: ById,
        headers: WriteHeaders,
        body: Type.Object(
          { exp_month: Type.Optional(ExpiryMonth), exp_year: Type.Optional(ExpiryYear) },
          { additionalProperties: false },
        ),
        response: writes(200, Card, 'The card, as it is now.'),
      },
    },
    async (request, reply) => {
      const { exp_month, exp_year } = request.body;
      const expiry = Number(expiryOf(exp_year, exp_month));
      const card = await change(request, request.params.id, 'card.renew', (live) => {
        const isEnded = [lost, stolen, CARD_STATUS.closed].some((end) => end === live.status);
        if (isEnded) throw noTransition(live.status, active);
        if (expiry < live.expiry)
          throw notPossible('/exp_year', 'later', 'it must be later than the one of now');
        return live.status === expired ? { expiry, status: active } : { expiry };
      });
      return tagged(reply, card);
    },
  );
};
