import type { CompiledField } from '../../parsers/compiled-dialect.js';
import { type Part, type Place, placeOf, readInside } from '../../parsers/structure.js';
import { valueText } from '../../parsers/value.js';
import type { MessageView } from '../../parsers/view.js';
import type { Expected } from './vector.js';

/** A field as text, or as what is inside where that is asked for. */
export function readField(view: MessageView, number: number, nested: boolean): Expected {
  if (!nested) return view.text(number);
  const field = view.dialect!.table.fields[number]!;
  return { fields: readParts(field, placeOf(view, number), String(number), () => true) };
}

/** What is inside a field, by key; a key that comes again as a list, in order. */
export function readParts(
  field: CompiledField,
  place: Place,
  path: string,
  nested: (part: Part) => boolean,
): { [key: string]: Expected | Expected[] } {
  const values: { [key: string]: Expected | Expected[] } = {};
  for (const part of readInside(field, place, path)) {
    const value: Expected =
      part.field.structure !== null && nested(part)
        ? { fields: readParts(part.field, part, part.path, nested) }
        : valueText(part.field, part.bytes, part.offset, part.units);
    const before = values[part.key];
    if (before === undefined) values[part.key] = value;
    else values[part.key] = Array.isArray(before) ? [...before, value] : [before as Expected, value];
  }
  return values;
}
