import { Type } from '@sinclair/typebox';
import { named, nameSchema, PageQuery, page, pageOf, type Routes, reads } from '../api.js';
import { lettersOf } from '../currency.js';
import { EMPTY_ENTRIES, entryName, listEntries } from '../entry-rows.js';
import { notFound } from '../problem.js';
import { EntrySchema } from '../transfer-schema.js';

/** What changed the balances of an account, from the read model, which may be a moment behind. */
export const accountEntries: Routes = (app, context) => {
  const { database, ledger, currencyOf } = context;

  app.get(
    '/accounts/:id/entries',
    {
      schema: {
        operationId: 'listEntries',
        summary: 'List what changed the balances of an account',
        description:
          'Double entry: what comes to the account leaves `counter`, with the balances behind each entry.',
        tags: ['Accounts'],
        params: Type.Object({ id: nameSchema('acct', 'The account.') }),
        querystring: Type.Object(PageQuery, { additionalProperties: false }),
        response: reads(pageOf(named(EntrySchema)), 'Entries, the newest first.'),
      },
    },
    async (request) => {
      const { tenant } = request.caller;
      const { limit = 20, cursor } = request.query;
      const { id } = request.params;
      const names = await context.names(tenant);
      const [account] = names.require('acct', tenant.number, id);
      const [live] = await ledger.accounts(tenant.name, [account]);
      if (!live) throw notFound();
      const list = `entries of ${id}`;
      const place = cursor === undefined ? null : names.place(tenant.number, list, cursor);
      const rows = await database.forTenant(tenant, (client) =>
        listEntries(client, tenant.number, account, limit + 1, place ?? EMPTY_ENTRIES),
      );
      return page(
        rows,
        limit,
        (row) => ({
          id: entryName(names, tenant.number, row),
          object: 'entry' as const,
          created: row.at.toISOString(),
          account: id,
          amount: row.amount,
          currency: lettersOf(currencyOf, row.currency),
          counter: row.counter,
          balances: { posted: row.posted, held: row.held },
          authorization: row.is_authorization
            ? names.name('auth', tenant.number, Number(row.seq), row.entry)
            : null,
          transfer: row.key === null ? null : names.longName('trf', tenant.number, row.key),
        }),
        ({ place: at, seq, entry, posting, before }) =>
          names.cursor(tenant.number, list, [at, seq, entry, posting, before.posted, before.held]),
      );
    },
  );
};
