import type { CompiledDialect } from '../compiled-dialect.js';
import { IsoError } from '../errors.js';
import { cutFrames, type Framing, type FramingSpec, framingOf } from '../framing/index.js';
import { luhnValid } from '../mask.js';
import { currencyOf } from '../meaning/currencies.js';
import { parse } from '../reader.js';
import { placeOf, readInside } from '../structure.js';
import { MessageView } from '../view.js';

/** A dialect and a framing, and how well bytes fit them. */
export interface Guess {
  readonly dialect: CompiledDialect;
  /** Null for messages without a frame. */
  readonly framing: Framing | null;
  /** 0 to 1: how much of the bytes was read, how plausible what they say is, and how few others fit as well. */
  readonly confidence: number;
  /** Messages that were found, and that could be read. */
  readonly messages: number;
  readonly read: number;
  /** Why it does not fit, or not wholly; null when everything could be read. */
  readonly failure: IsoError | null;
}

/** All framings as they are mostly used, and the variants of those that have some. */
export const LIKELY_FRAMINGS: readonly FramingSpec[] = [
  'length2',
  'length2-inclusive',
  'length2-header',
  { name: 'length2-header', countsItself: true },
  'length4',
  'length2-reserved2',
  'reserved2-length2',
  'ascii4',
  'ascii2',
  'ascii3',
  'ascii5',
  'ascii6',
  'hex4',
  'bcd2',
  { name: 'bcd2', tpdu: false },
  'base24',
  'stx-etx',
  { name: 'stx-etx', binary: true },
  'vml',
];

/** {@link LIKELY_FRAMINGS}, made. */
export function likelyFramings(): Framing[] {
  return LIKELY_FRAMINGS.map(framingOf);
}

/** Of a long capture, the first messages say enough. */
const MESSAGES_MAX = 64;
/** A share of the score that plausible values make. */
const PLAUSIBLE = 0.5;
/** How much better the best must be for the others to count little. */
const SHARPNESS = 6;

interface Message {
  readonly from: number;
  readonly to: number;
}

interface Cutting {
  readonly messages: readonly Message[];
  /** Share of the bytes that are in whole frames. */
  readonly share: number;
  readonly failure: IsoError | null;
}

/**
 * Which dialect and framing fit, the best first. Every pair is in the answer, with why it does not fit where it
 * does not; pairs that fit alike are in the order of the arguments.
 *
 * @param framings without: {@link likelyFramings}, and messages without a frame
 */
export function guess(
  bytes: Uint8Array,
  dialects: readonly CompiledDialect[],
  framings: readonly (Framing | null)[] = [null, ...likelyFramings()],
): Guess[] {
  const view = new MessageView();
  const scored = framings.flatMap((framing) => {
    const cutting = cut(bytes, framing);
    return dialects.map((dialect) => scoreOf(view, bytes, dialect, framing, cutting));
  });
  const weights = scored.map(({ score }) => score ** SHARPNESS);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return scored
    .map(({ score, guess }, index) => ({
      ...guess,
      // Alone it is as sure as its score; beside an equal one, half as sure.
      confidence: total === 0 ? 0 : round((score * weights[index]!) / total),
    }))
    .sort((a, b) => b.confidence - a.confidence || b.read - a.read);
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}

function cut(bytes: Uint8Array, framing: Framing | null): Cutting {
  if (framing === null) return { messages: [{ from: 0, to: bytes.length }], share: 1, failure: null };
  const { frames, rest, lost } = cutFrames(framing, bytes);
  const messages = frames
    .filter(({ poll }) => !poll)
    .slice(0, MESSAGES_MAX)
    .map(({ messageAt, messageBytes }) => ({ from: messageAt, to: messageAt + messageBytes }));
  const share = bytes.length === 0 ? 0 : rest / bytes.length;
  if (rest === bytes.length && messages.length > 0) return { messages, share, failure: null };
  const rule = lost
    ? 'the framing is lost'
    : messages.length === 0
      ? 'no whole frame'
      : 'the last frame is not whole';
  return { messages, share, failure: new IsoError('HF_ISO_FRAMING', '', rest, `${framing.name}: ${rule}`) };
}

function scoreOf(
  view: MessageView,
  bytes: Uint8Array,
  dialect: CompiledDialect,
  framing: Framing | null,
  { messages, share, failure }: Cutting,
): { readonly score: number; readonly guess: Omit<Guess, 'confidence'> } {
  let read = 0;
  let plausible = 0;
  let first: IsoError | null = failure;
  for (const { from, to } of messages) {
    const error = errorOf(view, dialect, bytes, from, to);
    if (error === null) {
      read++;
      plausible += plausibility(view);
    } else first ??= error;
  }
  // What is read of a message before it fails says nothing: any digits are some length.
  const score =
    read === 0 ? 0 : ((share * read) / messages.length) * (1 - PLAUSIBLE + (PLAUSIBLE * plausible) / read);
  return { score, guess: { dialect, framing, messages: messages.length, read, failure: first } };
}

/** Why a message can't be read, with what is inside its fields; null when it can. */
function errorOf(
  view: MessageView,
  dialect: CompiledDialect,
  bytes: Uint8Array,
  from: number,
  to: number,
): IsoError | null {
  if (!parse(view, dialect, bytes, from, to)) return view.error();
  for (let number = 1; number <= view.highest; number++) {
    const field = view.has(number) ? dialect.table.fields[number]! : undefined;
    if (field === undefined || field.structure === null) continue;
    try {
      readInside(field, placeOf(view, number), field.key);
    } catch (error) {
      // The very thing that is asked for.
      if (error instanceof IsoError) return error;
      throw error;
    }
  }
  return null;
}

/** Classes and functions of MTIs that are in use. */
const USUAL_MTI = /^[012][1-8][0-5][0-5]$/;

/** Share of what can be checked by its meaning that is right, 0 to 1: MTI, PAN, time, currency, fields at all. */
function plausibility(view: MessageView): number {
  let right = 0;
  let asked = 0;
  const ask = (answer: boolean) => {
    asked++;
    if (answer) right++;
  };
  const { fields } = view.dialect!.table;
  ask(USUAL_MTI.test(String(view.mti).padStart(4, '0')));
  ask(view.highest > 1);
  for (let number = 2; number <= view.highest; number++) {
    if (!view.has(number)) continue;
    const text = () => view.text(number);
    switch (fields[number]!.class) {
      case 'pan':
        ask(/^\d{12,19}$/.test(text()) && luhnValid(text()));
        break;
      case 'currency':
        ask(currencyOf(text()) !== undefined);
        break;
      case 'date-time':
        ask(/^(\d{2}|\d{4})?(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])([01]\d|2[0-3])[0-5]\d[0-5]\d$/.test(text()));
        break;
      case 'expiry':
        ask(/^\d\d(0[1-9]|1[0-2])$/.test(text()));
        break;
      default:
    }
  }
  return right / asked;
}
