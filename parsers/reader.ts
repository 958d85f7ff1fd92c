import { firstWrong, unitsInBytes, unitsUntil, wrongAt, wrongRule } from './check-value.js';
import { VISA_HEADER_MAX, valueBytes, wireEnd } from './compile.js';
import {
  CHECK,
  type CompiledBitmap,
  type CompiledDialect,
  type FieldTable,
  HEADER,
  MODE,
  PLAN,
  PLAN_WORDS,
  PREFIX,
} from './compiled-dialect.js';
import { CLASSES, DIGIT, ENCODING, TO_LATIN1, WRONG } from './encoding.js';
import { RULE } from './errors.js';
import { COUNTS, countAnnounced, countsWire } from './prefix-count.js';
import { type MessageView, refuse } from './view.js';

// The optimiser folds a module's own constants into the code, and looks imported ones up each time.
const ROW = PLAN_WORDS;
const AT = PLAN;
const { fixed, prefixed } = MODE;
const { none: unchecked } = CHECK;
const { ascii, binary, cp1047 } = ENCODING;
const { units: countsUnits } = COUNTS;
const wrongBytes = WRONG;

const BASE24_START = [0x49, 0x53, 0x4f];

/** Bits of the message's bitmaps, eight fields a byte. */
const bits = new Uint8Array(24);

/**
 * Locates and checks every field of `bytes[start, end)` (ISO 8583:1987 clause 4).
 * Reads no byte outside that range, allocates nothing, and takes time linear in it.
 *
 * @returns false when the message is refused: `view.rule`, `view.field` and `view.offset` say why. A wrong
 * character leaves its own field unlocated and reading goes on, so that the refusal can carry the STAN; where
 * a length is wrong nothing after it is located. Fields that are absent have length −1. A view with `issues` is
 * lenient: wrong characters and fillers are noted there and their field is located all the same.
 */
export function parse(
  view: MessageView,
  dialect: CompiledDialect,
  bytes: Uint8Array,
  start: number,
  end: number,
): boolean {
  view.bytes = bytes;
  view.dialect = dialect;
  view.start = start;
  view.end = end;
  view.mtiAt = start;
  view.fieldsAt = end;
  view.mti = -1;
  view.lengths.fill(-1, 0, view.highest + 1);
  view.highest = 0;
  view.rule = RULE.none;
  view.field = 0;
  view.offset = 0;
  if (view.issues !== null) view.issues.length = 0;
  if (end <= start) return refuse(view, RULE.emptyFrame, 0, start);
  if (dialect.header !== HEADER.none && !readHeader(view, dialect)) return false;
  if (!readMti(view, dialect)) return false;
  const at = readBitmaps(view, dialect.bitmap);
  if (at < 0) return false;
  view.fieldsAt = at;
  return readFields(view, dialect.table, at);
}

/**
 * Locates and checks the fields that {@link bits} announce. Nearly all are of fixed length or have their length in
 * front, in text: those are read here, in one loop that has all it needs at hand.
 */
function readFields(view: MessageView, table: FieldTable, from: number): boolean {
  const { bytes, end, starts, offsets, lengths, units: counts } = view;
  const { plan } = table;
  let at = from;
  for (let octet = 0; octet < bitmapBytes; octet++) {
    for (let present = bits[octet]!; present !== 0; ) {
      const bit = Math.clz32(present) - 24;
      present ^= 0x80 >> bit;
      const field = octet * 8 + bit + 1;
      const row = field * ROW;
      const mode = plan[row + AT.mode]!;
      const begin = at;
      let units = plan[row + AT.units]!;
      let next: number;
      if (mode === fixed) next = at + plan[row + AT.wireBytes]!;
      else if (mode === prefixed) {
        units = readUnits(view, plan, row, field, at);
        if (units < 0) return false;
        const encoding = plan[row + AT.encoding]!;
        at = prefixEnd;
        next = at + (encoding <= cp1047 ? units : valueBytes(encoding, plan[row + AT.sign]!, units));
      } else {
        at = locateBounded(view, table, field, begin);
        if (at < 0) return false;
        continue;
      }
      if (next > end) return refuse(view, RULE.fieldOverrun, field, at);
      const wrong = check(bytes, at, next, units, plan, row);
      if (wrong >= 0) {
        refuse(view, wrongRule, field, wrong);
        if (view.issues === null) {
          at = next;
          continue;
        }
      }
      starts[field] = begin;
      offsets[field] = at;
      lengths[field] = next - at;
      counts[field] = units;
      view.highest = field;
      at = next;
    }
  }
  if (at !== end) return refuse(view, RULE.trailingBytes, view.highest, at);
  return view.rule === RULE.none;
}

