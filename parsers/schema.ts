import { type TSchema, Type } from '@sinclair/typebox';
import { type ValueError, ValueErrorType } from '@sinclair/typebox/errors';
import { Value } from '@sinclair/typebox/value';
import { closest, distance } from 'fastest-levenshtein';
import { FIELD_CLASSES, type IndicatorName, PREFIX_ENCODINGS, TEXT_ENCODINGS } from './dialect.js';
import { CONTENTS, ENCODINGS } from './encoding.js';

const closed = { additionalProperties: false } as const;

function oneOf(values: readonly string[], description: string): TSchema {
  return Type.Union(
    values.map((value) => Type.Literal(value)),
    { description },
  );
}

const Name = Type.String({ minLength: 1, maxLength: 160 });
const Length = Type.Integer({ minimum: 0, maximum: 999_999 });
const EncodingName = oneOf(ENCODINGS, 'how the value stands on the wire');
const TagEncoding = oneOf([...TEXT_ENCODINGS, 'bcd', 'binary'], 'how tags or lengths are written');

const PrefixSchema = Type.Union(
  [
    Type.String({
      pattern: '^L{1,6}$',
      description: 'so many digits, in the dialect’s encoding of prefixes',
    }),
    Type.Object(
      {
        encoding: Type.Optional(oneOf(PREFIX_ENCODINGS, 'how the length is written')),
        digits: Type.Optional(Type.Integer({ minimum: 1, maximum: 6 })),
        bytes: Type.Optional(Type.Integer({ minimum: 1, maximum: 4 })),
        counts: Type.Optional(
          oneOf(['units', 'bytes', 'nibbles'], 'units of the value, or bytes or nibbles on the wire'),
        ),
        inclusive: Type.Optional(Type.Boolean({ description: 'counts its own bytes too' })),
        filled: Type.Optional(
          Type.Boolean({ description: 'the value is filled up to its greatest length on the wire' }),
        ),
      },
      closed,
    ),
  ],
  { description: 'the length in front of the value' },
);

const BitmapSchema = Type.Object(
  {
    encoding: oneOf(['binary', 'hex', 'hex-ebcdic'], 'bytes, or hexadecimal digits'),
    bytes: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 24, description: 'of one bitmap; 8 when absent' }),
    ),
    count: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 3, description: 'most bitmaps, each announced by the one before' }),
    ),
  },
  closed,
);

const FieldSchema = Type.Recursive(
  (Self) => {
    const fields = Type.Record(Type.String({ pattern: '^[0-9A-Za-z]{1,8}$' }), Self);
    const tagWidth = Type.Object(
      {
        length: Type.Integer({ minimum: 1, maximum: 6, description: 'digits, characters or bytes' }),
        encoding: Type.Optional(TagEncoding),
      },
      closed,
    );
    const structure = Type.Union([
      Type.Object(
        { kind: Type.Literal('positional'), fields },
        { ...closed, description: 'one after the other, in the order of their numbers' },
      ),
      Type.Object(
        { kind: Type.Literal('repeated'), fields },
        { ...closed, description: 'the same again and again, to the end of the field' },
      ),
      Type.Object(
        { kind: Type.Literal('bitmap'), bitmap: BitmapSchema, head: Type.Optional(Self), fields },
        { ...closed, description: 'those that a bitmap announces; `head` stands before it' },
      ),
      Type.Object(
        { kind: Type.Literal('ber-tlv'), fields: Type.Optional(fields) },
        { ...closed, description: 'BER-TLV (EMV), by tag in hexadecimal; tags that are not listed are kept' },
      ),
      Type.Object(
        { kind: Type.Literal('datasets'), fields },
        { ...closed, description: 'datasets of ISO 8583:2003' },
      ),
      Type.Object(
        {
          kind: Type.Literal('tlv'),
          tag: tagWidth,
          size: Type.Object(
            {
              ...tagWidth.properties,
              first: Type.Optional(Type.Boolean({ description: 'stands before the tag' })),
              countsTag: Type.Optional(Type.Boolean({ description: 'counts the tag too' })),
            },
            closed,
          ),
          head: Type.Optional(Self),
          headOptional: Type.Optional(
            Type.Boolean({ description: 'there only when what comes first is no digit' }),
          ),
          fields: Type.Optional(fields),
        },
        { ...closed, description: 'tags and lengths of fixed width; tags that are not listed are kept' },
      ),
    ]);
    return Type.Object(
      {
        name: Name,
        class: Type.Optional(oneOf(FIELD_CLASSES, 'what the field means: drives masking and reading')),
        content: Type.Optional(oneOf(CONTENTS, 'what it may hold (ISO 8583 clause 4.2); ans when absent')),
        length: Type.Optional(
          Type.Intersect([Length], { description: 'exactly so many digits, characters or bytes' }),
        ),
        max: Type.Optional(Type.Intersect([Length], { description: 'at most so many' })),
        min: Type.Optional(Type.Intersect([Length], { description: 'at least so many' })),
        prefix: Type.Optional(PrefixSchema),
        until: Type.Optional(
          Type.String({ pattern: '^[\\x20-\\x7e]$', description: 'the character that ends the value' }),
        ),
        encoding: Type.Optional(EncodingName),
        pad: Type.Optional(
          Type.Object(
            {
              side: oneOf(['left', 'right'], 'where it is filled'),
              with: Type.String({ pattern: '^[\\x20-\\x7e]$' }),
            },
            closed,
          ),
        ),
        sign: Type.Optional(
          oneOf(['character', 'overpunch', 'overpunch-minus'], 'how x+n says credit or debit'),
        ),
        structure: Type.Optional(structure),
      },
      closed,
    );
  },
  { $id: 'Field' },
);

