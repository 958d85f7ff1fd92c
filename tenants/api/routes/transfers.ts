import { Type } from '@sinclair/typebox';
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
import { moveFunds, requireAccount, requireCurrency } from '../funds.js';
import { notFound, notPossible } from '../problem.js';
import { AmountIn, CurrencyIn, DescriptionIn } from '../schemas.js';
import { findTransfer, listTransfers, transferOf } from '../transfer-rows.js';
import { TRANSFER_TYPES, type TransferKind, TransferSchema } from '../transfer-schema.js';

const tags = ['Funds'];
const Transfer = named(TransferSchema);
const KINDS = Object.keys(TRANSFER_TYPES) as TransferKind[];

/** Money from account to account, and all that a tenant moved. */
export const transfers: Routes = (app, context) => {
  const { database } = context;

  app.post(
    '/transfers',
    {
      config: { roles: ['funds'], idempotencyRequired: true },
      schema: {
        operationId: 'createTransfer',
        summary: 'Move money from one account to another',
        description: 'Both change at once, or neither. Once for its Idempotency-Key, whatever crashes.',
        tags,
        headers: WriteHeaders,
        body: Type.Object(
          {
            from: nameSchema('acct', 'The account that pays: at most what it has available.'),
            to: nameSchema('acct', 'The account that is paid, of the same tenant.'),
            amount: AmountIn,
            currency: CurrencyIn,
            description: Type.Optional(DescriptionIn),
          },
          { additionalProperties: false },
        ),
        response: writes(201, Transfer, 'What moved.'),
      },
    },
    async (request, reply) => {
      const { amount, currency, description } = request.body;
      const names = await context.names(request.caller.tenant);
      const find = (name: string, pointer: string) =>
        requireAccount(context, names, request.caller, name, pointer);
      const from = await find(request.body.from, '/from');
      const to = await find(request.body.to, '/to');
      requireCurrency(context, currency, from);
      requireCurrency(context, currency, to, '/to');
      if (from.account === to.account) throw notPossible('/to', 'other', 'it is the account that pays');
      const transfer = await moveFunds(context, request, { from, to, amount }, description);
      reply.code(201);
      return transfer;
    },
  );

  app.get(
    '/transfers/:id',
    {
      schema: {
        operationId: 'getTransfer',
        summary: 'Get a transfer',
        description: 'From the read model, which may be a moment behind.',
        tags,
        params: Type.Object({ id: nameSchema('trf', 'The transfer.') }),
        response: reads(Transfer, 'The transfer.'),
      },
    },
    async (request) => {
      const { tenant } = request.caller;
      const names = await context.names(tenant);
      const key = names.requireLong('trf', tenant.number, request.params.id);
      const row = await database.forTenant(tenant, (client) => findTransfer(client, tenant.number, key));
      if (row === undefined) throw notFound();
      return transferOf(context, names, tenant, row);
    },
  );

  app.get(
    '/transfers',
    {
      schema: {
        operationId: 'listTransfers',
        summary: 'List transfers',
        description: 'Deposits, withdrawals and adjustments as well, and those that were declined.',
        tags,
        querystring: Type.Object(
          {
            ...PageQuery,
            account: Type.Optional(nameSchema('acct', 'Only those that it paid or was paid by.')),
            type: Type.Optional(Type.Union(KINDS.map((kind) => Type.Literal(TRANSFER_TYPES[kind])))),
          },
          { additionalProperties: false },
        ),
        response: reads(pageOf(Transfer), 'Transfers, the newest first.'),
      },
    },
    async (request) => {
      const { tenant } = request.caller;
      const { limit = 20, cursor, account, type } = request.query;
      const names = await context.names(tenant);
      const place = cursor === undefined ? [] : names.place(tenant.number, 'transfers', cursor);
      const filter = {
        account: account === undefined ? undefined : (names.find('acct', tenant.number, account)?.[0] ?? -1),
        kind: KINDS.find((kind) => TRANSFER_TYPES[kind] === type),
      };
      const rows = await database.forTenant(tenant, (client) =>
        listTransfers(client, tenant.number, filter, limit + 1, place),
      );
      return page(
        rows,
        limit,
        (row) => transferOf(context, names, tenant, row),
        ({ seq, entry }) => names.cursor(tenant.number, 'transfers', [seq, entry]),
      );
    },
  );
};
