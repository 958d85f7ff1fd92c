import type { CompiledDialect } from '../../parsers/compiled-dialect.js';
import type { IndicatorName, IndicatorSpec } from '../../parsers/dialect.js';
import type { FieldValue } from '../../parsers/writer.js';
import { notPossible } from '../../tenants/api/problem.js';

/** Tags of an element that stands before the tags of a field, where the dialect has one: a retail sale. */
const HEAD = 'R';

/** What of a request has a message say it; an increment says it by what it is. */
const POINTERS: Readonly<Record<IndicatorName, string>> = {
  incremental: '',
  estimated: '/estimated',
  partial: '/partial',
  more: '/final',
  strongAuthentication: '/strong_authentication',
  recurring: '/recurring',
  walletToken: '/entry',
  credentialOnFile: '/entry',
};

/**
 * Has fields say what a message says of itself, where its dialect has a place for that.
 * @throws Problem `HF_NOT_POSSIBLE` where the dialect has none, or one place for two things
 */
export function indicate(
  { dialect, name }: CompiledDialect,
  names: readonly IndicatorName[],
  fields: Record<number, FieldValue>,
): void {
  const places = new Map<string, IndicatorSpec & { readonly names: readonly IndicatorName[] }>();
  for (const said of names) {
    const spec = dialect.indicators?.[said];
    if (spec === undefined || spec === null) throw cant(said, `the dialect ${name} has no place for it`);
    const place = `${spec.field} ${spec.tag ?? ''} ${spec.bit ?? ''} ${spec.at}`;
    const before = places.get(place);
    // Two things in one place are said by a value that stands for both.
    const values =
      before === undefined ? spec.values : spec.values.filter((one) => before.values.includes(one));
    if (values.length === 0)
      throw cant(said, `the dialect ${name} can’t say it with ${before!.names.join()}`);
    places.set(place, { ...spec, values, names: [...(before?.names ?? []), said] });
  }
  for (const spec of places.values()) put(spec, fields);
}

function put(spec: IndicatorSpec, fields: Record<number, FieldValue>): void {
  const { field, tag, bit } = spec;
  const before = fields[field];
  if (tag === undefined && bit === undefined) {
    fields[field] = placed(spec, typeof before === 'string' ? before : '');
    return;
  }
  const key = tag ?? String(bit);
  const inside: Readonly<Record<string, FieldValue>> =
    typeof before === 'object' ? (before.fields as Readonly<Record<string, FieldValue>>) : {};
  const one = inside[key];
  fields[field] = { fields: { ...inside, [key]: placed(spec, typeof one === 'string' ? one : '') } };
}

/** The first of the values at its place in a text, which is filled with zeros before it and, up to its length, behind. */
function placed({ at, length = 0, values }: IndicatorSpec, text: string): string {
  const value = values[0]!;
  const whole = text.padEnd(Math.max(length, at + value.length), '0');
  return whole.slice(0, at) + value + whole.slice(at + value.length);
}

function cant(said: IndicatorName, text: string) {
  return notPossible(POINTERS[said], 'dialect', text);
}

/** Gives fields that are made of tags what has to stand before the first of them. */
export function addHeads({ table }: CompiledDialect, fields: Record<number, FieldValue>): void {
  for (const [number, value] of Object.entries(fields)) {
    const structure = table.fields[Number(number)]?.structure;
    if (typeof value !== 'object' || structure?.kind !== 'tlv' || structure.head === null) continue;
    const inside = value.fields as Readonly<Record<string, FieldValue>>;
    fields[Number(number)] = { fields: { head: HEAD, ...inside } };
  }
}
