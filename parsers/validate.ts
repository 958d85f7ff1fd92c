import type { CompiledField } from './compiled-dialect.js';
import type { ProfileSpec } from './dialect.js';
import { ENCODING, TO_LATIN1 } from './encoding.js';
import { IsoError, RULE, RULES } from './errors.js';
import { parse } from './reader.js';
import { type Place, placeOf, readInside } from './structure.js';
import { issueError, MessageView } from './view.js';

/**
 * All that is wrong with a parsed message: what keeps it from being read, first that of its fields and then of
 * what is inside them (`55.9F26`), and what the profile of its message type asks for and forbids. Empty when
 * nothing is. A strict view, which stops at the first issue, is read again leniently.
 */
export function validate(view: MessageView): readonly IsoError[] {
  if (view.issues === null) {
    const lenient = new MessageView();
    lenient.issues = [];
    parse(lenient, view.dialect!, view.bytes, view.start, view.end);
    return validate(lenient);
  }
  const errors = view.issues.map(issueError);
  const refused = new Set(view.issues.map(({ field }) => field));
  const { fields } = view.dialect!.table;
  for (let number = 1; number <= view.highest; number++) {
    // What is wrong with the field itself would only be said again.
    if (view.has(number) && !refused.has(number)) {
      validateInside(fields[number]!, placeOf(view, number), String(number), errors);
    }
  }
  const profile = profileOf(view);
  if (profile !== undefined) errors.push(...profileErrors(view, profile));
  return errors;
}

function validateInside(field: CompiledField, place: Place, path: string, errors: IsoError[]): void {
  if (field.structure === null) return;
  const before = errors.length;
  try {
    const parts = readInside(field, place, path, errors);
    const refused = new Set(errors.slice(before).map((error) => error.path));
    for (const part of parts) {
      if (!refused.has(part.path)) validateInside(part.field, part, part.path, errors);
    }
  } catch (error) {
    // What is behind it in this field can't be found; the other fields can.
    if (!(error instanceof IsoError)) throw error;
    errors.push(error);
  }
}

const UNEXPECTED = 'HF_ISO_UNEXPECTED';
/** Rules that a message breaks before it says which fields it has. */
const BEFORE_FIELDS: ReadonlySet<number> = new Set([RULE.shortHeader, RULE.badBitmap]);

function profileOf(view: MessageView): ProfileSpec | undefined {
  if (view.mti < 0 || view.issues!.some(({ rule }) => BEFORE_FIELDS.has(rule))) return undefined;
  return view.dialect!.dialect.profiles?.[String(view.mti).padStart(4, '0')];
}

/** Whether the bitmaps announce a field, located or not. */
function announced({ bytes, dialect, mtiAt, fieldsAt }: MessageView, field: number): boolean {
  const { encoding } = dialect!.bitmap;
  const octet = (field - 1) >> 3;
  const bit = (field - 1) & 7;
  const from = mtiAt + dialect!.mtiBytes;
  if (encoding === ENCODING.binary) {
    const at = from + octet;
    return at < fieldsAt && (bytes[at]! & (0x80 >> bit)) !== 0;
  }
  const at = from + 2 * octet + (bit >> 2);
  if (at >= fieldsAt) return false;
  const digit = String.fromCharCode(TO_LATIN1[encoding]![bytes[at]!]!);
  return (Number.parseInt(digit, 16) & (8 >> (bit & 3))) !== 0;
}

function* profileErrors(view: MessageView, profile: ProfileSpec): Iterable<IsoError> {
  const { mandatory, conditional = [], optional } = profile;
  const { code, text } = RULES[RULE.missingField]!;
  for (const field of mandatory) {
    if (!announced(view, field)) yield new IsoError(code, String(field), -1, text);
  }
  if (optional === undefined) return;
  const allowed = new Set([...mandatory, ...conditional, ...optional]);
  for (let field = 2; field <= view.highest; field++) {
    if (!view.has(field) || allowed.has(field)) continue;
    const offset = view.starts[field]! - view.start;
    yield new IsoError(UNEXPECTED, String(field), offset, 'the message type has no such field');
  }
}

/** Whether an issue is one of the message type's profile, and not of what can be read. */
export function isOfProfile({ code, offset }: IsoError): boolean {
  return code === UNEXPECTED || (code === RULES[RULE.missingField]!.code && offset < 0);
}
