import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { FLAG } from '../../parsers/batch.js';
import { compileDialect } from '../../parsers/compile.js';
import type { CompiledDialect } from '../../parsers/compiled-dialect.js';
import { diffDialects } from '../../parsers/dialect-table.js';
import { builtInDocument, DIALECT_NAMES, dialectByName } from '../../parsers/dialects/index.js';
import { resolveDialect } from '../../parsers/resolve-dialect.js';
import type { FieldValue } from '../../parsers/writer.js';
import { byEdition } from './by-edition.js';
import { ascii, purchase, readOne } from './one-message.js';
import { holds } from './property.js';

const mine = (changes: object, base = 'iso87-ascii') =>
  compileDialect(resolveDialect({ name: 'mine', extends: base, ...changes }, builtInDocument));

/** Flags of a purchase with those fields more. */
function flagsOf(
  dialect: CompiledDialect,
  fields: Readonly<Record<number, FieldValue>>,
  mti = '0100',
): number {
  const message = byEdition(dialect, purchase({}, mti));
  return readOne({ ...message, fields: { ...message.fields, ...fields } }, dialect).columns.flags[0]!;
}

const { estimated, partial, more, unnamed } = FLAG;
const incremental = FLAG.incremental | unnamed;

t.test('which built-in dialects say what', async (t) => {
  const says = (name: string) => Object.keys(dialectByName(name).dialect.indicators ?? {}).sort();
  const of = ['credentialOnFile', 'recurring', 'strongAuthentication'];
  const all = [...of, 'walletToken', 'estimated', 'incremental', 'more', 'partial'].sort();
  const expected: Record<string, readonly string[]> = {
    postilion: ['recurring'],
    base24: [],
    visa: [...of, 'estimated', 'incremental', 'partial'].sort(),
    mastercard: [...of, 'walletToken', 'estimated', 'partial'].sort(),
  };
  for (const name of DIALECT_NAMES) t.same(says(name), expected[name] ?? all, name);
});

t.test('ISO 8583:1987: DE60 of three characters, in every encoding', async (t) => {
  for (const name of ['iso87-ascii', 'iso87-ascii-hex', 'iso87-binary', 'iso87-ebcdic']) {
    const dialect = dialectByName(name);
    t.equal(flagsOf(dialect, { 60: '110' }), estimated | partial, name);
    t.equal(flagsOf(dialect, { 60: '200' }), incremental, name);
    t.equal(flagsOf(dialect, { 60: '011' }, '0200'), partial | more | unnamed, name);
    t.equal(flagsOf(dialect, { 60: '1100' }), 0, `${name}: a longer one is something else`);
  }
});

t.test('Postilion and BASE24 have something else in DE60', async (t) => {
  for (const name of ['postilion', 'base24']) t.equal(flagsOf(dialectByName(name), { 60: '210' }), 0, name);
});

t.test('Visa: DE60.10 for estimated and partial, DE63.3 for incremental', async (t) => {
  const visa = dialectByName('visa');
  const additional = (value: string) => ({ 60: `00000000000${value}` });
  t.equal(flagsOf(visa, additional('0')), 0);
  t.equal(flagsOf(visa, additional('1')), partial);
  t.equal(flagsOf(visa, additional('2')), estimated);
  t.equal(flagsOf(visa, additional('3')), estimated | partial);
  t.equal(flagsOf(visa, { 60: '33333333333' }), 0, 'cut before it');
  const reason = (fields: Record<number, string>) => flagsOf(visa, { 63: { fields } });
  t.equal(reason({ 3: '3900' }), incremental);
  t.equal(reason({ 1: '0002', 2: '3900', 3: '3900', 11: 'A' }), incremental, 'behind others');
  t.equal(reason({ 1: '3900', 2: '3900', 3: '3901', 4: '3900' }), 0, 'a resubmission');
  t.equal(reason({ 1: '3900', 4: '3900' }), 0, 'without a reason');
  t.equal(flagsOf(visa, { 63: '200000' }), 0, 'cut behind its bitmap');
  t.equal(flagsOf(visa, { 63: '2000' }), 0, 'cut within its bitmap');
  t.equal(flagsOf(visa, { 63: '20000039' }), 0, 'cut within the reason');
});

t.test(
  'Mastercard: DE61 position 7 for a preauthorisation, DE48 subelement 61 for partial approval',
  async (t) => {
    const mastercard = dialectByName('mastercard');
    const status = (value: string) => ({ 61: `000000${value}00000` });
    t.equal(flagsOf(mastercard, status('0')), 0);
    t.equal(flagsOf(mastercard, status('4')), estimated);
    const conditions = (text: string) => flagsOf(mastercard, { 48: text });
    t.equal(conditions('R610510001'), partial);
    t.equal(conditions('R610500001'), 0, 'a final authorisation is nothing to us');
    t.equal(conditions('R2001S610510000'), partial, 'behind another');
    t.equal(conditions('R2006610510'), 0, 'within another it is none');
    t.equal(conditions('R6100'), 0, 'empty');
    t.equal(conditions('R61051'), 0, 'longer than the field');
    t.equal(conditions('R61X51'), 0, 'of no length');
    t.equal(conditions('R'), 0);
    t.equal(conditions('6105100'), 0, 'without the category code in front');
  },
);

