import { ENTRY, TRAIT } from '../../ledger/command.js';
import type { FilterSpec } from '../../ledger/limits/program.js';
import { CHANNELS, channelMask } from '../channel.js';
import { COUNTRY_NUMBERS } from './iso-codes.js';
import type { Report } from './limits-error.js';
import { asList, type Names, rangesOf } from './names.js';
import { type Conditions, type ENTRIES, TYPES } from './schema.js';

const ISO_NUMBERS = 1000;
const TYPE_NUMBERS = 100;
const ALL_CHANNELS = channelMask(CHANNELS);
const ALL_ENTRIES = Object.values(ENTRY).reduce<number>((mask, entry) => mask | (1 << entry), 0);
const TRAITS = [
  ['cardPresent', TRAIT.cardPresent],
  ['cardholderPresent', TRAIT.cardholderPresent],
  ['strongAuthentication', TRAIT.strongAuthentication],
  ['pin', TRAIT.pin],
  ['recurring', TRAIT.recurring],
  ['wallet', TRAIT.walletToken],
  ['credentialOnFile', TRAIT.credentialOnFile],
] as const;

/** What a filter is made of. */
interface Asked {
  readonly when: Conditions;
  readonly unless: Conditions;
  readonly names: Names;
  /** The document's own country. */
  readonly home: string | undefined;
  /** Where the rule stands in the document. */
  readonly place: string;
  readonly report: Report;
}

/**
 * The filter of a rule that is for messages of which all is so that `when` says, and nothing that `unless` says. Where
 * both say something of one matter, what is left of it; where nothing is left, a list of nothing, which no message is in.
 */
export function filterOf(asked: Asked): FilterSpec {
  // Whatever finds that nothing is left says so after the types, by a list of none.
  return {
    ...types(asked),
    ...categories(asked),
    ...countries(asked),
    ...currencies(asked),
    ...channels(asked),
    ...entries(asked),
    ...traits(asked),
    ...lists(asked),
    ...cashback(asked),
    ...amounts(asked),
  };
}

/** Whether no message can ever be one that a filter is for. */
export function matchesNothing(filter: FilterSpec): boolean {
  const { mcc, countries, currencies, types, times, holidayTimes, traits = 0, noTraits = 0 } = filter;
  const { least = 0, greatest = Number.MAX_SAFE_INTEGER } = filter;
  if ([mcc, countries, currencies, types].some((list) => list?.length === 0)) return true;
  if ((traits & noTraits) !== 0 || least > greatest) return true;
  return times?.length === 0 && (holidayTimes === undefined || holidayTimes.length === 0);
}

/** Flags of numbers from 0 that `when` leaves and `unless` does not take away. */
function remaining(size: number, when?: readonly boolean[], unless?: readonly boolean[]): boolean[] {
  return Array.from(
    { length: size },
    (_, at) => (when?.[at] ?? when === undefined) && !(unless?.[at] ?? false),
  );
}

function flagsOf(numbers: readonly number[]): boolean[] {
  const flags: boolean[] = [];
  for (const number of numbers) flags[number] = true;
  return flags;
}

function numbersOf(flags: readonly boolean[]): number[] {
  return flags.flatMap((flag, at) => (flag ? [at] : []));
}

function categories({ when, unless, names, place }: Asked): FilterSpec {
  if (when.mcc === undefined && unless.mcc === undefined) return {};
  const wanted = when.mcc === undefined ? undefined : names.categories(when.mcc, `${place}.when.mcc`);
  const not = unless.mcc === undefined ? undefined : names.categories(unless.mcc, `${place}.unless.mcc`);
  return { mcc: rangesOf(remaining(10_000, wanted, not)) };
}

function countries(asked: Asked): FilterSpec {
  const { when, unless, names, place } = asked;
  let left: boolean[] | undefined;
  const narrow = (conditions: Conditions, where: 'when' | 'unless'): void => {
    const { country, location } = conditions;
    const given: boolean[][] = [];
    if (country !== undefined) given.push(flagsOf(names.countries(country, `${place}.${where}.country`)));
    if (location !== undefined) given.push(placesOf(asked, location, `${place}.${where}.location`));
    for (const flags of given) {
      left = where === 'when' ? meet(left, flags) : remaining(ISO_NUMBERS, left, flags);
    }
  };
  narrow(when, 'when');
  narrow(unless, 'unless');
  return left === undefined ? {} : { countries: numbersOf(left) };
}

function meet(some: readonly boolean[] | undefined, others: readonly boolean[]): boolean[] {
  return others.map((flag, at) => flag && (some?.[at] ?? some === undefined));
}

/** Of a merchant of whom nobody says where it is, it is neither. */
function placesOf({ home, report }: Asked, location: string, place: string): boolean[] {
  const number = home === undefined ? undefined : COUNTRY_NUMBERS.get(home);
  if (number === undefined) report(place, `'${location}' needs the document’s own country, as country: FR`);
  return Array.from(
    { length: ISO_NUMBERS },
    (_, at) => at > 0 && (at === number) === (location === 'domestic'),
  );
}

