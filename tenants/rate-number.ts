/** Digits of DE10's mantissa, behind the one that counts the decimals (ISO 8583:1987 clause 4.3.3). */
const MANTISSA_DIGITS = 7;

/** A decimal number of at most seven digits as DE10 has it; `undefined` when it has more, or is nothing. */
export function rateNumber(text: string): number | undefined {
  const [whole = '', decimals = ''] = text.split('.');
  const mantissa = Number(whole + decimals);
  if (decimals.length > MANTISSA_DIGITS || mantissa >= 10 ** MANTISSA_DIGITS || mantissa === 0)
    return undefined;
  return decimals.length * 10 ** MANTISSA_DIGITS + mantissa;
}
