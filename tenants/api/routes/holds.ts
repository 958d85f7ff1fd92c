import { Type } from '@sinclair/typebox';
import { named, nameSchema, PageQuery, page, pageOf, type Routes, reads } from '../api.js';
import { cardNumber } from '../card-rows.js';
import { lettersOf } from '../currency.js';
import { cardName } from '../object-names.js';
import { HoldSchema } from '../schemas.js';

interface HoldRow {
  readonly seq: string;
  readonly entry: number;
  readonly at: Date;
  readonly card: string | null;
  readonly account: number;
  readonly currency: string;
  readonly billed: string;
  readonly held: string;
  readonly posted: string;
  readonly status: string;
  readonly expires_at: Date;
}

const STATUSES = ['held', 'released', 'cleared', 'expired'] as const;

/** What authorizations reserve, from the read model, which may be a moment behind. */
export const holds: Routes = (app, context) => {
  const { database, currencyOf } = context;
  app.get(
    '/holds',
    {
      schema: {
        operationId: 'listHolds',
        summary: 'List holds',
        tags: ['Holds'],
        querystring: Type.Object(
          {
            ...PageQuery,
            account: Type.Optional(nameSchema('acct', 'Only of that account.')),
            card: Type.Optional(nameSchema('card', 'Only of that card.')),
            status: Type.Optional(Type.Union(STATUSES.map((status) => Type.Literal(status)))),
          },
          { additionalProperties: false },
        ),
        response: reads(pageOf(named(HoldSchema)), 'Holds as they stand, the newest first.'),
      },
    },
    async (request) => {
      const { tenant } = request.caller;
      const { limit = 20, cursor, account, card, status } = request.query;
      const names = await context.names(tenant);
      const place = cursor === undefined ? [] : names.place(tenant.number, 'holds', cursor);
      const [ofAccount] =
        account === undefined ? [null] : (names.find('acct', tenant.number, account) ?? [-1]);
      const ofCard = card === undefined ? null : await cardNumber(context, tenant, card);
      const { rows } = await database.forTenant(tenant, (client) =>
        client.query<HoldRow>(
          `SELECT h.seq, h.entry, h.at, m.id AS card, h.account, h.currency, h.billed, h.held, h.posted, h.status,
             h.expires_at
           FROM holdfast_read.hold h
           LEFT JOIN holdfast_read.masked_card m ON m.tenant = h.tenant AND m.card = h.card
           WHERE h.tenant = $1 AND ($3::bigint IS NULL OR (h.seq, h.entry) < ($3, $4::int))
             AND ($5::int IS NULL OR h.account = $5) AND ($6::int IS NULL OR h.card = $6)
             AND ($7::text IS NULL OR h.status = $7)
           ORDER BY h.seq DESC, h.entry DESC LIMIT $2`,
          [
            tenant.number,
            limit + 1,
            place[0] ?? null,
            place[1] ?? null,
            ofAccount ?? null,
            ofCard,
            status ?? null,
          ],
        ),
      );
      const holdOf = (row: HoldRow) => ({
        id: names.name('hold', tenant.number, Number(row.seq), row.entry),
        object: 'hold' as const,
        created: row.at.toISOString(),
        authorization: names.name('auth', tenant.number, Number(row.seq), row.entry),
        card: row.card === null ? null : cardName(row.card),
        account: names.name('acct', tenant.number, row.account),
        currency: lettersOf(currencyOf, row.currency),
        amount: Number(row.billed),
        held: Number(row.held),
        cleared: Number(row.posted),
        status: row.status,
        expires: row.expires_at.toISOString(),
      });
      return page(rows, limit, holdOf, ({ seq, entry }) =>
        names.cursor(tenant.number, 'holds', [seq, entry]),
      );
    },
  );
};
