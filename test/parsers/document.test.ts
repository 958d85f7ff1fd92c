import fc from 'fast-check';
import t from 'tap';
import { DIALECT_NAMES, dialectByName } from '../../parsers/dialects/index.js';
import { readDocument } from '../../parsers/document.js';
import { inspect } from '../../parsers/inspect/index.js';
import { build } from '../../parsers/writer.js';
import { messages } from '../conformance/arbitrary.js';
import { holds } from './property.js';

t.test('what inspect writes is built back byte for byte, in every dialect', (t) => {
  for (const name of DIALECT_NAMES) {
    const dialect = dialectByName(name);
    const property = fc.property(messages(dialect), (message) => {
      const bytes = build(dialect, message);
      const document = JSON.parse(JSON.stringify(inspect(bytes, dialect, { reveal: true })));
      return build(dialect, readDocument(document).message).equals(bytes);
    });
    holds(t, property, 150);
  }
  t.end();
});

t.test(
  'values alone are enough; what is inside wins over the whole; tags stand in the order of their offsets',
  (t) => {
    const dialect = dialectByName('iso87-ascii');
    const inside = (offset: number, value: string) => ({ value, offset });
    const { message } = readDocument({
      mti: '0100',
      fields: {
        4: '1250',
        49: { value: '978' },
        55: { value: 'not looked at', fields: { '82': inside(9, '3800'), '9F36': inside(2, '0015') } },
      },
    });
    t.equal(
      build(dialect, message).toString('latin1').slice(12),
      '000000001250978009\x9f\x36\x02\x00\x15\x82\x02\x38\x00',
    );
    t.end();
  },
);

t.test('what is wrong is said with its path, and no value', (t) => {
  const secret = '9999010212345675';
  const wrong: readonly (readonly [document: unknown, path: string])[] = [
    [null, ''],
    [[secret], ''],
    [{ fields: {} }, 'mti'],
    [{ mti: '0100', fields: { x: secret } }, 'fields'],
    [{ mti: '0100', fields: { [`${secret}`]: '' } }, 'fields'],
    [{ mti: '0100', fields: { 2: Number(secret) } }, '2'],
    [{ mti: '0100', fields: { 2: { name: secret } } }, '2'],
    [{ mti: '0100', fields: { 55: { fields: { '9F26': 1 } } } }, '55.9F26'],
    [{ mti: '0100', fields: { 55: { fields: { [`${secret}0`]: '' } } } }, '55'],
    [{ mti: '0100', header: 5 }, 'header'],
  ];
  for (const [document, path] of wrong) {
    t.throws(() => readDocument(document), { code: 'HF_ISO_DOCUMENT', path });
    try {
      readDocument(document);
    } catch (error) {
      t.notMatch((error as Error).message, /99990102/);
    }
  }
  let deep: unknown = '';
  for (let depth = 0; depth < 10_000; depth++) deep = { fields: { 1: deep } };
  t.throws(() => readDocument({ mti: '0100', fields: { 2: deep } }), { code: 'HF_ISO_DOCUMENT' });
  t.end();
});
