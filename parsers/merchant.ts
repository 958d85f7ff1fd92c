import { ACCEPTOR_BYTES, IDENTIFIER_BYTES } from './batch.js';
import { isText, TO_LATIN1 } from './encoding.js';
import { acquirerOf } from './message-key.js';
import type { MessageView } from './view.js';

const ACCEPTOR = 43;
/** Digits of DE32 at most (ISO 8583:1987 clause 4.3). */
const ACQUIRER_MAX = 99_999_999_999;
const SPACE = 0x20;
const ASTERISK = 0x2a;
const ZERO = 0x30;
const NINE = 0x39;
/** Digits of a PAN that may be shown at its ends (PCI DSS requirement 3.4). */
const PAN_FIRST = 6;
const PAN_LAST = 4;
const PAN_DIGITS_MAX = 19;

/** The start of DE43, and so much behind it that a PAN which begins there is in it whole. */
const text = new Uint8Array(ACCEPTOR_BYTES + PAN_DIGITS_MAX);

/** DE32; 0 where there is none, or one of more digits than a dialect should let through. */
export function acquirerIdOf(view: MessageView): number {
  const acquirer = acquirerOf(view);
  return acquirer <= ACQUIRER_MAX ? acquirer : 0;
}

/** Writes DE37, DE41 and DE42, filled with spaces, without the PAN. */
export function writeIdentifiers(
  view: MessageView,
  pan: Uint8Array,
  panDigits: number,
  target: Uint8Array,
  at: number,
): void {
  target.fill(SPACE, at, at + IDENTIFIER_BYTES);
  copyField(view, 37, target, at, 12);
  copyField(view, 41, target, at + 12, 8);
  copyField(view, 42, target, at + 20, 15);
  hidePan(pan, panDigits, target, at, at + IDENTIFIER_BYTES);
}

/**
 * Writes the text of DE43, its first {@link ACCEPTOR_BYTES} without spaces at the end and without the PAN; one that is
 * bytes (2003) is none.
 * @returns its length
 */
export function writeAcceptor(
  view: MessageView,
  pan: Uint8Array,
  panDigits: number,
  target: Uint8Array,
  at: number,
): number {
  if (!view.has(ACCEPTOR)) return 0;
  const { encoding } = view.dialect!.table.fields[ACCEPTOR]!;
  if (!isText(encoding)) return 0;
  const toLatin1 = TO_LATIN1[encoding]!;
  const { bytes } = view;
  const from = view.offsets[ACCEPTOR]!;
  const units = view.units[ACCEPTOR]!;
  const most = Math.min(ACCEPTOR_BYTES, units);
  let length = 0;
  let digits = 0;
  for (let index = 0; index < most; index++) {
    const character = toLatin1[bytes[from + index]!]!;
    target[at + index] = character;
    if (character !== SPACE) length = index + 1;
    if (character >= ZERO && character <= NINE) digits++;
  }
  // Only where there are digits for it, or the first ones of it and the others are cut off.
  if (digits >= (units > most ? 1 : panDigits)) {
    const whole = Math.min(text.length, units);
    for (let index = 0; index < whole; index++) text[index] = toLatin1[bytes[from + index]!]!;
    hidePan(pan, panDigits, text, 0, whole);
    for (let index = 0; index < length; index++) target[at + index] = text[index]!;
  }
  return length;
}

/** Some acquirers put the card's number into the merchant's: it must not get into the journal that way. */
function hidePan(pan: Uint8Array, panDigits: number, target: Uint8Array, from: number, end: number): void {
  for (let at = from; at + panDigits <= end; at++) {
    let same = 0;
    while (same < panDigits && target[at + same] === pan[same]) same++;
    if (same === panDigits) target.fill(ASTERISK, at + PAN_FIRST, at + panDigits - PAN_LAST);
  }
}

/** Characters of a field, in ISO/IEC 8859-1 whatever its encoding is; no more than the field's fixed length. */
function copyField(view: MessageView, field: number, target: Uint8Array, at: number, most: number): void {
  if (!view.has(field)) return;
  const units = Math.min(most, view.units[field]!);
  for (let index = 0; index < units; index++) target[at + index] = view.character(field, index);
}
