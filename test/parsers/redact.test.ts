import fc from 'fast-check';
import t from 'tap';
import type { CompiledDialect } from '../../parsers/compiled-dialect.js';
import { DIALECT_NAMES, dialectByName } from '../../parsers/dialects/index.js';
import { readDocument } from '../../parsers/document.js';
import { IsoError } from '../../parsers/errors.js';
import { listFields } from '../../parsers/inspect/index.js';
import { luhnValid } from '../../parsers/mask.js';
import { redact } from '../../parsers/redact.js';
import { samples } from '../../parsers/samples.js';
import { build, type FieldValue } from '../../parsers/writer.js';
import { messages } from '../conformance/arbitrary.js';
import { holds } from './property.js';

const PAN = '9999010212345675';
const iso87 = dialectByName('iso87-ascii');

/** The redacted values of a message by path, as they are when it is built again. */
function redacted(fields: Readonly<Record<number, FieldValue>>, dialect: CompiledDialect = iso87) {
  const bytes = build(dialect, { mti: `${dialect.version}100`, fields });
  const again = build(dialect, readDocument(redact(bytes, dialect)).message);
  t.equal(again.length, bytes.length, 'as long as it was');
  const listed = listFields(again, dialect, { reveal: true });
  return new Map(listed.map(({ path, value }) => [path, value]));
}

t.test('of a PAN six digits and four stay, and its check digit no longer fits', (t) => {
  const pan = redacted({ 2: PAN }).get('2')!;
  t.match(pan, /^999901[01]{6}5675$/);
  t.notOk(luhnValid(pan));
  // The zeros alone would fit here.
  const other = redacted({ 2: '9999010000000008' }).get('2')!;
  t.match(other, /^999901[01]{6}0008$/);
  t.notOk(luhnValid(other));
  t.end();
});

t.test('tracks, PIN data and sensitive chip data go', (t) => {
  const values = redacted({
    35: `${PAN}=31052010000000123`,
    45: `B${PAN}^DOE/JANE^31052010000000123`,
    52: '0123456789ABCDEF',
    55: `5A08${PAN}5711${PAN}D3105201000000123F5F2004444F452F9F26081122334455667788`,
  });
  t.match(values.get('35'), /^999901[01]{6}5675=0{17}$/);
  t.match(values.get('45'), /^B999901[01]{6}5675\^0{8}\^0{17}$/);
  t.equal(values.get('52'), '0'.repeat(16));
  t.match(values.get('55.5A'), /^999901[01]{6}5675$/);
  t.match(values.get('55.57'), /^999901[01]{6}5675D0*F?$/);
  t.equal(values.get('55.5F20'), '00000000');
  t.equal(values.get('55.9F26'), '1122334455667788', 'what is not sensitive stays');
  t.end();
});

t.test('a PAN hidden where none belongs is found', (t) => {
  t.match(redacted({ 48: `ref ${PAN} x` }).get('48'), /^ref 999901[01]{6}5675 x$/);
  t.equal(
    redacted({ 48: 'ref 9999010212345676 x' }).get('48'),
    'ref 9999010212345676 x',
    'its check digit is wrong',
  );
  t.notMatch(
    [
      ...redacted(
        { 127: { fields: [['22', `11T18${PAN.length}${PAN}000`]] } },
        dialectByName('postilion'),
      ).values(),
    ].join(),
    PAN,
  );
  t.notMatch(
    [
      ...redacted(
        {
          48: {
            fields: [
              ['head', 'R'],
              ['92', PAN],
            ],
          },
        },
        dialectByName('mastercard'),
      ).values(),
    ].join(),
    PAN,
  );
  t.end();
});

t.test('no dialect’s sample shows its PAN, and each can be built again', (t) => {
  for (const name of DIALECT_NAMES) {
    const dialect = dialectByName(name);
    for (const sample of samples(dialect)) {
      const document = redact(sample.bytes, dialect);
      t.notMatch(JSON.stringify(document), PAN);
      const again = build(dialect, readDocument(document).message);
      t.equal(again.length, sample.bytes.length, `${name} ${sample.name}`);
      t.same(redact(again, dialect), document, 'what is redacted stays as it is');
    }
  }
  t.end();
});

t.test('any message that can be read can be redacted, and built again', (t) => {
  for (const name of DIALECT_NAMES) {
    const dialect = dialectByName(name);
    const property = fc.property(messages(dialect), (message) => {
      const bytes = build(dialect, message);
      const document = JSON.parse(JSON.stringify(redact(bytes, dialect)));
      return build(dialect, readDocument(document).message).length === bytes.length;
    });
    holds(t, property, 100);
  }
  t.end();
});

t.test('what can’t be read in full is refused, and nothing of it is said', (t) => {
  const bytes = build(iso87, { mti: '0100', fields: { 2: PAN, 48: PAN } });
  for (const broken of [bytes.subarray(0, -1), Buffer.concat([bytes, Buffer.from(PAN)])]) {
    try {
      redact(broken, iso87);
      t.fail('it is refused');
    } catch (error) {
      t.ok(error instanceof IsoError);
      t.notMatch((error as Error).message, /9999/);
    }
  }
  t.end();
});
