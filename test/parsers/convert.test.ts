import fc from 'fast-check';
import t from 'tap';
import { convert } from '../../parsers/convert/convert.js';
import { DIALECT_NAMES, dialectByName } from '../../parsers/dialects/index.js';
import { diff } from '../../parsers/diff.js';
import { parse } from '../../parsers/reader.js';
import { samples } from '../../parsers/samples.js';
import { validate } from '../../parsers/validate.js';
import { MessageView } from '../../parsers/view.js';
import { build, type FieldValue } from '../../parsers/writer.js';
import { messages } from '../conformance/arbitrary.js';
import { holds } from './property.js';

const NOW = new Date('2026-06-07T11:00:00Z');
const iso87 = dialectByName('iso87-ascii');
const iso93 = dialectByName('iso93-ascii');
const iso2003 = dialectByName('iso2003-binary');

function said(
  mti: string,
  fields: Readonly<Record<number, FieldValue>>,
  to = iso93,
  from = iso87,
  now = NOW,
) {
  const { message, bytes, lost } = convert(build(from, { mti, fields }), from, to, now);
  const view = new MessageView();
  t.ok(parse(view, to, bytes, 0, bytes.length), 'it can be read');
  const text = (field: number) => (view.has(field) ? view.text(field) : undefined);
  return { mti: message.mti, text, lost: lost.map(({ path, rule }) => `${path} ${rule}`) };
}

t.test('a sample comes back the same from every dialect, but for what was said to be lost', (t) => {
  for (const name of DIALECT_NAMES) {
    const dialect = dialectByName(name);
    const base = samples(iso87);
    for (const [index, { bytes }] of samples(dialect).entries()) {
      const there = convert(base[index]!.bytes, iso87, dialect, NOW);
      t.same(there.bytes, bytes);
      const back = convert(bytes, dialect, iso87, NOW);
      const changed = diff(
        { bytes: base[index]!.bytes, dialect: iso87 },
        { bytes: back.bytes, dialect: iso87 },
      );
      const lost = there.lost.map(({ path }) => path);
      for (const { path } of changed) t.ok(lost.includes(path), `${name} ${base[index]!.name}: ${path}`);
    }
  }
  t.end();
});

t.test('samples are valid by the profile of their message type', (t) => {
  for (const name of DIALECT_NAMES) {
    for (const sample of samples(dialectByName(name))) {
      const view = new MessageView();
      t.ok(parse(view, dialectByName(name), sample.bytes, 0, sample.bytes.length), `${name} ${sample.name}`);
      t.same(validate(view), []);
    }
  }
  t.end();
});

t.test('response codes and action codes say the same', (t) => {
  t.equal(said('0110', { 39: '51' }).text(39), '116');
  t.equal(said('0110', { 39: '51' }, iso2003).text(39), '1016');
  t.equal(said('0110', { 39: '78' }).text(39), '125', 'not activated yet');
  t.equal(said('1110', { 39: '125' }, iso87, iso93).text(39), '78');
  t.equal(said('0110', { 39: '00' }).text(39), '000');
  t.equal(said('0410', { 39: '00' }).text(39), '400', 'a reversal that is accepted');
  t.equal(said('0810', { 39: '00' }).text(39), '800');
  t.equal(said('1110', { 39: '907' }, iso87, iso93).text(39), '91');
  t.equal(said('2110', { 39: '1016' }, iso87, iso2003).text(39), '51');
  t.equal(said('2110', { 39: '0116' }, iso87, iso2003).text(39), '51', 'the 0 in front');
  t.same(said('0110', { 39: 'Z3' }).lost, ['39 its value has no counterpart']);
  t.same(
    said('0110', { 39: '53' }).lost,
    ['39 only a part of it can be said'],
    'no savings account: no account',
  );
  t.end();
});

t.test('network codes, function codes and message types', (t) => {
  const echo = said('0800', { 11: '1', 70: '301' });
  t.same([echo.mti, echo.text(24), echo.text(70), echo.lost], ['1804', '831', undefined, []]);
  const back = said('1814', { 11: '1', 24: '801', 39: '800' }, iso87, iso93);
  t.same([back.mti, back.text(70), back.text(39), back.lost], ['0810', '001', '00', []]);
  t.equal(said('0100', { 4: '1' }).text(24), '100');
  t.same(said('1100', { 4: '1', 24: '181' }, iso87, iso93).lost, [
    '24 says more than the message type of 1987 does',
  ]);
  t.end();
});

t.test('dates get the year that is nearest, and lose it again', (t) => {
  const fields = { 12: '235959', 13: '1231', 15: '0101' };
  const late = said('0100', fields, iso93, iso87, new Date('2027-01-01T00:30:00Z'));
  t.same([late.text(12), late.text(13), late.text(15)], ['261231235959', undefined, '270101']);
  t.equal(said('0100', fields, iso2003).text(12), '20261231235959');
  const back = said('2100', { 12: '20261231235959', 15: '20270101' }, iso87, iso2003);
  t.same([back.text(12), back.text(13), back.text(15)], ['235959', '1231', '0101']);
  t.match(said('0100', { 12: '120000' }).lost, [/^12 date and time are one field/]);
  t.end();
});

