import { ENCODING, isHex, TO_LATIN1 } from './encoding.js';
import type { MessageView } from './view.js';

const CHIP_DATA = 55;
const CVM_RESULTS = 0x9f34;
/** The data set of a network's DE55 that has the chip's data. */
const CHIP_DATA_SET = 0x01;
/** PIN in clear by the chip, PIN online, in clear and signature, enciphered by the chip, enciphered and signature. */
const PIN_METHODS = (1 << 0x01) | (1 << 0x02) | (1 << 0x03) | (1 << 0x04) | (1 << 0x05);
/** Of the first byte: the method, without "apply the next one if this fails". */
const METHOD = 0x3f;
const FAILED = 1;
const NINE = 0x39;

/**
 * Whether the chip's data in DE55 say that the cardholder was verified by PIN: CVM results, tag 9F34 (EMV Book 4 annex
 * A4, Book 3 annex C3). A walk over its tags, some twenty in a message, and none where there is no DE55.
 */
export function givesPin(view: MessageView): boolean {
  if (!view.has(CHIP_DATA)) return false;
  const { structure, encoding } = view.dialect!.table.fields[CHIP_DATA]!;
  if (encoding < ENCODING.binary || structure === null) return false;
  const { bytes } = view;
  const from = view.offsets[CHIP_DATA]!;
  const end = from + view.lengths[CHIP_DATA]!;
  const characters = isHex(encoding) ? TO_LATIN1[encoding]! : null;
  if (structure.kind === 'ber-tlv') return pinAmong(bytes, from, end, characters);
  if (structure.kind !== 'tlv' || structure.tagUnits !== 1 || structure.sizeUnits !== 2) return false;
  if (structure.tagEncoding !== ENCODING.binary || structure.sizeEncoding !== ENCODING.binary) return false;
  const width = characters === null ? 1 : 2;
  for (let at = from; at + 3 * width <= end; ) {
    const size = (octet(bytes, at + width, characters) << 8) | octet(bytes, at + 2 * width, characters);
    const next = Math.min(end, at + (3 + size) * width);
    if (octet(bytes, at, characters) === CHIP_DATA_SET)
      return pinAmong(bytes, at + 3 * width, next, characters);
    at = next;
  }
  return false;
}

/**
 * By the tags of BER-TLV between those bytes; one that does not fit ends them.
 * @param characters what the bytes are as hexadecimal digits; null where they are none
 */
function pinAmong(bytes: Uint8Array, from: number, end: number, characters: Uint8Array | null): boolean {
  const width = characters === null ? 1 : 2;
  for (let at = from; at < end; ) {
    let tag = octet(bytes, at, characters);
    at += width;
    // Filling between the tags (EMV Book 3 annex B).
    if (tag === 0x00 || tag === 0xff) continue;
    if ((tag & 0x1f) === 0x1f) {
      let next = octet(bytes, at, characters);
      tag = (tag << 8) | next;
      at += width;
      while ((next & 0x80) !== 0 && at < end) {
        next = octet(bytes, at, characters);
        tag = -1;
        at += width;
      }
    }
    let size = octet(bytes, at, characters);
    at += width;
    if (size > 0x80) {
      if (size > 0x82) return false;
      const octets = size - 0x80;
      size = 0;
      for (let left = octets; left > 0; left--, at += width)
        size = (size << 8) | octet(bytes, at, characters);
    }
    if (at + size * width > end) return false;
    if (tag === CVM_RESULTS) {
      const method = octet(bytes, at, characters) & METHOD;
      return size >= 3 && isPin(method) && octet(bytes, at + 2 * width, characters) !== FAILED;
    }
    at += size * width;
  }
  return false;
}

function isPin(method: number): boolean {
  return method < 0x20 && (PIN_METHODS & (1 << method)) !== 0;
}

/** A byte, or the one that two hexadecimal digits are, which the reader has looked at; whatever, behind the end. */
function octet(bytes: Uint8Array, at: number, characters: Uint8Array | null): number {
  if (characters === null) return bytes[at]!;
  return (digit(characters[bytes[at]!]!) << 4) | digit(characters[bytes[at + 1]!]!);
}

function digit(character: number): number {
  return (character & 0x0f) + (character > NINE ? 9 : 0);
}
