import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { ENTRY, KIND, TRAIT } from '../../parsers/batch.js';
import { compileDialect } from '../../parsers/compile.js';
import type { CompiledDialect } from '../../parsers/compiled-dialect.js';
import { builtInDocument, DIALECT_NAMES, dialectByName } from '../../parsers/dialects/index.js';
import { pointOfServiceText } from '../../parsers/meaning/index.js';
import { resolveDialect } from '../../parsers/resolve-dialect.js';
import type { FieldValue } from '../../parsers/writer.js';
import { byEdition } from './by-edition.js';
import { ascii, purchase, readOne, reversal } from './one-message.js';
import { holds } from './property.js';

type EntryName = keyof typeof ENTRY;
type TraitName = keyof typeof TRAIT;

const TRAITS = Object.keys(TRAIT) as TraitName[];
const PRESENT: readonly TraitName[] = ['cardPresent', 'cardholderPresent'];
const PIN = '0123456789ABCDEF';

interface Read {
  readonly entry: EntryName;
  readonly traits: readonly TraitName[];
}

/** How the card of a purchase with those fields was read, and its traits. */
function told(
  fields: Readonly<Record<number, FieldValue | undefined>>,
  dialect: CompiledDialect = ascii,
): Read {
  const message = byEdition(dialect, purchase({ 22: undefined, 25: undefined }));
  const all = Object.entries({ ...message.fields, ...fields }).filter(([, value]) => value !== undefined);
  const { columns } = readOne(
    { ...message, fields: Object.fromEntries(all) as typeof message.fields },
    dialect,
  );
  assert.equal(columns.kind[0], KIND.authorise);
  const [entry] = (Object.keys(ENTRY) as EntryName[]).filter((name) => ENTRY[name] === columns.entry[0]);
  return { entry: entry!, traits: TRAITS.filter((name) => (columns.traits[0]! & TRAIT[name]) !== 0) };
}

const entry87 = (mode: string) => told({ 22: mode }).entry;
const iso93 = dialectByName('iso93-ascii');

t.test('1987: the first two digits of DE22', async (t) => {
  const expected: readonly (readonly [EntryName, ...(readonly string[])])[] = [
    ['unknown', '00', '03', '04', '08', '11', '50', '99'],
    ['manual', '01', '06'],
    ['magstripe', '02', '90'],
    ['chip', '05', '95'],
    ['contactless', '07'],
    ['contactlessMagstripe', '83', '91'],
    ['ecommerce', '09', '81', '82'],
    ['credentialOnFile', '10'],
    ['fallback', '79', '80', '85'],
  ];
  for (const [name, ...modes] of expected)
    for (const mode of modes)
      t.equal(entry87(`${mode}1`), name, `${mode}: ${pointOfServiceText(`${mode}1`)}`);
  t.equal(told({}).entry, 'unknown', 'without DE22');
  t.equal(told({ 22: '0510' }, dialectByName('visa')).entry, 'chip', 'of four digits');
});

t.test('1993: the card data input mode, position 7 of the point of service data code', async (t) => {
  const entry = (input: string, card = '1') => told({ 22: `00000${card}${input}00000` }, iso93).entry;
  const expected: readonly (readonly [EntryName, string])[] = [
    ['unknown', '034ZaX'],
    ['manual', '16'],
    ['magstripe', '2B'],
    ['chip', '5CF'],
    ['contactless', '7M'],
    ['contactlessMagstripe', '8A'],
    ['ecommerce', 'RST'],
    ['fallback', '9'],
  ];
  for (const [name, inputs] of expected)
    for (const input of inputs) t.equal(entry(input), name, `'${input}'`);
  t.equal(entry('7', '0'), 'credentialOnFile', 'no card to be tapped');
  t.equal(told({}, iso93).entry, 'unknown', 'without DE22');
});

