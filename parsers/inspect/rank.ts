import type { CompiledDialect } from '../compiled-dialect.js';
import { IsoError } from '../errors.js';
import { type FramingSpec, framingOf } from '../framing/index.js';
import { type Guess, guess, LIKELY_FRAMINGS } from './guess.js';
import type { InputPiece } from './hex-input.js';

/** A dialect and a framing, and how well all pieces of an input fit them. */
export interface Ranked extends Omit<Guess, 'framing'> {
  /** As a configuration has it; null for messages without a frame. */
  readonly framing: FramingSpec | null;
}

/** Of many pieces, the first say enough. */
const PIECES_MAX = 16;

/**
 * Which dialect and framing fit an input, the best first; a confidence is the mean over its pieces.
 *
 * @param framings without: {@link LIKELY_FRAMINGS}, and messages without a frame where the input is no stream
 */
export function rank(
  pieces: readonly InputPiece[],
  dialects: readonly CompiledDialect[],
  framings: readonly (FramingSpec | null)[] = [null, ...LIKELY_FRAMINGS],
): Ranked[] {
  const specs = pieces.some(({ stream }) => stream) ? framings.filter((spec) => spec !== null) : framings;
  if (specs.length === 0) throw new IsoError('HF_ISO_FRAMING', '', -1, 'a capture is a stream of frames');
  const made = specs.map((spec) => (spec === null ? null : framingOf(spec)));
  const sums = new Map<string, Ranked>();
  const looked = pieces.filter(({ bytes }) => bytes.length > 0).slice(0, PIECES_MAX);
  for (const { bytes } of looked) {
    for (const { dialect, framing, confidence, messages, read, failure } of guess(bytes, dialects, made)) {
      const index = made.indexOf(framing);
      const key = `${index} ${dialects.indexOf(dialect)}`;
      const before = sums.get(key);
      sums.set(key, {
        dialect,
        framing: specs[index]!,
        confidence: (before?.confidence ?? 0) + confidence / looked.length,
        messages: (before?.messages ?? 0) + messages,
        read: (before?.read ?? 0) + read,
        failure: before?.failure ?? failure,
      });
    }
  }
  return [...sums.values()]
    .map((sum) => ({ ...sum, confidence: Math.min(1, Math.round(sum.confidence * 1000) / 1000) }))
    .sort((a, b) => b.confidence - a.confidence || b.read - a.read);
}
