import type { CompiledDialect } from '../../parsers/compiled-dialect.js';
import { IsoError, RULES } from '../../parsers/errors.js';
import { parse } from '../../parsers/reader.js';
import { validate } from '../../parsers/validate.js';
import { MessageView } from '../../parsers/view.js';

/**
 * What must be true of the reader whatever it is given. Each check throws, and says which.
 */

/** Bytes before and after a frame in its array: what is there must not matter. */
export const MARGIN = 32;
/** Reads of a byte that the reader may make: so many for each byte of the frame, and these for none. */
const PARSE_READS = { each: 4, base: 128 };
const VALIDATE_READS = { each: 24, base: 512 };
/** Errors that a message may have: a byte begins few fields. */
const ERRORS = { each: 2, base: 256 };

const strict = new MessageView();
const again = new MessageView();
const lenient = new MessageView();
lenient.issues = [];

function check(holds: boolean, what: string): void {
  if (!holds) throw new Error(what);
}

/** Reads a frame; returns the rule that it breaks, 0 for none. `array[from, to)` is the frame. */
export function readHostile(dialect: CompiledDialect, array: Uint8Array, from: number, to: number): number {
  const accepted = parse(strict, dialect, array, from, to);
  check(accepted === (strict.rule === 0), 'a refusal has a rule, and only a refusal');
  check(strict.rule >= 0 && strict.rule < RULES.length, 'the rule is one of the table');
  check(strict.offset >= 0 && strict.offset <= to - from, 'a refusal lies in its frame');
  let end = from;
  for (let field = 1; field <= strict.highest; field++) {
    if (!strict.has(field)) continue;
    const start = strict.starts[field]!;
    const offset = strict.offsets[field]!;
    check(start >= end && offset >= start, 'fields follow each other');
    end = offset + strict.lengths[field]!;
    check(end <= to, 'a field lies in its frame');
  }
  return strict.rule;
}

/** Reads the last frame of {@link readHostile} amid other bytes, and compares. */
export function readAmidOthers(dialect: CompiledDialect, frame: Uint8Array, from: number, to: number): void {
  parse(again, dialect, frame, from, to);
  check(again.rule === strict.rule && again.field === strict.field, 'the rule is of the frame alone');
  check(again.offset === strict.offset && again.mti === strict.mti, 'the place is of the frame alone');
  check(again.highest === strict.highest, 'the fields are of the frame alone');
  const shift = from - strict.start;
  for (let field = 1; field <= strict.highest; field++) {
    check(again.lengths[field] === strict.lengths[field], 'lengths are of the frame alone');
    if (strict.has(field))
      check(again.offsets[field] === strict.offsets[field]! + shift, 'and so are offsets');
  }
}

/** Everything that is wrong with a frame is an error of the engine's own, within the frame. */
export function validateHostile(
  dialect: CompiledDialect,
  array: Uint8Array,
  from: number,
  to: number,
): number {
  parse(lenient, dialect, array, from, to);
  const errors = validate(lenient);
  check(errors.length <= ERRORS.base + ERRORS.each * (to - from), 'errors are no more than the frame gives');
  for (const error of errors) {
    check(error instanceof IsoError, 'errors are of one family');
    check(error.offset >= -1 && error.offset <= to - from, 'an error lies in its frame');
  }
  for (let field = 1; field <= lenient.highest; field++) if (lenient.has(field)) lenient.text(field);
  return errors.length;
}

/** Counts the bytes that are read, all of which must lie in the frame. */
export function countReads(dialect: CompiledDialect, array: Uint8Array, from: number, to: number): void {
  let reads = 0;
  const counting = new Proxy(array, {
    get(target, key) {
      if (typeof key === 'string' && key.charCodeAt(0) <= 0x39) {
        const at = Number(key);
        check(at >= from && at < to, `byte ${at - from} of ${to - from} is read`);
        reads++;
      }
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
  const bounded = (limit: typeof PARSE_READS, what: string): void => {
    check(reads <= limit.base + limit.each * (to - from), `${what} reads ${reads} bytes of ${to - from}`);
    reads = 0;
  };
  parse(strict, dialect, counting, from, to);
  bounded(PARSE_READS, 'parse');
  parse(lenient, dialect, counting, from, to);
  bounded(PARSE_READS, 'a lenient parse');
  validate(lenient);
  bounded(VALIDATE_READS, 'validate');
}