function currencies({ when, unless, names, place }: Asked): FilterSpec {
  if (when.currency === undefined && unless.currency === undefined) return {};
  const [wanted, not] = [when, unless].map(({ currency }, index) => {
    if (currency === undefined) return undefined;
    return flagsOf(names.currencies(currency, `${place}.${index === 0 ? 'when' : 'unless'}.currency`));
  });
  return { currencies: numbersOf(remaining(ISO_NUMBERS, wanted, not)) };
}

function types({ when, unless }: Asked): FilterSpec {
  if (when.type === undefined && unless.type === undefined) return {};
  const flags = ({ type }: Conditions) =>
    type === undefined ? undefined : flagsOf(asList(type).flatMap((name) => [...TYPES[name]]));
  return { types: numbersOf(remaining(TYPE_NUMBERS, flags(when), flags(unless))) };
}

/** A filter with a mask of no bits is none: what matches nothing says so by a list of nothing. */
const mask = (name: 'channels' | 'entries', bits: number): FilterSpec =>
  bits === 0 ? { types: [] } : { [name]: bits };

function channels({ when, unless, place, report }: Asked): FilterSpec {
  const bits = ({ channel }: Conditions, where: string): number | undefined => {
    const named: readonly string[] = channel === undefined || channel === 'wallet' ? [] : asList(channel);
    const known = CHANNELS.filter((name) => named.includes(name));
    if (named.includes('wallet')) {
      report(
        `${place}.${where}.channel`,
        'a wallet is no channel of its own in a list: say wallet: true or false',
      );
    }
    return known.length === 0 ? undefined : channelMask(known);
  };
  const [wanted, not] = [bits(when, 'when'), bits(unless, 'unless')];
  if (wanted === undefined && not === undefined) return {};
  return mask('channels', (wanted ?? ALL_CHANNELS) & ~(not ?? 0));
}

function entries({ when, unless }: Asked): FilterSpec {
  const bits = ({ entry }: Conditions): number | undefined =>
    entry === undefined
      ? undefined
      : asList(entry).reduce((sum, name: (typeof ENTRIES)[number]) => sum | (1 << ENTRY[name]), 0);
  const [wanted, not] = [bits(when), bits(unless)];
  if (wanted === undefined && not === undefined) return {};
  return mask('entries', (wanted ?? ALL_ENTRIES) & ~(not ?? 0));
}

function traits({ when, unless }: Asked): FilterSpec {
  let [set, unset] = [0, 0];
  const take = (is: boolean | undefined, bit: number): void => {
    if (is === true) set |= bit;
    if (is === false) unset |= bit;
  };
  for (const [name, bit] of TRAITS) {
    take(when[name], bit);
    take(unless[name] === undefined ? undefined : !unless[name], bit);
  }
  if (when.channel === 'wallet') take(true, TRAIT.walletToken);
  if (unless.channel === 'wallet') take(false, TRAIT.walletToken);
  return { ...(set === 0 ? {} : { traits: set }), ...(unset === 0 ? {} : { noTraits: unset }) };
}

function lists({ when, unless }: Asked): FilterSpec {
  const spec: FilterSpec = {};
  if (when.acquirer !== undefined) spec.acquirers = asList(when.acquirer).map(Number);
  if (unless.acquirer !== undefined) spec.notAcquirers = asList(unless.acquirer).map(Number);
  if (when.merchant !== undefined) spec.merchants = [...asList(when.merchant)];
  if (unless.merchant !== undefined) spec.notMerchants = [...asList(unless.merchant)];
  if (when.name !== undefined) spec.names = [...asList(when.name)];
  if (unless.name !== undefined) spec.notNames = [...asList(unless.name)];
  return spec;
}

function cashback({ when, unless }: Asked): FilterSpec {
  const is = when.cashback ?? (unless.cashback === undefined ? undefined : !unless.cashback);
  if (is === undefined) return {};
  return unless.cashback === is ? { types: [] } : { cashback: is };
}

function amounts({ when, unless, place, report }: Asked): FilterSpec {
  const { from = 0, to = Number.MAX_SAFE_INTEGER } = when.amount ?? {};
  if (from > to) report(`${place}.when.amount`, `the band from ${from} to ${to} ends before it begins`);
  let [least, greatest] = [from, to];
  const not = unless.amount;
  if (not?.from !== undefined && not.to !== undefined) {
    report(`${place}.unless.amount`, 'a band in `unless` has one end; the other is for another rule');
  } else if (not?.from !== undefined) greatest = Math.min(greatest, not.from - 1);
  else if (not?.to !== undefined) least = Math.max(least, not.to + 1);
  if (least > greatest || greatest < 0) return { types: [] };
  return {
    ...(least > 0 ? { least } : {}),
    ...(greatest < Number.MAX_SAFE_INTEGER ? { greatest } : {}),
  };
}
