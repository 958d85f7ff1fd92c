/** A tenant's rate: `rate` as DE10 has it, `exponents` and `spread` as `convert` takes them. */
export interface Rate {
  readonly rate: number;
  readonly exponents: number;
  readonly spread: number;
}

/** A tenant's rates from one currency to another, by ISO 4217 numbers. */
export class Rates {
  readonly #rates = new Map<number, Rate>();

  /** A rate of 0 is none any more. */
  set(from: number, to: number, rate: Rate): void {
    if (rate.rate === 0) this.#rates.delete(from * 1000 + to);
    else this.#rates.set(from * 1000 + to, rate);
  }

  of(from: number, to: number): Rate | undefined {
    return this.#rates.get(from * 1000 + to);
  }

  /** All of them, in the order of the currencies. */
  all(): (Rate & { readonly from: number; readonly to: number })[] {
    return [...this.#rates]
      .sort(([a], [b]) => a - b)
      .map(([pair, rate]) => ({ from: Math.floor(pair / 1000), to: pair % 1000, ...rate }));
  }
}