t.test('amounts carry their currency in 2003', (t) => {
  const there = said('0100', { 4: '1250', 6: '990', 49: '978', 51: '392' }, iso2003);
  t.same([there.text(4), there.text(6), there.text(49)], ['9782000000001250', '3920000000000990', undefined]);
  const back = said('2100', { 4: '9782000000001250' }, iso87, iso2003);
  t.same([back.text(4), back.text(49), back.lost], ['000000001250', '978', []]);
  t.match(said('0100', { 4: '1250' }, iso2003).lost, [/^4 an amount has its currency before it/]);
  t.match(said('2100', { 4: '9783000000012500' }, iso87, iso2003).lost, [/^4 has other decimal places/]);
  const balances = said(
    '0110',
    { 39: '00', 54: `1002978C${'1'.padStart(12, '0')}2001978D${'2'.padStart(12, '0')}` },
    iso2003,
  );
  t.equal(balances.text(54), `10029782C${'1'.padStart(12, '0')}20019782D${'2'.padStart(12, '0')}`);
  t.end();
});

t.test('a partial reversal has its two amounts the other way round', (t) => {
  const there = said('0400', {
    4: '1000',
    95: `${'250'.padStart(12, '0')}${'0'.repeat(12)}C00000000C00000000`,
  });
  t.same(
    [there.text(4), there.text(30)?.slice(0, 12), there.text(24)],
    ['000000000250', '000000001000', '401'],
  );
  const back = said(
    '1400',
    { 4: '250', 24: '401', 30: `${'1000'.padStart(12, '0')}${'0'.repeat(12)}` },
    iso87,
    iso93,
  );
  t.same([back.text(4), back.text(95)?.slice(0, 12)], ['000000001000', '000000000250']);
  t.end();
});

t.test('points of service', (t) => {
  const chip = said('0100', { 22: '051', 25: '00' });
  t.equal(chip.text(22)?.[6], '5', 'a chip');
  t.equal(said('0100', { 22: '071' }).text(22)?.[6], 'M', 'contactless');
  t.equal(said('0100', { 22: '812', 25: '59' }).text(22)?.[4], '5', 'electronic commerce');
  t.same(chip.lost, []);
  const back = said('1100', { 22: '510101511344' }, iso87, iso93);
  t.same([back.text(22), back.text(25)], ['051', '00']);
  t.match(back.lost, ['22 only a part of it can be said']);
  t.end();
});

t.test('the merchant’s name and place, by their parts', (t) => {
  const value = { fields: { 1: 'CAFE DE LA PAIX', 2: 'PARIS', 4: 'FR' } };
  t.equal(said('0100', { 43: value }).text(43), `CAFE DE LA PAIX\\\\PARIS\\${' '.repeat(13)}FRA`);
  const mastercard = dialectByName('mastercard');
  const there = said('0100', { 43: value }, mastercard);
  t.equal(there.text(43), `${'CAFE DE LA PAIX'.padEnd(23)}${'PARIS'.padEnd(14)}FRA`);
  const long = said(
    '1100',
    { 43: 'A VERY LONG NAME OF A SHOP\\A STREET\\PARIS\\75001     IDFFRA' },
    iso87,
    iso93,
  );
  t.match(long.lost, [/^43 there is no place for all of its name/]);
  t.equal(long.text(43)?.slice(23, 40), 'PARIS        IDFR');
  t.end();
});

t.test('chip data stand where the dialect has them', (t) => {
  const visa = dialectByName('visa');
  const there = said('0100', { 55: '9F2701809F36020015' }, visa);
  t.equal(there.text(55), '0100099F2701809F36020015');
  t.equal(said('0100', { 55: '0100099F2701809F36020015' }, iso87, visa).text(55), '9F2701809F36020015');
  t.end();
});

t.test('what has no place is listed with the name it came with, and no value', (t) => {
  const secret = '9999010212345675';
  const message = build(iso87, {
    mti: '0100',
    fields: { 4: '1', 49: '978', 60: secret, 63: secret, 128: '0011223344556677' },
  });
  const { lost } = convert(message, iso87, iso2003, NOW);
  t.same(
    lost.map(({ path }) => path),
    ['60', '63', '128'],
  );
  t.equal(lost[0]!.name, 'Reserved national');
  t.notMatch(JSON.stringify(lost), secret);
  const postilion = dialectByName('postilion');
  t.match(said('0100', { 60: 'X' }, postilion).lost, ['60 is “Advice reason code” in postilion']);
  t.equal(said('0100', { 59: 'ECHO' }, postilion, postilion).text(59), 'ECHO');
  t.match(said('0100', { 48: 'R99051' }, dialectByName('mastercard')).lost, [/^48.99 does not fit/]);
  t.end();
});

t.test('any message of any dialect is said in any other, or what of it can’t be is listed', (t) => {
  for (const name of DIALECT_NAMES) {
    const from = dialectByName(name);
    const property = fc.property(messages(from), fc.constantFrom(...DIALECT_NAMES), (message, other) => {
      const to = dialectByName(other);
      const bytes = build(from, message);
      const converted = convert(bytes, from, to, NOW);
      const view = new MessageView();
      if (!parse(view, to, converted.bytes, 0, converted.bytes.length)) throw view.error();
      // Within one dialect only a MAC is lost.
      if (to !== from) return true;
      return converted.lost.every(({ path }) => from.table.fields[Number(path)]?.class === 'mac');
    });
    holds(t, property, 60);
  }
  t.end();
});
