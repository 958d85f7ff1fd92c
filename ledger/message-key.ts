/** Where a key by retrieval reference has bits of its hash, of which one at least is set; another has none there. */
const HASH_SHIFT = 24;
const STAN_MASK = 0xf_ffff;
const TWO_32 = 0x1_0000_0000;

/** What a message was known by, where its key says that. */
export interface Transmission {
  /** DE11, six digits. */
  readonly stan: string;
  /** DE7, MMDDhhmmss. */
  readonly transmitted: string;
  /** DE32, without leading zeros; 0 for none. */
  readonly acquirer: string;
}

/** Whether a message is known by its retrieval reference: its key is a hash then, which says nothing else. */
export function isByRetrieval(key: Uint32Array): boolean {
  return key[0]! >>> HASH_SHIFT !== 0;
}

/** DE32 of the message that a key is of; 0 where it has none, or the key does not tell. */
export function acquirerOf(key: Uint32Array): number {
  return isByRetrieval(key) ? 0 : (key[1]! >>> 26) * TWO_32 + key[2]!;
}

/**
 * Reads the key of a message, whose bits `docs/journal.md` describes.
 * @returns undefined where it says nothing, as the message is known by its retrieval reference
 */
export function transmissionOf(key: Uint32Array): Transmission | undefined {
  const [first, second] = [key[0]!, key[1]!];
  if (isByRetrieval(key)) return undefined;
  const parts = [
    (second >>> 22) & 0xf,
    (second >>> 17) & 0x1f,
    (second >>> 12) & 0x1f,
    (second >>> 6) & 0x3f,
    second & 0x3f,
  ];
  return {
    stan: String(first & STAN_MASK).padStart(6, '0'),
    transmitted: parts.map((part) => String(part).padStart(2, '0')).join(''),
    acquirer: String(acquirerOf(key)),
  };
}
