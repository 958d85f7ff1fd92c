/** Where an edition of ISO 8583 has what the switch needs of a message; field numbers, 0 where there is none. */
export interface Edition {
  /** What an authorisation, a reversal and a network message can't do without. */
  readonly authorisation: readonly number[];
  readonly reversal: readonly number[];
  readonly network: readonly number[];
  /** Digits before MMDDhhmmss in the field that is the message's time in its key, and that field. */
  readonly time: number;
  readonly timeSkips: number;
  /** 0 where the currency stands in front of the amount in DE4: three digits, and one for the exponent. */
  readonly currency: number;
  readonly merchantType: number;
  /** Original data elements: MTI, STAN, time, acquirer; lengths of those but the MTI, in digits. */
  readonly original: number;
  readonly originalStan: number;
  readonly originalTime: number;
  /** Whether the original's acquirer has a length of two digits before it. */
  readonly originalAcquirerCounted: boolean;
  /** Whether a reversal may be an advice (x420), as the later editions have it. */
  readonly reversalAdvice: boolean;
  /** Says what a network message is about. */
  readonly networkCode: number;
  /** Fields that the response to a transaction, and to a network message, carries as they came. */
  readonly echo: readonly number[];
  readonly echoNetwork: readonly number[];
  /** Digits of DE39: a response code, or an action code. */
  readonly responseDigits: number;
}

const ISO87: Edition = {
  authorisation: [3, 4, 7, 11, 49],
  reversal: [7, 11],
  network: [11, 70],
  time: 7,
  timeSkips: 0,
  currency: 49,
  merchantType: 18,
  original: 90,
  originalStan: 6,
  originalTime: 10,
  originalAcquirerCounted: false,
  reversalAdvice: false,
  networkCode: 70,
  echo: [2, 3, 4, 7, 11, 12, 13, 32, 37, 41, 42, 49, 90],
  echoNetwork: [7, 11, 12, 13, 32, 33, 37, 41, 42, 70],
  responseDigits: 2,
};

const ISO93: Edition = {
  authorisation: [3, 4, 11, 12, 49],
  reversal: [11, 12],
  network: [11, 24],
  time: 12,
  // YYMMDDhhmmss
  timeSkips: 2,
  currency: 49,
  merchantType: 26,
  original: 56,
  originalStan: 6,
  originalTime: 12,
  originalAcquirerCounted: true,
  reversalAdvice: true,
  networkCode: 24,
  echo: [2, 3, 4, 7, 11, 12, 32, 37, 41, 42, 49, 56],
  echoNetwork: [7, 11, 12, 24, 32, 33, 37, 41, 42, 93, 94],
  responseDigits: 3,
};

const ISO2003: Edition = {
  ...ISO93,
  authorisation: [3, 4, 11, 12],
  // YYYYMMDDhhmmss
  timeSkips: 4,
  currency: 0,
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

/** Action codes of ISO 8583:1993 annex A.3 for the response codes of 1987. */
const ACTION_CODES: Readonly<Record<number, string>> = {
  0: '000',
  12: '902',
  14: '111',
  30: '904',
  51: '116',
  54: '101',
  57: '119',
  58: '120',
  61: '121',
  62: '104',
  65: '123',
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