const Numbers = Type.Array(Type.Integer({ minimum: 2, maximum: 192 }));

const IndicatorSchema = Type.Object(
  {
    field: Type.Integer({ minimum: 2, maximum: 192, description: 'the number of the field' }),
    at: Type.Integer({ minimum: 0, maximum: 998, description: 'characters before the value' }),
    values: Type.Array(Type.String({ pattern: '^[\\x20-\\x7e]{1,8}$' }), {
      minItems: 1,
      maxItems: 16,
      description: 'any of which says so',
    }),
    length: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 999, description: 'only where the field or element is so long' }),
    ),
    tag: Type.Optional(
      Type.String({
        pattern: '^[0-9A-Za-z]{1,6}$',
        description: 'the element of that tag in a field of `tlv`',
      }),
    ),
    bit: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 64,
        description: 'the element of that bit in a field with a `bitmap`',
      }),
    ),
  },
  closed,
);

function indicator(says: string): TSchema {
  return Type.Optional(Type.Union([Type.Null(), IndicatorSchema], { description: says }));
}

const indicators: Record<IndicatorName, TSchema> = {
  incremental: indicator('an authorisation raises the hold of its original'),
  estimated: indicator('the final amount is not known yet'),
  partial: indicator('the terminal takes an approval of a part of the amount'),
  more: indicator('more clearings of the same original follow'),
  strongAuthentication: indicator('3-D Secure authenticated the cardholder fully'),
  recurring: indicator('one of a series that the cardholder agreed to once'),
  walletToken: indicator('the number stands for the card in a wallet'),
  credentialOnFile: indicator('the merchant has kept the number'),
};

const members = {
  $schema: Type.Optional(Type.String()),
  name: Type.String({ pattern: '^[a-z][a-z0-9-]{0,60}$', description: 'lower-case, as iso87-ascii' }),
  description: Type.Optional(Type.String({ maxLength: 2000 })),
  extends: Type.Optional(
    Type.String({ description: 'a dialect to start from: a built-in’s name, or a file' }),
  ),
  version: Type.Optional(oneOf(['1987', '1993', '2003'], 'edition of ISO 8583')),
  header: Type.Optional(
    Type.Union([
      Type.Null(),
      Type.Object(
        { kind: Type.Literal('fixed'), bytes: Type.Integer({ minimum: 1, maximum: 64 }) },
        { ...closed, description: 'so many bytes, echoed in the response' },
      ),
      Type.Object({ kind: Type.Literal('base24') }, { ...closed, description: '`ISO` and nine digits' }),
      Type.Object(
        { kind: Type.Literal('visa') },
        { ...closed, description: '22 bytes; stations are swapped in the response' },
      ),
    ]),
  ),
  mti: Type.Optional(oneOf([...TEXT_ENCODINGS, 'bcd'], 'encoding of the MTI')),
  bitmap: Type.Optional(BitmapSchema),
  encodings: Type.Optional(
    Type.Object(
      {
        text: Type.Optional(oneOf(TEXT_ENCODINGS, 'of every content that is not listed')),
        n: Type.Optional(EncodingName),
        z: Type.Optional(EncodingName),
        b: Type.Optional(EncodingName),
        'x+n': Type.Optional(EncodingName),
      },
      closed,
    ),
  ),
  prefixes: Type.Optional(oneOf(PREFIX_ENCODINGS, 'encoding of length prefixes')),
  fields: Type.Optional(
    Type.Record(Type.String({ pattern: '^[0-9]{1,3}$' }), Type.Union([Type.Null(), FieldSchema]), {
      description: 'fields by number; null leaves out one of the dialect that is extended',
    }),
  ),
  profiles: Type.Optional(
    Type.Record(
      Type.String({ pattern: '^[0-9]{4}$' }),
      Type.Object(
        {
          name: Type.Optional(Name),
          mandatory: Type.Intersect([Numbers], { description: 'what a message must have' }),
          conditional: Type.Optional(Type.Intersect([Numbers], { description: 'what it may have to have' })),
          optional: Type.Optional(
            Type.Intersect([Numbers], { description: 'what else it may have; any field when absent' }),
          ),
        },
        closed,
      ),
    ),
  ),
  indicators: Type.Optional(
    Type.Object(indicators, {
      ...closed,
      description:
        'where a message says what the standard has no place for; null leaves out an inherited one',
    }),
  ),
};

