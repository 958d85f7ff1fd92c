import type { Framing } from './framing.js';

/** One frame: where it is, and its message in it, in bytes from the start of the array. */
export interface Frame {
  readonly at: number;
  readonly bytes: number;
  readonly messageAt: number;
  readonly messageBytes: number;
  readonly poll: boolean;
}

/** Whole frames of a stream, where the first that is not whole begins, and whether the framing is lost there. */
export interface Cut {
  readonly frames: readonly Frame[];
  readonly rest: number;
  readonly lost: boolean;
}

/** Cuts `bytes[from, to)`, a stream that was captured, into its frames. */
export function cutFrames(framing: Framing, bytes: Uint8Array, from = 0, to = bytes.length): Cut {
  const frames: Frame[] = [];
  let at = from;
  while (at < to) {
    const total = framing.measure(bytes, at, to);
    if (total < 0) return { frames, rest: at, lost: true };
    if (total === 0 || at + total > to) break;
    const { poll, messageBytes, headBytes } = framing;
    frames.push({ at, bytes: total, messageAt: at + headBytes, messageBytes, poll });
    at += total;
  }
  return { frames, rest: at, lost: false };
}
