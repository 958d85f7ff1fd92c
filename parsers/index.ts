/** The ISO 8583 engine as a library: no file, socket or clock is touched. `docs/parsers.md` shows it. */
export { compileDialect } from './compile.js';
export type {
  CompiledDialect,
  CompiledField,
  CompiledStructure,
} from './compiled-dialect.js';
export { type Converted, convert, type Loss } from './convert/convert.js';
export {
  type Dialect,
  FIELD_CLASSES,
  type FieldClass,
  type FieldSpec,
  type StructureSpec,
} from './dialect.js';
export { builtInDocument, DIALECT_NAMES, dialectByName } from './dialects/index.js';
export { type Compared, type Difference, type DiffOptions, diff } from './diff.js';
export { type MessageDocument, readDocument } from './document.js';
export { ERROR_CODES, type ErrorCode } from './error-codes.js';
export { IsoError } from './errors.js';
export * from './framing/index.js';
export type { Imported, ImportOptions, ImportProblem } from './import/imported.js';
export { importJpos } from './import/jpos.js';
export { importMoov } from './import/moov.js';
export * from './inspect/index.js';
export * from './meaning/index.js';
export { parse } from './reader.js';
export { type RedactOptions, redact } from './redact.js';
export { resolveDialect } from './resolve-dialect.js';
export { SAMPLE_NAMES, type Sample, type SampleName, samples } from './samples.js';
export { DialectSchema, type SchemaProblem, schemaProblems } from './schema.js';
export { type Part, type Place, placeOf, readInside, readStructure } from './structure.js';
export { validate } from './validate.js';
export { type Issue, MessageView } from './view.js';
export { build, edit, type FieldValue, type MessageText } from './writer.js';