t.test('a tag is found behind any others, and only there', async (t) => {
  const mastercard = dialectByName('mastercard');
  const tag = fc.nat(99).map((number) => String(number).padStart(2, '0'));
  const element = fc.tuple(tag, fc.string({ unit: fc.constantFrom('0', '1', '6', 'A'), maxLength: 30 }));
  const property = fc.property(fc.array(element, { maxLength: 12 }), (elements) => {
    const text = elements.map(([of, value]) => of + String(value.length).padStart(2, '0') + value).join('');
    const first = elements.find(([of]) => of === '61');
    assert.equal(flagsOf(mastercard, { 48: `R${text}` }), first?.[1].startsWith('1') ? partial : 0);
  });
  holds(t, property, 500);
});

t.test('a head that may be left out, and tags of other widths', async (t) => {
  const dialect = mine({
    fields: {
      48: {
        name: 'Private',
        max: 99,
        prefix: 'LL',
        structure: {
          kind: 'tlv',
          tag: { length: 3 },
          size: { length: 1 },
          head: { name: 'Head', length: 2 },
          headOptional: true,
        },
      },
    },
    indicators: { partial: { field: 48, tag: '0A1', at: 1, values: ['Y', 'YES'] } },
  });
  t.equal(flagsOf(dialect, { 48: '0012ab0A13xYz' }), partial);
  t.equal(flagsOf(dialect, { 48: 'HH0012ab0A12xY' }), partial);
  t.equal(flagsOf(dialect, { 48: 'HH0012ab0A11Y' }), 0);
});

t.test('packed digits are read as digits, also those of an odd number', async (t) => {
  const field = { name: 'Flags', content: 'n', max: 7, prefix: 'LL' };
  const indicators = { partial: { field: 60, at: 2, values: ['42'] } };
  for (const encoding of ['bcd', 'bcd-right-0', 'ascii']) {
    const dialect = mine({ fields: { 60: { ...field, encoding } }, indicators });
    for (const digits of ['0042', '00420', '0042000'])
      t.equal(flagsOf(dialect, { 60: digits }), partial, `${encoding}: ${digits}`);
    for (const digits of ['0420', '00042', '004'])
      t.equal(flagsOf(dialect, { 60: digits }), 0, `${encoding}: ${digits}`);
  }
});

t.test('an indicator is inherited with its field, and may be replaced or left out', async (t) => {
  const names = (dialect: CompiledDialect) => dialect.indicators.map(({ sets }) => sets);
  const all = [FLAG.incremental, estimated, partial, more];
  t.same(names(mine({})), all);
  t.same(names(mine({ fields: { 60: null } })), [], 'without the field');
  t.same(
    names(mine({ fields: { 60: { name: 'Batch', length: 6 } } })),
    [],
    'with another field in its place',
  );
  t.same(names(mine({ indicators: { partial: null } })), [FLAG.incremental, estimated, more]);
  t.same(names(mine({ indicators: {} })), all);
  const moved = mine({ indicators: { estimated: { field: 25, at: 0, values: ['06'] } } });
  t.same(names(moved), all);
  t.equal(flagsOf(moved, { 25: '06', 60: '110' }), estimated | partial);
  t.equal(flagsOf(moved, { 60: '110' }), partial);
  t.match(diffDialects(ascii, mine({ fields: { 61: null }, indicators: { more: null } }))[0], {
    what: 'indicators',
    a: 'incremental 60 at 0 of 3: 2; estimated 60 at 0 of 3: 1; partial 60 at 1 of 3: 1; more 60 at 2 of 3: 1',
    b: 'incremental 60 at 0 of 3: 2; estimated 60 at 0 of 3: 1; partial 60 at 1 of 3: 1',
  });
});

t.test('an indicator that points nowhere is refused by its path', async (t) => {
  const refused = (
    path: string,
    rule: RegExp,
    indicator: object,
    base = 'iso87-ascii',
    fields: object = {},
  ) => {
    const changes = { fields, indicators: { partial: { at: 0, values: ['1'], ...indicator } } };
    t.throws(() => mine(changes, base), { name: 'IsoError', code: 'HF_ISO_DIALECT', path, rule });
  };
  refused('indicators.partial.field', /there is no field 60/, { field: 60 }, 'iso87-ascii', { 60: null });
  refused('indicators.partial.field', /is bytes/, { field: 52 });
  refused('indicators.partial.at', /behind the 3/, { field: 24, at: 3 });
  refused('indicators.partial.at', /behind the 3/, { field: 24, at: 1, values: ['1', '123'] });
  refused('indicators.partial.tag', /not made of tags/, { field: 60, tag: '61' });
  refused('indicators.partial.tag', /not made of tags/, { field: 55, tag: '9F' });
  refused('indicators.partial.tag', /has 2 characters/, { field: 48, tag: '061' }, 'mastercard');
  refused('indicators.partial.at', /behind the 99/, { field: 48, tag: '61', at: 99 }, 'mastercard');
  refused('indicators.partial.bit', /one bitmap/, { field: 60, bit: 1 });
  refused('indicators.partial.bit', /no element 7/, { field: 63, bit: 7 }, 'visa');
  refused('indicators.partial.bit', /not both/, { field: 63, bit: 3, tag: '1' }, 'visa');
  refused('indicators.partial.at', /behind the 4/, { field: 63, bit: 3, at: 4 }, 'visa');
  refused('indicators.partial.values', /partial.values/, { field: 60, values: [] });
  refused('indicators.partial.at', /partial.at/, { field: 60, at: -1 });
  t.throws(() => mine({ indicators: { partially: { field: 60, at: 0, values: ['1'] } } }), {
    name: 'IsoError',
    path: 'indicators.partially',
    rule: /did you mean 'partial'/,
  });
});
