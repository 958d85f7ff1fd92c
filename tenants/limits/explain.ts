import { compiledCode } from './compile.js';
import { phraseOf } from './explain-conditions.js';
import { CURRENCIES_BY_CODE, currencyOf } from './iso-codes.js';
import { PSD2 } from './rule-limit.js';
import { DAY_MINUTES, stretchesOf } from './schedule.js';
import { type LimitRule, type LimitsDocument, type RuleOf, WEEKDAYS, type Window } from './schema.js';
import { minutesOf, windowOf } from './window.js';

const MONTHS = 'January February March April May June July August September October November December'.split(
  ' ',
);

/** A rule, and what it means in one sentence of plain English. */
export interface Explained {
  readonly name: string;
  readonly state: 'active' | 'shadow' | 'retired';
  readonly sentence: string;
}

/**
 * What each rule of a document means.
 * @param currency ISO 4217 number of amounts of which nothing is said
 */
export function explainLimits(document: LimitsDocument, currency: number): readonly Explained[] {
  return document.rules.map((rule) => ({
    name: rule.name,
    state: rule.state ?? 'active',
    sentence: explainRule(rule, document, currency),
  }));
}

/** What one rule means. */
export function explainRule(
  rule: LimitRule,
  { country }: Pick<LimitsDocument, 'country'>,
  currency: number,
): string {
  const own = rule.currency === undefined ? undefined : CURRENCIES_BY_CODE.get(rule.currency);
  const money = (minor: number) => moneyText(minor, (own ?? currencyOf(currency)).number);
  const which = phraseOf(rule.when, rule.unless, country, money);
  const code = String(compiledCode(rule)).padStart(2, '0');
  return `${bodyOf(rule, which, money)} (${code})${stateText(rule)}.`;
}

function bodyOf(rule: LimitRule, which: string, money: (minor: number) => string): string {
  switch (rule.kind) {
    case 'block':
      return `Declines every payment${which}`;
    case 'allow':
      return `Declines every payment but those${which === '' ? ' of any kind' : which}`;
    case 'amount':
      return `Declines a payment${which} above ${money(rule.amountMinor)}${partialText(rule)}`;
    case 'single-use':
      return `Lets ${per(rule)} make one payment${which}, and declines all after it${keepsText(rule)}`;
    case 'merchant-lock':
      return `Ties ${per(rule)} to the merchant of its first payment${which}, and declines all others`;
    case 'contactless':
      return contactlessText(rule, which, money);
    case 'schedule':
      return `Declines payments${which} but ${hoursText(rule)}${holidaysText(rule)}`;
    default: {
      const at = rule.kind === 'pot' ? ` at merchants of ${[rule.categories].flat().join(' or ')}` : '';
      return `Lets ${per(rule)} ${limitsText(rule, money)}${at}${which} ${windowText(rule.window)}${moreText(rule, money)}`;
    }
  }
}

type Limiting = RuleOf<'count'> | RuleOf<'velocity'> | RuleOf<'allowance'> | RuleOf<'pot'>;

function limitsText(rule: Limiting, money: (minor: number) => string): string {
  const parts: string[] = [];
  if ('amountMinor' in rule && rule.amountMinor !== undefined) parts.push(`spend ${money(rule.amountMinor)}`);
  if ('count' in rule && rule.count !== undefined) {
    parts.push(`make ${rule.count} payment${rule.count === 1 ? '' : 's'}`);
  }
  return parts.join(' and ');
}

function moreText(rule: Limiting, money: (minor: number) => string): string {
  const rollOver = 'rollOver' in rule ? rule.rollOver : undefined;
  const most = typeof rollOver === 'object' ? `, up to ${money(rollOver.most)}` : '';
  const carried = rollOver === undefined || rollOver === false ? '' : `; what is left is carried over${most}`;
  return `${carried}${keepsText(rule)}${partialText(rule)}`;
}

function keepsText({ givesBack = true }: { readonly givesBack?: boolean }): string {
  return givesBack ? '' : '; what is reversed or expires goes on to count';
}

