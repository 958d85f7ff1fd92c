import { Type } from '@sinclair/typebox';
import type { FastifyRequest } from 'fastify';
import { named, nameSchema, type Routes, WriteHeaders, writes } from '../api.js';
import { COUNTERS, moveFunds, type Posting, requireAccount, requireCurrency } from '../funds.js';
import { AmountIn, CurrencyIn, DescriptionIn, SignedAmountIn } from '../schemas.js';
import { TransferSchema } from '../transfer-schema.js';

const tags = ['Funds'];
const config = { roles: ['funds'], idempotencyRequired: true } as const;
const Transfer = named(TransferSchema);
const ById = Type.Object({ id: nameSchema('acct', 'The account.') });
const Funds = Type.Object(
  {
    amount: AmountIn,
    currency: Type.Optional(CurrencyIn),
    description: Type.Optional(DescriptionIn),
  },
  { additionalProperties: false },
);

/** Money between an account and the tenant itself. */
export const funds: Routes = (app, context) => {
  const post = async (
    request: FastifyRequest,
    id: string,
    posting: Omit<Posting, 'account'>,
    { currency, description }: { currency?: string | undefined; description?: string | undefined },
  ) => {
    const account = await requireAccount(
      context,
      await context.names(request.caller.tenant),
      request.caller,
      id,
    );
    requireCurrency(context, currency, account);
    return moveFunds(context, request, { ...posting, account }, description);
  };

  app.post(
    '/accounts/:id/deposits',
    {
      config,
      schema: {
        operationId: 'deposit',
        summary: 'Put money into an account',
        description:
          'It can be spent from the next message on. Once for its Idempotency-Key, whatever crashes.',
        tags,
        params: ById,
        headers: WriteHeaders,
        body: Funds,
        response: writes(201, Transfer, 'What moved.'),
      },
    },
    async (request, reply) => {
      const { amount } = request.body;
      const posting = { incoming: true, amount, counter: 'funding', mayOverdraw: false } as const;
      const transfer = await post(request, request.params.id, posting, request.body);
      reply.code(201);
      return transfer;
    },
  );

  app.post(
    '/accounts/:id/withdrawals',
    {
      config,
      schema: {
        operationId: 'withdraw',
        summary: 'Take money out of an account',
        description: 'At most what is available; a refusal stands for its Idempotency-Key.',
        tags,
        params: ById,
        headers: WriteHeaders,
        body: Funds,
        response: writes(201, Transfer, 'What moved.'),
      },
    },
    async (request, reply) => {
      const { amount } = request.body;
      const posting = { incoming: false, amount, counter: 'funding', mayOverdraw: false } as const;
      const transfer = await post(request, request.params.id, posting, request.body);
      reply.code(201);
      return transfer;
    },
  );

  app.post(
    '/accounts/:id/adjustments',
    {
      config,
      schema: {
        operationId: 'adjust',
        summary: 'Correct the balance of an account',
        description:
          'Between the account and the tenant’s fees, what is in suspense, or its funding, which makes it a deposit or a ' +
          'withdrawal. With `may_overdraw` the account may owe what it can’t pay.',
        tags,
        params: ById,
        headers: WriteHeaders,
        body: Type.Object(
          {
            amount: SignedAmountIn,
            reason: DescriptionIn,
            counter: Type.Optional(
              Type.Union(
                COUNTERS.map((counter) => Type.Literal(counter)),
                { default: 'fees' },
              ),
            ),
            may_overdraw: Type.Optional(Type.Boolean({ default: false })),
            currency: Type.Optional(CurrencyIn),
          },
          { additionalProperties: false },
        ),
        response: writes(201, Transfer, 'What moved.'),
      },
    },
    async (request, reply) => {
      const { amount, reason, counter = 'fees', may_overdraw = false, currency } = request.body;
      const posting = {
        incoming: amount > 0,
        amount: Math.abs(amount),
        counter,
        mayOverdraw: may_overdraw,
      };
      const transfer = await post(request, request.params.id, posting, { currency, description: reason });
      reply.code(201);
      return transfer;
    },
  );
};
