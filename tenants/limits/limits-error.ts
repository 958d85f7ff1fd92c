import { DocumentError, type Problem } from '../document.js';

/** Limits that can't be used; codes are `HF_LIMITS_` and a `Rule`. */
export class LimitsError extends DocumentError {
  override readonly name = 'LimitsError';
  constructor(first: Problem, ...others: readonly Problem[]) {
    super('HF_LIMITS', first, ...others);
  }
}

/** What is wrong with a document: where, and in words, which are made only where they are wanted. */
export type Report = (place: string, text: string | (() => string)) => void;