function partialText(rule: LimitRule): string {
  const isPartial = 'partial' in rule && rule.partial === true;
  return isPartial ? '; a terminal that can take less is given what there is room for' : '';
}

function per({ per: whom = 'card' }: { readonly per?: string }): string {
  const whose = { card: 'a card', group: 'a group of cards', account: 'an account', holder: 'a holder' };
  return whose[whom as keyof typeof whose] ?? 'all cards together';
}

function contactlessText(
  rule: RuleOf<'contactless'>,
  which: string,
  money: (minor: number) => string,
): string {
  const { perTapMinor = PSD2.perTapMinor, amountMinor = PSD2.amountMinor, taps = PSD2.taps } = rule;
  const parts: string[] = [];
  if (perTapMinor !== 'none') parts.push(`${money(perTapMinor)} each`);
  if (amountMinor !== 'none') parts.push(`${money(amountMinor)} in all`);
  if (taps !== 'none') parts.push(`${taps} in number`);
  const limits = `contactless payments${which} of ${parts.join(', ')}`;
  return `Lets ${per(rule)} make ${limits} since its holder was last authenticated${keepsText(rule)}`;
}

function windowText(window: Window): string {
  if (window === 'transaction') return 'in a payment';
  if (window === 'lifetime') return 'in its lifetime';
  if (window === 'week') return 'a week from monday';
  if (window === 'month') return 'a calendar month';
  if (window === 'year') return 'a calendar year';
  if (typeof window === 'string') return `a ${window}`;
  if ('week' in window) return `a week from ${window.week.startsOn}`;
  if ('month' in window) return `a month from day ${window.month.startsOn}`;
  if ('year' in window) return `a year from ${window.year.startsOn ?? 1} ${MONTHS[window.year.month - 1]}`;
  const found = windowOf(window);
  const size = typeof found === 'string' ? minutesOf(window.trailing) : found.bucketMinutes!;
  return `in any ${window.trailing}, counted in steps of ${lengthText(size)}`;
}

/** Minutes in the greatest unit that gives a whole number. */
function lengthText(minutes: number): string {
  if (minutes % DAY_MINUTES === 0) return `${minutes / DAY_MINUTES}d`;
  return minutes % 60 === 0 ? `${minutes / 60}h` : `${minutes}m`;
}

function hoursText(rule: RuleOf<'schedule'>): string {
  return stretchesOf(rule, '', () => {})
    .map(({ days, from, to }) => {
      const named = `on ${daysText(days)}`;
      if (from === 0 && to === DAY_MINUTES) return named;
      return `${named} from ${clock(from)} to ${clock(to)}${to <= from ? ' of the next day' : ''}`;
    })
    .join(' and ');
}

function daysText(days: readonly number[]): string {
  if (days.length === 7) return 'every day';
  if (days.join() === '0,1,2,3,4') return 'weekdays';
  return days.map((day) => WEEKDAYS[day]).join(', ');
}

function holidaysText({ publicHolidays = 'as-weekday' }: RuleOf<'schedule'>): string {
  if (typeof publicHolidays === 'object') {
    return `, and on public holidays from ${publicHolidays.from} to ${publicHolidays.to}`;
  }
  if (publicHolidays === 'closed') return ', and all of them on public holidays';
  return publicHolidays === 'open' ? ', and none on public holidays' : '';
}

function clock(minute: number): string {
  const [hours, minutes] = [Math.floor(minute / 60), minute % 60];
  return `${String(hours).padStart(2, '0')}:${String(minutes).padStart(2, '0')}`;
}

function stateText({ state }: LimitRule): string {
  if (state === 'shadow') return '; as a shadow: it is reported, and never decides';
  return state === 'retired' ? '; retired: not in force' : '';
}

/** Minor units as people write them. */
export function moneyText(minor: number, currency: number): string {
  const { letters, decimals } = currencyOf(currency);
  const digits = String(minor).padStart(decimals + 1, '0');
  const whole = digits.slice(0, digits.length - decimals);
  return `${decimals === 0 ? whole : `${whole}.${digits.slice(-decimals)}`} ${letters}`;
}
