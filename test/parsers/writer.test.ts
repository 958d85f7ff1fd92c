import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { parse } from '../../parsers/reader.js';
import { MessageView } from '../../parsers/view.js';
import { build, type MessageText } from '../../parsers/writer.js';
import { anyFields } from './arbitrary-message.js';
import { ascii, asciiHex } from './one-message.js';
import { holds } from './property.js';

const SHORT = { mti: '0800', fields: { 11: '42', 41: 'T1', 52: '0001020304050607' } };

t.test('a message byte by byte', async (t) => {
  const fields = '000042T1      ';
  const bitmap = '0020000000801000';
  t.equal(
    build(ascii, SHORT).toString('hex'),
    `${Buffer.from('0800').toString('hex')}${bitmap}${Buffer.from(fields).toString('hex')}0001020304050607`,
  );
  t.equal(build(asciiHex, SHORT).toString('latin1', 0, 34), `0800${bitmap}${fields}`);
  t.equal(build(ascii, { mti: '0100', fields: {} }).toString('hex'), `${'30313030'}${'0'.repeat(16)}`);
});

t.test('a short amount is filled behind its sign', async (t) => {
  const message = build(ascii, { mti: '0100', fields: { 28: 'C1', 29: 'D150' } });
  t.equal(message.toString('latin1', 12), 'C00000001D00000150');
});

t.test('a field above 64 brings the secondary bitmap', async (t) => {
  const message = build(asciiHex, { mti: '0800', fields: { 70: '1', 128: 'ff00ff00ff00ff00' } });
  t.equal(message.toString('latin1', 0, 39), `0800${'8000000000000000'}${'0400000000000001'}001`);
  t.equal(message.length, 47);
});

t.test('a variable field gets its length, in as many digits as its prefix has', async (t) => {
  const message = build(ascii, { mti: '0100', fields: { 2: '99990100', 48: 'abc', 55: '9f0206', 127: 'x' } });
  t.equal(message.toString('latin1', 20), '0899990100003abc003\x9f\x02\x06000001x');
});

t.test('what is built is read back as it was, by the dialect that built it', async (t) => {
  for (const dialect of [ascii, asciiHex]) {
    const view = new MessageView();
    const property = fc.property(anyFields(dialect.dialect), (fields) => {
      const message = build(dialect, { mti: '0100', fields });
      assert.ok(parse(view, dialect, message, 0, message.length));
      const present = Object.keys(fields).map(Number);
      for (let field = 2; field <= 128; field++) assert.equal(view.has(field), present.includes(field));
      for (const field of present) {
        const binary = dialect.dialect.fields[field]!.content === 'b';
        assert.equal(binary ? Buffer.from(view.raw(field)).toString('hex') : view.text(field), fields[field]);
      }
    });
    holds(t, property, 200);
  }
});

t.test('what a field may not hold is refused by field and rule', async (t) => {
  const refusals: readonly (readonly [
    what: string,
    fields: MessageText['fields'],
    code: string,
    path: string,
  ])[] = [
    ['the bitmap as a field', { 1: '00' }, 'HF_ISO_UNKNOWN_FIELD', '1'],
    ['no such field', { 65: '1' }, 'HF_ISO_UNKNOWN_FIELD', '65'],
    ['a field above all', { 129: '1' }, 'HF_ISO_UNKNOWN_FIELD', '129'],
    ['a letter among digits', { 4: '12a' }, 'HF_ISO_CONTENT', '4'],
    ['a space among letters and digits', { 39: '0 ' }, 'HF_ISO_CONTENT', '39'],
    ['text as bytes', { 52: 'no hexadecimal!!' }, 'HF_ISO_CONTENT', '52'],
    ['half a byte', { 55: '9f0' }, 'HF_ISO_CONTENT', '55'],
    ['no sign', { 28: '000000100' }, 'HF_ISO_CONTENT', '28'],
    ['a character of two bytes', { 43: 'Łódź' }, 'HF_ISO_CONTENT', '43'],
    ['one whose low byte is a digit', { 4: '\u{131}' }, 'HF_ISO_CONTENT', '4'],
    ['one of two code units', { 43: '\u{1F4B3}' }, 'HF_ISO_CONTENT', '43'],
    ['too long for its place', { 11: '1234567' }, 'HF_ISO_LENGTH', '11'],
    ['too long for its maximum', { 2: '9'.repeat(20) }, 'HF_ISO_LENGTH', '2'],
    ['too few bytes', { 52: '00' }, 'HF_ISO_LENGTH', '52'],
    ['a signed amount of nothing', { 28: '' }, 'HF_ISO_LENGTH', '28'],
  ];
  for (const [what, fields, code, path] of refusals) {
    t.throws(() => build(ascii, { mti: '0100', fields }), { name: 'IsoError', code, path }, what);
  }
  for (const mti of ['1100', '100', '01000', '01x0', '']) {
    t.throws(
      () => build(ascii, { mti, fields: {} }),
      { name: 'IsoError', code: 'HF_ISO_MTI' },
      `an MTI of ${mti}`,
    );
  }
});

t.test('a field without a value is left out, and a key that names no field is refused', async (t) => {
  const fields = { 3: '000000', 11: '42', 70: undefined, 128: undefined } as unknown as MessageText['fields'];
  const expected = build(ascii, { mti: '0100', fields: { 3: '000000', 11: '42' } });
  t.equal(build(ascii, { mti: '0100', fields }).toString('hex'), expected.toString('hex'), 'with one bitmap');
  for (const key of ['02', '2.5', 'pan', '0', '-2', '1e1', '200']) {
    const odd = { 3: '000000', [key]: '1' } as MessageText['fields'];
    t.throws(
      () => build(ascii, { mti: '0100', fields: odd }),
      { code: 'HF_ISO_UNKNOWN_FIELD', path: key },
      key,
    );
  }
});

t.test(
  'what was built stays as it is when the next is built, also behind one that could not be',
  async (t) => {
    const messages = Array.from({ length: 2000 }, (_, number) => ({
      mti: '0100',
      fields: { 11: String(number), 48: 'x'.repeat(number % 400) },
    }));
    const built = messages.map((message) => {
      t.throws(() => build(ascii, { mti: '0100', fields: { 11: '7', 48: 'ß€' } }));
      return build(ascii, message);
    });
    const view = new MessageView();
    const wrong = built.filter((bytes, number) => {
      if (!parse(view, ascii, bytes, 0, bytes.length)) return true;
      return view.number(11) !== number || view.text(48).length !== number % 400;
    });
    t.equal(wrong.length, 0);
  },
);

t.test('an error never shows the value', async (t) => {
  const pan = '999901001234567x';
  try {
    build(ascii, { mti: '0100', fields: { 2: pan } });
    t.fail('it was built');
  } catch (error) {
    t.notMatch(String(error) + JSON.stringify(error), /99990100/);
    t.match(String(error), /field 2/);
  }
});
