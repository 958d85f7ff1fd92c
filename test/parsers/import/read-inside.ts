import { compileDialect } from '../../../parsers/compile.js';
import type { Dialect } from '../../../parsers/dialect.js';
import { parse } from '../../../parsers/reader.js';
import { type Part, placeOf, readInside } from '../../../parsers/structure.js';
import { valueText } from '../../../parsers/value.js';
import { MessageView } from '../../../parsers/view.js';

/** Path and value of all that is inside a field, at any depth, of a message that must be read without a problem. */
export function insideOf(
  dialect: Dialect,
  bytes: Uint8Array,
  number: number,
): readonly (readonly [string, string])[] {
  const compiled = compileDialect(dialect);
  const view = new MessageView();
  if (!parse(view, compiled, bytes, 0, bytes.length)) throw view.error();
  const flat = (part: Part): readonly (readonly [string, string])[] => {
    const inside = readInside(part.field, part, part.path);
    if (inside.length > 0) return inside.flatMap(flat);
    return [[part.path, valueText(part.field, part.bytes, part.offset, part.units)]];
  };
  return readInside(compiled.table.fields[number]!, placeOf(view, number), String(number)).flatMap(flat);
}
