import { POSTGRES_EPOCH_MS } from '../copy-format.js';

/** Bytes that a row takes at most. */
const ROW_BYTES_MAX = 1024;
const FIRST_BYTES = 4 * ROW_BYTES_MAX;
/** What is kept for the rows to come; a batch that took more was out of the ordinary. */
const KEPT_BYTES_MAX = 256 * 1024;
const TWO_32 = 0x1_0000_0000;
const OID_TEXT = 25;
const ZERO = 0x30;
const BLANK = 0x20;
/** U+FFFD: Postgres's texts have no NUL. */
const REPLACEMENT = [0xef, 0xbf, 0xbd] as const;

/**
 * Rows in the binary format of Postgres's COPY, written field by field in the order of the columns. No value is made
 * into a string on the way.
 */
export class CopyRows {
  #bytes: Buffer = Buffer.allocUnsafe(FIRST_BYTES);
  #end = 0;
  #count = 0;

  /** Rows that were begun. */
  get count(): number {
    return this.#count;
  }

  /** Begins a row of so many fields. */
  begin(fields: number): void {
    if (this.#end + ROW_BYTES_MAX > this.#bytes.length) {
      const grown = Buffer.allocUnsafe(2 * this.#bytes.length);
      this.#bytes.copy(grown, 0, 0, this.#end);
      this.#bytes = grown;
    }
    this.#count++;
    this.#end = this.#bytes.writeInt16BE(fields, this.#end);
  }

  null(): void {
    this.#length(-1);
  }

  int2(value: number): void {
    this.#length(2);
    this.#end = this.#bytes.writeInt16BE(value, this.#end);
  }

  int4(value: number): void {
    this.#length(4);
    this.#end = this.#bytes.writeInt32BE(value, this.#end);
  }

  /** A safe integer. */
  int8(value: number): void {
    this.#length(8);
    const to = this.#bytes.writeInt32BE(Math.floor(value / TWO_32), this.#end);
    this.#end = this.#bytes.writeUInt32BE(value >>> 0, to);
  }

  float8(value: number): void {
    this.#length(8);
    this.#end = this.#bytes.writeDoubleBE(value, this.#end);
  }

  /** A timestamptz; ms since 1970. */
  time(ms: number): void {
    this.int8((ms - POSTGRES_EPOCH_MS) * 1000);
  }

  /** A text of that many digits. */
  digits(value: number, count: number): void {
    this.#length(count);
    for (let at = this.#end + count - 1, rest = value; at >= this.#end; at--) {
      this.#bytes[at] = ZERO + (rest % 10);
      rest = Math.floor(rest / 10);
    }
    this.#end += count;
  }

  ascii(text: string): void {
    this.#length(text.length);
    this.#end += this.#bytes.write(text, this.#end, 'latin1');
  }

  /** A text of Latin-1 without the blanks behind it; null when nothing is left. */
  latin1(source: Uint8Array, from: number, to: number): void {
    let end = to;
    while (end > from && (source[end - 1] === BLANK || source[end - 1] === 0)) end--;
    if (end === from) {
      this.null();
      return;
    }
    const start = this.#end;
    this.#length(0);
    for (let at = from; at < end; at++) this.#utf8(source[at]!);
    this.#bytes.writeInt32BE(this.#end - start - 4, start);
  }

  /** A bytea of words, big-endian. */
  words(words: Uint32Array, from = 0, count = words.length): void {
    this.#length(4 * count);
    for (let at = from; at < from + count; at++) {
      this.#end = this.#bytes.writeUInt32BE(words[at]!, this.#end);
    }
  }

  /** A json, which stays as it is written; small, as a row has its limit. */
  json(value: unknown): void {
    const text = JSON.stringify(value);
    this.#length(Buffer.byteLength(text));
    this.#end += this.#bytes.write(text, this.#end, 'utf8');
  }

  /** A field that was written out before, as {@link textArray} does. */
  field(bytes: Buffer): void {
    this.#end += bytes.copy(this.#bytes, this.#end);
  }

  /** The bytes of all rows: good until the next one begins. */
  bytes(): Buffer {
    return this.#bytes.subarray(0, this.#end);
  }

  clear(): void {
    if (this.#bytes.length > KEPT_BYTES_MAX) this.#bytes = Buffer.allocUnsafe(FIRST_BYTES);
    this.#end = 0;
    this.#count = 0;
  }

  #length(bytes: number): void {
    this.#end = this.#bytes.writeInt32BE(bytes, this.#end);
  }

  #utf8(byte: number): void {
    if (byte === 0) {
      for (const part of REPLACEMENT) this.#bytes[this.#end++] = part;
    } else if (byte < 0x80) {
      this.#bytes[this.#end++] = byte;
    } else {
      this.#bytes[this.#end++] = 0xc0 | (byte >>> 6);
      this.#bytes[this.#end++] = 0x80 | (byte & 0x3f);
    }
  }
}

/** A field of type text[], of ASCII texts. */
export function textArray(texts: readonly string[]): Buffer {
  const words = (...numbers: number[]) => {
    const bytes = Buffer.alloc(4 * numbers.length);
    for (const [at, number] of numbers.entries()) bytes.writeInt32BE(number, 4 * at);
    return bytes;
  };
  // Dimensions, whether any is null, type of the elements; then of the one dimension its length and first index.
  const shape = texts.length === 0 ? words(0, 0, OID_TEXT) : words(1, 0, OID_TEXT, texts.length, 1);
  const elements = texts.map((text) => Buffer.concat([words(text.length), Buffer.from(text, 'latin1')]));
  const array = Buffer.concat([shape, ...elements]);
  return Buffer.concat([words(array.length), array]);
}
