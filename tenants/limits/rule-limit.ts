import { LEVEL } from '../../ledger/limits/place.js';
import type { RuleSpec } from '../../ledger/limits/program.js';
import { WINDOW } from '../../ledger/limits/window.js';
import type { Report } from './limits-error.js';
import type { LimitRule, RuleOf } from './schema.js';
import { windowOf } from './window.js';

/** What a rule does with a message that it is for. */
type Limit = Pick<RuleSpec, 'kind' | 'scope' | 'window'> &
  Partial<Omit<RuleSpec, 'number' | 'name' | 'filter' | 'currency' | 'code' | 'shadow'>>;

/** A contactless payment needs no authentication up to these (Regulation (EU) 2018/389, article 11), in euro cents. */
export const PSD2 = { perTapMinor: 5000, amountMinor: 15_000, taps: 5 } as const;

const CARD = { scope: LEVEL.card, window: WINDOW.transaction } as const;

/** What a rule of a document limits; contradictions of its parts are reported. */
export function limitOf(rule: LimitRule, place: string, report: Report): Limit {
  switch (rule.kind) {
    case 'block':
    case 'allow':
      return { kind: rule.kind, ...CARD };
    // Outside its hours a message is declined, and the filter is of those.
    case 'schedule':
      return { kind: 'block', ...CARD };
    case 'amount':
      return { kind: 'limit', ...CARD, each: rule.amountMinor, ...partial(rule) };
    case 'single-use':
      return { kind: 'limit', ...counter(rule), window: WINDOW.lifetime, count: 1 };
    case 'merchant-lock':
      return { kind: 'lock', ...counter(rule), window: WINDOW.lifetime };
    case 'contactless':
      return contactless(rule, place, report);
    case 'count':
      return windowed(rule, place, report);
    case 'allowance':
      return windowed({ ...rule, rollOver: rule.rollOver ?? false }, place, report);
    default:
      return windowed(rule, place, report);
  }
}

type Windowed = Pick<
  RuleOf<'pot'>,
  'amountMinor' | 'count' | 'window' | 'rollOver' | 'per' | 'givesBack' | 'partial'
>;

function windowed(rule: Windowed, place: string, report: Report): Limit {
  const { amountMinor, count, rollOver } = rule;
  if (amountMinor === undefined && count === undefined) {
    report(place, 'limits nothing: it needs amountMinor, count, or both');
  }
  if (rule.partial === true && amountMinor === undefined) {
    report(`${place}.partial`, 'a part is approved of an amount, and it limits none');
  }
  const found = windowOf(rule.window);
  if (typeof found === 'string') report(`${place}.window`, found);
  const window = typeof found === 'string' ? { window: WINDOW.lifetime } : found;
  if (window.window === WINDOW.transaction) return ofEach(rule, place, report);
  const carry = carryOf(rollOver);
  const isCalendar = window.window >= WINDOW.day && window.window <= WINDOW.year;
  if (rollOver !== undefined && !isCalendar) {
    report(`${place}.window`, 'an allowance is of a day, a week, a month or a year');
  } else if (carry !== undefined && amountMinor === undefined) {
    report(`${place}.rollOver`, 'what is left of an amount is carried, and it limits none');
  }
  return {
    kind: 'limit',
    ...counter(rule),
    ...window,
    ...(amountMinor === undefined ? {} : { amount: amountMinor }),
    ...(count === undefined ? {} : { count }),
    ...(carry === undefined ? {} : { carry }),
    ...partial(rule),
  };
}

/** What is limited in a transaction by itself is its amount. */
function ofEach(rule: Windowed, place: string, report: Report): Limit {
  if (rule.count !== undefined)
    report(`${place}.window`, 'a number of messages needs a window: day, month, …');
  if (rule.rollOver !== undefined)
    report(`${place}.window`, 'an allowance is of a day, a week, a month or a year');
  return {
    kind: 'limit',
    ...counter(rule),
    window: WINDOW.transaction,
    each: rule.amountMinor ?? 0,
    ...partial(rule),
  };
}

function contactless(rule: RuleOf<'contactless'>, place: string, report: Report): Limit {
  const of = <T>(given: T | 'none' | undefined, standard: T) =>
    given === 'none' ? undefined : (given ?? standard);
  const each = of(rule.perTapMinor, PSD2.perTapMinor);
  const amount = of(rule.amountMinor, PSD2.amountMinor);
  const count = of(rule.taps, PSD2.taps);
  if ((each ?? amount ?? count) === undefined) report(place, 'limits nothing');
  return {
    kind: 'limit',
    ...counter(rule),
    window: WINDOW.authentication,
    ...(each === undefined ? {} : { each }),
    ...(amount === undefined ? {} : { amount }),
    ...(count === undefined ? {} : { count }),
  };
}

function counter({ per = 'card', givesBack = true }: Pick<Windowed, 'per' | 'givesBack'>) {
  return { scope: LEVEL[per], ...(givesBack ? {} : { keeps: true as const }) };
}

function partial({ partial: may = false }: Pick<Windowed, 'partial'>) {
  return may ? { partial: true as const } : {};
}

/** How much is carried at most; all of it is more than there can be. */
function carryOf(rollOver: Windowed['rollOver']): number | undefined {
  if (typeof rollOver === 'object') return rollOver.most;
  return rollOver === true ? Number.MAX_SAFE_INTEGER : undefined;
}
