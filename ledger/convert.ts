/** Digits of DE10 and DE9: the first is the number of decimals of the rest (ISO 8583:1987 clause 4.3.3). */
const MANTISSA_END = 10_000_000;
const BASIS_POINTS = 10_000n;

/**
 * An amount in another currency by a rate, in minor units of each, rounded half up: what the parties to a
 * transaction round alike. Exact, as products of twelve and seven digits are more than a number holds.
 *
 * @param amount minor units, not negative
 * @param rate as DE10 has it, from one major unit to the other
 * @param exponents of the currency converted to, less that of the one converted from (ISO 4217)
 * @param spread hundredths of a per cent on top
 */
export function convert(amount: number, rate: number, exponents: number, spread: number): number {
  const decimals = Math.floor(rate / MANTISSA_END);
  let numerator = BigInt(amount) * BigInt(rate % MANTISSA_END) * (BASIS_POINTS + BigInt(spread));
  let denominator = BASIS_POINTS * 10n ** BigInt(decimals);
  if (exponents >= 0) numerator *= 10n ** BigInt(exponents);
  else denominator *= 10n ** BigInt(-exponents);
  return Number((2n * numerator + denominator) / (2n * denominator));
}

/** `whole` × `part` / `of`, rounded up; exact. `of` is not 0. */
export function share(whole: number, part: number, of: number): number {
  if (whole === of) return part;
  return Number((BigInt(whole) * BigInt(part) + BigInt(of) - 1n) / BigInt(of));
}
