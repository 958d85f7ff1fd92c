import { CHARACTER_CLASS, type CompiledDialect, FIELD_MAX } from './dialect.js';
import { IsoError } from './errors.js';

/** A message as text: field values by number; binary fields as hexadecimal digits. */
export interface MessageText {
  readonly mti: string;
  readonly fields: Readonly<Record<number, string>>;
}

/**
 * Writes a message of named values; the slow, checked way for tools. Short numeric fields of fixed length
 * are zero-filled on the left, other fixed fields space-filled on the right (ISO 8583:1987 clause 4.2).
 *
 * @returns the message without a length header
 * @throws IsoError that names field and rule, never the value
 */
export function build(dialect: CompiledDialect, message: MessageText): Buffer {
  if (!/^0\d{3}$/.test(message.mti))
    throw new IsoError('HF_ISO_MTI', '', 0, 'the MTI is four digits, the first 0');
  const numbers = Object.keys(message.fields)
    .map(Number)
    .sort((a, b) => a - b);
  const secondary = numbers.some((number) => number > 64);
  const bitmap = Buffer.alloc(secondary ? 16 : 8);
  if (secondary) bitmap[0] = 0x80;
  const parts: Buffer[] = [];
  for (const number of numbers) {
    parts.push(fieldBytes(dialect, number, message.fields[number] ?? ''));
    bitmap[(number - 1) >> 3]! |= 0x80 >> ((number - 1) & 7);
  }
  const header = dialect.bitmapHex ? Buffer.from(bitmap.toString('hex').toUpperCase(), 'latin1') : bitmap;
  return Buffer.concat([Buffer.from(message.mti, 'latin1'), header, ...parts]);
}

function fieldBytes(dialect: CompiledDialect, number: number, value: string): Buffer {
  const path = String(number);
  const spec = dialect.dialect.fields[number];
  if (number < 2 || number > FIELD_MAX || spec === undefined) {
    throw new IsoError('HF_ISO_UNKNOWN_FIELD', path, -1, 'the dialect has no such field');
  }
  let bytes: Buffer;
  if (spec.content === 'b') {
    if (!/^([0-9a-f]{2})*$/i.test(value)) {
      throw new IsoError(
        'HF_ISO_CONTENT',
        path,
        -1,
        'a binary field is given as pairs of hexadecimal digits',
      );
    }
    bytes = Buffer.from(value, 'hex');
  } else {
    // Buffer would keep the low byte of such a character: another one, that might well be allowed.
    if (/[\u0100-\uffff]/.test(value)) {
      throw new IsoError('HF_ISO_CONTENT', path, -1, 'each character is one byte (ISO/IEC 8859-1)');
    }
    bytes = Buffer.from(
      spec.prefix === undefined ? filled(spec.content, spec.length, value) : value,
      'latin1',
    );
    const allowed = dialect.allowed[number]!;
    const signed = dialect.signed[number]!;
    if (signed === 1 && bytes[0] !== 0x43 && bytes[0] !== 0x44) {
      throw new IsoError('HF_ISO_CONTENT', path, -1, 'a signed amount begins with C or D');
    }
    for (let at = signed; at < bytes.length; at++) {
      if ((CHARACTER_CLASS[bytes[at]!]! & allowed) === 0) {
        throw new IsoError('HF_ISO_CONTENT', path, -1, `character ${at} does not belong to ${spec.content}`);
      }
    }
  }
  if (spec.prefix === undefined ? bytes.length !== spec.length : bytes.length > spec.length) {
    const rule = `${spec.prefix === undefined ? 'exactly' : 'at most'} ${spec.length} long, not ${bytes.length}`;
    throw new IsoError('HF_ISO_LENGTH', path, -1, rule);
  }
  if (spec.prefix === undefined) return bytes;
  return Buffer.concat([Buffer.from(String(bytes.length).padStart(spec.prefix, '0'), 'latin1'), bytes]);
}

function filled(content: string, length: number, value: string): string {
  return content === 'n' ? value.padStart(length, '0') : value.padEnd(length, ' ');
}
