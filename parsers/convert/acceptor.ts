import type { CompiledField } from '../compiled-dialect.js';
import { countryOf } from '../meaning/countries.js';
import type { FieldValue } from '../writer.js';

/** Name and place of a card acceptor (DE43). */
export interface Acceptor {
  readonly name: string;
  readonly street: string;
  readonly city: string;
  readonly postal: string;
  readonly region: string;
  /** Letters or digits of ISO 3166-1, as they came. */
  readonly country: string;
}

type Part = keyof Acceptor;

/** Which part of an acceptor a subfield of that name is. */
function partOf(name: string): Part | null {
  if (/^name/i.test(name)) return 'name';
  if (/^street/i.test(name)) return 'street';
  if (/^city/i.test(name)) return 'city';
  if (/^postal/i.test(name)) return 'postal';
  if (/^country|^state or country/i.test(name)) return 'country';
  return /^state|^region/i.test(name) ? 'region' : null;
}

/** Letters of a postal code and a region in the text of 1993, in front of the country's three. */
const POSTAL = 10;
const REGION = 3;

/** Subfields of DE43 by what they are; empty where the dialect has it as one text. */
function subfields({ structure }: CompiledField): readonly (readonly [Part, CompiledField])[] {
  const fields =
    structure?.kind === 'positional'
      ? structure.fields
      : structure?.kind === 'bitmap'
        ? structure.table.fields.filter((field) => field !== undefined)
        : [];
  return fields.flatMap((field) => {
    const part = partOf(field.name);
    return part === null ? [] : [[part, field] as const];
  });
}

/**
 * Reads DE43 by the subfields of its dialect, or as the text of ISO 8583:1993: name, street and city with a
 * backslash behind each, then postal code, region and country. Null where it is none of that.
 */
export function readAcceptor(field: CompiledField, value: FieldValue, text: string): Acceptor | null {
  const acceptor = { name: '', street: '', city: '', postal: '', region: '', country: '' };
  const parts = subfields(field);
  if (parts.length > 0) {
    if (typeof value === 'string') return null;
    const inside = new Map(
      Array.isArray(value.fields) ? (value.fields as [string, FieldValue][]) : Object.entries(value.fields),
    );
    for (const [part, { key }] of parts) {
      const one = inside.get(key);
      if (typeof one === 'string') acceptor[part] = one.trimEnd();
    }
    return acceptor;
  }
  const found = /^([^\\]*)\\([^\\]*)\\([^\\]*)\\(.{16})$/s.exec(text);
  if (found === null) return null;
  const [, name = '', street = '', city = '', rest = ''] = found;
  return {
    name: name.trimEnd(),
    street: street.trimEnd(),
    city: city.trimEnd(),
    postal: rest.slice(0, POSTAL).trimEnd(),
    region: rest.slice(POSTAL, POSTAL + REGION).trimEnd(),
    country: rest.slice(POSTAL + REGION).trimEnd(),
  };
}

/** DE43 as a dialect has it, and the parts that it has no or not enough place for. */
export function writeAcceptor(
  field: CompiledField,
  acceptor: Acceptor,
): { readonly value: FieldValue; readonly lost: readonly string[] } {
  const lost: string[] = [];
  const parts = subfields(field);
  if (parts.length === 0) {
    const { name, street, city, postal, region } = acceptor;
    const country = countryText(acceptor.country, 3);
    const tail = `${postal.padEnd(POSTAL)}${region.padEnd(REGION)}${country.padEnd(3)}`;
    return { value: `${name}\\${street}\\${city}\\${tail}`, lost };
  }
  const values: Record<string, FieldValue> = {};
  const placed = new Set<Part>();
  for (const [part, { key, units, unitsMin, name }] of parts) {
    placed.add(part);
    // Where only one of them has a place, a country's letters win over a state's.
    const given =
      part === 'country' ? countryText(acceptor.country || acceptor.region, units) : acceptor[part];
    const whole = part === 'name' && /street/i.test(name) ? [given, acceptor.street].join(' ').trim() : given;
    if (part === 'name' && /street/i.test(name)) placed.add('street');
    if (whole.length > units) lost.push(part);
    if (whole !== '' || field.structure?.kind === 'positional')
      values[key] = whole.slice(0, units).padEnd(unitsMin);
  }
  for (const part of Object.keys(acceptor) as Part[]) {
    if (acceptor[part] !== '' && !placed.has(part)) lost.push(part);
  }
  if (field.structure?.kind === 'positional') {
    for (const { key, units } of field.structure.fields) values[key] ??= ' '.repeat(units);
  }
  return { value: { fields: values }, lost };
}

/** A country in as many letters as there is place for; as it came where it is not known. */
function countryText(code: string, letters: number): string {
  const country = countryOf(code);
  if (country === undefined) return code;
  return letters === 2 ? country.alpha2 : country.alpha3;
}
