import { NO_TENANT } from './batch.js';

/** Leading digits of a PAN that a range is given in (ISO/IEC 7812-1:2017: an issuer number has 8). */
export const BIN_DIGITS = 8;

/** `low` and `high`, both within, as numbers of 8 digits; `tenant` is an index, not a name. */
export interface BinRange {
  readonly low: number;
  readonly high: number;
  readonly tenant: number;
}

/** Which tenant issued a card, by the first 8 digits of its PAN. */
export class BinTable {
  readonly #low: Uint32Array;
  readonly #high: Uint32Array;
  readonly #tenant: Uint16Array;

  /** @throws RangeError when two ranges overlap, or one is upside down or does not fit its numbers */
  constructor(ranges: readonly BinRange[]) {
    const sorted = [...ranges].sort((a, b) => a.low - b.low);
    for (const [index, range] of sorted.entries()) {
      if (!(range.low >= 0 && range.high < 10 ** BIN_DIGITS)) {
        throw new RangeError(`BIN range ${range.low}–${range.high} is not of ${BIN_DIGITS} digits`);
      }
      if (!(range.tenant >= 0 && range.tenant < NO_TENANT)) {
        throw new RangeError(`tenant ${range.tenant} of BIN range ${range.low}–${range.high} is no index`);
      }
      if (range.low > range.high) throw new RangeError(`BIN range ${range.low}–${range.high} is upside down`);
      const before = sorted[index - 1];
      if (before !== undefined && before.high >= range.low) {
        throw new RangeError(
          `BIN ranges ${before.low}–${before.high} and ${range.low}–${range.high} overlap`,
        );
      }
    }
    this.#low = Uint32Array.from(sorted, (range) => range.low);
    this.#high = Uint32Array.from(sorted, (range) => range.high);
    this.#tenant = Uint16Array.from(sorted, (range) => range.tenant);
  }

  /** The tenant's index, or {@link NO_TENANT}. `bin` is the number that the first 8 digits make. */
  tenantOf(bin: number): number {
    let from = 0;
    let to = this.#low.length;
    while (from < to) {
      const middle = (from + to) >>> 1;
      if (this.#high[middle]! < bin) from = middle + 1;
      else to = middle;
    }
    return from < this.#low.length && this.#low[from]! <= bin ? this.#tenant[from]! : NO_TENANT;
  }
}