t.test('2003: nobody agrees on its DE22', async (t) => {
  const iso2003 = dialectByName('iso2003-binary');
  t.same(told({ 22: `20${'0'.repeat(30)}` }, iso2003), { entry: 'unknown', traits: [] });
  t.same(told({ 52: PIN }, iso2003).traits, ['pin']);
});

t.test('a data code that is cut short, as a dialect may let it, says what it can', async (t) => {
  const field = { name: 'Point of service data code', content: 'an', max: 12, prefix: 'LL' };
  const short = compileDialect(
    resolveDialect({ name: 'short', extends: 'iso93-ascii', fields: { 22: field } }, builtInDocument),
  );
  for (let length = 0; length < 7; length++)
    t.same(told({ 22: '000001'.padEnd(length, '5').slice(0, length) }, short), {
      entry: 'unknown',
      traits: [],
    });
  t.same(told({ 22: '0000015' }, short), { entry: 'chip', traits: [] });
  t.same(told({ 22: '00000151' }, short).traits, [...PRESENT, 'strongAuthentication', 'pin']);
});

t.test('1987: whether card and cardholder are there, by DE25', async (t) => {
  const by = (condition: string | undefined, mode?: string) => told({ 22: mode, 25: condition }).traits;
  for (const condition of ['00', '02', '03', '04', '10', '27', '71'])
    t.same(by(condition), PRESENT, condition);
  for (const condition of ['01', '08', '15', '59']) t.same(by(condition, '051'), [], condition);
  t.same(by('05'), ['cardholderPresent']);
  for (const condition of ['40', '73']) t.same(by(condition), ['recurring'], condition);
  t.same(by('00', '812'), [], 'sent for whatever else is not said');
  t.same(by('00', '102'), ['credentialOnFile']);
  for (const condition of [undefined, '06', '51', '55', '99']) {
    for (const mode of ['022', '051', '071', '911', '801']) t.same(by(condition, mode), PRESENT, mode);
    for (const mode of [undefined, '001', '011', '812']) t.same(by(condition, mode), [], mode ?? 'none');
  }
});

t.test('1993: whether card and cardholder are there, by positions 5 and 6', async (t) => {
  const by = (cardholder: string, card: string) =>
    told({ 22: `0000${cardholder}${card}000000` }, iso93).traits;
  t.same(by('0', '1'), PRESENT);
  t.same(by('0', '0'), ['cardholderPresent']);
  t.same(by('1', '1'), ['cardPresent']);
  for (const cardholder of '1235Z') t.same(by(cardholder, '0'), [], cardholder);
  t.same(by('4', '0'), ['recurring'], 'a standing order');
  t.same(told({}, iso93).traits, []);
});

t.test('a PIN is one in DE52 or, in 1993, in position 8', async (t) => {
  const code = (input: string, method: string) => ({ 22: `000001${input}${method}0000` });
  t.same(told({ 22: '021', 52: PIN }).traits, [...PRESENT, 'pin'], 'with the stripe');
  for (const mode of ['051', '071'])
    t.same(told({ 22: mode, 52: PIN }).traits, [...PRESENT, 'strongAuthentication', 'pin'], mode);
  for (const mode of ['911', '801', '901'])
    t.same(told({ 22: mode, 52: PIN }).traits, [...PRESENT, 'pin'], `${mode}: no chip`);
  t.same(told(code('5', '1'), iso93).traits, [...PRESENT, 'strongAuthentication', 'pin']);
  t.same(told(code('2', '1'), iso93).traits, [...PRESENT, 'pin']);
  for (const method of '0256S') t.same(told(code('5', method), iso93).traits, PRESENT, method);
  t.same(told({ ...code('5', '0'), 52: PIN }, iso93).traits, [...PRESENT, 'strongAuthentication', 'pin']);
});