function readHeader(view: MessageView, dialect: CompiledDialect): boolean {
  const { bytes, start, end } = view;
  if (start + dialect.headerBytes > end) return refuse(view, RULE.shortHeader, 0, end);
  let length = dialect.headerBytes;
  if (dialect.header === HEADER.base24) {
    for (let at = 0; at < 3; at++) {
      if (bytes[start + at] !== BASE24_START[at]) return refuse(view, RULE.badHeader, 0, start + at);
    }
    for (let at = start + 3; at < start + length; at++) {
      if ((CLASSES[ENCODING.ascii]![bytes[at]!]! & DIGIT) === 0) return refuse(view, RULE.badHeader, 0, at);
    }
  } else if (dialect.header === HEADER.visa) {
    // A rejected message comes back behind a longer header; its first byte says how long.
    length = bytes[start]!;
    if (length < dialect.headerBytes || length > VISA_HEADER_MAX)
      return refuse(view, RULE.badHeader, 0, start);
    if (start + length > end) return refuse(view, RULE.shortHeader, 0, end);
  }
  view.mtiAt = start + length;
  return true;
}

function readMti(view: MessageView, dialect: CompiledDialect): boolean {
  const { bytes, end } = view;
  const at = view.mtiAt;
  if (at + dialect.mtiBytes > end) return refuse(view, RULE.shortHeader, 0, end);
  let mti = 0;
  if (dialect.mti === ENCODING.bcd) {
    for (let nibble = 0; nibble < 4; nibble++) {
      const byte = bytes[at + (nibble >> 1)]!;
      const digit = (nibble & 1) === 0 ? byte >> 4 : byte & 0x0f;
      if (digit > 9) return refuse(view, RULE.badMti, 0, at + (nibble >> 1));
      mti = mti * 10 + digit;
    }
  } else {
    const classes = CLASSES[dialect.mti]!;
    for (let digit = 0; digit < 4; digit++) {
      const byte = bytes[at + digit]!;
      if ((classes[byte]! & DIGIT) === 0) return refuse(view, RULE.badMti, 0, at + digit);
      mti = mti * 10 + (byte & 0x0f);
    }
  }
  if (Math.floor(mti / 1000) !== dialect.version) return refuse(view, RULE.badMti, 0, at);
  view.mti = mti;
  return true;
}

/** Bytes of {@link bits} that the last {@link readBitmaps} filled. */
let bitmapBytes = 0;

/** Fills {@link bits}, without the bits that announce a bitmap; returns where the fields begin, or −1. */
function readBitmaps(view: MessageView, bitmap: CompiledBitmap): number {
  const { bytes, end } = view;
  const { encoding, wireBytes, count } = bitmap;
  const octets = bitmap.bits >> 3;
  let at = view.mtiAt + view.dialect!.mtiBytes;
  let filled = 0;
  for (let number = 1, more = true; more; number++) {
    if (at + wireBytes > end) {
      refuse(view, RULE.shortHeader, 0, end);
      return -1;
    }
    if (encoding === binary) {
      for (let octet = 0; octet < octets; octet++) bits[filled + octet] = bytes[at + octet]!;
    } else if (!readHexBitmap(view, at, filled, octets, encoding)) return -1;
    more = (bits[filled]! & 0x80) !== 0 && number < count;
    if (more || octets > 8) bits[filled]! &= 0x7f;
    if (octets > 16) bits[filled + 8]! &= 0x7f;
    filled += octets;
    at += wireBytes;
  }
  bitmapBytes = filled;
  return at;
}

function readHexBitmap(
  view: MessageView,
  at: number,
  filled: number,
  octets: number,
  encoding: number,
): boolean {
  for (let octet = 0; octet < octets; octet++) {
    const present = hexOctet(view.bytes, at + 2 * octet, encoding);
    if (present < 0) return refuse(view, RULE.badBitmap, 0, at + 2 * octet + (present === -1 ? 0 : 1));
    bits[filled + octet] = present;
  }
  return true;
}

/** Two hexadecimal digits; −1 where the first is none, −2 where the second is. */
function hexOctet(bytes: Uint8Array, at: number, encoding: number): number {
  const high = hexDigit(TO_LATIN1[encoding]![bytes[at]!]!);
  if (high < 0) return -1;
  const low = hexDigit(TO_LATIN1[encoding]![bytes[at + 1]!]!);
  return low < 0 ? -2 : (high << 4) | low;
}

function hexDigit(character: number): number {
  if (character >= 0x30 && character <= 0x39) return character - 0x30;
  if (character >= 0x41 && character <= 0x46) return character - 0x37;
  if (character >= 0x61 && character <= 0x66) return character - 0x57;
  return -1;
}

/**
 * Reads a field that ends behind its value: in an area of fixed size, or with a character of its own.
 * @returns where the next one begins, or −1 after noting a refusal; as for a field that the dialect does not have
 */
function locateBounded(view: MessageView, table: FieldTable, field: number, begin: number): number {
  const { bytes, end } = view;
  const spec = table.fields[field];
  if (spec === undefined) {
    refuse(view, RULE.unknownField, field, begin);
    return -1;
  }
  const row = field * PLAN_WORDS;
  let at = begin;
  let units: number;
  if (spec.mode === MODE.filled) {
    units = readUnits(view, table.plan, row, field, at);
    if (units < 0) return -1;
    at = prefixEnd;
  } else units = unitsUntil(bytes, at, end, spec.terminator, spec.units);
  const length = valueBytes(spec.encoding, spec.sign, units);
  const next = wireEnd(spec, at, length);
  if (units < 0 || next > end) {
    refuse(view, RULE.fieldOverrun, field, at);
    return -1;
  }
  const wrong = check(bytes, at, at + length, units, table.plan, row);
  if (wrong >= 0) {
    refuse(view, wrongRule, field, wrong);
    if (view.issues === null) return next;
  }
  view.starts[field] = begin;
  view.offsets[field] = at;
  view.lengths[field] = length;
  view.units[field] = units;
  view.highest = field;
  return next;
}

