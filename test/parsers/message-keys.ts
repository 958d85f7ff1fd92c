import { type Batch, KEY_WORDS } from '../../parsers/batch.js';

export const keyIn = (batch: Batch) => [...batch.columns.key.subarray(0, KEY_WORDS)];
export const originalKeyIn = (batch: Batch) => [...batch.columns.originalKey.subarray(0, KEY_WORDS)];
export const fingerprintIn = (batch: Batch) => batch.columns.fingerprint[0];

/** The key as one number of 96 bits, taken apart again. */
export function partsOf(words: readonly number[]) {
  const [first, second, third] = words.map(BigInt) as [bigint, bigint, bigint];
  const two = (value: bigint) => String(value).padStart(2, '0');
  const fields = [
    (second >> 22n) & 15n,
    (second >> 17n) & 31n,
    (second >> 12n) & 31n,
    (second >> 6n) & 63n,
    second & 63n,
  ];
  return {
    messageClass: Number(first >> 20n),
    stan: String(first & 0xf_ffffn).padStart(6, '0'),
    time: fields.map(two).join(''),
    acquirer: String(((second >> 26n) << 32n) | third),
  };
}
