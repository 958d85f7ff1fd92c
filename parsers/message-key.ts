import type { Edition } from './edition.js';
import type { MessageView } from './view.js';

/** Message classes of ISO 8583:1987 clause 4.1.2; also part of a message key. */
export const CLASS = { authorisation: 1, financial: 2, reversal: 4, network: 8 } as const;

/** What the messages of a link are known by: STAN, time and acquirer, or what identifies their transaction. */
export const MESSAGE_KEYS = ['transmission', 'retrieval'] as const;
export type MessageKey = (typeof MESSAGE_KEYS)[number];

const STAN_DIGITS = 6;
const ACQUIRER_DIGITS = 11;

/** The original is named unless its MTI and STAN are zeros, which is how a sender says "not known". */
export function namesOriginal(view: MessageView, { original, originalStan }: Edition): boolean {
  if (!view.has(original)) return false;
  // One that is cut short names something, though nobody can say what.
  return view.units[original]! < 4 + originalStan || view.digits(original, 0, 4 + originalStan) !== 0;
}

/**
 * A message key in 96 bits, exact, nothing hashed: class and STAN, then DE7, then DE32.
 *
 * ```
 * word 0: class (4 bits) │ STAN (20)     word 1: DE32 high (6) │ month 4 day 5 hour 5 minute 6 second 6
 * word 2: DE32 low (32)
 * ```
 */
function writeKey(
  words: Uint32Array,
  at: number,
  messageClass: number,
  stan: number,
  time: number,
  acquirer: number,
): void {
  words[at] = (messageClass << 20) | stan;
  words[at + 1] = (Math.floor(acquirer / 0x1_0000_0000) << 26) | time;
  words[at + 2] = acquirer >>> 0;
}

/** `field` from digit `from`: MMDDhhmmss in 26 bits. */
function packedTime(view: MessageView, field: number, from: number): number {
  return (
    (view.digits(field, from, 2) << 22) |
    (view.digits(field, from + 2, 2) << 17) |
    (view.digits(field, from + 4, 2) << 12) |
    (view.digits(field, from + 6, 2) << 6) |
    view.digits(field, from + 8, 2)
  );
}

/** DE32 as a number; 0 for none. */
export function acquirerOf(view: MessageView): number {
  return view.has(32) ? view.number(32) : 0;
}

/** The last six digits of DE11: those of 1987 and 1993 are all; 2003 has twelve, of which the first count days. */
function stanOf(view: MessageView): number {
  const units = view.units[11]!;
  return units <= STAN_DIGITS ? view.number(11) : view.digits(11, units - STAN_DIGITS, STAN_DIGITS);
}

/** The key of the message itself, as one of that class, to `words[at …]`. */
export function writeOwnKey(
  view: MessageView,
  edition: Edition,
  messageClass: number,
  words: Uint32Array,
  at: number,
): void {
  const time = packedTime(view, edition.time, edition.timeSkips);
  writeKey(words, at, messageClass, stanOf(view), time, acquirerOf(view));
}

/** The message class of the original that is named in DE90 (1987) or DE56. */
export function originalClass(view: MessageView, { original }: Edition): number {
  return view.digits(original, 1, 1);
}

/** The key of the original that is named: MTI, STAN, time and acquirer of DE90 (1987) or DE56. */
export function writeOriginalKey(view: MessageView, edition: Edition, words: Uint32Array, at: number): void {
  const { original, originalStan, originalTime, originalAcquirerCounted, timeSkips } = edition;
  const behind = 4 + originalStan + originalTime;
  let acquirer = 0;
  const left = view.units[original]! - behind;
  if (!originalAcquirerCounted) acquirer = view.digits(original, behind, Math.min(ACQUIRER_DIGITS, left));
  else if (left > 2) {
    const digits = Math.min(view.digits(original, behind, 2), left - 2, ACQUIRER_DIGITS);
    acquirer = view.digits(original, behind + 2, digits);
  }
  writeKey(
    words,
    at,
    originalClass(view, edition),
    view.digits(original, 4 + originalStan - STAN_DIGITS, STAN_DIGITS),
    packedTime(view, original, 4 + originalStan + timeSkips),
    acquirer === 0 ? acquirerOf(view) : acquirer,
  );
}

/**
 * What must be the same for a message to be a repeat of another with its key: FNV-1a over what it asks for. The
 * card must be the same too; the ledger compares it, as a card keeps its number when tokens get a new key. Left out
 * is what a network may work out anew for a repeat: DE6 and DE10, by the rate of that moment.
 *
 * @param flags that change what is asked, of `FLAG`; `cashback` and `kept` are as the batch has them
 */
export function fingerprint(
  view: MessageView,
  edition: Edition,
  flags: number,
  cashback: number,
  kept: number,
): number {
  let hash = hashField(view, 3, 0x811c9dc5);
  hash = hashField(view, 4, hash);
  if (edition.currency !== 0) hash = hashField(view, edition.currency, hash);
  hash = hashField(view, edition.original, hash);
  // What most messages do not say leaves the hash alone, so that it stays what older journals have.
  if (flags !== 0) hash = hashNumber(FLAGS, flags, hash);
  if (cashback !== 0) hash = hashNumber(54, cashback, hash);
  if (kept >= 0) hash = hashNumber(95, kept, hash);
  return hash >>> 0;
}

/** Stands for the flags, where fields have their number; there is no such field. */
const FLAGS = 0;

/** Over the digits, not the bytes: a repeat may come by a link of another dialect. */
function hashField(view: MessageView, field: number, seed: number): number {
  let hash = Math.imul(seed ^ field, 0x01000193);
  if (!view.has(field)) return hash;
  const units = view.units[field]!;
  for (let index = 0; index < units; index++) hash = Math.imul(hash ^ view.digit(field, index), 0x01000193);
  return hash;
}

function hashNumber(field: number, value: number, seed: number): number {
  const low = Math.imul(Math.imul(seed ^ field, 0x01000193) ^ (value >>> 0), 0x01000193);
  return Math.imul(low ^ Math.floor(value / 0x1_0000_0000), 0x01000193);
}
