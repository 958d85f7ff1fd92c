import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { parse as parseYaml } from 'yaml';
import { compileDialect } from '../parsers/compile.js';
import type { CompiledDialect } from '../parsers/compiled-dialect.js';
import { builtInDocument, DIALECT_NAMES, dialectByName } from '../parsers/dialects/index.js';
import { IsoError } from '../parsers/errors.js';
import type { Imported, ImportOptions } from '../parsers/import/imported.js';
import { importJpos } from '../parsers/import/jpos.js';
import { importMoov } from '../parsers/import/moov.js';
import { resolveDialect } from '../parsers/resolve-dialect.js';

/** Whether it is a file rather than the name of a built-in dialect. */
export function isDialectFile(name: string): boolean {
  return /[./\\]/.test(name);
}

/**
 * The dialect of that name, or of that file: a document in JSON or YAML, which may extend a built-in or another
 * file, found from its own; a packager of jPOS (XML); or a specification of moov-io/iso8583 (JSON or YAML).
 *
 * @param warn told, a line each, what an import could not take over
 * @throws IsoError `HF_ISO_UNKNOWN_DIALECT` when it can't be had, `HF_ISO_DIALECT` or `HF_ISO_IMPORT` when it is wrong
 */
export async function loadDialect(
  name: string,
  warn: (line: string) => void = toStandardError,
): Promise<CompiledDialect> {
  return isDialectFile(name) ? compileDialect(await loadDocument(name, warn)) : dialectByName(name);
}

/** The document of a dialect, whole: what it extends is in it. As {@link loadDialect}. */
export async function loadDocument(name: string, warn: (line: string) => void = toStandardError) {
  if (!isDialectFile(name)) return dialectByName(name).dialect;
  const documents = new Map<string, unknown>();
  const document = await readDocument(path.resolve(name), documents, warn);
  return resolveDialect(document, (base) => builtInDocument(base) ?? documents.get(base));
}

/** What an import could not take over, a line each: file, line, field, what came of it, why. */
export function importProblems(file: string, { problems, fields, mapped }: Imported): string[] {
  if (problems.length === 0) return [];
  const lines = problems.map(({ line, path, effect, text }) => {
    const field = path === '' ? '' : ` field ${path}`;
    return `${file}${line > 0 ? `:${line}` : ''}:${field} ${effect}: ${text}`;
  });
  return [...lines, `${file}: ${mapped} of ${fields} fields taken over`];
}

/**
 * Imports a packager of jPOS or a specification of moov-io/iso8583.
 * @throws IsoError `HF_ISO_IMPORT` where it is neither, `HF_ISO_UNKNOWN_DIALECT` where it can't be read
 */
export async function importFile(file: string, options: ImportOptions): Promise<Imported> {
  const text = await readText(file);
  const imported = importXml(text, options) ?? importSpecification(text, parseText(text, file), options);
  if (imported !== null) return imported;
  const rule = `${file}: neither a jPOS packager nor a moov specification`;
  throw new IsoError('HF_ISO_IMPORT', '', -1, rule);
}

function importXml(text: string, options: ImportOptions): Imported | null {
  return /^[\uFEFF\s]*</.test(text) ? importJpos(text, options) : null;
}

/** A field of a moov specification has a type, which none of a dialect has. */
function importSpecification(text: string, document: unknown, options: ImportOptions): Imported | null {
  const { fields } = Object(document) as { readonly fields?: unknown };
  const isMoov = Object.values(Object(fields) as object).some(
    (field) => typeof Object(field).type === 'string',
  );
  return isMoov ? importMoov(text, options) : null;
}

/** Reads a file; as {@link loadDialect} where it can't be. */
async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    const rule = `one of ${DIALECT_NAMES.join(', ')}, or a file that can be read, not '${file}'`;
    throw new IsoError(
      'HF_ISO_UNKNOWN_DIALECT',
      '',
      -1,
      `${rule} (${(cause as NodeJS.ErrnoException).code})`,
    );
  }
}

/** Reads a document and those that it extends, which are then found by the words that named them. */
async function readDocument(
  file: string,
  documents: Map<string, unknown>,
  warn: (line: string) => void,
): Promise<unknown> {
  const text = await readText(file);
  const options = { name: path.parse(file).name };
  const xml = importXml(text, options);
  const document = xml === null ? parseText(text, file) : null;
  const imported = xml ?? importSpecification(text, document, options);
  if (imported !== null) {
    for (const line of importProblems(path.relative(process.cwd(), file), imported)) warn(line);
    return imported.document;
  }
  const base = (Object(document) as { extends?: unknown }).extends;
  if (typeof base === 'string' && isDialectFile(base) && !documents.has(base)) {
    // Noted first, so that documents that extend each other end here; resolving them says so.
    documents.set(base, undefined);
    documents.set(base, await readDocument(path.resolve(path.dirname(file), base), documents, warn));
  }
  return document;
}

function parseText(text: string, file: string): unknown {
  try {
    return /\.ya?ml$/.test(file) ? parseYaml(text) : JSON.parse(text);
  } catch (cause) {
    throw new IsoError('HF_ISO_DIALECT', '', -1, `${file}: ${(cause as Error).message.split('\n')[0]}`);
  }
}

function toStandardError(line: string): void {
  process.stderr.write(`${line}\n`);
}
