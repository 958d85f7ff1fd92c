import type { RuleSet } from '../../ledger/limits/rule-set.js';
import { type CompiledLimits, type CompileOptions, compileLimits } from './compile.js';
import type { LimitsDocument } from './schema.js';

/** Tables of holidays reach ten years ahead: those of an earlier year are renewed when they would reach two. */
const YEARS_OF_TABLES = 8;
/** Rules that are kept as versions have numbers above those of files, so that both may be in force at once. */
export const FIRST_KEPT_NUMBER = 1_000_001;
/** Those of a programme, which no tenant sees, are above those of tenants. */
export const FIRST_PROGRAMME_NUMBER = 2_000_000_001;
/** Those of a programme in a file, apart from those of its versions. */
export const FIRST_PROGRAMME_FILE_NUMBER = 3_000_000_001;

export interface Replacement extends CompiledLimits {
  /** The program, or nothing where the document has no rule in force, so that none are to be attached. */
  readonly text: string;
}

/**
 * What has to be attached instead of the rules that are in force, for them to be those of a document. The numbers of
 * its rules are kept; the revision becomes the next.
 * @returns undefined where they are those of the document, and their tables of time zone and holidays reach far enough
 * @throws LimitsError as {@link compileLimits}
 */
export function replacementOf(
  document: LimitsDocument,
  inForce: RuleSet | undefined,
  options: Omit<CompileOptions, 'revision' | 'known'>,
): Replacement | undefined {
  const known = new Map(inForce?.rules.map(({ name, number }) => [name, number]));
  const compile = (revision: number, year: number): Replacement => {
    const compiled = compileLimits(document, { ...options, known, revision, year });
    return compiled.program.rules.length > 0 ? compiled : { ...compiled, text: '' };
  };
  const { revision = 0, text = '' } = inForce ?? {};
  for (let back = 0; back <= YEARS_OF_TABLES; back++) {
    if (compile(revision, options.year - back).text === text) return undefined;
  }
  return compile(revision + 1, options.year);
}
