import { type Checked, check, type Problem, suggestion } from '../document.js';
import { Envelope, KINDS, type Kind, type LimitsDocument, RULES } from './schema.js';

/**
 * Checks the form of a limits document; each rule against the schema of its kind. What its parts say to each other is
 * the compiler's matter.
 * @param prefix where it stands in the file, as `rules`; empty for all of it
 */
export function checkLimits(value: unknown, source: string, prefix = ''): Checked<LimitsDocument> {
  const envelope = check(Envelope, value, source, prefix);
  if ('problems' in envelope) return envelope;
  const problems = envelope.value.rules.flatMap((rule, index) =>
    ruleProblems(rule, source, placeOf(prefix, index)),
  );
  const [first, ...others] = problems;
  return first === undefined ? { value: value as LimitsDocument } : { problems: [first, ...others] };
}

/** Where a rule stands. */
export function placeOf(prefix: string, index: number): string {
  return `${prefix === '' ? '' : `${prefix}.`}rules[${index}]`;
}

function ruleProblems(rule: unknown, source: string, place: string): readonly Problem[] {
  const { kind, name } = (typeof rule === 'object' && rule !== null ? rule : {}) as Record<string, unknown>;
  if (typeof kind !== 'string' || !Object.hasOwn(RULES, kind)) {
    const hint = typeof kind === 'string' ? suggestion(kind, KINDS, '; ') : '';
    const text = `must be one of ${KINDS.join(', ')}${hint}`;
    return [{ source, path: `${place}.kind`, rule: kind === undefined ? 'MISSING' : 'INVALID', text }];
  }
  const checked = check(RULES[kind as Kind], rule, source, place);
  if (!('problems' in checked)) return [];
  return checked.problems.map((problem) => ({ ...problem, text: `${named(name)}${problem.text}` }));
}

/** People know a rule by its name, not by its place. */
export function named(name: unknown): string {
  return typeof name === 'string' && name !== '' ? `(rule '${name.slice(0, 64)}') ` : '';
}
