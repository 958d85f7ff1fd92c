import { isBcd } from './encoding.js';

/** What a length prefix counts, as bits: units of the value where neither bytes nor nibbles are set. */
export const COUNTS = { units: 0, bytes: 1, nibbles: 2, itself: 4 } as const;

/** Whether a prefix counts what is on the wire, and not units of the value. */
export function countsWire(counts: number): boolean {
  return (counts & (COUNTS.bytes | COUNTS.nibbles)) !== 0;
}

/**
 * Units of a value, or the bytes it takes where {@link countsWire}, that a prefix announces; −1 where the count is
 * less than the prefix itself, or half a byte is left over.
 */
export function countAnnounced(
  announced: number,
  counts: number,
  prefixBytes: number,
  encoding: number,
): number {
  const count = (counts & COUNTS.itself) === 0 ? announced : announced - prefixBytes;
  if ((counts & COUNTS.nibbles) === 0 || count < 0) return Math.max(count, -1);
  return (count & 1) === 1 && !isBcd(encoding) ? -1 : (count + 1) >> 1;
}

/** The number for a prefix, of a value of so many units that takes so many bytes. */
export function announce(counts: number, prefixBytes: number, units: number, length: number): number {
  const wire = (counts & COUNTS.nibbles) === 0 ? length : 2 * length;
  const count = countsWire(counts) ? wire : units;
  return (counts & COUNTS.itself) === 0 ? count : count + prefixBytes;
}