/** Units that a field's prefix announces, and {@link prefixEnd}; −1 after noting a refusal. */
function readUnits(view: MessageView, plan: Int32Array, row: number, field: number, from: number): number {
  const announced = readPrefix(view, plan, row, field, from);
  if (announced < 0) return -1;
  const most = plan[row + AT.units]!;
  const counts = plan[row + AT.prefixCounts]!;
  let units = announced;
  if (counts !== countsUnits) {
    const encoding = plan[row + AT.encoding]!;
    units = countAnnounced(announced, counts, plan[row + AT.prefixBytes]!, encoding);
    if (units >= 0 && countsWire(counts)) {
      const allowed = plan[row + AT.allowed]!;
      const sign = plan[row + AT.sign]!;
      units = unitsInBytes(view.bytes, prefixEnd, view.end, units, encoding, allowed, sign, most);
    }
  }
  if (units > most || units < plan[row + AT.unitsMin]!) {
    refuse(view, RULE.badLengthPrefix, field, from);
    return -1;
  }
  return units;
}

/** The first wrong byte of a field's value, or −1. */
function check(
  bytes: Uint8Array,
  from: number,
  to: number,
  units: number,
  plan: Int32Array,
  row: number,
): number {
  const table = plan[row + AT.check]!;
  if (table >= 0) {
    let at = from;
    // Four at a time: nearly always all are right.
    for (; at + 4 <= to; at += 4) {
      const wrong =
        wrongBytes[table + bytes[at]!]! |
        wrongBytes[table + bytes[at + 1]!]! |
        wrongBytes[table + bytes[at + 2]!]! |
        wrongBytes[table + bytes[at + 3]!]!;
      if (wrong !== 0) break;
    }
    for (; at < to; at++) {
      if (wrongBytes[table + bytes[at]!] === 0) continue;
      return wrongAt(at);
    }
    return -1;
  }
  if (table === unchecked) return -1;
  const encoding = plan[row + AT.encoding]!;
  return firstWrong(bytes, from, to, units, encoding, plan[row + AT.allowed]!, plan[row + AT.sign]!);
}

/** Where the value begins after the last {@link readPrefix}. */
let prefixEnd = 0;

/** What a field's prefix announces, in units or bytes; −1 after noting a refusal. */
function readPrefix(view: MessageView, plan: Int32Array, row: number, field: number, from: number): number {
  const { bytes, end } = view;
  const encoding = plan[row + AT.prefixEncoding]!;
  let length = plan[row + AT.prefixBytes]!;
  let at = from;
  if (encoding === PREFIX.ber) {
    if (at >= end) {
      refuse(view, RULE.fieldOverrun, field, at);
      return -1;
    }
    const first = bytes[at++]!;
    if (first < 0x80) {
      prefixEnd = at;
      return first;
    }
    length = first & 0x7f;
    // No length of a field needs four bytes, and 80 (indefinite) has no place here.
    if (length === 0 || length > 3) {
      refuse(view, RULE.badLengthPrefix, field, from);
      return -1;
    }
  }
  if (at + length > end) {
    refuse(view, RULE.fieldOverrun, field, at);
    return -1;
  }
  const stop = at + length;
  let announced = 0;
  if (encoding === PREFIX.hex) {
    for (; at < stop; at += 2) {
      const octet = hexOctet(bytes, at, ENCODING.hex);
      if (octet < 0) {
        refuse(view, RULE.badLengthPrefix, field, octet === -1 ? at : at + 1);
        return -1;
      }
      announced = announced * 256 + octet;
    }
  } else if (encoding >= PREFIX.binary) {
    for (; at < stop; at++) announced = announced * 256 + bytes[at]!;
  } else if (encoding === PREFIX.bcd) {
    for (; at < stop; at++) {
      const high = bytes[at]! >> 4;
      const low = bytes[at]! & 0x0f;
      if (high > 9 || low > 9) {
        refuse(view, RULE.badLengthPrefix, field, at);
        return -1;
      }
      announced = announced * 100 + high * 10 + low;
    }
  } else if (encoding === ascii) {
    for (; at < stop; at++) {
      const digit = bytes[at]! - 0x30;
      if (digit < 0 || digit > 9) {
        refuse(view, RULE.badLengthPrefix, field, at);
        return -1;
      }
      announced = announced * 10 + digit;
    }
  } else {
    const classes = CLASSES[encoding]!;
    for (; at < stop; at++) {
      if ((classes[bytes[at]!]! & DIGIT) === 0) {
        refuse(view, RULE.badLengthPrefix, field, at);
        return -1;
      }
      announced = announced * 10 + (bytes[at]! & 0x0f);
    }
  }
  prefixEnd = at;
  return announced;
}
