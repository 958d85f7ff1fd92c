import type { CompiledDialect } from './compiled-dialect.js';
import type { Content } from './encoding.js';
import { asMessage, type InspectedMessage, type InspectOptions, readMessage } from './inspect/inspect.js';
import type { Shown } from './inspect/tree.js';
import { luhnValid } from './mask.js';

export type RedactOptions = Omit<InspectOptions, 'reveal' | 'lenient'>;

/** What may be a card number. */
const PAN_LIKE = /(?<!\d)\d{12,19}(?!\d)/g;

/**
 * A message that may be passed on: what may not be shown is replaced by zeros of the same length, so that it can be
 * built again. Of a PAN the first six and last four digits stay, and its check digit no longer fits, so that nobody
 * takes it for one; tracks beyond the PAN, PIN data and sensitive chip data go wholly. PANs are found in fields
 * where none belongs too, by their length and check digit.
 *
 * @throws IsoError where it can't be read in full: what can't be read might hold anything
 */
export function redact(
  bytes: Uint8Array,
  dialect: CompiledDialect,
  options: RedactOptions = {},
): InspectedMessage {
  const { fields: clear } = readMessage(bytes, dialect, { ...options, reveal: true });
  const masked = readMessage(bytes, dialect, options);
  const fields = masked.fields.map((field, index) => redactField(field, clear[index]!));
  return asMessage(dialect, { ...masked, fields }, options);
}

function redactField(masked: Shown, clear: Shown): Shown {
  const value = masked.hidden ? blank(masked.value, clear.value, masked.field.content) : masked.value;
  return {
    ...masked,
    value,
    parts: masked.parts.map((part, index) => redactField(part, clear.parts[index]!)),
  };
}

/** A value with a filling where it was masked. */
function blank(masked: string, clear: string, content: Content): string {
  const filling = fillingOf(content);
  const characters = [...clear].map((character, at) => (masked[at] === character ? character : filling));
  const text = characters.join('');
  if (filling !== '0') return text;
  for (const { index, 0: digits } of text.matchAll(PAN_LIKE)) {
    const hidden = [...digits].findIndex((_, at) => masked[index + at] !== clear[index + at]);
    // One digit alone decides whether the check digit fits.
    if (hidden >= 0 && /[1-9]/.test(digits) && luhnValid(digits)) characters[index + hidden] = '1';
  }
  return characters.join('');
}

/** A character that each content may hold: bytes are hexadecimal digits. */
function fillingOf(content: Content): string {
  if (content === 'a' || content === 'ap' || content === 'as') return 'X';
  return content === 's' ? '.' : '0';
}
