import { currencyOf } from '../meaning/currencies.js';
import { action2003, actionOf2003 } from './action-codes.js';
import { withCentury, withoutCentury } from './dates.js';
import { Crossing, type Elements } from './elements.js';
import {
  pointOfService93,
  pointOfService2003,
  pointOfServiceTo93,
  pointOfServiceTo2003,
} from './point-of-service.js';

/** Fields that mean the same under the same number in 1993 and 2003. */
const SAME: readonly number[] = [
  2, 3, 7, 9, 10, 14, 16, 17, 19, 20, 23, 24, 25, 32, 33, 35, 36, 37, 38, 40, 41, 42, 45, 52, 53, 55, 57, 58,
  67, 93, 94, 95, 98, 99, 100, 102, 103,
];
const DATES: readonly number[] = [13, 15, 28, 73];

/** Amounts, and the field in which 1993 has their currency. */
const AMOUNTS: readonly (readonly [field: number, currency: number])[] = [
  [4, 49],
  [5, 50],
  [6, 51],
  [8, 51],
  [97, 50],
];

/** Groups that repeat: lengths of their parts in 1993, and behind which of them 2003 has an exponent. */
const GROUPS: readonly (readonly [
  field: number,
  lengths: readonly number[],
  currencies: readonly number[],
])[] = [
  [46, [2, 3, 9, 8, 9, 3], [1, 5]],
  [54, [2, 2, 3, 13], [2]],
  [66, [2, 3, 9, 8, 9, 3], [1, 5]],
  [109, [2, 3, 9], [1]],
  [110, [2, 3, 9], [1]],
];

const NO_CURRENCY = 'an amount has its currency before it there, and it is not known here';
const OTHER_EXPONENT = 'has other decimal places than its currency, which can’t be said';

type Crossed = { readonly elements: Elements; readonly crossing: Crossing };

export function to2003({ mti, fields, acceptor }: Elements): Crossed {
  const crossing = new Crossing(fields);
  crossing.same(SAME);
  const currencies = new Map([49, 50, 51].map((field) => [field, crossing.take(field)]));
  for (const [field, currency] of AMOUNTS) {
    const code = currencies.get(currency)!;
    const amount = crossing.take(field);
    if (amount === '') continue;
    const whole = withCurrency(code, amount);
    if (whole === undefined) crossing.lose(field, NO_CURRENCY);
    else crossing.put(field, whole);
  }
  const [transaction, reconciliation] = [currencies.get(49)!, currencies.get(50)!];
  crossing.map(30, 30, (amounts) => {
    const first = withCurrency(transaction, amounts.slice(0, 12));
    const second = withCurrency(reconciliation || transaction, amounts.slice(12));
    return first === undefined || second === undefined ? undefined : first + second;
  });
  for (const [field, lengths, places] of GROUPS) {
    crossing.map(field, field, (text) =>
      regroup(text, lengths, (part, index) => (places.includes(index) ? exponent(part) : '')),
    );
  }
  crossing.map(11, 11, (stan) => stan.padStart(12, '0'));
  crossing.map(12, 12, withCentury);
  for (const field of DATES) crossing.map(field, field, withCentury);
  crossing.map(
    22,
    22,
    (code) => pointOfServiceTo2003(pointOfService93(code)),
    (hex) => pointOfServiceTo93(pointOfService2003(hex)),
  );
  crossing.map(26, 26, (code) => code);
  crossing.map(39, 39, action2003);
  crossing.map(56, 56, (text) => {
    const stan = text.slice(4, 10).padStart(12, '0');
    return `2${text.slice(1, 4)}${stan}${withCentury(text.slice(10))}`;
  });
  if (transaction !== '' && !fields.has(4))
    crossing.lose(49, 'there is no amount that it could stand before');
  return { elements: { mti: `2${mti.slice(1)}`, fields: crossing.target, acceptor }, crossing };
}

export function from2003({ mti, fields, acceptor }: Elements): Crossed {
  const crossing = new Crossing(fields);
  crossing.same(SAME);
  for (const [field, currency] of AMOUNTS) {
    const text = crossing.take(field);
    if (text === '') continue;
    crossing.put(currency, text.slice(0, 3));
    crossing.put(field, text.slice(4));
    if (exponent(text.slice(0, 3)) !== text[3]) crossing.lose(field, OTHER_EXPONENT);
  }
  crossing.map(30, 30, (text) => text.slice(4, 16) + text.slice(20));
  for (const [field, lengths, places] of GROUPS) {
    const wide = lengths.flatMap((length, index) => (places.includes(index) ? [length, 1] : [length]));
    const exponents = new Set(places.map((place, before) => place + before + 1));
    crossing.map(field, field, (text) => regroup(text, wide, () => '', exponents));
  }
  crossing.map(
    11,
    11,
    (stan) => stan.slice(-6),
    (stan) => stan.padStart(12, '0'),
  );
  crossing.map(12, 12, withoutCentury);
  for (const field of DATES) crossing.map(field, field, withoutCentury);
  crossing.map(
    22,
    22,
    (hex) => pointOfServiceTo93(pointOfService2003(hex)),
    (code) => pointOfServiceTo2003(pointOfService93(code)),
  );
  crossing.map(26, 26, (code) => code);
  crossing.map(39, 39, actionOf2003);
  crossing.map(56, 56, (text) => `1${text.slice(1, 4)}${text.slice(10, 16)}${text.slice(18)}`);
  return { elements: { mti: `1${mti.slice(1)}`, fields: crossing.target, acceptor }, crossing };
}

function exponent(currency: string): string | undefined {
  const found = currencyOf(currency);
  return found === undefined ? undefined : String(found.exponent);
}

function withCurrency(currency: string, amount: string): string | undefined {
  const places = exponent(currency);
  return places === undefined ? undefined : currency + places + amount;
}

/** Groups of parts of fixed length, with something behind some of them, or without some. */
function regroup(
  text: string,
  lengths: readonly number[],
  behind: (part: string, index: number) => string | undefined,
  without: ReadonlySet<number> = new Set(),
): string | undefined {
  let result = '';
  for (let at = 0; at < text.length; ) {
    for (const [index, length] of lengths.entries()) {
      const part = text.slice(at, at + length);
      const more = behind(part, index);
      if (more === undefined || part.length < length) return undefined;
      if (!without.has(index)) result += part + more;
      at += length;
    }
  }
  return result;
}
