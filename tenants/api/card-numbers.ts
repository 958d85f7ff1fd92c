import { luhnDigit } from '../luhn.js';

/** Digits of a PAN behind its BIN and before its check digit. */
const SERIALS = 10_000_000n;
const SERIAL_DIGITS = 7;

type Bins = readonly (readonly [low: string, high: string])[];

/**
 * A PAN of 16 digits within ranges of BINs, by a random number: every one is as likely.
 * @param random at least 16 bytes, so that what does not divide evenly tells nothing
 */
export function generatePan(bins: Bins, random: Buffer): string {
  const sizes = bins.map(([low, high]) => BigInt(high) - BigInt(low) + 1n);
  const all = sizes.reduce((sum, size) => sum + size, 0n) * SERIALS;
  const drawn = BigInt(`0x${random.toString('hex')}`) % all;
  let bin = drawn / SERIALS;
  let range = 0;
  for (; bin >= sizes[range]!; range++) bin -= sizes[range]!;
  const number = BigInt(bins[range]![0]) + bin;
  const body = `${number}`.padStart(8, '0') + `${drawn % SERIALS}`.padStart(SERIAL_DIGITS, '0');
  return body + luhnDigit(body);
}

/** Whether a PAN is within ranges of BINs. */
export function isWithin(bins: Bins, pan: string): boolean {
  const bin = pan.slice(0, 8);
  return bins.some(([low, high]) => low <= bin && bin <= high);
}
