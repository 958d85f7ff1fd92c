import t from 'tap';
import { dialectByName } from '../../../parsers/dialects/index.js';
import { framingByName } from '../../../parsers/framing/index.js';
import { annotate } from '../../../parsers/inspect/annotate.js';
import { build } from '../../../parsers/writer.js';

const dialect = dialectByName('iso87-ascii');
const bytes = build(dialect, {
  mti: '0100',
  fields: {
    2: '9999010012345677',
    3: '000000',
    4: '000000001234',
    39: '51',
    49: '978',
    55: '95050000008000',
  },
});

/** Lines with their columns one space apart. */
const squeezed = (lines: readonly string[]) => lines.map((line) => line.replace(/ +/g, ' '));

t.test('a dump says where each byte belongs, and what it means', (t) => {
  t.same(squeezed(annotate(bytes, dialect)), [
    '0000 30 31 30 30 MTI Message type identifier 0100 authorisation request, acquirer (ISO 8583:1987)',
    '0004 70 00 00 00 02 00 82 00 Bitmap 2 3 4 39 49 55',
    '000C 31 36 ** ** ** ** ** ** 2 Primary account number (PAN) 999901******5677',
    '0014 ** ** ** ** ** ** ** **',
    '001C ** **',
    '001E 30 30 30 30 30 30 3 Processing code 000000 goods and services',
    '0024 30 30 30 30 30 30 30 30 4 Amount, transaction 000000001234 12.34 EUR',
    '002C 31 32 33 34',
    '0030 35 31 39 Response code 51 not sufficient funds',
    '0032 39 37 38 49 Currency code, transaction 978 EUR, Euro, 2 decimal places',
    '0035 30 30 37 55 ICC system related data',
    '0038 95 05 00 00 00 80 00 55.95 Terminal verification results 0000008000 floor limit exceeded',
  ]);
  t.end();
});

t.test('an amount is told by the currency beside it, else by that of the message', (t) => {
  const balances = { 49: '978', 54: '0002392C000000001234' };
  const lines = squeezed(annotate(build(dialect, { mti: '0110', fields: balances }), dialect));
  t.ok(lines.some((line) => line.endsWith('C000000001234 1234 JPY, credit')));
  t.end();
});

t.test('each byte of the frame is in the dump once', (t) => {
  const framing = framingByName('length2');
  const frame = Buffer.alloc(bytes.length + 2);
  bytes.copy(frame, 2);
  framing.finish(frame, 0, bytes.length);
  const lines = annotate(frame, dialect, { framing, reveal: true });
  const dumped = lines.map((line) => line.slice(6, 29).replace(/ /g, '')).join('');
  t.equal(dumped, frame.toString('hex').toUpperCase());
  t.end();
});

t.test('what can’t be read is said, and its bytes are not shown', (t) => {
  const wrong = Buffer.from(bytes);
  wrong.write('x', 12);
  const lines = squeezed(annotate(wrong, dialect));
  t.match(lines.at(-1), /^! HF_ISO_LENGTH field 2 at byte 12: /);
  t.match(lines.at(-2), `000C (${bytes.length - 12} bytes) Not read`);
  const revealed = annotate(wrong, dialect, { reveal: true }).join('\n');
  t.match(revealed, '78 36 39 39');
  t.end();
});

t.test('a value does not steer the terminal, and colours are there only when asked for', (t) => {
  const plain = annotate(bytes, dialect).join('\n');
  t.notMatch(plain, '\u001b');
  const coloured = annotate(bytes, dialect, { colour: true }).join('\n');
  t.match(coloured, '\u001b[36m');
  const steering = Buffer.from(bytes);
  steering.write('\u001b', bytes.indexOf('978'));
  t.notMatch(annotate(steering, dialect, { reveal: true }).join('\n'), '\u001b');
  t.end();
});
