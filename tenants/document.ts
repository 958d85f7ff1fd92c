import { open } from 'node:fs/promises';
import path from 'node:path';
import { Kind, type Static, type TSchema } from '@sinclair/typebox';
import { Value, type ValueError, ValueErrorType } from '@sinclair/typebox/value';
import { distance } from 'fastest-levenshtein';
import { LineCounter, parseDocument } from 'yaml';

/** More than any configuration needs; keeps a wrong path from filling memory. */
const DOCUMENT_BYTES_MAX = 1024 * 1024;
const QUOTED_CHARACTERS_MAX = 60;

/** What kind of rule a document breaks; the end of an error's code. */
export type Rule = 'UNREADABLE' | 'TOO_LARGE' | 'SYNTAX' | 'UNKNOWN_KEY' | 'MISSING' | 'INVALID';

/** One broken rule. `path` is like `links[0].port`, empty for the document; `text` holds no secret value. */
export interface Problem {
  readonly source: string;
  readonly path: string;
  readonly rule: Rule;
  readonly text: string;
}

/**
 * A configuration that can't be used. The code is the family and the first problem's rule, as in
 * `HF_TENANT_UNKNOWN_KEY`; the message has a line for each problem.
 */
export abstract class DocumentError extends Error {
  readonly code: string;
  readonly problems: readonly Problem[];

  constructor(family: string, first: Problem, ...others: readonly Problem[]) {
    const problems = [first, ...others];
    const code = `${family}_${first.rule}`;
    super(`${code} ${problems.map(line).join('\n')}`);
    this.code = code;
    this.problems = problems;
  }
}

function line({ source, path: place, text }: Problem): string {
  return `${source}: ${place === '' ? '' : `${place}: `}${text}`;
}

export type Parsed = { readonly value: unknown } | { readonly problem: Problem };

/** Reads a JSON (`.json`) or YAML file; what is wrong with it comes back as a problem. */
export async function readDocument(file: string): Promise<Parsed> {
  let text: string;
  try {
    const handle = await open(file);
    try {
      const { size } = await handle.stat();
      if (size > DOCUMENT_BYTES_MAX) {
        const tooLarge = `the file must be at most ${DOCUMENT_BYTES_MAX} bytes, not ${size}`;
        return { problem: { source: file, path: '', rule: 'TOO_LARGE', text: tooLarge } };
      }
      text = await handle.readFile('utf8');
    } finally {
      await handle.close();
    }
  } catch (cause) {
    return { problem: unreadable(file, cause) };
  }
  return parseText(text, file);
}

/** The problem that a failed system call on `source` is. */
export function unreadable(source: string, cause: unknown): Problem {
  const { code, message } = cause as NodeJS.ErrnoException;
  return { source, path: '', rule: 'UNREADABLE', text: `can't be read (${code ?? message})` };
}

/**
 * Parses JSON where the file's name ends in `.json`, else YAML 1.2. Both by one parser: it refuses a key given
 * twice, and its position can be told without quoting the line, which may hold a password.
 */
export function parseText(text: string, file: string): Parsed {
  const json = path.extname(file) === '.json';
  const lines = new LineCounter();
  const document = parseDocument(text, {
    schema: json ? 'json' : 'core',
    prettyErrors: false,
    lineCounter: lines,
  });
  const error = document.errors[0];
  if (error !== undefined) {
    const { line, col } = lines.linePos(error.pos[0]);
    const what = error.code === 'DUPLICATE_KEY' ? 'a key is given twice' : `not ${json ? 'JSON' : 'YAML'}`;
    return syntax(file, `line ${line}, column ${col}: ${what} (${error.code})`);
  }
  try {
    return { value: document.toJS() as unknown };
  } catch {
    // Aliases: one that names nothing, or so many that they would fill memory. The cause may quote the text.
    return syntax(file, 'an alias in it names nothing, or aliases are used too often');
  }
}

function syntax(source: string, text: string): Parsed {
  return { problem: { source, path: '', rule: 'SYNTAX', text } };
}

/** What is wrong with a value, or its type's assurance that nothing is. */
export type Checked<T> = { readonly value: T } | { readonly problems: readonly [Problem, ...Problem[]] };

/**
 * Checks a value against a schema; unknown keys come first, as a misspelt key explains a missing one.
 * A schema's `expectation` says in words what it takes, where its type alone does not; the value of one with
 * `writeOnly` is never quoted.
 */
export function check<T extends TSchema>(
  schema: T,
  value: unknown,
  source: string,
  prefix = '',
): Checked<Static<T>> {
  const problems = new Map<string, Problem>();
  for (const error of errorsIn(Value.Errors(schema, value))) {
    // The first error of a place is the one that tells; TypeBox goes on to say that `undefined` is no number.
    if (problems.has(error.path)) continue;
    const place = [prefix, readablePath(error.path)].filter((part) => part !== '').join('.');
    problems.set(error.path, { source, path: place, ...explain(error) });
  }
  const [first, ...others] = [...problems.values()].sort((a, b) => rank(a) - rank(b));
  return first === undefined ? { value: value as Static<T> } : { problems: [first, ...others] };
}