/** DE55 with those CVM results among other tags. */
const chipData = (results: string) => `9F2608AABBCCDDEEFF00119F10020110${results}9F360200019A03260607`;
const byChip = (data: string, dialect = ascii) =>
  told({ 22: '0510'.slice(0, dialect.table.fields[22]!.units), 55: data }, dialect).traits;

t.test('a PIN that the chip verified is told by the CVM results in DE55', async (t) => {
  const strong = [...PRESENT, 'strongAuthentication', 'pin'];
  for (const method of ['01', '02', '03', '04', '05', '41', '44'])
    t.same(byChip(chipData(`9F3403${method}0302`)), strong, `method ${method}`);
  for (const method of ['00', '06', '1E', '1F', '3F', '20', '21', '22', '5E'])
    t.same(byChip(chipData(`9F3403${method}0302`)), PRESENT, `method ${method}`);
  t.same(byChip(chipData('9F3403440300')), strong, 'of an unknown result, as online');
  t.same(byChip(chipData('9F3403440301')), PRESENT, 'failed');
  t.same(byChip(chipData('')), PRESENT, 'none');
  t.same(byChip(chipData('0000FF9F3403440302')), strong, 'behind filling');
  t.same(byChip(chipData('9F348103440302')), strong, 'a length of two bytes');
  t.same(byChip(chipData('9F34820003440302')), strong, 'a length of three');
  t.same(byChip(chipData('9F34024403')), PRESENT, 'cut short');
  t.same(byChip('9F1005019F34034403029A03260607'), PRESENT, 'bytes inside another tag');
  t.same(byChip('DF8134034403029A03260607'), PRESENT, 'a longer tag that ends alike');
  t.same(byChip('9F2608AABB'), PRESENT, 'a value that goes on behind the end');
  t.same(byChip(`9F26FF${chipData('9F3403440302')}`), PRESENT, 'of no length');
});

t.test('CVM results are read in hexadecimal digits, and inside a data set', async (t) => {
  const hex = dialectByName('base24');
  t.same(byChip(chipData('9F3403440302'), hex), [...PRESENT, 'strongAuthentication', 'pin']);
  t.same(byChip(chipData('9F34031F0302'), hex), PRESENT);
  const visa = dialectByName('visa');
  const set = (id: string, data: string) =>
    id + (data.length / 2).toString(16).padStart(4, '0').toUpperCase() + data;
  const data = chipData('9F3403420302');
  t.same(byChip(set('01', data), visa), [...PRESENT, 'strongAuthentication', 'pin']);
  t.same(byChip(set('7A', 'C0DE') + set('01', data), visa), [...PRESENT, 'strongAuthentication', 'pin']);
  t.same(byChip(set('7A', data), visa), PRESENT, 'in a set of something else');
});

t.test('whatever bytes are in DE55, a message is read', async (t) => {
  const tags = fc.constantFrom(0x9f, 0x34, 0x03, 0x02, 0x81, 0x82, 0x80, 0xff, 0x00, 0x5f, 0x01);
  const bytes = fc.array(fc.oneof(tags, fc.nat({ max: 255 })), { minLength: 1, maxLength: 255 });
  const names = ['iso87-ascii', 'base24', 'visa', 'iso93-ascii', 'iso2003-binary'] as const;
  const property = fc.property(bytes, fc.constantFrom(...names), (octets, name) => {
    told({ 55: Buffer.from(octets).toString('hex').toUpperCase() }, dialectByName(name));
  });
  holds(t, property, 1000);
});

t.test('ours: DE61 of four characters, in every encoding', async (t) => {
  const names = [
    'iso87-ascii',
    'iso87-ascii-hex',
    'iso87-binary',
    'iso87-ebcdic',
    'iso93-ascii',
    'iso93-binary',
  ];
  for (const name of [...names, 'iso2003-binary']) {
    const traits = (text: string) => told({ 61: text }, dialectByName(name)).traits;
    t.same(traits('1000'), ['strongAuthentication'], name);
    t.same(traits('0100'), ['recurring'], name);
    t.same(traits('0010'), ['walletToken'], name);
    t.same(traits('0001'), ['credentialOnFile'], name);
    t.same(traits('1111'), ['strongAuthentication', 'recurring', 'walletToken', 'credentialOnFile'], name);
    t.same(traits('11111'), [], `${name}: a longer one is something else`);
  }
});

