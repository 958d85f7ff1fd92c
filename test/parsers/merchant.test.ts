import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { ACCEPTOR_BYTES, KIND } from '../../parsers/batch.js';
import { compileDialect } from '../../parsers/compile.js';
import type { CompiledDialect } from '../../parsers/compiled-dialect.js';
import { builtInDocument, dialectByName } from '../../parsers/dialects/index.js';
import { FROM_LATIN1 } from '../../parsers/encoding.js';
import { COUNTRIES } from '../../parsers/meaning/index.js';
import { resolveDialect } from '../../parsers/resolve-dialect.js';
import { build, type FieldValue } from '../../parsers/writer.js';
import { byEdition } from './by-edition.js';
import { ascii, purchase, readOne } from './one-message.js';
import { holds } from './property.js';

const iso93 = dialectByName('iso93-ascii');
const mastercard = dialectByName('mastercard');
const iso2003 = dialectByName('iso2003-binary');

/** What is known of the merchant of a purchase with those fields. */
function merchant(
  fields: Readonly<Record<number, FieldValue | undefined>>,
  dialect: CompiledDialect = ascii,
  pan = '9999010012345678',
) {
  const message = byEdition(dialect, purchase({ 2: pan }));
  const all = Object.entries({ ...message.fields, ...fields }).filter(([, value]) => value !== undefined);
  const { columns } = readOne(
    { ...message, fields: Object.fromEntries(all) as typeof message.fields },
    dialect,
  );
  assert.equal(columns.kind[0], KIND.authorise);
  const [length] = columns.acceptorLength;
  assert.ok(length! <= ACCEPTOR_BYTES);
  const text = Buffer.from(columns.acceptor).toString('latin1').slice(0, length);
  return { country: columns.country[0], acquirer: columns.acquirer[0], text };
}

const place87 = (end: string) => 'LE COMPTOIR            PARIS'.padEnd(40 - end.length) + end;
const country = (end: string, fields: Readonly<Record<number, string>> = {}) =>
  merchant({ 43: place87(end), ...fields }).country;

t.test('1987: every country by its two letters at the end of DE43', async (t) => {
  for (const { alpha2, numeric } of COUNTRIES.values()) t.equal(country(alpha2), Number(numeric), alpha2);
  t.equal(country('fr'), 250, 'in small letters');
  t.equal(country('TXUS'), 840, 'behind a state');
});

t.test('where DE43 says none, the country is the acquirer’s in DE19', async (t) => {
  for (const end of ['  ', 'XX', 'F ', ' F', '56', '@A', '[A', 'É\u00ff', 'ZZ', 'UK'])
    t.same([country(end), country(end, { 19: '056' })], [0, 56], `'${end}'`);
  t.same([merchant({}).country, merchant({ 19: '056' }).country], [0, 56], 'without DE43');
  t.equal(country('FR', { 19: '056' }), 250, 'the merchant’s first');
  t.equal(merchant({ 19: '000' }).country, 0);
  t.equal(merchant({ 19: '901' }).country, 901, 'a number of the network’s own');
});

t.test('Mastercard: three letters, or a state', async (t) => {
  const by = (end: string) => merchant({ 19: '056', 43: place87(end) }, mastercard).country;
  for (const { alpha3, numeric } of COUNTRIES.values()) t.equal(by(alpha3), Number(numeric), alpha3);
  for (const end of ['TX ', ' FR', 'XXX', '   ', '999']) t.equal(by(end), 56, `'${end}'`);
  t.equal(by('250'), 250, 'the number itself');
  t.equal(by('004'), 4);
});

t.test('1993: the last three of DE43', async (t) => {
  const text = (end: string) => `LE COMPTOIR\\RUE DU PORT\\PARIS\\75001     IDF${end}`;
  const by = (whole: string) => merchant({ 19: '056', 43: whole }, iso93).country;
  t.equal(by(text('FRA')), 250);
  t.equal(by(text('250')), 250);
  t.equal(by('FRA'), 250);
  for (const whole of [text('   '), text('XXX'), 'FR', 'F', 'LE COMPTOIR']) t.equal(by(whole), 56, whole);
});

t.test('2003: DE43 is bytes, so that DE19 alone says the country', async (t) => {
  const fields = { 2: 'LE COMPTOIR', 4: 'PARIS', 7: 'FRA' };
  t.same(merchant({ 19: '056', 43: { fields } }, iso2003), { country: 56, acquirer: 123_456, text: '' });
});

t.test('a country elsewhere in DE43 is where the dialect has it', async (t) => {
  const structure = {
    kind: 'positional',
    fields: { 1: { name: 'Country code', length: 3 }, 2: { name: 'Name', max: 37 } },
  };
  const field = { name: 'Acceptor', max: 40, prefix: 'LL', structure };
  const mine = compileDialect(
    resolveDialect({ name: 'mine', extends: 'iso87-ascii', fields: { 43: field } }, builtInDocument),
  );
  t.equal(merchant({ 43: 'BELLE COMPTOIR FR' }, mine).country, 56);
  t.equal(merchant({ 43: 'BE' }, mine).country, 0, 'cut within it');
});

