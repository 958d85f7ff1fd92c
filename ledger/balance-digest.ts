import { avalanche, mixWord } from './murmur.js';

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

function mix(account: number, one: number, other: number): number {
  let hash = mixWord(account, account);
  hash = mixWord(hash, one | 0);
  hash = mixWord(hash, Math.floor(one / TWO_32));
  hash = mixWord(hash, other | 0);
  hash = mixWord(hash, Math.floor(other / TWO_32));
  return avalanche(hash);
}
