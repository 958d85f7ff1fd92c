/**
 * Why a message can't be read. The number travels in the workers' records, the name labels
 * `holdfast_frames_refused_total{reason}`, the code is what a caller of the library switches on.
 */
export const RULES = [
  { reason: 'none', code: 'HF_ISO_OK', text: 'nothing is wrong' },
  { reason: 'empty_frame', code: 'HF_ISO_EMPTY', text: 'the frame holds no bytes' },
  { reason: 'short_header', code: 'HF_ISO_SHORT', text: 'the frame ends inside its header, MTI or bitmap' },
  {
    reason: 'bad_mti',
    code: 'HF_ISO_MTI',
    text: 'the MTI is four digits, the first of the dialect’s edition',
  },
  { reason: 'bad_bitmap', code: 'HF_ISO_BITMAP', text: 'the bitmap is hexadecimal digits' },
  { reason: 'unknown_field', code: 'HF_ISO_UNKNOWN_FIELD', text: 'the dialect has no such field' },
  { reason: 'bad_length_prefix', code: 'HF_ISO_LENGTH', text: 'the length is digits and within the bounds' },
  { reason: 'field_overrun', code: 'HF_ISO_OVERRUN', text: 'the field ends inside the frame' },
  { reason: 'bad_content', code: 'HF_ISO_CONTENT', text: 'each character belongs to the content class' },
  { reason: 'trailing_bytes', code: 'HF_ISO_TRAILING', text: 'nothing follows the last field' },
  { reason: 'missing_field', code: 'HF_ISO_MISSING', text: 'the message type needs this field' },
  { reason: 'bad_value', code: 'HF_ISO_VALUE', text: 'the value is in range' },
  { reason: 'unexpected_response', code: 'HF_ISO_RESPONSE', text: 'a host is sent requests, not responses' },
  { reason: 'bad_header', code: 'HF_ISO_HEADER', text: 'the header is as the dialect has it' },
  { reason: 'bad_filler', code: 'HF_ISO_FILLER', text: 'an odd digit count is filled as the dialect has it' },
] as const;

export type RefusalReason = (typeof RULES)[number]['reason'];

/** The numbers of {@link RULES}, by name. */
export const RULE = {
  none: 0,
  emptyFrame: 1,
  shortHeader: 2,
  badMti: 3,
  badBitmap: 4,
  unknownField: 5,
  badLengthPrefix: 6,
  fieldOverrun: 7,
  badContent: 8,
  trailingBytes: 9,
  missingField: 10,
  badValue: 11,
  unexpectedResponse: 12,
  badHeader: 13,
  badFiller: 14,
} as const;

/**
 * A message that can't be read or built. The text names field, offset and rule, never a value: safe to log.
 * `path` is the field number, outermost first where fields nest; `offset` is in bytes from the start of the
 * message, −1 if none.
 */
export class IsoError extends Error {
  override readonly name = 'IsoError';
  constructor(
    readonly code: string,
    readonly path: string,
    readonly offset: number,
    readonly rule: string,
  ) {
    super(`${code}${path === '' ? '' : ` field ${path}`}${offset < 0 ? '' : ` at byte ${offset}`}: ${rule}`);
  }
}
