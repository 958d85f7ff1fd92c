import { createRequire } from 'node:module';
import type { CompiledDialect } from '../../parsers/compiled-dialect.js';
import { isHex } from '../../parsers/encoding.js';

/** A message as the package has it: field values by number, the MTI as field 0. */
export type PackageMessage = Record<string, string>;

export interface PackageFormat {
  readonly ContentType: string;
  readonly Label: string;
  readonly LenType: string;
  readonly MaxLen: number;
}

/** What the package answers in place of a result. */
export interface PackageError {
  readonly error: string;
}

interface PackageInstance {
  /** The message after two bytes of length, big-endian. */
  getBufferMessage(): Buffer | PackageError;
  getIsoJSON(buffer: Buffer, config?: { bitmapEncoding?: 'hex' | 'utf8' }): PackageMessage | PackageError;
  getXMLString(): string | PackageError;
  getJsonFromXml(xml: string): PackageMessage | PackageError;
}

/** `iso_8583` from npm, which brings no types. */
export const Iso8583: new (
  message?: PackageMessage,
  formats?: Readonly<Record<string, PackageFormat>>,
) => PackageInstance = createRequire(import.meta.url)('iso_8583');

/**
 * Fields that the package can't hold as we do, whatever formats it is given:
 * 55 — it reads and writes every variable field as UTF-8 text; ours is bytes (EMV Book 3 annex B);
 * 127 — it always takes it apart as Postilion's sub-fields, with a bitmap of their own.
 */
export const NOT_IN_PACKAGE: ReadonlySet<number> = new Set([55, 127]);

/**
 * Fields whose format in the package is not that of ISO 8583:1987, or is its own choice for one that the
 * standard leaves to users:
 * 36 is digits only there, so without the separators of track 3; 40 is n 3, not an 3; 50 is an 3;
 * 53 is 48 bytes, not n 16; 54 is without special characters; 58 and 59 are LLVAR 11 and LLLVAR 255;
 * 64, 96 and 128 are 4 bytes, not 8; 118 to 122 are digits only, 123 letters and digits only.
 */
const DIFFERENT = [36, 40, 50, 53, 54, 58, 59, 64, 96, 118, 119, 120, 121, 122, 123, 128];

/** The formats that make the package speak `dialect`. */
export function packageFormats(dialect: CompiledDialect): Record<string, PackageFormat> {
  const formats: Record<string, PackageFormat> = {};
  for (const number of DIFFERENT) {
    const { content = 'ans', length, max, name, prefix } = dialect.dialect.fields[number]!;
    if (typeof prefix === 'object') throw new Error(`the prefix of field ${number} is none of the package's`);
    const units = (length ?? max)!;
    formats[number] = {
      ContentType: content,
      Label: name,
      LenType: prefix === undefined ? 'fixed' : `${prefix.toLowerCase()}var`,
      // The package counts a binary field in hexadecimal digits.
      MaxLen: content === 'b' ? 2 * units : units,
    };
  }
  if (isHex(dialect.bitmap.encoding))
    formats[1] = { ContentType: 'an', Label: 'Bitmap', LenType: 'fixed', MaxLen: 32 };
  return formats;
}

/** The bytes that the package packs, without the length; throws what it reports. */
export function packByPackage(message: PackageMessage, dialect: CompiledDialect): Buffer {
  const packed = new Iso8583({ ...message }, packageFormats(dialect)).getBufferMessage();
  if (!Buffer.isBuffer(packed)) throw new Error(packed.error);
  if (packed.readUInt16BE() !== packed.length - 2) throw new Error('the length header is not the length');
  return packed.subarray(2);
}

/** The fields that the package finds in a message given without its length; throws what it reports. */
export function unpackByPackage(message: Uint8Array, dialect: CompiledDialect): PackageMessage {
  const framed = Buffer.alloc(2 + message.length);
  framed.writeUInt16BE(message.length);
  framed.set(message, 2);
  const config = isHex(dialect.bitmap.encoding) ? { bitmapEncoding: 'utf8' as const } : {};
  const unpacked = new Iso8583(undefined, packageFormats(dialect)).getIsoJSON(framed, config);
  if (typeof unpacked.error === 'string') throw new Error(unpacked.error);
  return unpacked as PackageMessage;
}
