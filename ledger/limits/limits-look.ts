import type { TenantState } from '../tenant-state.js';
import { LEVEL, LEVELS } from './place.js';
import { type Remaining, remainingOf } from './remaining.js';
import type { RuleSet } from './rule-set.js';

/** A question about the rules that are in force now, which is answered in JSON. */
export type LimitsLook =
  /**
   * The rules in force: for a card (by token) or an account (by number), level by level; for neither, those of the
   * programme, the tenant and the groups of cards. Answered as {@link RulesInForce}`[]`.
   */
  | { readonly of: 'rules'; readonly card?: Uint32Array; readonly account?: number }
  /** What remains of every limit for a card, by token. Answered as {@link Remaining}`[]`. */
  | { readonly of: 'remaining'; readonly card: Uint32Array };

/** A set of rules that is in force, and what it is attached to. */
export interface RulesInForce {
  /** One of `LEVEL`, and the number of a group, holder, account or card. */
  readonly level: number;
  readonly entity: number;
  /** Of the configuration that it was made of. */
  readonly revision: number;
  readonly rules: readonly { readonly number: number; readonly name: string; readonly shadow: boolean }[];
}

/** An answer has at most so many sets, so that no question keeps cards waiting. */
export const SETS_MAX = 1024;

/**
 * Answers in JSON, which is an empty list where there is no such card or account.
 * @param at ms since 1970
 */
export function lookAtLimits(state: TenantState, look: LimitsLook, at: number): string {
  return JSON.stringify(look.of === 'rules' ? rulesFor(state, look) : remaining(state, look.card, at));
}

function remaining(state: TenantState, token: Uint32Array, at: number): readonly Remaining[] {
  const card = cardOf(state, token);
  return card < 0 ? [] : remainingOf(state, card, at);
}

/** What comes by a second number is asked of its card. */
function cardOf(state: TenantState, token: Uint32Array): number {
  const card = state.cardOf(token);
  const parent = card < 0 ? -1 : state.cards.parent(card);
  return parent < 0 ? card : parent;
}

function rulesFor(
  state: TenantState,
  { card: token, account: asked }: { readonly card?: Uint32Array; readonly account?: number },
): readonly RulesInForce[] {
  const { cards, accounts, rules } = state;
  if (token === undefined && asked === undefined) return rulesOfGroups(state);
  const card = token === undefined ? -1 : cardOf(state, token);
  const account = card < 0 ? (asked ?? -1) : cards.account(card);
  if (account < 0 || account >= accounts.length) return [];
  const entities: number[] = [];
  entities[LEVEL.group] = card < 0 ? 0 : cards.group(card);
  entities[LEVEL.holder] = accounts.holder(account);
  entities[LEVEL.account] = account;
  entities[LEVEL.card] = card;
  const found: RulesInForce[] = [];
  for (let level = 0; level < LEVELS; level++) {
    const entity = entities[level] ?? 0;
    const set = rules.of(level, entity);
    if (set !== undefined) found.push(shown(level, entity, set));
  }
  return found;
}

function rulesOfGroups({ rules }: TenantState): readonly RulesInForce[] {
  const found: RulesInForce[] = [];
  for (const [level, entity, set] of rules.attached()) {
    if (level > LEVEL.group || found.length >= SETS_MAX) break;
    found.push(shown(level, entity, set));
  }
  return found;
}

function shown(level: number, entity: number, { revision, rules }: RuleSet): RulesInForce {
  return {
    level,
    entity,
    revision,
    rules: rules.map(({ number, name, shadow }) => ({ number, name, shadow })),
  };
}
