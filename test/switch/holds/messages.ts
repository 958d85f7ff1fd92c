import { nextStan, originalElements, type PackageMessage, present, reversalOf } from '../iso-client.js';

/** DE60 of `iso87-ascii`: what the edition of 1987 has no place for. */
export const DE60 = {
  estimated: '100',
  incremental: '200',
  partial: '010',
  estimatedPartial: '110',
  incrementalPartial: '210',
  more: '001',
} as const;

export function amount(minor: number): string {
  return String(minor).padStart(12, '0');
}

/** DE54 of a request: cash that is part of DE4 (amount type 40). */
export function cashback(currency: string, minor: number): string {
  return `0040${currency}D${amount(minor)}`;
}

/** The same message once more. */
export function repeatOf(message: PackageMessage): PackageMessage {
  return { ...message, 0: `${message[0]!.slice(0, 3)}1` };
}

/** An advice that clears so much of an authorisation, which DE90 names. */
export function clearingOf(
  original: PackageMessage,
  minor: number,
  changes: PackageMessage = {},
): PackageMessage {
  const { 54: _cashback, 60: _indicators, ...rest } = original;
  return present({
    ...rest,
    0: '0220',
    4: amount(minor),
    11: nextStan(),
    90: originalElements(original),
    ...changes,
  });
}

/** A request to hold so much more for an authorisation, which DE90 names. */
export function incrementOf(
  original: PackageMessage,
  minor: number,
  changes: PackageMessage = {},
): PackageMessage {
  return clearingOf(original, minor, { 0: '0100', 60: DE60.incremental, ...changes });
}

/** A reversal that lets so much of its original stand (DE95). */
export function partialReversalOf(
  original: PackageMessage,
  keptMinor: number,
  changes: PackageMessage = {},
): PackageMessage {
  return reversalOf(original, { 95: amount(keptMinor).padEnd(42, '0'), ...changes });
}
