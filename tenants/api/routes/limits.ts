import { Type } from '@sinclair/typebox';
import { LEVEL } from '../../../ledger/limits/place.js';
import type { Remaining } from '../../../ledger/limits/remaining.js';
import { reasonOf } from '../../limits/reason.js';
import { type ApiContext, named, nameSchema, pageOf, type Routes, reads } from '../api.js';
import type { CallerTenant } from '../authentication.js';
import { tokenOf } from '../card-issuing.js';
import { findCard } from '../card-rows.js';
import { lettersOf } from '../currency.js';
import type { RulesFor } from '../ledger-port.js';
import { attachedTo } from '../limit-places.js';
import { CardLimitSchema, LimitSetSchema } from '../limit-schemas.js';
import type { ObjectNames } from '../object-names.js';
import { invalidParameter, Problem } from '../problem.js';
import { limitSetOf, ruleNamed, type Sourced, sourcesOf } from '../rules-in-force.js';

const tags = ['Limits'];

/** What is in force, and what remains of it, as the ledger has it now. */
export const limits: Routes = (app, context) => {
  const { database, ledger } = context;

  app.get(
    '/limits',
    {
      schema: {
        operationId: 'listLimits',
        summary: 'List the rules in force',
        description:
          'Level by level, in the order in which they are asked: for a card, for an account, or those of the tenant and of its ' +
          'groups of cards.',
        tags,
        querystring: Type.Object(
          {
            card: Type.Optional(nameSchema('card', 'For that card.')),
            account: Type.Optional(nameSchema('acct', 'For that account.')),
          },
          { additionalProperties: false },
        ),
        response: reads(pageOf(named(LimitSetSchema)), 'What is in force, all on one page.'),
      },
    },
    async (request) => {
      const { tenant, role } = request.caller;
      const names = await context.names(tenant);
      const whom = await whomOf(context, names, tenant, request.query);
      const sets = whom === null ? [] : await ledger.rules(tenant.name, whom);
      const sourced = await database.forTenant(tenant, (client) => sourcesOf(client, tenant, sets));
      const data = sourced.map((one) => limitSetOf(names, tenant, one, role === 'operator'));
      return { object: 'list' as const, data, has_more: false, next_cursor: null };
    },
  );

  app.get(
    '/cards/:id/limits',
    {
      schema: {
        operationId: 'listCardLimits',
        summary: 'List what remains of a card’s limits',
        description:
          'At this moment, of every limit of an amount or a number that is for the card, in the order in which they are asked.',
        tags,
        params: Type.Object({ id: nameSchema('card', 'The card.') }),
        response: reads(pageOf(named(CardLimitSchema)), 'What remains, all on one page.'),
      },
    },
    async (request) => {
      const { tenant, role } = request.caller;
      const names = await context.names(tenant);
      const { hash } = await database.forTenant(tenant, (client) =>
        findCard<{ hash: Buffer }>(client, tenant, request.params.id, 'hash'),
      );
      const token = tokenOf(hash);
      const [remaining, sets] = await Promise.all([
        ledger.remaining(tenant.name, token),
        ledger.rules(tenant.name, { card: token }),
      ]);
      const sourced = await database.forTenant(tenant, (client) => sourcesOf(client, tenant, sets));
      const data = remaining.map((one) =>
        cardLimitOf(context, names, tenant, one, sourced, role === 'operator'),
      );
      return { object: 'list' as const, data, has_more: false, next_cursor: null };
    },
  );
};

/** Of whom the rules are asked; null where the tenant has no such card or account. */
async function whomOf(
  { database }: ApiContext,
  names: ObjectNames,
  tenant: CallerTenant,
  { card, account }: { readonly card?: string; readonly account?: string },
): Promise<RulesFor | null> {
  if (card !== undefined && account !== undefined) {
    throw invalidParameter('card', 'the rules are those of a card or of an account, not of both');
  }
  if (account !== undefined) {
    const found = names.find('acct', tenant.number, account);
    return found === null ? null : { account: found[0] };
  }
  if (card === undefined) return {};
  try {
    const { hash } = await database.forTenant(tenant, (client) =>
      findCard<{ hash: Buffer }>(client, tenant, card, 'hash'),
    );
    return { card: tokenOf(hash) };
  } catch (error) {
    // A list that is narrowed to what there isn't is empty.
    if (error instanceof Problem && error.code === 'HF_NOT_FOUND') return null;
    throw error;
  }
}

function cardLimitOf(
  { currencyOf }: ApiContext,
  names: ObjectNames,
  tenant: CallerTenant,
  remaining: Remaining,
  sourced: readonly Sourced[],
  isOperator: boolean,
) {
  const level = LEVEL[remaining.level as keyof typeof LEVEL];
  const { entity, name } = remaining;
  const source = sourced.find(({ set }) => set.level === level && set.entity === entity);
  const rule = ruleNamed(source?.document, name);
  const hidden = level === LEVEL.programme && !isOperator;
  const time = (at: number | null) => (at === null ? null : new Date(at).toISOString());
  return {
    object: 'card_limit' as const,
    attached_to: attachedTo(names, { tenant: tenant.number, level, entity }, source?.version?.label ?? null),
    rule: remaining.rule,
    name: hidden ? null : name,
    reason: rule === undefined ? null : reasonOf(rule),
    state: remaining.shadow ? 'shadow' : 'active',
    counts_per: remaining.scope,
    currency: remaining.currency === 0 ? null : lettersOf(currencyOf, remaining.currency),
    each: remaining.each,
    amount: remaining.amount,
    carried: remaining.carried,
    spent: remaining.spent,
    amount_left: remaining.amountLeft,
    count: remaining.count,
    counted: remaining.counted,
    count_left: remaining.countLeft,
    window_begins: time(remaining.from),
    window_ends: time(remaining.to),
  };
}
