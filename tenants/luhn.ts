/**
 * The check digit that belongs after `digits`, 0 to 9 (ISO/IEC 7812-1:2017 annex B, modulus 10).
 * @throws RangeError when there is anything but digits
 */
export function luhnDigit(digits: string): number {
  return (10 - (weightedSum(digits, 1) % 10)) % 10;
}

/** Whether a PAN of 12 to 19 digits ends in the check digit of the others. */
export function luhnValid(pan: string): boolean {
  return /^[0-9]{12,19}$/.test(pan) && weightedSum(pan, 0) % 10 === 0;
}

/** Sum of the digits' digits when every second one is doubled, from the last (`odd` = 1) or the one before. */
function weightedSum(digits: string, odd: 0 | 1): number {
  let sum = 0;
  let doubled = odd === 1;
  for (let at = digits.length - 1; at >= 0; at--) {
    const digit = digits.charCodeAt(at) - 48;
    if (digit < 0 || digit > 9) throw new RangeError('a check digit is taken over digits only');
    sum += doubled ? (digit > 4 ? 2 * digit - 9 : 2 * digit) : digit;
    doubled = !doubled;
  }
  return sum;
}
