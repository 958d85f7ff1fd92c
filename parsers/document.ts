import { IsoError } from './errors.js';
import type { FieldValue, MessageText } from './writer.js';

/** A message as a document has it, with what its bytes were made by, where it says so. */
export interface MessageDocument {
  readonly message: MessageText;
  readonly dialect: string | undefined;
  readonly framing: string | undefined;
}

/** Deeper than anything that a dialect describes. */
const DEPTH_MAX = 16;

/**
 * Reads `{"dialect","mti","fields":{"2":{"value":"…"},"55":{"fields":{"9F26":…}}}}`, as `inspect` writes it; of a
 * field its value alone is enough: `{"mti":"0100","fields":{"2":"…"}}`. Where a field has both, what is inside
 * counts, in the order of its offsets where it has them.
 *
 * @throws IsoError `HF_ISO_DOCUMENT` that names the path, never a value
 */
export function readDocument(document: unknown): MessageDocument {
  const { mti, header, fields, dialect, framing } = objectOf(document, '', 'a message') as {
    readonly [key: string]: unknown;
  };
  if (typeof mti !== 'string') throw wrong('mti', 'is four digits, as text');
  const values: Record<number, FieldValue> = {};
  for (const [key, value] of Object.entries(objectOf(fields ?? {}, 'fields', 'fields'))) {
    if (!/^[1-9]\d{0,2}$/.test(key)) throw wrong('fields', 'has a key that is not the number of a field');
    values[Number(key)] = fieldValueOf(value, key, 1);
  }
  return {
    message: { mti, fields: values, ...(header === undefined ? {} : { header: textOf(header, 'header') }) },
    dialect: dialect === undefined ? undefined : textOf(dialect, 'dialect'),
    framing: framing === undefined ? undefined : textOf(framing, 'framing'),
  };
}

function fieldValueOf(given: unknown, path: string, depth: number): FieldValue {
  if (typeof given === 'string') return given;
  if (depth > DEPTH_MAX) throw wrong(path, `is at most ${DEPTH_MAX} deep`);
  const { value, fields } = objectOf(given, path, 'a field') as { value?: unknown; fields?: unknown };
  if (fields === undefined) return textOf(value, path);
  return { fields: insideOf(fields, path, depth) };
}

type Pairs = readonly (readonly [string, FieldValue])[];

/** Pairs in the order of the wire: the keys of an object can't say it, since those like numbers come first. */
function insideOf(given: unknown, path: string, depth: number): Pairs {
  const found: { readonly key: string; readonly value: FieldValue; readonly offset: number }[] = [];
  for (const [key, one] of Object.entries(objectOf(given, path, 'what is inside'))) {
    // A key names a path, which is to be safe to log.
    if (!/^[0-9A-Za-z.]{1,16}$/.test(key)) throw wrong(path, 'has a key that is no position, bit or tag');
    for (const value of Array.isArray(one) ? one : [one]) {
      const { offset } = Object(value) as { offset?: unknown };
      found.push({
        key,
        value: fieldValueOf(value, `${path}.${key}`, depth + 1),
        offset: typeof offset === 'number' ? offset : -1,
      });
    }
  }
  if (found.every(({ offset }) => offset >= 0)) found.sort((a, b) => a.offset - b.offset);
  return found.map(({ key, value }) => [key, value]);
}

function objectOf(given: unknown, path: string, what: string): object {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw wrong(path, `${what} is an object, as {"mti":"0100","fields":{"2":"…"}}`);
  }
  return given;
}

function textOf(given: unknown, path: string): string {
  if (typeof given !== 'string') throw wrong(path, 'is a text, or has a value that is');
  return given;
}

function wrong(path: string, rule: string): IsoError {
  return new IsoError('HF_ISO_DOCUMENT', path, -1, rule);
}
