import { LEVEL, LEVEL_NAMES } from '../../ledger/limits/place.js';
import type { LimitPlace } from '../limits/versions.js';
import type { ApiContext } from './api.js';
import type { CallerTenant } from './authentication.js';
import { cardNumber } from './card-rows.js';
import type { ObjectNames } from './object-names.js';
import { notPossible, Problem } from './problem.js';

/** Groups and holders are 32 bits in the ledger. */
const NUMBER_MAX = 0xffff_ffff;

/** What rules are for, as a request says it. */
export interface AttachedTo {
  readonly type: string;
  readonly id?: string | undefined;
}

/** A place, and what is kept with its versions to call it by. */
export interface NamedPlace extends LimitPlace {
  /** Of a card, its name, which its number does not tell. */
  readonly label?: string;
}

/** @throws Problem `HF_NOT_POSSIBLE` where there is no such thing, or it is another tenant's */
export async function placeOf(
  context: ApiContext,
  tenant: CallerTenant,
  { type, id }: AttachedTo,
): Promise<NamedPlace> {
  const place = { tenant: tenant.number, level: LEVEL[type as keyof typeof LEVEL] };
  if (type === 'tenant') {
    if (id !== undefined) throw wrong('rules of the tenant are for all of its cards, so that there is no id');
    return { ...place, entity: 0 };
  }
  if (id === undefined) throw wrong(`the ${type} is missing`);
  const isName = /^[a-z]/.test(id);
  if (type === 'group' || type === 'holder') {
    const entity = isName ? 0 : Number(id);
    if (entity < 1 || entity > NUMBER_MAX) throw wrong(`a ${type} is a number from 1 to ${NUMBER_MAX}`);
    return { ...place, entity };
  }
  const none = `there is no such ${type}`;
  if (type === 'account') {
    const names = await context.names(tenant);
    const [account] = names.find('acct', tenant.number, id) ?? [];
    const [live] = account === undefined ? [] : await context.ledger.accounts(tenant.name, [account]);
    if (!live) throw wrong(none);
    return { ...place, entity: live.account };
  }
  const card = id.startsWith('card_') ? await cardNumber(context, tenant, id) : -1;
  if (card < 0) throw wrong(none);
  return { ...place, entity: card, label: id };
}

/** The same; null where there is no such thing. */
export async function placeOrNone(
  context: ApiContext,
  tenant: CallerTenant,
  attached: AttachedTo,
): Promise<NamedPlace | null> {
  try {
    return await placeOf(context, tenant, attached);
  } catch (error) {
    if (error instanceof Problem && error.code === 'HF_NOT_POSSIBLE') return null;
    throw error;
  }
}

function wrong(text: string) {
  return notPossible('/attached_to/id', 'exists', text);
}

/**
 * What a place is, as a response says it.
 * @param label what is kept with its versions
 */
export function attachedTo(
  names: ObjectNames,
  { tenant, level, entity }: LimitPlace,
  label: string | null,
): { type: string; id: string | null } {
  const type = LEVEL_NAMES[level]!;
  switch (level) {
    case LEVEL.account:
      return { type, id: names.name('acct', tenant, entity) };
    case LEVEL.card:
      return { type, id: label };
    case LEVEL.group:
    case LEVEL.holder:
      return { type, id: String(entity) };
    default:
      return { type, id: null };
  }
}
