import t from 'tap';
import { compileDialect } from '../../../parsers/compile.js';
import type { Dialect } from '../../../parsers/dialect.js';
import { DIALECT_NAMES, dialectByName } from '../../../parsers/dialects/index.js';
import { framingByName } from '../../../parsers/framing/index.js';
import { annotate } from '../../../parsers/inspect/annotate.js';
import { type InspectedField, inspect } from '../../../parsers/inspect/inspect.js';
import { listFields } from '../../../parsers/inspect/list.js';
import { build, type MessageText } from '../../../parsers/writer.js';

const PAN = '9999010012345677';
const TRACK2 = `${PAN}=29122011234500000`;
const ascii = dialectByName('iso87-ascii');
const chip = `5A08${PAN}57139999010012345677D29122011234500000000F5F200A444F452F4A414E452020950500000080009F26080102030405060708`;

const purchase: MessageText = {
  mti: '0100',
  fields: {
    2: PAN,
    3: '000000',
    4: '000000001234',
    7: '1125012330',
    11: '000042',
    22: '051',
    35: TRACK2,
    41: 'TERM0001',
    43: 'SHOP                   PARIS        75FR',
    49: '978',
    52: '0123456789ABCDEF',
    54: '0002978C0000000012340001978D000000000100',
    55: chip,
  },
};

function one(field: InspectedField | InspectedField[] | undefined): InspectedField {
  if (field === undefined || Array.isArray(field)) throw new TypeError('one field was expected');
  return field;
}

t.test('a message is a tree: text as text, bytes as hexadecimal digits, what is inside nested', (t) => {
  const bytes = build(ascii, purchase);
  const { dialect, mti, fields, ...rest } = inspect(bytes, ascii, { reveal: true });
  t.equal(dialect, 'iso87-ascii');
  t.equal(mti, '0100');
  t.same(rest, {});
  t.same(fields['2'], { name: 'Primary account number (PAN)', value: PAN, offset: 14, length: 16 });
  t.same(fields['4'], { name: 'Amount, transaction', value: '000000001234', offset: 36, length: 12 });
  t.equal(one(fields['52']).value, '0123456789ABCDEF');
  t.equal(one(fields['52']).length, 8);
  t.match(one(fields['43']).fields, { 2: { name: 'City', value: 'PARIS        ', length: 13 } });
  t.equal(one(one(fields['43']).fields?.['2']).offset, one(fields['43']).offset + 23);
  const groups = one(fields['54']).fields!;
  t.same(Object.keys(groups), ['1', '2']);
  t.equal(one(one(groups['2']).fields!['4']).value, 'D000000000100');
  t.match(one(fields['55']).fields, {
    '9F26': { name: 'Application cryptogram', value: '0102030405060708', length: 8 },
    '5F20': { value: '444F452F4A414E452020' },
  });
  t.end();
});

t.test(
  'PAN, tracks, PIN and what a chip says of the holder are masked unless they are to be revealed',
  (t) => {
    const { fields } = inspect(build(ascii, purchase), ascii);
    t.equal(one(fields['2']).value, '999901******5677');
    t.equal(one(fields['35']).value, `999901******5677=${'*'.repeat(17)}`);
    t.equal(one(fields['52']).value, '*'.repeat(16));
    const tags = one(fields['55']).fields!;
    t.equal(one(tags['5A']).value, '999901******5677');
    t.equal(one(tags['57']).value, `999901******5677D${'*'.repeat(21)}`);
    t.equal(one(tags['5F20']).value, '*'.repeat(20));
    t.equal(one(tags['95']).value, '0000008000');
    const whole = one(fields['55']).value;
    t.equal(whole.length, chip.length);
    t.equal(whole.slice(0, 4), '5A08');
    t.ok(whole.endsWith('9F26080102030405060708'));
    t.equal(one(fields['41']).value, 'TERM0001');
    t.end();
  },
);

t.test('tags that come again are a list, in order', (t) => {
  const bytes = build(ascii, { mti: '0100', fields: { 55: '9F360200019F2701809F36020002' } });
  const tags = one(inspect(bytes, ascii).fields['55']).fields!;
  t.match(tags['9F36'], [{ value: '0001' }, { value: '0002' }]);
  t.match(tags['9F27'], { value: '80' });
  t.end();
});

t.test('templates and chip data that a dialect knows nothing of are masked all the same', (t) => {
  const template = `700A5A08${PAN}`;
  const inside = inspect(build(ascii, { mti: '0100', fields: { 55: template } }), ascii);
  t.equal(one(one(inside.fields['55']).fields!['70']).value, '5A08999901******5677');
  t.equal(one(inside.fields['55']).value, '700A5A08999901******5677');
  const document: Dialect = {
    ...ascii.dialect,
    name: 'flat',
    fields: {
      ...ascii.dialect.fields,
      55: { name: 'Chip', class: 'icc', content: 'b', max: 255, prefix: 'LLL' },
    },
  };
  const flat = compileDialect(document);
  const field = one(inspect(build(flat, { mti: '0100', fields: { 55: chip } }), flat).fields['55']);
  t.equal(field.fields, undefined, 'for a writer the dialect has nothing inside');
  t.notMatch(field.value, PAN);
  t.match(field.value, /^5A08999901\*{6}56775713999901\*{6}5677D\*{21}5F200A\*{20}9505/);
  const broken = one(
    inspect(build(flat, { mti: '0100', fields: { 55: `5A08${PAN}57FF` } }), flat).fields['55'],
  );
  t.match(broken.value, /^\*+$/, 'what can’t be read might hold anything');
  t.end();
});