/** JSON Schema of a dialect document; published as `docs/dialect.schema.json`. */
export const DialectSchema = Type.Object(members, {
  ...closed,
  $id: 'https://holdfast.dev/schemas/dialect-1.json',
  title: 'Holdfast dialect',
});

/** One thing that is wrong with a document: where, and what was expected. */
export interface SchemaProblem {
  readonly path: string;
  readonly rule: string;
}

/** All that is wrong with a document; empty when it is right. */
export function schemaProblems(document: unknown): readonly SchemaProblem[] {
  const problems: SchemaProblem[] = [];
  for (const error of Value.Errors(DialectSchema, document)) problems.push(...problemsOf(error));
  const seen = new Set<string>();
  return problems.filter(({ path, rule }) => {
    const key = `${path} ${rule}`;
    return !seen.has(key) && seen.add(key);
  });
}

function* problemsOf(error: ValueError): Iterable<SchemaProblem> {
  const path = error.path.slice(1).replaceAll('/', '.');
  if (error.type === ValueErrorType.Union) {
    yield* unionProblems(error, path);
  } else if (error.type === ValueErrorType.ObjectAdditionalProperties) {
    const known = Object.keys((error.schema as { properties?: object }).properties ?? {});
    yield { path, rule: `unknown key${suggestion(path.split('.').at(-1)!, known)}` };
  } else if (error.type === ValueErrorType.ObjectRequiredProperty) {
    yield { path, rule: 'is missing' };
  } else yield { path, rule: expectation(error) };
}

/** Of a union of constants, the constants; of objects told apart by `kind`, what is wrong with the one meant. */
function unionProblems(error: ValueError, path: string): readonly SchemaProblem[] {
  const options = ((error.schema as { anyOf?: readonly TSchema[] }).anyOf ?? []) as readonly TSchema[];
  const constants = options
    .map((option) => (option as { const?: unknown }).const)
    .filter((value) => value !== undefined);
  if (constants.length === options.length) {
    const text = typeof error.value === 'string' ? suggestion(error.value, constants.map(String)) : '';
    return [{ path, rule: `is one of ${constants.join(', ')}${text}` }];
  }
  const value = error.value as { kind?: unknown } | null;
  if (typeof value === 'object' && value !== null) {
    const { kind } = value;
    const meant =
      kind === undefined ? -1 : error.errors.findIndex((_, index) => kindOf(options[index]!) === kind);
    const chosen =
      meant >= 0 ? meant : options.findIndex((option) => option.type === 'object' && !kindOf(option));
    if (chosen >= 0) return [...error.errors[chosen]!].flatMap((inner) => [...problemsOf(inner)]);
    const kinds = options.map(kindOf).filter((kind) => kind !== undefined);
    return [{ path: `${path}.kind`, rule: `is one of ${kinds.join(', ')}` }];
  }
  return [{ path, rule: error.schema.description ?? 'has none of the forms it may have' }];
}

function kindOf(option: TSchema): unknown {
  return (option as { properties?: { kind?: { const?: unknown } } }).properties?.kind?.const;
}

function expectation({ schema, message }: ValueError): string {
  if (typeof schema.pattern === 'string') return `is text like ${schema.pattern}`;
  return message.charAt(0).toLowerCase() + message.slice(1);
}

function suggestion(word: string, known: readonly string[]): string {
  if (known.length === 0) return '';
  const near = closest(word, [...known]);
  return distance(word, near) <= Math.max(2, word.length / 3) ? `, did you mean '${near}'?` : '';
}
