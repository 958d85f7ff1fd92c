import t from 'tap';
import { dialectByName } from '../../parsers/dialects/index.js';
import { diff } from '../../parsers/diff.js';
import { pathFilter } from '../../parsers/inspect/index.js';
import { samples } from '../../parsers/samples.js';
import { build, type FieldValue } from '../../parsers/writer.js';

const iso87 = dialectByName('iso87-ascii');

function message(fields: Readonly<Record<number, FieldValue>>, mti = '0100') {
  return { bytes: build(iso87, { mti, fields }), dialect: iso87 };
}

t.test('differences by path, with what both sides say', (t) => {
  const a = message(
    { 4: '1250', 38: 'ABCDEF', 39: '00', 49: '978', 55: '9F360200159F360200169A03260607' },
    '0110',
  );
  const b = message({ 4: '9900', 39: '51', 49: '978', 54: '', 55: '9F360200159F360200179A03260607' }, '0110');
  t.same(diff(a, b), [
    {
      path: '4',
      name: 'Amount, transaction',
      a: { value: '000000001250', meaning: '12.50 EUR' },
      b: { value: '000000009900', meaning: '99.00 EUR' },
    },
    {
      path: '38',
      name: 'Authorization identification response',
      a: { value: 'ABCDEF', meaning: '' },
      b: null,
    },
    {
      path: '39',
      name: 'Response code',
      a: { value: '00', meaning: 'approved' },
      b: { value: '51', meaning: 'not sufficient funds' },
    },
    {
      path: '55.9F36#2',
      name: 'Application transaction counter',
      a: { value: '0016', meaning: '22' },
      b: { value: '0017', meaning: '23' },
    },
    { path: '54', name: 'Additional amounts', a: null, b: { value: '', meaning: '' } },
  ]);
  t.same(
    diff(a, b, { filter: pathFilter(['55', '39'])! }).map(({ path }) => path),
    ['39', '55.9F36#2'],
  );
  t.end();
});

t.test('two PANs that look alike when masked differ all the same, and neither is shown', (t) => {
  const [a, b] = [message({ 2: '9999010212345675' }), message({ 2: '9999010000005675' })];
  t.same(diff(a, b), [
    {
      path: '2',
      name: 'Primary account number (PAN)',
      a: { value: '999901******5675', meaning: '' },
      b: { value: '999901******5675', meaning: '' },
    },
  ]);
  t.equal(diff(a, b, { reveal: true })[0]?.a?.value, '9999010212345675');
  t.same(diff(a, a), []);
  t.end();
});

t.test('the same message in two encodings does not differ', (t) => {
  for (const name of ['iso87-ascii-hex', 'iso87-binary', 'iso87-ebcdic', 'postilion', 'base24']) {
    const other = dialectByName(name);
    for (const [index, { bytes }] of samples(iso87).entries()) {
      t.same(
        diff({ bytes, dialect: iso87 }, { bytes: samples(other)[index]!.bytes, dialect: other }),
        [],
        name,
      );
    }
  }
  t.end();
});
