import type { CompiledElement, CompiledIndicator } from './compiled-dialect.js';
import { fillsLeft, isBcd, TO_LATIN1 } from './encoding.js';
import type { MessageView } from './view.js';

const ZERO = 0x30;
const NINE = 0x39;

/** Where the field or element at hand begins, how it is written, and its characters. */
let elementAt = 0;
let elementEncoding = 0;
let elementUnits = 0;

/** The bits of `wanted` that a message sets by those indicators of its dialect. */
export function indicated(
  view: MessageView,
  indicators: readonly CompiledIndicator[],
  wanted: number,
): number {
  let bits = 0;
  for (let at = 0; at < indicators.length; at++) {
    const indicator = indicators[at]!;
    if ((indicator.sets & wanted) === 0 || !view.has(indicator.field)) continue;
    if (says(view, indicator)) bits |= indicator.sets;
  }
  return bits;
}

function says(view: MessageView, { field, at, length, values, element }: CompiledIndicator): boolean {
  elementAt = view.offsets[field]!;
  elementEncoding = view.dialect!.table.fields[field]!.encoding;
  elementUnits = view.units[field]!;
  if (element !== null && !findElement(view, field, element)) return false;
  if (length >= 0 && elementUnits !== length) return false;
  for (let index = 0; index < values.length; index++)
    if (standsAt(view.bytes, at, values[index]!)) return true;
  return false;
}

function standsAt(bytes: Uint8Array, at: number, value: Uint8Array): boolean {
  if (at + value.length > elementUnits) return false;
  for (let index = 0; index < value.length; index++) {
    if (character(bytes, at + index) !== value[index]) return false;
  }
  return true;
}

/** Character `index` of the element, as its code in ISO/IEC 8859-1. */
function character(bytes: Uint8Array, index: number): number {
  if (!isBcd(elementEncoding)) return TO_LATIN1[elementEncoding]![bytes[elementAt + index]!]!;
  const nibble = index + (fillsLeft(elementEncoding) ? elementUnits & 1 : 0);
  const byte = bytes[elementAt + (nibble >> 1)]!;
  return ZERO + ((nibble & 1) === 0 ? byte >> 4 : byte & 0x0f);
}

/** Moves on to an element inside the field; false where it is not there, or what stands before it can't be read. */
function findElement(view: MessageView, field: number, element: CompiledElement): boolean {
  return element.kind === 'tag'
    ? findTag(view.bytes, element)
    : findBit(view.bytes, view.offsets[field]! + view.lengths[field]!, element);
}

/** Tags, lengths and values are text as the field is, so that a character is a byte. */
function findTag(bytes: Uint8Array, element: CompiledElement & { kind: 'tag' }): boolean {
  const { tag, sizeUnits, headUnits, headOptional } = element;
  const end = elementUnits;
  let at = headOptional && end > 0 && isDigit(character(bytes, 0)) ? 0 : headUnits;
  while (at + tag.length + sizeUnits <= end) {
    const found = standsAt(bytes, at, tag);
    at += tag.length;
    let size = 0;
    for (const from = at; at < from + sizeUnits; at++) {
      const digit = character(bytes, at);
      if (!isDigit(digit)) return false;
      size = size * 10 + digit - ZERO;
    }
    if (at + size > end) return false;
    if (found) {
      elementAt += at;
      elementUnits = size;
      return true;
    }
    at += size;
  }
  return false;
}

function findBit(bytes: Uint8Array, end: number, element: CompiledElement & { kind: 'bit' }): boolean {
  const { bit, bitmapBytes, wireBytes } = element;
  const bitmap = elementAt;
  let at = bitmap + bitmapBytes;
  if (at > end) return false;
  for (let number = 1; number < bit; number++) {
    if (!isSet(bytes, bitmap, number)) continue;
    if (wireBytes[number]! < 0) return false;
    at += wireBytes[number]!;
  }
  if (!isSet(bytes, bitmap, bit) || at + wireBytes[bit]! > end) return false;
  elementAt = at;
  elementEncoding = element.encoding;
  elementUnits = element.units;
  return true;
}

function isSet(bytes: Uint8Array, bitmap: number, number: number): boolean {
  return (bytes[bitmap + ((number - 1) >> 3)]! & (0x80 >> ((number - 1) & 7))) !== 0;
}

function isDigit(code: number): boolean {
  return code >= ZERO && code <= NINE;
}
