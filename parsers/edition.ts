/** Where an edition of ISO 8583 has what the switch needs of a message; field numbers, 0 where there is none. */
export interface Edition {
  /** What a transaction that moves or holds money, an inquiry, a reversal and a network message can't do without. */
  readonly transaction: readonly number[];
  readonly inquiry: readonly number[];
  readonly reversal: readonly number[];
  readonly network: readonly number[];
  /** Digits before MMDDhhmmss in the field that is the message's time in its key, and that field. */
  readonly time: number;
  readonly timeSkips: number;
  /** Of DE4 and of DE6; 0 where the currency stands in front of each amount. */
  readonly currency: number;
  readonly billingCurrency: number;
  /** Digits in front of an amount: three of its currency and one of its exponent, or none. */
  readonly amountSkips: number;
  /** Characters of one of the amounts in DE54. */
  readonly additionalAmount: number;
  readonly merchantType: number;
  /** Original data elements: MTI, STAN, time, acquirer; lengths of those but the MTI, in digits. */
  readonly original: number;
  readonly originalStan: number;
  readonly originalTime: number;
  /** Whether the original's acquirer has a length of two digits before it. */
  readonly originalAcquirerCounted: boolean;
  /** What a partial reversal lets stand: the replacement amounts of 1987; 0 where a function code says that it is one. */
  readonly replacement: number;
  /** What the original of such a one was of; 0 in 1987. */
  readonly originalAmount: number;
  /** Says what a network message is about. */
  readonly networkCode: number;
  /** Fields that the response to a transaction, and to a network message, carries as they came. */
  readonly echo: readonly number[];
  readonly echoNetwork: readonly number[];
  /** Digits of DE39: a response code, or an action code. */
  readonly responseDigits: number;
}

const ISO87: Edition = {
  transaction: [3, 4, 7, 11, 49],
  inquiry: [3, 7, 11],
  reversal: [7, 11],
  network: [11, 70],
  time: 7,
  timeSkips: 0,
  currency: 49,
  billingCurrency: 51,
  amountSkips: 0,
  additionalAmount: 20,
  merchantType: 18,
  original: 90,
  originalStan: 6,
  originalTime: 10,
  originalAcquirerCounted: false,
  replacement: 95,
  originalAmount: 0,
  networkCode: 70,
  echo: [2, 3, 4, 7, 11, 12, 13, 32, 37, 41, 42, 49, 90],
  echoNetwork: [7, 11, 12, 13, 32, 33, 37, 41, 42, 70],
  responseDigits: 2,
};

const ISO93: Edition = {
  transaction: [3, 4, 11, 12, 49],
  inquiry: [3, 11, 12],
  reversal: [11, 12],
  network: [11, 24],
  time: 12,
  // YYMMDDhhmmss
  timeSkips: 2,
  currency: 49,
  billingCurrency: 51,
  amountSkips: 0,
  additionalAmount: 20,
  merchantType: 26,
  original: 56,
  originalStan: 6,
  originalTime: 12,
  originalAcquirerCounted: true,
  replacement: 0,
  originalAmount: 30,
  networkCode: 24,
  echo: [2, 3, 4, 7, 11, 12, 32, 37, 41, 42, 49, 56],
  echoNetwork: [7, 11, 12, 24, 32, 33, 37, 41, 42, 93, 94],
  responseDigits: 3,
};

const ISO2003: Edition = {
  ...ISO93,
  transaction: [3, 4, 11, 12],
  // YYYYMMDDhhmmss
  timeSkips: 4,
  currency: 0,
  billingCurrency: 0,
  amountSkips: 4,
  additionalAmount: 21,
  originalStan: 12,
  originalTime: 14,
  echo: [2, 3, 4, 7, 11, 12, 32, 37, 41, 42, 56],
  responseDigits: 4,
};

/** By first digit of the MTI: 1987, 1993, 2003. */
export const EDITIONS: readonly Edition[] = [ISO87, ISO93, ISO2003];

/** DE70 of ISO 8583:1987 (annex A.10) for the function codes of DE24 in the later editions (annex A.4). */
export function networkCodeOf(edition: Edition, value: number): number {
  if (edition.networkCode === 70) return value;
  return { 801: 1, 802: 2, 831: 301 }[value] ?? value;
}

/** Function code of a partial reversal (ISO 8583:1993 annex A.4). */
export const PARTIAL_REVERSAL = 401;

/** Response codes of 1987 that approve: with identification, a part, VIP, track 3 to update, no reason to decline. */
const APPROVED: ReadonlySet<number> = new Set([0, 8, 10, 11, 16, 85]);

/**
 * Whether DE39, by its first two characters, says that something was approved: some response codes of 1987
 * (annex A.9), the action codes 0xx of 1993 and 0xxx of 2003 (annex A.3).
 */
export function approves({ responseDigits }: Edition, first: number, second: number): boolean {
  if (responseDigits !== 2) return first === ZERO;
  // The networks' codes that have a letter decline, all of them.
  if (first > NINE || second > NINE) return false;
  return APPROVED.has(10 * (first - ZERO) + second - ZERO);
}

const ZERO = 0x30;
const NINE = 0x39;

/** Action codes of ISO 8583:1993 annex A.3 for the response codes of 1987. */
const ACTION_CODES: Readonly<Record<number, string>> = {
  0: '000',
  5: '100',
  // Approved for a partial amount.
  10: '002',
  12: '902',
  13: '110',
  14: '111',
  // Not able to trace back to the original transaction.
  25: '914',
  30: '904',
  // Lost and stolen: the codes that ask for the card to be kept, as those of 1987 do.
  41: '208',
  43: '209',
  51: '116',
  54: '101',
  57: '119',
  58: '120',
  // Suspected fraud.
  59: '102',
  61: '121',
  62: '104',
  65: '123',
  // Not activated yet: the card is not effective.
  78: '125',
  // No reason to decline, the answer to an account verification.
  85: '000',
  91: '907',
  94: '913',
};
/** By message class: what is accepted there, where the later editions do not call it approved. */
const ACCEPTED: Readonly<Record<number, string>> = { 4: '400', 8: '800' };
const MALFUNCTION = '909';

/** DE39 of an edition, its digits, for a response code of 1987 in the response of a message class. */
export function responseText(edition: Edition, messageClass: number, responseCode: number): string {
  const { responseDigits } = edition;
  if (responseDigits === 2) return String(responseCode).padStart(2, '0');
  const accepted = responseCode === 0 ? ACCEPTED[messageClass] : undefined;
  const code = accepted ?? ACTION_CODES[responseCode] ?? MALFUNCTION;
  // The edition of 2003 has a 0 behind the first digit.
  return responseDigits === 3 ? code : `${code[0]}0${code.slice(1)}`;
}
