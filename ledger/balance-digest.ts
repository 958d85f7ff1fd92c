const TWO_32 = 0x1_0000_0000;

/**
 * A digest of all balances, kept while they change: the sum, over the accounts, of a hash of number, posted and
 * held. Each journal row carries it, so that whoever replays the journal sees at once when the memory of the
 * writer was wrong. It finds faults, not forgers: the chain of hashes is for those.
 */
export class BalanceDigest {
  high = 0;
  low = 0;

  add(account: number, posted: number, held: number): void {
    this.high = (this.high + mix(account ^ 0x6a09e667, posted, held)) >>> 0;
    this.low = (this.low + mix(account ^ 0x3c6ef372, held, posted)) >>> 0;
  }

  /** Takes out what {@link add} put in for the same balances. */
  remove(account: number, posted: number, held: number): void {
    this.high = (this.high - mix(account ^ 0x6a09e667, posted, held)) >>> 0;
    this.low = (this.low - mix(account ^ 0x3c6ef372, held, posted)) >>> 0;
  }
}

/** Murmur3's mixing of five words. */
function mix(account: number, one: number, other: number): number {
  let hash = mixWord(account, account);
  hash = mixWord(hash, one | 0);
  hash = mixWord(hash, Math.floor(one / TWO_32));
  hash = mixWord(hash, other | 0);
  hash = mixWord(hash, Math.floor(other / TWO_32));
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}

function mixWord(hash: number, word: number): number {
  let mixed = Math.imul(word, 0xcc9e2d51);
  mixed = Math.imul((mixed << 15) | (mixed >>> 17), 0x1b873593);
  const next = hash ^ mixed;
  return (Math.imul((next << 13) | (next >>> 19), 5) + 0xe6546b64) | 0;
}