/** Of a value that may be something short or a mapping, and is a mapping, what is wrong inside it. */
function* errorsIn(errors: Iterable<ValueError>): Iterable<ValueError> {
  for (const error of errors) {
    const options = (error.type === ValueErrorType.Union ? error.schema.anyOf : []) as readonly TSchema[];
    const mappings = options.flatMap((option, index) => (option[Kind] === 'Object' ? [index] : []));
    const [only, ...others] = mappings;
    const { value } = error;
    const isMapping = typeof value === 'object' && value !== null && !Array.isArray(value);
    if (only !== undefined && others.length === 0 && isMapping) yield* errorsIn(error.errors[only]!);
    else yield error;
  }
}

function rank(problem: Problem): number {
  return problem.rule === 'UNKNOWN_KEY' ? 0 : 1;
}

function explain({ type, path: pointer, value, schema }: ValueError): Pick<Problem, 'rule' | 'text'> {
  if (type === ValueErrorType.ObjectAdditionalProperties) {
    const key = lastKey(pointer);
    const known = Object.keys((schema.properties ?? {}) as Record<string, unknown>);
    return { rule: 'UNKNOWN_KEY', text: `unknown key${suggestion(key, known)}` };
  }
  if (type === ValueErrorType.ObjectRequiredProperty) {
    return { rule: 'MISSING', text: `must be given: ${expectation(schema)}` };
  }
  const hint = typeof value === 'string' ? suggestion(value, literalsIn(schema), '; ') : '';
  return { rule: 'INVALID', text: `must be ${expectation(schema)}${quoted(schema, value)}${hint}` };
}

/** `, did you mean …?` where a known word is near enough to be meant, else nothing. */
export function suggestion(word: string, known: readonly string[], before = ', '): string {
  let nearest: string | undefined;
  let least = Math.max(2, Math.floor(word.length / 3)) + 1;
  for (const candidate of known) {
    const edits = distance(word.toLowerCase(), candidate.toLowerCase());
    if (edits < least) [nearest, least] = [candidate, edits];
  }
  return nearest === undefined ? '' : `${before}did you mean '${nearest}'?`;
}

function expectation(schema: TSchema): string {
  if (typeof schema.expectation === 'string') return schema.expectation;
  const literals = literalsOf(schema);
  if (literals !== undefined) return `one of ${literals.join(', ')}`;
  switch (schema[Kind]) {
    case 'Integer':
      return `a whole number from ${schema.minimum} to ${schema.maximum}`;
    case 'Boolean':
      return 'true or false';
    case 'String':
      return 'text';
    case 'Array':
      return `a list of ${schema.minItems ?? 0} to ${schema.maxItems}${schema.uniqueItems === true ? ', each once' : ''}`;
    case 'Tuple':
      return `a list of ${schema.maxItems}`;
    default:
      return 'a mapping of keys to values';
  }
}

/** The words of a union that has nothing else. */
function literalsOf(schema: TSchema): string[] | undefined {
  const options = schema.anyOf as readonly TSchema[] | undefined;
  return options?.every((option) => option[Kind] === 'Literal') ? literalsIn(schema) : undefined;
}

/** The words that a schema takes, among whatever else it may. */
function literalsIn(schema: TSchema): string[] {
  if (schema[Kind] === 'Literal') return [String(schema.const)];
  const options = (schema.anyOf ?? schema.allOf ?? []) as readonly TSchema[];
  return options.flatMap(literalsIn);
}

function quoted(schema: TSchema, value: unknown): string {
  if (schema.writeOnly === true) return '';
  if (Array.isArray(value)) return `, not a list of ${value.length}`;
  if (typeof value === 'object' && value !== null) return ', not a mapping';
  const text = JSON.stringify(value).replace(/[0-9]{12,}/g, masked);
  return `, not ${text.length > QUOTED_CHARACTERS_MAX ? `${text.slice(0, QUOTED_CHARACTERS_MAX)}…` : text}`;
}

/** A PAN that was put where it doesn't belong is shown as any other: its first six digits and last four. */
function masked(digits: string): string {
  return digits.slice(0, 6) + '*'.repeat(digits.length - 10) + digits.slice(-4);
}

/** `/links/0/port` (RFC 6901) as people write it: `links[0].port`. */
function readablePath(pointer: string): string {
  return keysOf(pointer)
    .map((key, index) => (/^\d+$/.test(key) ? `[${key}]` : index === 0 ? key : `.${key}`))
    .join('');
}

function lastKey(pointer: string): string {
  return keysOf(pointer).at(-1) ?? '';
}

function keysOf(pointer: string): string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
}
