import type { FieldClass, FieldSpec } from '../dialect.js';

/** What fields of the message mean in every edition of ISO 8583, as long as they are as long as there. */
const MEANINGS: Readonly<
  Record<number, { readonly class: FieldClass; readonly lengths?: readonly number[] }>
> = {
  2: { class: 'pan' },
  3: { class: 'processing-code', lengths: [6] },
  4: { class: 'amount', lengths: [12] },
  5: { class: 'amount', lengths: [12] },
  6: { class: 'amount', lengths: [12] },
  7: { class: 'date-time', lengths: [10] },
  11: { class: 'stan', lengths: [6] },
  14: { class: 'expiry', lengths: [4] },
  18: { class: 'mcc', lengths: [4] },
  19: { class: 'country', lengths: [3] },
  20: { class: 'country', lengths: [3] },
  21: { class: 'country', lengths: [3] },
  22: { class: 'entry-mode', lengths: [3] },
  34: { class: 'pan', lengths: [28] },
  35: { class: 'track2' },
  36: { class: 'track3' },
  39: { class: 'response-code', lengths: [2, 3, 4] },
  45: { class: 'track1' },
  49: { class: 'currency', lengths: [3] },
  50: { class: 'currency', lengths: [3] },
  51: { class: 'currency', lengths: [3] },
  52: { class: 'pin', lengths: [8, 16] },
  64: { class: 'mac', lengths: [8, 16] },
  128: { class: 'mac', lengths: [8, 16] },
};

/**
 * What a field means, by its number in the message, or by its name where the number says nothing: what holds a card
 * number is masked wherever a layout has it.
 *
 * @param number undefined for a field inside another
 */
function classOf(number: number | undefined, spec: FieldSpec): FieldClass | undefined {
  const length = spec.length ?? spec.max ?? 0;
  const known = number === undefined ? undefined : MEANINGS[number];
  if (known !== undefined && (known.lengths?.includes(length) ?? true)) return known.class;
  if (number === 55 && spec.content === 'b') return 'icc';
  const track = /\btrack[\s-]*([123])\b/i.exec(spec.name);
  if (track !== null && length >= 37) return `track${track[1] as '1' | '2' | '3'}`;
  if (/\bprimary account n|^pan\b(?!.*(sequence|entry|country|expir))/i.test(spec.name) && length >= 12)
    return 'pan';
  return undefined;
}

/** The field with what it means, where that is known. */
export function withClass(number: number | undefined, spec: FieldSpec): FieldSpec {
  const meaning = classOf(number, spec);
  if (meaning === undefined) return spec;
  const { name, ...rest } = spec;
  return { name, class: meaning, ...rest };
}
