import { compileDialect } from '../compile.js';
import type { BitmapSpec, Dialect, FieldSpec, HeaderSpec, TextEncoding } from '../dialect.js';
import { IsoError } from '../errors.js';
import { schemaProblems } from '../schema.js';

/**
 * What came of a thing that could not be taken over as it is: `left-out`, the dialect lacks the field; `opaque`, the
 * field is there as bytes or text, and what is inside it is not known; `differs`, it is read, and something about
 * it is not as it was.
 */
export type ImportEffect = 'left-out' | 'opaque' | 'differs';

/** One thing that could not be taken over as it is. */
export interface ImportProblem {
  /** From 1; 0 when it is about the whole. */
  readonly line: number;
  /** Field numbers, outermost first. */
  readonly path: string;
  readonly effect: ImportEffect;
  readonly text: string;
}

/** A dialect document, and all that it could not take over. The document always compiles. */
export interface Imported {
  readonly document: Dialect;
  readonly problems: readonly ImportProblem[];
  /** Fields that were described, at any depth, and how many of them the dialect has. */
  readonly fields: number;
  readonly mapped: number;
}

export interface ImportOptions {
  /** Of the dialect; brought into the form of a dialect's name. */
  readonly name: string;
  /** Edition of ISO 8583, which a layout does not say; told by the length of field 12 when absent. */
  readonly version?: Dialect['version'];
}

/** Characters of a document. */
const TEXT_MAX = 8 * 1024 * 1024;

/** @throws IsoError `HF_ISO_IMPORT` when it is longer than any layout is */
export function checkSize(text: string): void {
  if (text.length > TEXT_MAX) throw unreadable(0, `longer than ${TEXT_MAX} characters`);
}

/** A document of which nothing can be taken over. */
export function unreadable(line: number, rule: string): IsoError {
  return new IsoError('HF_ISO_IMPORT', '', -1, line > 0 ? `line ${line}: ${rule}` : rule);
}

/** What surrounds the fields of a dialect. */
export interface Frame {
  readonly description: string;
  readonly mti: TextEncoding | 'bcd';
  readonly bitmap: BitmapSpec;
  readonly header: HeaderSpec | null;
}

/** Gathers fields and problems on the way to a document. */
export class Import {
  readonly problems: ImportProblem[] = [];
  readonly #described = new Set<string>();
  readonly #leftOut = new Set<string>();
  readonly #opaque = new Set<string>();

  /** A field is described at this path. */
  describe(path: string): void {
    this.#described.add(path);
  }

  note(line: number, path: string, effect: ImportEffect, text: string): void {
    this.problems.push({ line, path, effect, text });
    if (effect === 'left-out') this.#leftOut.add(path);
    else if (effect === 'opaque') this.#opaque.add(path);
  }

  /** The field where a dialect can have it; otherwise undefined, and noted. */
  accept(line: number, path: string, spec: FieldSpec): FieldSpec | undefined {
    const rule = firstProblem(spec);
    if (rule === null) return spec;
    if (spec.structure !== undefined) {
      const { structure: _, ...plain } = spec;
      if (firstProblem(plain) === null) {
        this.note(line, path, 'opaque', rule);
        return plain;
      }
    }
    this.note(line, path, 'left-out', rule);
    return undefined;
  }

  /** Whether the message's bitmaps announce a field of this number; noted where they don't. */
  reaches(line: number, number: number, bitmap: BitmapSpec): boolean {
    const { bytes = 8, count = 1 } = bitmap;
    const reach = 8 * bytes * count;
    // One of more than 8 bytes is several at once.
    const each = 8 * Math.min(8, bytes);
    const path = String(number);
    if (number < 1 || number > reach) {
      this.note(line, path, 'left-out', `its bitmaps announce fields 1 to ${reach}`);
      return false;
    }
    if ((number - 1) % each === 0 && number - 1 + each < reach) {
      this.note(line, path, 'differs', 'its bit announces the next bitmap');
      return false;
    }
    return true;
  }

  /** @throws IsoError `HF_ISO_IMPORT` when there is not one field */
  finish(options: ImportOptions, frame: Frame, fields: ReadonlyMap<number, FieldSpec>): Imported {
    if (fields.size === 0) throw unreadable(0, 'there is no field that a dialect could have');
    const version = options.version ?? editionOf(fields);
    const document: Dialect = {
      name: nameOf(options.name),
      description: frame.description,
      version,
      ...(frame.header === null ? {} : { header: frame.header }),
      mti: frame.mti,
      bitmap: frame.bitmap,
      encodings: { text: frame.mti === 'bcd' ? 'ascii' : frame.mti },
      prefixes: frame.mti,
      fields: Object.fromEntries([...fields].sort(([a], [b]) => a - b)),
    };
    compileDialect(document);
    const problems = [...this.problems].sort((a, b) => a.line - b.line);
    const described = [...this.#described];
    const mapped = described.filter((path) => !this.#isMissing(path)).length;
    return { document, problems, fields: described.length, mapped };
  }

  /** What is inside a field that is not there, or is not known inside, is not there either. */
  #isMissing(path: string): boolean {
    if (this.#leftOut.has(path)) return true;
    for (let dot = path.lastIndexOf('.'); dot > 0; dot = path.lastIndexOf('.', dot - 1)) {
      const around = path.slice(0, dot);
      if (this.#leftOut.has(around) || this.#opaque.has(around)) return true;
    }
    return false;
  }
}

/** A field's name as a dialect may have it. */
export function fieldName(given: string | undefined, path: string): string {
  const name = (given ?? '').replace(/\s+/g, ' ').trim().slice(0, 160);
  return name === '' ? `Field ${path}` : name;
}

function firstProblem(spec: FieldSpec): string | null {
  const trial = {
    name: 'trial',
    description: '',
    version: '1987',
    mti: 'ascii',
    bitmap: { encoding: 'binary' },
    encodings: { text: 'ascii' },
    prefixes: 'ascii',
    fields: { '2': spec },
  } as const;
  const [wrong] = schemaProblems(trial);
  if (wrong !== undefined) return `${wrong.path.replace(/^fields\.2\.?/, '')} ${wrong.rule}`.trim();
  try {
    compileDialect(trial);
  } catch (error) {
    // What a dialect refuses is what the caller reports; anything else is a fault of the program.
    if (!(error instanceof IsoError)) throw error;
    return error.rule.replace(/^trial: /, '');
  }
  return null;
}

/** Field 12 is the time in 1987, date and time of 12 digits in 1993, and of 14 in 2003. */
function editionOf(fields: ReadonlyMap<number, FieldSpec>): Dialect['version'] {
  const length = fields.get(12)?.length;
  return length === 14 ? '2003' : length === 12 ? '1993' : '1987';
}

function nameOf(given: string): string {
  const name = given
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '');
  return (/^[a-z]/.test(name) ? name : `imported-${name}`).slice(0, 60).replace(/-+$/, '');
}
