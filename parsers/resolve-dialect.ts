import type { Dialect, FieldSpec, IndicatorName, IndicatorSpec } from './dialect.js';
import { IsoError } from './errors.js';
import { schemaProblems } from './schema.js';

/** A document as it is written: what it extends fills what it leaves out. */
type DialectDocument = Omit<Partial<Dialect>, 'fields' | 'header' | 'encodings' | 'indicators'> & {
  readonly name: string;
  readonly extends?: string;
  readonly header?: Dialect['header'] | null;
  readonly encodings?: Partial<Dialect['encodings']>;
  readonly fields?: { readonly [number: string]: FieldSpec | null };
  readonly indicators?: { readonly [Name in IndicatorName]?: IndicatorSpec | null };
};

/** How many dialects may stand on each other. */
const DEPTH_MAX = 8;
const REQUIRED = ['version', 'mti', 'bitmap', 'encodings', 'prefixes', 'fields'] as const;

/**
 * A dialect from its document: checked against the schema, and laid over what it extends. Whole fields are
 * replaced, whole profiles and whole indicators; a field or an indicator that is null is left out. An indicator goes with
 * the field that it is about: who lays the field out anew says anew what it indicates.
 *
 * @param find the document of the name that is extended; undefined when there is none
 * @throws IsoError `HF_ISO_DIALECT` with every problem of the document, a line each: path and rule
 */
export function resolveDialect(document: unknown, find: (name: string) => unknown): Dialect {
  return resolve(document, find, 0);
}

function resolve(document: unknown, find: (name: string) => unknown, depth: number): Dialect {
  const checked = check(document);
  if (checked.extends === undefined) return complete(checked);
  if (depth >= DEPTH_MAX) throw wrong(checked, 'extends', 'goes in a circle, or too deep');
  const found = find(checked.extends);
  if (found === undefined) throw wrong(checked, 'extends', `there is no dialect '${checked.extends}'`);
  const base = resolve(found, find, depth + 1);
  const { extends: _, header, fields, encodings, profiles, indicators, ...own } = checked;
  const { header: baseHeader, ...rest } = base;
  const kept = header === undefined ? baseHeader : (header ?? undefined);
  return complete({
    ...rest,
    ...own,
    ...(kept === undefined ? {} : { header: kept }),
    encodings: { ...base.encodings, ...encodings },
    fields: { ...base.fields, ...fields },
    // Message types of another edition begin with another digit.
    profiles: { ...((own.version ?? base.version) === base.version ? base.profiles : {}), ...profiles },
    indicators: { ...inherited(base.indicators, fields), ...indicators },
  });
}

function inherited(
  indicators: Dialect['indicators'],
  fields: DialectDocument['fields'] = {},
): DialectDocument['indicators'] {
  return Object.fromEntries(Object.entries(indicators ?? {}).filter(([, { field }]) => !(field in fields)));
}

function check(document: unknown): DialectDocument {
  const problems = schemaProblems(document);
  if (problems.length === 0) return document as DialectDocument;
  const { name } = Object(document) as { name?: unknown };
  const lines = problems.map(({ path, rule }) => `${path === '' ? 'the document' : path} ${rule}`);
  throw new IsoError(
    'HF_ISO_DIALECT',
    problems[0]!.path,
    -1,
    `${String(name ?? 'dialect')}: ${lines.join('\n  ')}`,
  );
}

function complete(document: DialectDocument): Dialect {
  for (const key of REQUIRED) {
    if (document[key] === undefined)
      throw wrong(document, key, 'is missing, and nothing is extended that has it');
  }
  if (document.encodings?.text === undefined) throw wrong(document, 'encodings.text', 'is missing');
  const { fields, indicators } = document;
  return {
    description: '',
    ...document,
    fields: present(fields!),
    ...(indicators === undefined ? {} : { indicators: present(indicators) }),
  } as unknown as Dialect;
}

function present(members: object): object {
  return Object.fromEntries(Object.entries(members).filter(([, member]) => member !== null));
}

function wrong({ name }: { readonly name: string }, path: string, rule: string): IsoError {
  return new IsoError('HF_ISO_DIALECT', path, -1, `${name}: ${rule}`);
}
