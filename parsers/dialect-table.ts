import type { CompiledDialect, CompiledField, CompiledStructure } from './compiled-dialect.js';
import { MODE, PREFIX, SIGN } from './compiled-dialect.js';
import { type Dialect, INDICATOR_NAMES } from './dialect.js';
import { ENCODINGS } from './encoding.js';
import { COUNTS } from './prefix-count.js';

/** A field of a dialect in words. */
export interface DialectRow {
  /** `4`, `55.9F26`. */
  readonly path: string;
  readonly name: string;
  /** `n 12`, `ans …40`, `b 5…16`. */
  readonly content: string;
  readonly encoding: string;
  /** `2 digits ascii`; '' for none. */
  readonly prefix: string;
  readonly class: string;
  /** What stands inside; '' for nothing. */
  readonly inside: string;
}

/** All fields of a dialect, what is inside them behind each; every default filled in. */
export function dialectRows({ table }: CompiledDialect): DialectRow[] {
  return table.fields.flatMap((field) => (field === undefined ? [] : rowsOf(field, field.key)));
}

function rowsOf(field: CompiledField, path: string): DialectRow[] {
  const { name, structure } = field;
  const row = {
    path,
    name,
    content: `${field.content} ${lengthText(field)}`,
    encoding: ENCODINGS[field.encoding]!,
    prefix: prefixText(field),
    class: field.class === 'plain' ? '' : field.class,
    inside: structure?.kind ?? '',
  };
  return [row, ...insideOf(structure).flatMap((part) => rowsOf(part, `${path}.${part.key}`))];
}

function insideOf(structure: CompiledStructure | null): readonly CompiledField[] {
  if (structure === null) return [];
  switch (structure.kind) {
    case 'bitmap':
      return [structure.head, ...structure.table.fields].filter(
        (field) => field !== null && field !== undefined,
      );
    case 'ber-tlv':
      return [...structure.byTag.values()];
    case 'tlv':
      // Datasets are all the same, from 00 to FF.
      return structure.byTag.size > 200 ? [] : [...structure.byTag.values()];
    default:
      return structure.fields;
  }
}

/** A tag may hold what its length says: no more is known. */
const ANY_LENGTH = 999_999;

function lengthText({ mode, units, unitsMin, sign }: CompiledField): string {
  const least = sign === SIGN.none ? unitsMin : 0;
  if (mode === MODE.fixed) return String(units);
  if (least === units) return String(units);
  const most = units === ANY_LENGTH ? '' : String(units);
  return `${least > 0 ? least : ''}…${most}`;
}

function prefixText({ mode, prefixEncoding, prefixBytes, prefixCounts, terminator }: CompiledField): string {
  if (mode === MODE.until) return `to ${String.fromCharCode(terminator)}`;
  if (mode !== MODE.prefixed && mode !== MODE.filled) return '';
  const counted = [
    (prefixCounts & COUNTS.bytes) !== 0 ? ' of bytes' : '',
    (prefixCounts & COUNTS.itself) !== 0 ? ' with itself' : '',
    mode === MODE.filled ? ', filled' : '',
  ].join('');
  if (prefixEncoding === PREFIX.ber) return `BER${counted}`;
  if (prefixEncoding === PREFIX.binary) return `${prefixBytes} binary${counted}`;
  if (prefixEncoding === PREFIX.hex) return `${prefixBytes} hex${counted}`;
  const encoding = prefixEncoding === PREFIX.bcd ? 'bcd' : ENCODINGS[prefixEncoding]!;
  return `${prefixEncoding === PREFIX.bcd ? 2 * prefixBytes : prefixBytes} ${encoding}${counted}`;
}

/** One thing that two dialects have otherwise; a side is '' where it is not there. */
export interface DialectDifference {
  readonly path: string;
  readonly name: string;
  /** `content`, `prefix`… or `field` where only one has it. */
  readonly what: string;
  readonly a: string;
  readonly b: string;
}

const WORDS = ['name', 'content', 'encoding', 'prefix', 'class', 'inside'] as const;

/** What two dialects have otherwise: of the message, then field by field. */
export function diffDialects(a: CompiledDialect, b: CompiledDialect): DialectDifference[] {
  const differences: DialectDifference[] = [];
  const [one, other] = [messageRow(a), messageRow(b)];
  for (const what of ['version', 'header', 'mti', 'bitmap', 'indicators'] as const) {
    if (one[what] !== other[what])
      differences.push({ path: '', name: 'message', what, a: one[what], b: other[what] });
  }
  const left = new Map(dialectRows(a).map((row) => [row.path, row]));
  const right = new Map(dialectRows(b).map((row) => [row.path, row]));
  for (const [path, row] of left) {
    const against = right.get(path);
    if (against === undefined) {
      differences.push({ path, name: row.name, what: 'field', a: row.content, b: '' });
      continue;
    }
    for (const what of WORDS) {
      if (row[what] !== against[what])
        differences.push({ path, name: row.name, what, a: row[what], b: against[what] });
    }
  }
  for (const [path, row] of right) {
    if (!left.has(path)) differences.push({ path, name: row.name, what: 'field', a: '', b: row.content });
  }
  return differences;
}

/** What surrounds the fields, in words. */
export function messageRow({ dialect, bitmap }: CompiledDialect) {
  const header = dialect.header?.kind ?? 'none';
  return {
    version: dialect.version,
    header: dialect.header?.kind === 'fixed' ? `${dialect.header.bytes} bytes` : header,
    mti: dialect.mti,
    bitmap: `${ENCODINGS[bitmap.encoding]!}, ${bitmap.bits} bits, at most ${bitmap.count}`,
    indicators: indicatorsText(dialect),
  };
}

/** `incremental 63.3 at 0: 3900; partial 60 at 1 of 3: 1`; '' for none. */
function indicatorsText({ indicators = {} }: Dialect): string {
  const texts: string[] = [];
  for (const name of INDICATOR_NAMES) {
    const { [name]: indicator } = indicators;
    if (indicator === undefined) continue;
    const { field, tag, bit, at, length, values } = indicator;
    const path = [field, tag ?? bit].filter((part) => part !== undefined).join('.');
    texts.push(`${name} ${path} at ${at}${length === undefined ? '' : ` of ${length}`}: ${values.join(' ')}`);
  }
  return texts.join('; ');
}
