import fc from 'fast-check';
import type { Dialect, FieldSpec } from '../../parsers/dialect.js';
import type { Content } from '../../parsers/encoding.js';
import type { MessageText } from '../../parsers/writer.js';

const DIGITS = '0123456789';
const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
// Without @ # and \, which `iso_8583` takes for no special characters.
const SPECIALS = ' -!$%^&*()_+|~=`{}[]:";\'<>?,./';

const CHARACTERS: Readonly<Record<Content, string>> = {
  n: DIGITS,
  a: LETTERS,
  s: SPECIALS,
  an: DIGITS + LETTERS,
  as: LETTERS + SPECIALS,
  ns: DIGITS + SPECIALS,
  ans: DIGITS + LETTERS + SPECIALS,
  np: `${DIGITS} `,
  ap: `${LETTERS} `,
  anp: `${DIGITS}${LETTERS} `,
  z: `${DIGITS}=`,
  b: '0123456789abcdef',
  h: '0123456789ABCDEF',
  'x+n': DIGITS,
};

function characters(content: Content, minLength: number, maxLength: number): fc.Arbitrary<string> {
  const unit = fc.constantFrom(...CHARACTERS[content]);
  return fc.string({ unit, minLength, maxLength, size: 'max' });
}

/** Any value of a field, as `build` takes it: of a variable field mostly a short one. */
export function fieldValue(spec: FieldSpec): fc.Arbitrary<string> {
  const { content = 'ans', length = 0, max = 0, min = 1 } = spec;
  const variable = spec.length === undefined;
  if (content === 'b') {
    return variable
      ? fc
          .uint8Array({ minLength: min, maxLength: Math.min(max, Math.max(min, 40)) })
          .map((bytes) => Buffer.from(bytes).toString('hex'))
      : characters('b', 2 * length, 2 * length);
  }
  if (content === 'x+n') {
    return fc
      .tuple(fc.constantFrom('C', 'D'), characters('n', length - 1, length - 1))
      .map((all) => all.join(''));
  }
  if (!variable) return characters(content, length, length);
  const short = characters(content, min, Math.min(max, Math.max(min, 40)));
  const longest = Math.min(max, 999);
  return fc.oneof(
    { weight: 9, arbitrary: short },
    { weight: 1, arbitrary: characters(content, longest, longest) },
  );
}

type Values = Readonly<Record<number, fc.Arbitrary<string>>>;

/** All of the `required` fields and some of the `optional` ones. */
function fieldsOf(required: Values, optional: Values): fc.Arbitrary<MessageText['fields']> {
  const every: Record<string, fc.Arbitrary<string>> = { ...required, ...optional };
  // The type says `undefined` for a key that is left out; it is absent.
  return fc.record(every, { requiredKeys: Object.keys(required) }) as fc.Arbitrary<MessageText['fields']>;
}

/** Any set of fields of the dialect but `without`, with and without a secondary bitmap. */
export function anyFields(
  dialect: Dialect,
  without: ReadonlySet<number> = new Set(),
): fc.Arbitrary<MessageText['fields']> {
  const numbers = Object.keys(dialect.fields)
    .map(Number)
    .filter((number) => !without.has(number));
  const some = (chosen: readonly number[]) =>
    fieldsOf({}, Object.fromEntries(chosen.map((number) => [number, fieldValue(dialect.fields[number]!)])));
  return fc.oneof(some(numbers.filter((number) => number <= 64)), some(numbers));
}

const padded = (max: number, digits: number, min = 0) =>
  fc.integer({ min, max }).map((number) => String(number).padStart(digits, '0'));

/** MMDDhhmmss. */
export const transmissionTime: fc.Arbitrary<string> = fc
  .tuple(padded(12, 2, 1), padded(31, 2, 1), padded(23, 2), padded(59, 2), padded(59, 2))
  .map((parts) => parts.join(''));

const stan = padded(999_999, 6);
const amount = padded(999_999_999_999, 12, 1);
const pan = characters('n', 13, 19);
const expiry = fc.tuple(padded(99, 2), padded(12, 2, 1)).map((parts) => parts.join(''));
const identifiers = {
  37: characters('anp', 12, 12),
  41: characters('ans', 8, 8),
  42: characters('ans', 15, 15),
};

const processingCode = fc.constantFrom('000000', '010000', '090000', '200000', '310000', '400000');
const currency = fc.constantFrom('978', '840');
const acquirer = characters('n', 1, 11);
const conversion = { 6: amount, 10: padded(79_999_999, 8), 51: currency };
const approvalCode = fc.oneof(padded(999_999, 6), characters('anp', 6, 6));
const cashback = fc
  .tuple(fc.constantFrom('00', '20'), fc.constantFrom('40', '02', '57'), currency, amount)
  .map(([account, type, of, digits]) => `${account}${type}${of}D${digits}`);
const originalElements = fc
  .tuple(fc.constantFrom('0100', '0200'), stan, transmissionTime, padded(99_999_999_999, 11))
  .map(([mti, trace, time, institution]) => `${mti}${trace}${time}${institution}`.padEnd(42, '0'));

const authorisation = fc.record({
  mti: fc.constantFrom('0100', '0101', '0120', '0121', '0200', '0201', '0220'),
  fields: fieldsOf(
    { 2: pan, 3: processingCode, 4: amount, 7: transmissionTime, 11: stan, 49: currency },
    {
      ...conversion,
      12: padded(235959, 6),
      13: padded(1231, 4),
      14: expiry,
      18: characters('n', 4, 4),
      22: fc.constantFrom('051', '071', '811', '010', '901'),
      25: fc.constantFrom('00', '08', '59'),
      32: acquirer,
      38: approvalCode,
      39: fc.constantFrom('00', '10', '51', '05'),
      54: cashback,
      60: fc.constantFrom('000', '100', '200', '010', '001', '211'),
      90: originalElements,
      ...identifiers,
    },
  ),
});

const replacementAmounts = fc.oneof(fc.constant('0'.repeat(42)), characters('an', 42, 42));

const reversal = fc.record({
  mti: fc.constantFrom('0400', '0401', '0420'),
  fields: fieldsOf(
    { 2: pan, 7: transmissionTime, 11: stan },
    {
      3: processingCode,
      4: amount,
      ...conversion,
      32: acquirer,
      38: approvalCode,
      49: currency,
      90: originalElements,
      95: replacementAmounts,
      ...identifiers,
    },
  ),
});

const network = fc.record({
  mti: fc.constantFrom('0800', '0801'),
  fields: fieldsOf(
    { 11: stan, 70: fc.constantFrom('001', '002', '301') },
    { 7: transmissionTime, 33: acquirer },
  ),
});

/** A message that a processor may well send: authorisations, clearings, reversals, network management. */
export const plausibleMessage: fc.Arbitrary<MessageText> = fc.oneof(authorisation, reversal, network);
