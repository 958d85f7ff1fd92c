import { type CompiledDialect, compileDialect, type Dialect } from '../dialect.js';
import { IsoError } from '../errors.js';
import { iso87Ascii, iso87AsciiHex } from './iso87-ascii.js';

const BUILT_IN: readonly Dialect[] = [iso87Ascii, iso87AsciiHex];

/** Names of the dialects that ship with the switch. */
export const DIALECT_NAMES: readonly string[] = BUILT_IN.map((dialect) => dialect.name);

const compiled = new Map<string, CompiledDialect>();

/**
 * The built-in dialect of that name, compiled on first use.
 * @throws IsoError `HF_ISO_UNKNOWN_DIALECT`
 */
export function dialectByName(name: string): CompiledDialect {
  let found = compiled.get(name);
  if (found === undefined) {
    const dialect = BUILT_IN.find((candidate) => candidate.name === name);
    if (dialect === undefined) {
      throw new IsoError(
        'HF_ISO_UNKNOWN_DIALECT',
        '',
        -1,
        `one of ${DIALECT_NAMES.join(', ')}, not '${name}'`,
      );
    }
    found = compileDialect(dialect);
    compiled.set(name, found);
  }
  return found;
}
