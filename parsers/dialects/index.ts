import { createRequire } from 'node:module';
import { compileDialect } from '../compile.js';
import type { CompiledDialect } from '../compiled-dialect.js';
import { IsoError } from '../errors.js';
import { resolveDialect } from '../resolve-dialect.js';

/** Names of the dialects that ship with the switch; each is a document of that name in this folder. */
export const DIALECT_NAMES = [
  'iso87-ascii',
  'iso87-ascii-hex',
  'iso87-binary',
  'iso87-ebcdic',
  'iso93-ascii',
  'iso93-binary',
  'iso2003-binary',
  'postilion',
  'base24',
  'visa',
  'mastercard',
] as const;

const require = createRequire(import.meta.url);
const compiled = new Map<string, CompiledDialect>();

/** The document of a built-in dialect, as it is written; `undefined` when there is none of that name. */
export function builtInDocument(name: string): unknown {
  if (!(DIALECT_NAMES as readonly string[]).includes(name)) return undefined;
  return require(`./${name}.json`);
}

/**
 * The built-in dialect of that name, compiled on first use.
 * @throws IsoError `HF_ISO_UNKNOWN_DIALECT`
 */
export function dialectByName(name: string): CompiledDialect {
  let found = compiled.get(name);
  if (found === undefined) {
    const document = builtInDocument(name);
    if (document === undefined) {
      throw new IsoError(
        'HF_ISO_UNKNOWN_DIALECT',
        '',
        -1,
        `one of ${DIALECT_NAMES.join(', ')}, not '${name}'`,
      );
    }
    found = compileDialect(resolveDialect(document, builtInDocument));
    compiled.set(name, found);
  }
  return found;
}
