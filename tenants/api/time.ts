import { Type } from '@sinclair/typebox';
import { Problem } from './problem.js';

/** Years that Postgres and JavaScript count alike. */
const YEAR_MIN = 1970;
const YEAR_MAX = 9999;

/** A time that is given, in a query. */
export function TimeIn(description: string) {
  return Type.String({ format: 'date-time', maxLength: 40, description, examples: ['2026-01-31T00:00:00Z'] });
}

/**
 * A time as Postgres reads it.
 * @throws Problem `HF_INVALID_REQUEST` where it has the form, and there is no such time
 */
export function timeOf(parameter: string, text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const time = new Date(text);
  const year = time.getUTCFullYear();
  // Not where the time is none: comparisons with NaN are false.
  if (year >= YEAR_MIN && year <= YEAR_MAX) return time.toISOString();
  const error = { parameter, rule: 'format', text: `must be a time between ${YEAR_MIN} and ${YEAR_MAX}` };
  throw new Problem('HF_INVALID_REQUEST', undefined, [error]);
}
