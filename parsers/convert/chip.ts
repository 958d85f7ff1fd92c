import type { CompiledField } from '../compiled-dialect.js';
import type { FieldValue } from '../writer.js';

/** The dataset in which BER objects of a chip stand where they don't stand alone: `01` (Visa, field 55). */
function datasetOf({ structure }: CompiledField): string | null {
  if (structure?.kind !== 'tlv') return null;
  for (const [tag, field] of structure.byTag) if (field.structure?.kind === 'ber-tlv') return tag;
  return null;
}

/** BER objects of a chip as hexadecimal digits, or as what is inside, whatever stands around them. */
export function chipData(field: CompiledField, value: FieldValue, text: string): FieldValue {
  const dataset = datasetOf(field);
  if (dataset === null || typeof value === 'string') return text;
  const inside = Array.isArray(value.fields)
    ? (value.fields.find(([tag]: readonly [string, FieldValue]) => tag === dataset)?.[1] as FieldValue)
    : ((value.fields as Record<string, FieldValue>)[dataset] as FieldValue);
  return inside ?? text;
}

/** The same as a dialect has them. */
export function chipValue(field: CompiledField, data: FieldValue): FieldValue {
  const dataset = datasetOf(field);
  return dataset === null ? data : { fields: [[dataset, data]] };
}
