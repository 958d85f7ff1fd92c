import { RULES } from './errors.js';

/** Codes that no rule of the reader stands behind. */
const OTHERS: readonly (readonly [code: string, text: string])[] = [
  ['HF_ISO_UNEXPECTED', 'the message type has no such field (its profile)'],
  ['HF_ISO_STRUCTURE', 'what is given inside a field is not how the dialect lays it out'],
  ['HF_ISO_DIALECT', 'a dialect document is wrong: path, rule and what was expected, a line each'],
  ['HF_ISO_UNKNOWN_DIALECT', 'no built-in dialect of that name, or no file that can be read'],
  ['HF_ISO_IMPORT', 'a packager or specification of which nothing can be taken over'],
  ['HF_ISO_FRAMING', 'a framing that is not known, or bytes that are not framed so'],
  ['HF_ISO_DOCUMENT', 'a message as JSON is not as it should be'],
  ['HF_ISO_FILTER', 'a filter is not a path of fields'],
  ['HF_ISO_INPUT', 'an input that holds no message, or is too long'],
];

/** A code that callers switch on, and what it says. */
export interface ErrorCode {
  readonly code: string;
  readonly text: string;
}

/** Every code that an `IsoError` may have. */
export const ERROR_CODES: readonly ErrorCode[] = [
  ...RULES.filter(({ reason }) => reason !== 'none').map(({ code, text }) => ({ code, text })),
  ...OTHERS.map(([code, text]) => ({ code, text })),
];
