import t from 'tap';
import { compileDialect } from '../../parsers/compile.js';
import type { CompiledDialect } from '../../parsers/compiled-dialect.js';
import { PREFIX_ENCODINGS } from '../../parsers/dialect.js';
import { builtInDocument, DIALECT_NAMES, dialectByName } from '../../parsers/dialects/index.js';
import { ENCODINGS } from '../../parsers/encoding.js';
import { IsoError, RULE, RULES } from '../../parsers/errors.js';
import { parse } from '../../parsers/reader.js';
import { resolveDialect } from '../../parsers/resolve-dialect.js';
import { placeOf, readInside } from '../../parsers/structure.js';
import { MessageView } from '../../parsers/view.js';
import { build } from '../../parsers/writer.js';
import { readField } from './read-back.js';
import type { Vector } from './vector.js';
import { BITMAP_VECTORS } from './vectors/bitmaps.js';
import { ENCODING_VECTORS } from './vectors/encodings.js';
import { ERROR_VECTORS } from './vectors/errors.js';
import { INSIDE_ERROR_VECTORS } from './vectors/errors-inside.js';
import { HEADER_VECTORS } from './vectors/headers.js';
import { LENGTH_VECTORS } from './vectors/lengths.js';
import { MESSAGE_VECTORS } from './vectors/messages.js';
import { STRUCTURE_VECTORS } from './vectors/structures.js';

const TABLE: readonly Vector[] = [
  ...ENCODING_VECTORS,
  ...LENGTH_VECTORS,
  ...BITMAP_VECTORS,
  ...HEADER_VECTORS,
  ...STRUCTURE_VECTORS,
  ...MESSAGE_VECTORS,
  ...ERROR_VECTORS,
  ...INSIDE_ERROR_VECTORS,
];

/** What surrounds a frame in its array; a digit, so that reading past an end would go unnoticed least. */
const MARGIN = Buffer.alloc(16, 0x31);

function dialectOf({ dialect }: Vector): CompiledDialect {
  if (typeof dialect === 'string') return dialectByName(dialect);
  return compileDialect(resolveDialect(dialect, builtInDocument));
}

function bytesOf({ hex }: Vector): Buffer {
  return Buffer.from(hex.replaceAll(' ', ''), 'hex');
}

/** The view of a vector's message, amid other bytes. */
function parsed(vector: Vector): MessageView {
  const view = new MessageView();
  const frame = Buffer.concat([MARGIN, bytesOf(vector), MARGIN]);
  parse(view, dialectOf(vector), frame, MARGIN.length, frame.length - MARGIN.length);
  return view;
}

/** Why a message, or what is inside one of its fields, can't be read. */
function refusalOf(view: MessageView): IsoError | undefined {
  if (view.rule !== RULE.none) return view.error();
  const { fields } = view.dialect!.table;
  try {
    for (let number = 1; number <= view.highest; number++) {
      if (view.has(number)) readInside(fields[number]!, placeOf(view, number), String(number));
    }
  } catch (error) {
    if (error instanceof IsoError) return error;
    throw error;
  }
  return undefined;
}

for (const vector of TABLE) {
  const { name, fields, refused, given, header } = vector;
  if (refused !== undefined) {
    t.test(`refused: ${name}`, async (t) => {
      const error = refusalOf(parsed(vector));
      t.match(error, refused);
    });
    continue;
  }
  t.test(`read: ${name}`, async (t) => {
    const view = parsed(vector);
    t.equal(view.rule, RULE.none, view.error().message);
    if (vector.mti !== undefined) t.equal(String(view.mti).padStart(4, '0'), vector.mti);
    const read: Record<string, unknown> = {};
    for (let number = 1; number <= view.highest; number++) {
      if (view.has(number)) read[number] = readField(view, number, typeof fields![number] === 'object');
    }
    t.strictSame(read, fields);
    if (header !== undefined) {
      t.equal(view.bytes.subarray(view.start, view.mtiAt).toString(), Buffer.from(header, 'hex').toString());
    }
  });
  if (vector.readOnly) continue;
  t.test(`written: ${name}`, async (t) => {
    const view = parsed(vector);
    const message = {
      mti: vector.mti ?? String(view.mti).padStart(4, '0'),
      fields: (given ?? fields)!,
      ...(header === undefined ? {} : { header }),
    };
    const written = build(dialectOf(vector), message as Parameters<typeof build>[1]);
    t.equal(written.toString('hex'), bytesOf(vector).toString('hex'));
  });
}

t.test('the table covers what it is there for', async (t) => {
  t.ok(TABLE.length >= 150, `${TABLE.length} vectors`);
  t.equal(new Set(TABLE.map(({ name }) => name)).size, TABLE.length, 'each has a name of its own');
  t.ok(
    TABLE.every(({ source }) => source !== ''),
    'each has a source',
  );

  const documents = TABLE.filter(({ refused }) => refused === undefined).map(({ dialect }) => dialect);
  const seen = new Set<string>();
  for (const document of documents) {
    const field = (document as { fields?: Record<string, { encoding?: string; prefix?: unknown }> })
      .fields?.[2];
    const prefix = field?.prefix as { encoding?: string } | undefined;
    if (field?.encoding !== undefined) seen.add(`${field.encoding} ${prefix?.encoding ?? 'none'}`);
  }
  for (const encoding of ENCODINGS) {
    for (const prefix of ['none', ...PREFIX_ENCODINGS]) {
      t.ok(seen.has(`${encoding} ${prefix}`), `${encoding} behind ${prefix}`);
    }
  }
  const built = new Set(documents.filter((document) => typeof document === 'string'));
  t.strictSame([...built].sort(), [...DIALECT_NAMES].sort(), 'every built-in dialect');

  const codes = new Set(TABLE.flatMap(({ refused }) => refused?.code ?? []));
  // Those that a message's meaning breaks, not its layout; `validate` and the switch have their tests.
  const beyond = new Set(['HF_ISO_OK', 'HF_ISO_MISSING', 'HF_ISO_RESPONSE']);
  for (const { code } of RULES) if (!beyond.has(code)) t.ok(codes.has(code), `${code} is refused`);
});
