import { posBitsText, posDataCode } from './pos-data-code.js';

/** How the PAN was read: digits 1 and 2 of DE22 (ISO 8583:1987 table A.7, with the networks' additions). */
const PAN_ENTRY: Readonly<Record<string, string>> = {
  '00': 'unknown',
  '01': 'manual',
  '02': 'magnetic stripe',
  '03': 'bar code',
  '04': 'optical character reading',
  '05': 'chip',
  '06': 'key entry by the merchant',
  '07': 'contactless chip',
  '09': 'electronic commerce with chip data',
  '10': 'credential on file',
  '79': 'chip fallback to key entry',
  '80': 'chip fallback to magnetic stripe',
  '81': 'electronic commerce',
  '82': 'server of an issuer or wallet',
  '83': 'contactless chip, data of the stripe',
  '85': 'chip, unreadable',
  '90': 'magnetic stripe, read in full',
  '91': 'contactless magnetic stripe',
  '95': 'chip, card verification unreliable',
};

/** Digit 3: whether a PIN can be entered. */
const PIN_ENTRY: Readonly<Record<string, string>> = {
  '0': 'PIN entry unknown',
  '1': 'PIN entry possible',
  '2': 'no PIN entry',
  '3': 'software PIN entry possible',
  '6': 'PIN pad inoperative',
  '8': 'PIN pad out of order',
  '9': 'PIN verified by the terminal',
};

/** The PAN and PIN entry of a DE22 of three digits (1987). */
export function entryModeText(code: string): string {
  const pan = PAN_ENTRY[code.slice(0, 2)] ?? 'unknown code';
  const pin = PIN_ENTRY[code.slice(2, 3)];
  return pin === undefined ? pan : `${pan}, ${pin}`;
}

/** What DE22 says: three digits (1987), twelve positions (1993), or 16 bytes as hexadecimal digits (2003); else ''. */
export function pointOfServiceText(value: string): string {
  // A fourth digit, where networks have one, stands behind the three.
  if (value.length === 3 || value.length === 4) return entryModeText(value.slice(0, 3));
  if (value.length === 12) {
    const [, , , , presence, , mode, method] = posDataCode(value);
    return `${mode!.value}, cardholder ${presence!.value}, authentication: ${method!.value}`;
  }
  return /^[0-9A-F]{32}$/.test(value) ? posBitsText(value) : '';
}
