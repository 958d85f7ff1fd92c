import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import type { CompiledDialect, CompiledField } from '../../parsers/compiled-dialect.js';
import { HEADER } from '../../parsers/compiled-dialect.js';
import { DIALECT_NAMES, dialectByName } from '../../parsers/dialects/index.js';
import { parse } from '../../parsers/reader.js';
import { type Place, placeOf, readInside } from '../../parsers/structure.js';
import { validate } from '../../parsers/validate.js';
import { valueText } from '../../parsers/value.js';
import { MessageView } from '../../parsers/view.js';
import { build, edit, type FieldValue } from '../../parsers/writer.js';
import { holds } from '../parsers/property.js';
import { fieldNumbers, fieldValues, messages } from './arbitrary.js';

const RUNS = 300;

function read(dialect: CompiledDialect, bytes: Buffer): MessageView {
  const view = new MessageView();
  assert.ok(parse(view, dialect, bytes, 0, bytes.length), view.error().message);
  return view;
}

/** Every field as text. */
function texts(view: MessageView): Record<number, string> {
  const found: Record<number, string> = {};
  for (let number = 1; number <= view.highest; number++)
    if (view.has(number)) found[number] = view.text(number);
  return found;
}

/** Every field as what is inside it, all the way down. */
function parts(view: MessageView): Record<number, FieldValue> {
  const found: Record<number, FieldValue> = {};
  for (let number = 1; number <= view.highest; number++) {
    if (!view.has(number)) continue;
    found[number] = takenApart(view.dialect!.table.fields[number]!, placeOf(view, number), String(number));
  }
  return found;
}

function takenApart(field: CompiledField, place: Place, path: string): FieldValue {
  if (field.structure === null) return valueText(field, place.bytes, place.offset, place.units);
  const pairs = readInside(field, place, path).map(
    (part) => [part.key, takenApart(part.field, part, part.path)] as const,
  );
  return { fields: pairs };
}

/** Each field with its length in front, as it stands on the wire. */
function wires(view: MessageView): Record<number, string> {
  const found: Record<number, string> = {};
  for (let number = 1; number <= view.highest; number++) {
    if (!view.has(number)) continue;
    const end = view.offsets[number]! + view.lengths[number]!;
    found[number] = Buffer.from(view.bytes.subarray(view.starts[number]!, end)).toString('hex');
  }
  return found;
}

/** Header and MTI, without the two bytes of a Visa header that count the message. */
function start(view: MessageView): string {
  const bytes = Buffer.from(view.bytes.subarray(view.start, view.mtiAt + view.dialect!.mtiBytes));
  if (view.dialect!.header === HEADER.visa) bytes.writeUInt16BE(0, 3);
  return bytes.toString('hex');
}

for (const name of DIALECT_NAMES) {
  const dialect = dialectByName(name);

  t.test(`${name}: a message is read and written byte for byte`, async (t) => {
    const property = fc.property(messages(dialect), (message) => {
      const bytes = build(dialect, message);
      const view = read(dialect, bytes);
      const { mti } = message;
      const header = view.mtiAt > 0 ? { header: bytes.subarray(0, view.mtiAt).toString('hex') } : {};
      assert.deepEqual(Object.keys(texts(view)), Object.keys(message.fields), 'the fields that were given');
      assert.deepEqual(build(dialect, { ...header, mti, fields: texts(view) }), bytes, 'from its texts');
      assert.deepEqual(build(dialect, { ...header, mti, fields: parts(view) }), bytes, 'from what is inside');
      assert.deepEqual(edit(view, {}), bytes, 'without a change');
    });
    holds(t, property, RUNS);
  });

  t.test(`${name}: what was put in comes out`, async (t) => {
    const property = fc.property(messages(dialect), (message) => {
      const view = read(dialect, build(dialect, message));
      const { fields } = dialect.table;
      for (const [number, value] of Object.entries(message.fields)) {
        if (fields[Number(number)]!.structure === null) assert.equal(view.text(Number(number)), value);
      }
      const layout = validate(view).filter(
        ({ code }) => code !== 'HF_ISO_MISSING' && code !== 'HF_ISO_UNEXPECTED',
      );
      assert.deepEqual(layout, [], 'nothing is wrong with it');
    });
    holds(t, property, RUNS);
  });

  t.test(`${name}: a field that is set or dropped changes its own bytes only`, async (t) => {
    const change = fc
      .constantFrom(...fieldNumbers(dialect))
      .chain((number) => fc.tuple(fc.constant(number), fc.option(fieldValues(dialect, number), { freq: 4 })));
    const property = fc.property(messages(dialect), change, (message, [number, value]) => {
      const before = read(dialect, build(dialect, message));
      const edited = edit(before, { [number]: value });
      const after = read(dialect, edited);
      const { [number]: _, ...others } = wires(before);
      const { [number]: own, ...kept } = wires(after);
      assert.deepEqual(kept, others, 'other fields stay as they were');
      assert.equal(own === undefined, value === null);
      assert.equal(start(after), start(before), 'header and MTI stay');
      const fields = { ...texts(before), ...(value === null ? {} : { [number]: value }) };
      if (value === null) delete fields[number];
      const header = after.mtiAt > 0 ? { header: edited.subarray(0, after.mtiAt).toString('hex') } : {};
      assert.deepEqual(
        edited,
        build(dialect, { ...header, mti: message.mti, fields }),
        'as if it were built so',
      );
    });
    holds(t, property, RUNS);
  });
}
