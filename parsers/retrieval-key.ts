import { RULE } from './errors.js';
import { type MessageView, refuse } from './view.js';

const RETRIEVAL_REFERENCE = 37;
const TERMINAL = 41;
const ACQUIRER = 32;
const SPACE = 0x20;
const ZERO = 0x30;
/** Of `word 0`: the class has four bits in the middle, as in a key by transmission. */
const CLASS_SHIFT = 20;
const BESIDE_CLASS = 0xff0f_ffff;
/** A key by transmission has nothing in the first byte; one of these always has something. */
const HASH_BYTE = 0xff00_0000;
const BY_RETRIEVAL = 0x0100_0000;

/** The four lanes of the hash. */
let h1 = 0;
let h2 = 0;
let h3 = 0;
let h4 = 0;

/**
 * The key of a message of that class by what identifies its transaction, not its transmission: DE37, DE41 and DE32.
 * It serves hosts that send a repeat with a new STAN or time, and is that of a reversal's or completion's original as
 * well, which has the same three. A format error where DE37 is missing or says nothing.
 *
 * ```
 * word 0: hash (8 bits, never all 0) │ class (4) │ hash (20)     words 1 and 2: hash (64)
 * ```
 *
 * 92 bits of a 128-bit hash (MurmurHash3) stand for some 150 bits of text. Among n transactions within the window of
 * duplicates two have the same key with odds of n² : 2⁹³, which is one in ten thousand million for a thousand million of
 * them; and the two must be of one card and one amount to be taken for each other, else the later is answered 94.
 */
export function writeRetrievalKey(
  view: MessageView,
  messageClass: number,
  words: Uint32Array,
  at: number,
): void {
  h1 = h2 = h3 = h4 = 0;
  const characters = absorbText(view, RETRIEVAL_REFERENCE) + absorbText(view, TERMINAL);
  const acquirer = view.has(ACQUIRER) ? view.number(ACQUIRER) : 0;
  absorb(acquirer >>> 0, Math.floor(acquirer / 0x1_0000_0000), 0, 0);
  finish(characters);
  const marked = (h1 & HASH_BYTE) === 0 ? h1 | BY_RETRIEVAL : h1;
  words[at] = (marked & BESIDE_CLASS) | (messageClass << CLASS_SHIFT);
  words[at + 1] = h2;
  words[at + 2] = h3;
}

/** Whether the message has a retrieval reference number that tells it apart; notes a refusal where not. */
export function requireRetrieval(view: MessageView): boolean {
  if (!view.has(RETRIEVAL_REFERENCE)) return refuse(view, RULE.missingField, RETRIEVAL_REFERENCE, view.end);
  const units = view.units[RETRIEVAL_REFERENCE]!;
  for (let at = 0; at < units; at++) {
    const character = view.character(RETRIEVAL_REFERENCE, at);
    if (character !== SPACE && character !== ZERO) return true;
  }
  return refuse(view, RULE.badValue, RETRIEVAL_REFERENCE, view.offsets[RETRIEVAL_REFERENCE]!);
}

/** Absorbs the characters of a field, in whatever encoding, sixteen at a time; returns how many without padding. */
function absorbText(view: MessageView, field: number): number {
  let units = view.has(field) ? view.units[field]! : 0;
  while (units > 0 && view.character(field, units - 1) === SPACE) units--;
  for (let at = 0; at === 0 || at < units; at += 16) {
    absorb(
      wordOf(view, field, at, units),
      wordOf(view, field, at + 4, units),
      wordOf(view, field, at + 8, units),
      wordOf(view, field, at + 12, units),
    );
  }
  return units;
}

function wordOf(view: MessageView, field: number, from: number, units: number): number {
  let word = 0;
  for (let at = from; at < from + 4; at++) word = (word << 8) | (at < units ? view.character(field, at) : 0);
  return word;
}

const C1 = 0x239b961b;
const C2 = 0xab0e9789;
const C3 = 0x38b34ae5;
const C4 = 0xa1e38b93;

/** One block of MurmurHash3_x86_128 (Austin Appleby, public domain). */
function absorb(k1: number, k2: number, k3: number, k4: number): void {
  h1 ^= Math.imul(rotate(Math.imul(k1, C1), 15), C2);
  h1 = (Math.imul(rotate(h1, 19) + h2, 5) + 0x561ccd1b) | 0;
  h2 ^= Math.imul(rotate(Math.imul(k2, C2), 16), C3);
  h2 = (Math.imul(rotate(h2, 17) + h3, 5) + 0x0bcaa747) | 0;
  h3 ^= Math.imul(rotate(Math.imul(k3, C3), 17), C4);
  h3 = (Math.imul(rotate(h3, 15) + h4, 5) + 0x96cd1c35) | 0;
  h4 ^= Math.imul(rotate(Math.imul(k4, C4), 18), C1);
  h4 = (Math.imul(rotate(h4, 13) + h1, 5) + 0x32ac3b17) | 0;
}

function finish(length: number): void {
  h1 ^= length;
  h2 ^= length;
  h3 ^= length;
  h4 ^= length;
  mixLanes();
  h1 = avalanche(h1);
  h2 = avalanche(h2);
  h3 = avalanche(h3);
  h4 = avalanche(h4);
  mixLanes();
}

function mixLanes(): void {
  h1 = (h1 + h2 + h3 + h4) | 0;
  h2 = (h2 + h1) | 0;
  h3 = (h3 + h1) | 0;
  h4 = (h4 + h1) | 0;
}

function rotate(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}

function avalanche(word: number): number {
  let mixed = Math.imul(word ^ (word >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}
