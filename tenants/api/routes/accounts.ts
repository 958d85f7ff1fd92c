import { Type } from '@sinclair/typebox';
import { openAccountOnce } from '../account-opening.js';
import {
  type ApiContext,
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
import { lettersOf } from '../currency.js';
import { tagged } from '../etag.js';
import type { LiveAccount } from '../ledger-port.js';
import type { ObjectNames } from '../object-names.js';
import { notFound, notPossible } from '../problem.js';
import { AccountSchema, CurrencyIn, MinorIn } from '../schemas.js';

const tags = ['Accounts'];
const Account = named(AccountSchema);
const ById = Type.Object({ id: nameSchema('acct', 'The account.') });
/** More than a ledger has accounts. */
const ALL = 2 ** 32;

/** Accounts, as the ledger has them now: a list is never behind. */
export const accounts: Routes = (app, context) => {
  const { ledger, currencyOf } = context;

  app.post(
    '/accounts',
    {
      config: { roles: ['cards', 'funds'] },
      schema: {
        operationId: 'openAccount',
        summary: 'Open an account',
        tags,
        headers: WriteHeaders,
        body: Type.Object(
          { currency: CurrencyIn, overdraft: Type.Optional({ ...MinorIn, default: 0 }) },
          { additionalProperties: false },
        ),
        response: writes(201, Account, 'The account, which is empty.'),
      },
    },
    async (request, reply) => {
      const { tenant } = request.caller;
      const currency = currencyOf(request.body.currency);
      if (currency === undefined) {
        throw notPossible('/currency', 'iso4217', `ISO 4217 has no currency ${request.body.currency}`);
      }
      const names = await context.names(tenant);
      const opening = { currency: Number(currency.numeric), overdraft: request.body.overdraft ?? 0 };
      const account = await openAccountOnce(context, tenant, opening, request.attempt, (client, [number]) =>
        audit(client, request, 'account.opened', names.name('acct', tenant.number, number!), request.body),
      );
      reply.code(201);
      const [live] = await ledger.accounts(tenant.name, [account]);
      return accountOf(context, names, tenant, live!);
    },
  );

  app.get(
    '/accounts/:id',
    {
      schema: {
        operationId: 'getAccount',
        summary: 'Get an account',
        tags,
        params: ById,
        response: reads(Account, 'The account, as it is now.'),
      },
    },
    async (request, reply) => {
      const { tenant } = request.caller;
      const names = await context.names(tenant);
      const [account] = names.require('acct', tenant.number, request.params.id);
      const [live] = await ledger.accounts(tenant.name, [account]);
      if (!live) throw notFound();
      return tagged(reply, accountOf(context, names, tenant, live));
    },
  );

  app.get(
    '/accounts',
    {
      schema: {
        operationId: 'listAccounts',
        summary: 'List accounts',
        tags,
        querystring: Type.Object(PageQuery, { additionalProperties: false }),
        response: reads(pageOf(Account), 'Accounts as they are now, the newest first.'),
      },
    },
    async (request) => {
      const { tenant } = request.caller;
      const { limit = 20, cursor } = request.query;
      const names = await context.names(tenant);
      const [below] = cursor === undefined ? [ALL] : names.place(tenant.number, 'accounts', cursor);
      const live = await ledger.accountsBelow(tenant.name, Number(below), limit + 1);
      return page(
        live,
        limit,
        (account) => accountOf(context, names, tenant, account),
        ({ account }) => names.cursor(tenant.number, 'accounts', [account]),
      );
    },
  );
};

function accountOf({ currencyOf }: ApiContext, names: ObjectNames, tenant: CallerTenant, live: LiveAccount) {
  const { account, currency, posted, held, overdraft } = live;
  return {
    id: names.name('acct', tenant.number, account),
    object: 'account' as const,
    currency: lettersOf(currencyOf, currency),
    overdraft,
    balances: { posted, held, available: posted - held + overdraft },
  };
}