t.test('a card number in a private field is masked', (t) => {
  const bytes = build(ascii, { mti: '0100', fields: { 48: `card ${PAN} again`, 60: '9999010012345678' } });
  const { fields } = inspect(bytes, ascii);
  t.equal(one(fields['48']).value, 'card 999901******5677 again');
  t.equal(one(fields['60']).value, '9999010012345678', 'its check digit is wrong: a number of another kind');
  t.end();
});

t.test('a framing is taken off, and what does not fit it is refused', (t) => {
  const bytes = build(ascii, purchase);
  const framing = framingByName('length2-header');
  const frame = Buffer.alloc(bytes.length + 7);
  bytes.copy(frame, 7);
  framing.address(frame, 0);
  framing.finish(frame, 0, bytes.length);
  const inspected = inspect(frame, ascii, { framing });
  t.equal(inspected.framing, 'length2-header');
  t.equal(one(inspected.fields['2']).offset, 14, 'offsets are those of the message');
  const code = { code: 'HF_ISO_FRAMING' };
  t.throws(() => inspect(frame.subarray(0, 20), ascii, { framing }), { ...code, rule: /not whole/ });
  t.throws(() => inspect(Buffer.concat([frame, frame]), ascii, { framing }), { ...code, rule: /follow/ });
  t.throws(() => inspect(Buffer.from([0, 1, 0]), ascii, { framing }), { ...code, rule: /lost/ });
  t.throws(() => inspect(Buffer.from('0000'), ascii, { framing: framingByName('ascii4') }), {
    ...code,
    rule: /poll/,
  });
  t.end();
});

t.test('what is wrong is an error with its path, or is listed beside what could be read', (t) => {
  const bytes = build(ascii, { mti: '0100', fields: { 3: '000000', 55: '9F260801', 60: 'X' } });
  t.throws(() => inspect(bytes, ascii), { code: 'HF_ISO_OVERRUN', path: '55.9F26' });
  const lenient = inspect(bytes, ascii, { lenient: true });
  t.match(lenient.issues, [{ code: 'HF_ISO_OVERRUN', path: '55.9F26' }]);
  t.match(one(lenient.fields['55']).value, /^\*+$/);
  t.equal(one(lenient.fields['60']).value, 'X');
  const short = inspect(bytes.subarray(0, 15), ascii, { lenient: true });
  t.match(short.issues, [{ code: 'HF_ISO_OVERRUN', path: '3' }]);
  t.same(inspect(Buffer.from('01'), ascii, { lenient: true }).mti, '');
  t.end();
});

/** A PAN as it may stand in text, in a dump of ASCII, EBCDIC or packed digits. */
const spelt = [
  /9999010012345677/,
  /39 ?39 ?39 ?39 ?30 ?31 ?30 ?30 ?31/,
  /F9 ?F9 ?F9 ?F9 ?F0 ?F1 ?F0 ?F0 ?F1/,
  /99 ?99 ?01 ?00 ?12/,
];

for (const name of DIALECT_NAMES) {
  t.test(`${name}: no PAN is shown in JSON or in a dump, and all of it is when revealed`, (t) => {
    const dialect = dialectByName(name);
    const fields: Record<number, string> = { 2: PAN, 11: '000042', 35: TRACK2 };
    const digit = String(dialect.version);
    const bytes = build(dialect, { mti: `${digit}100`, fields });
    const json = JSON.stringify(inspect(bytes, dialect));
    const dump = annotate(bytes, dialect).join('\n');
    for (const pattern of spelt) {
      t.notMatch(json, pattern);
      t.notMatch(dump, pattern);
    }
    t.match(json, '999901******5677');
    t.match(dump, '999901******5677');
    t.match(JSON.stringify(inspect(bytes, dialect, { reveal: true })), PAN);
    t.match(annotate(bytes, dialect, { reveal: true }).join('\n'), PAN);
    t.end();
  });
}

t.test('a message is a list of its values, with what they mean, for comparing', (t) => {
  const listed = listFields(build(ascii, purchase), ascii);
  const of = (path: string) => listed.find((field) => field.path === path);
  t.match(listed[0], { path: 'mti', value: '0100', meaning: /^authorisation request/ });
  t.match(of('2'), { value: '999901******5677', meaning: '' });
  t.match(of('4'), { value: '000000001234', meaning: '12.34 EUR' });
  t.match(of('54.2.4'), { value: 'D000000000100', meaning: '1.00 EUR, debit' });
  t.match(of('55.95'), { value: '0000008000', meaning: 'floor limit exceeded' });
  t.equal(of('54'), undefined, 'what has parts is its parts');
  t.end();
});
