import type { CompiledField, CountryPlace } from './compiled-dialect.js';
import type { Dialect } from './dialect.js';
import { isText } from './encoding.js';
import { COUNTRIES } from './meaning/countries.js';
import type { MessageView } from './view.js';

const ACCEPTOR = 43;
const ACQUIRER_COUNTRY = 19;
/** A number of ISO 3166-1 has three digits. */
const COUNTRY_MAX = 999;
const LETTERS = 26;
const LETTER_A = 0x41;
const ZERO = 0x30;
/** Clears the bit that makes a letter a small one. */
const CAPITAL = 0xdf;

/** Numbers of ISO 3166-1 by two letters and by three, as numbers of base 26; 0 where no country has them. */
const BY_TWO = new Uint16Array(LETTERS ** 2);
const BY_THREE = new Uint16Array(LETTERS ** 3);
/** Which numbers are a country's. */
const KNOWN = new Uint8Array(COUNTRY_MAX + 1);
for (const { numeric, alpha2, alpha3 } of COUNTRIES.values()) {
  const number = Number(numeric);
  BY_TWO[base26(alpha2)] = number;
  BY_THREE[base26(alpha3)] = number;
  KNOWN[number] = 1;
}

/**
 * Where DE43 of a dialect has the country: in its subfield of that name, else at the end, in two letters (1987) or in
 * three (1993).
 */
export function acceptorCountryPlace(version: Dialect['version'], field?: CompiledField): CountryPlace {
  const atEnd = { at: -1, characters: version === '1987' ? 2 : 3 } as const;
  if (field?.structure?.kind !== 'positional') return atEnd;
  let at = 0;
  for (const { name, units } of field.structure.fields) {
    if (/country/i.test(name) && (units === 2 || units === 3)) return { at, characters: units };
    at += units;
  }
  return atEnd;
}

/** Where the merchant is: the country in DE43, else the acquirer's of DE19; ISO 3166-1 number, 0 where nobody says. */
export function merchantCountryOf(view: MessageView): number {
  const country = view.has(ACCEPTOR) ? acceptorCountryOf(view) : 0;
  if (country !== 0 || !view.has(ACQUIRER_COUNTRY)) return country;
  const number = view.number(ACQUIRER_COUNTRY);
  // A network's own numbers, as for a territory without one, are kept: they are not the card's country.
  return number <= COUNTRY_MAX ? number : 0;
}

function acceptorCountryOf(view: MessageView): number {
  const { encoding } = view.dialect!.table.fields[ACCEPTOR]!;
  if (!isText(encoding)) return 0;
  const { at, characters } = view.dialect!.acceptorCountry;
  const units = view.units[ACCEPTOR]!;
  const from = at < 0 ? units - characters : at;
  if (from < 0 || from + characters > units) return 0;
  let letters = 0;
  let digits = 0;
  for (let index = from; index < from + characters; index++) {
    const character = view.character(ACCEPTOR, index);
    const letter = (character & CAPITAL) - LETTER_A;
    const digit = character - ZERO;
    letters = letters >= 0 && letter >= 0 && letter < LETTERS ? letters * LETTERS + letter : -1;
    digits = digits >= 0 && digit >= 0 && digit <= 9 ? digits * 10 + digit : -1;
  }
  if (letters >= 0) return characters === 2 ? BY_TWO[letters]! : BY_THREE[letters]!;
  return characters === 3 && digits > 0 && KNOWN[digits] === 1 ? digits : 0;
}

function base26(letters: string): number {
  let number = 0;
  for (const letter of letters) number = number * LETTERS + letter.charCodeAt(0) - LETTER_A;
  return number;
}
