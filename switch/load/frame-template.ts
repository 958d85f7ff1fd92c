import type { CompiledDialect } from '../../parsers/compiled-dialect.js';
import { parse } from '../../parsers/reader.js';
import { MessageView } from '../../parsers/view.js';
import { build, type MessageText } from '../../parsers/writer.js';

/** Bytes of the length header: a big-endian count of what follows. */
export const HEADER_BYTES = 2;

/** Digits of the fields that are written over in each copy. */
export const DIGITS = { amount: 12, dateTime: 10, stan: 6, time: 6, date: 4, acquirer: 11, rrn: 12 } as const;

/** Values that stand in for those fields while the template is built. */
const PLACEHOLDERS: Readonly<Record<number, string>> = {
  4: '0'.repeat(DIGITS.amount),
  7: '0101000000',
  11: '0'.repeat(DIGITS.stan),
  12: '0'.repeat(DIGITS.time),
  13: '0101',
  32: '0'.repeat(DIGITS.acquirer),
  37: '0'.repeat(DIGITS.rrn),
  49: '978',
};

/**
 * A frame built once and then copied, so that a load makes no object for each message. Each property is where
 * a field's value begins, in bytes from the start of the frame (header included); 0 where it is absent.
 */
export class FrameTemplate {
  readonly bytes: Buffer;
  readonly pan: number;
  readonly amount: number;
  readonly dateTime: number;
  readonly stan: number;
  readonly time: number;
  readonly date: number;
  readonly expiry: number;
  readonly acquirer: number;
  readonly rrn: number;
  readonly currency: number;
  readonly original: number;

  /**
   * @param message the fields that stay the same in every copy
   * @param panLength digits of the PAN
   * @throws IsoError where the dialect can't say such a message
   */
  constructor(dialect: CompiledDialect, message: MessageText, panLength: number) {
    const fields = { ...PLACEHOLDERS, 2: '0'.repeat(panLength), ...message.fields };
    const body = build(dialect, { mti: message.mti, fields });
    this.bytes = Buffer.alloc(HEADER_BYTES + body.length);
    this.bytes.writeUInt16BE(body.length, 0);
    body.copy(this.bytes, HEADER_BYTES);

    const view = new MessageView();
    if (!parse(view, dialect, this.bytes, HEADER_BYTES, this.bytes.length)) throw view.error();
    const at = (field: number) => (view.has(field) ? view.offsets[field]! : 0);
    this.pan = at(2);
    this.amount = at(4);
    this.dateTime = at(7);
    this.stan = at(11);
    this.time = at(12);
    this.date = at(13);
    this.expiry = at(14);
    this.acquirer = at(32);
    this.rrn = at(37);
    this.currency = at(49);
    this.original = at(90);
  }
}