t.test('the acquirer is DE32', async (t) => {
  t.equal(merchant({}).acquirer, 123_456);
  t.equal(merchant({ 32: undefined }).acquirer, 0);
  t.equal(merchant({ 32: '99999999999' }).acquirer, 99_999_999_999);
  t.equal(merchant({ 32: '00000000007' }, dialectByName('iso87-binary')).acquirer, 7);
  const field = { name: 'Acquirer', content: 'n', max: 40, prefix: 'LL' };
  const long = compileDialect(
    resolveDialect({ name: 'long', extends: 'iso87-ascii', fields: { 32: field } }, builtInDocument),
  );
  t.equal(merchant({ 32: '100000000000' }, long).acquirer, 0, 'more digits than there can be');
  t.equal(merchant({ 32: '9'.repeat(40) }, long).acquirer, 0);
});

t.test('the acceptor is the text of DE43 without the spaces behind it', async (t) => {
  const text = (value: string, dialect = ascii) => merchant({ 43: value }, dialect).text;
  t.equal(text(place87('FR')), place87('FR'));
  t.equal(text('LE COMPTOIR'.padEnd(40)), 'LE COMPTOIR');
  t.equal(text(' '.repeat(40)), '');
  t.equal(merchant({}).text, '');
  for (const name of ['iso87-ebcdic', 'mastercard', 'visa'])
    t.equal(text('CAFÉ DU PORT'.padEnd(40), dialectByName(name)), 'CAFÉ DU PORT', name);
  t.equal(text(`${'A'.repeat(39)} ${'B'.repeat(20)}`, iso93), 'A'.repeat(39), 'the first forty, trimmed');
  t.equal(text('B'.repeat(99), iso93), 'B'.repeat(40));
});

t.test('a PAN in DE43 is hidden, also where its end is cut off', async (t) => {
  const pan = '9999010012345678';
  const text = (value: string, dialect = ascii) => merchant({ 43: value }, dialect, pan).text;
  t.equal(text(pan.padEnd(40)), '999901******5678');
  t.equal(text(`${pan} ${pan}`.padEnd(40)), '999901******5678 999901******5678');
  t.equal(text(`CARD ${pan} PARIS      FR`.padEnd(40)), 'CARD 999901******5678 PARIS      FR');
  t.equal(text(pan.padStart(40)), '999901******5678'.padStart(40));
  for (let before = 25; before < 40; before++) {
    const shown = text(`${'A'.repeat(before)}${pan}END`, iso93).slice(before);
    t.equal(shown, '999901******5678'.slice(0, 40 - before), `${40 - before} of its digits`);
  }
  t.equal(text('9999010012345679'.padEnd(40)), '9999010012345679', 'another number');
});

t.test(
  'whatever bytes are in DE43, a message is read or refused, and no PAN is in what is kept',
  async (t) => {
    const pan = '9999010012345678';
    const known = fc.constantFrom(pan, pan.slice(0, 9), pan.slice(9), ' '.repeat(7), 'FRA', 'FR', '250');
    const piece = fc.oneof(
      { weight: 1, arbitrary: fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)) },
      { weight: 3, arbitrary: known.map((text) => Buffer.from(text)) },
    );
    const bytes = fc.array(piece, { maxLength: 12 }).map((pieces) => Buffer.concat(pieces).subarray(0, 99));
    const anything = { name: 'Acceptor', content: 'ans', max: 99, prefix: 'LL' };
    const names = ['iso87-ascii', 'iso87-ebcdic', 'mastercard', 'iso93-ascii'];
    const dialects = names.map((base) =>
      compileDialect(
        resolveDialect({ name: 'mine', extends: base, fields: { 43: anything } }, builtInDocument),
      ),
    );
    const marker = 'ACCEPTOR';
    let read = 0;
    let refused = 0;
    const property = fc.property(bytes, fc.nat({ max: names.length - 1 }), (value, which) => {
      const dialect = dialects[which]!;
      const field = dialect.table.fields[43]!;
      const message = byEdition(dialect, purchase({ 2: pan }));
      const text = marker.padEnd(value.length, '.').slice(0, Math.max(value.length, marker.length));
      const frame = build(dialect, { ...message, fields: { ...message.fields, 43: text } });
      const at = frame.indexOf(
        Buffer.from(marker, 'latin1').map((byte) => FROM_LATIN1[field.encoding]![byte]!),
      );
      frame.set(value, at);
      const { columns } = readOne(frame, dialect);
      if (columns.kind[0] !== KIND.authorise) {
        assert.equal(columns.refusedField[0], 43);
        refused++;
        return;
      }
      read++;
      const [length] = columns.acceptorLength;
      const kept = Buffer.from(columns.acceptor).toString('latin1').slice(0, length);
      assert.ok(length! <= ACCEPTOR_BYTES);
      assert.ok(!kept.includes(pan));
      assert.ok(!kept.endsWith(' '));
      assert.ok(columns.country[0]! <= 999);
    });
    holds(t, property, 2000);
    t.ok(read > 300 && refused > 300, `${read} read, ${refused} refused`);
  },
);
