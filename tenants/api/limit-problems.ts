import { LimitsError } from '../limits/limits-error.js';
import { type FieldError, Problem } from './problem.js';

/** What Postgres can't keep as text of JSON: U+0000, and halves of surrogate pairs, as `JSON.stringify` writes them. */
const UNSTORABLE = /(?<!\\)(?:\\\\)*\\u(?:0000|d[89a-f])/i;

/**
 * Does what may find that a limits document is none, and says so as a problem of the request.
 * @param pointer where the document stands in the body (RFC 6901)
 * @throws Problem `HF_NOT_POSSIBLE` that names each place, rule and what is wrong
 */
export async function checkingLimits<T>(pointer: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof LimitsError)) throw error;
    throw limitsProblem(
      error.problems.map(({ path, rule, text }) => ({ path, rule, text })),
      pointer,
    );
  }
}

/** A problem that tells what is wrong with limits, by paths as `rules[0].name`. */
export function limitsProblem(
  problems: readonly { readonly path: string; readonly rule: string; readonly text: string }[],
  pointer: string,
): Problem {
  const errors = problems.map(
    ({ path, rule, text }): FieldError => ({
      pointer: `${pointer}${pointerOf(path)}`,
      rule: rule.toLowerCase(),
      text,
    }),
  );
  return new Problem('HF_NOT_POSSIBLE', 'The limits can’t be used as they are.', errors);
}

/** `rules[0].when.mcc` as `/rules/0/when/mcc`. */
function pointerOf(path: string): string {
  if (path === '') return '';
  const parts = path.replaceAll(/\[(\d+)\]/g, '.$1').split('.');
  return parts.map((part) => `/${part.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

/** @throws Problem `HF_NOT_POSSIBLE` where a document holds text that can't be kept */
export function requireStorable(document: unknown, pointer: string): void {
  if (!UNSTORABLE.test(JSON.stringify(document))) return;
  const text = 'it must hold no U+0000 and no half of a surrogate pair';
  throw new Problem('HF_NOT_POSSIBLE', text, [{ pointer, rule: 'text', text }]);
}