t.test('Postilion and BASE24 have something else in DE61', async (t) => {
  for (const name of ['postilion', 'base24'])
    t.same(told({ 61: '1111' }, dialectByName(name)).traits, [], name);
  t.same(told({ 123: '000040100000000' }, dialectByName('postilion')).traits, ['recurring']);
});

t.test('Visa: the indicator of electronic commerce in DE60.8, stored credentials in DE126.13', async (t) => {
  const visa = dialectByName('visa');
  const indicator = (value: string) => told({ 60: `00000000${value}00` }, visa).traits;
  t.same(indicator('05'), ['strongAuthentication']);
  t.same(indicator('02'), ['recurring']);
  for (const value of ['00', '01', '06', '07', '08', '50']) t.same(indicator(value), [], value);
  t.same(told({ 126: { fields: { 13: 'C' } } }, visa).traits, ['credentialOnFile']);
  t.same(told({ 126: { fields: { 5: 'MERCHANT', 10: '11 123', 13: 'C' } } }, visa).traits, [
    'credentialOnFile',
  ]);
  t.same(told({ 126: { fields: { 13: 'R' } } }, visa).traits, []);
});

t.test('Mastercard: DE48 subelements 42, 33 and 22, DE61 position 4', async (t) => {
  const mastercard = dialectByName('mastercard');
  const private48 = (text: string) => told({ 48: `T${text}` }, mastercard).traits;
  t.same(private48('42070103212'), ['strongAuthentication']);
  t.same(private48('42070103242'), ['strongAuthentication']);
  for (const level of ['210', '211', '910', '217']) t.same(private48(`42070103${level}`), [], level);
  for (const kind of 'CH') t.same(private48(`33050101${kind}`), ['walletToken'], kind);
  t.same(private48('33050101F'), [], 'a token that a merchant has on file');
  t.same(private48('22080504C101'), ['credentialOnFile']);
  t.same(private48('22080504M103'), ['credentialOnFile']);
  t.same(private48('22040102XX'), []);
  t.same(told({ 61: '000400000000' }, mastercard).traits, ['recurring']);
  t.same(told({ 61: '000500000000' }, mastercard).traits, []);
});

t.test('a reversal and an advice tell it as a request does', async (t) => {
  for (const message of [reversal({ 52: PIN }), purchase({ 52: PIN }, '0220')]) {
    const { columns } = readOne(message);
    t.equal(columns.entry[0], ENTRY.chip);
    t.equal(columns.traits[0], 15);
  }
});

t.test('whatever a dialect lets stand in DE22 and DE25, a message is read', async (t) => {
  const codes = fc.record({ mode: fc.nat({ max: 999 }), condition: fc.nat({ max: 99 }) });
  const property = fc.property(codes, fc.constantFrom(...DIALECT_NAMES), ({ mode, condition }, name) => {
    const dialect = dialectByName(name);
    if (dialect.version !== 0) return;
    const { units } = dialect.table.fields[22]!;
    const digits = String(mode).padStart(3, '0').padEnd(units, '0');
    told({ 22: digits, 25: String(condition).padStart(2, '0') }, dialect);
  });
  holds(t, property, 500);
  const text = { name: 'Entry mode', content: 'ans', length: 3 };
  const loose = compileDialect(
    resolveDialect({ name: 'loose', extends: 'iso87-ascii', fields: { 22: text } }, builtInDocument),
  );
  holds(
    t,
    fc.property(fc.string({ minLength: 3, maxLength: 3 }), (mode) => {
      told({ 22: mode }, loose);
    }),
    300,
  );
});
