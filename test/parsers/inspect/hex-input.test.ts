import t from 'tap';
import { recogniseInput } from '../../../parsers/inspect/hex-input.js';

const message = Buffer.from(`0100${'7000000000000000'}16999901001234567700000000000000123X`);
const hex = message.toString('hex');

/** What `xxd` prints. */
function xxd(bytes: Buffer): string {
  const rows: string[] = [];
  for (let at = 0; at < bytes.length; at += 16) {
    const row = bytes.subarray(at, at + 16);
    const pairs = row.toString('hex').replace(/(.{4})(?=.)/g, '$1 ');
    rows.push(`${at.toString(16).padStart(8, '0')}: ${pairs.padEnd(39)}  ${row.toString('latin1')}`);
  }
  return `${rows.join('\n')}\n`;
}

/** What `hexdump -C` prints, with a star for rows that are like the one before. */
function hexdump(bytes: Buffer): string {
  const rows: string[] = [];
  let before = '';
  for (let at = 0; at < bytes.length; at += 16) {
    const row = bytes.subarray(at, at + 16);
    const pairs = row.toString('hex').replace(/(..)(?=.)/g, '$1 ');
    if (pairs === before) {
      if (rows.at(-1) !== '*') rows.push('*');
      continue;
    }
    before = pairs;
    rows.push(`${at.toString(16).padStart(8, '0')}  ${pairs.padEnd(48)}  |${row.toString('latin1')}|`);
  }
  return `${[...rows, bytes.length.toString(16).padStart(8, '0')].join('\n')}\n`;
}

const spaced = hex.replace(/(..)/g, '$1 ').trim();
type Found = readonly [what: string, input: string, kind: string];
const INPUTS: readonly Found[] = [
  ['digits', hex, 'hex'],
  ['digits in capitals, with a line end', `${hex.toUpperCase()}\r\n`, 'hex'],
  ['digits with spaces', spaced, 'hex'],
  ['digits with colons', spaced.replaceAll(' ', ':'), 'hex'],
  ['digits with 0x and commas', spaced.replace(/(..) ?/g, '0x$1, '), 'hex'],
  ['digits as a C string', hex.replace(/(..)/g, '\\x$1'), 'hex'],
  ['digits wrapped inside a byte', `${hex.slice(0, 33)}\n${hex.slice(33)}`, 'hex'],
  ['xxd', xxd(message), 'hex-dump'],
  ['hexdump -C', hexdump(message), 'hex-dump'],
  [
    'od',
    spaced
      .match(/.{1,48}/g)!
      .map((row, index) => `${(16 * index).toString(16).padStart(6, '0')} ${row.trim()}`)
      .join('\n'),
    'hex-dump',
  ],
  ['a log line', `2026-11-25T01:23:45.678Z INFO link=1 recv [${hex}] length=${message.length}`, 'log'],
  ['a log line with digits in pairs', `01:23:45 <- ${spaced} ok`, 'log'],
  ['base64', message.toString('base64'), 'base64'],
  ['text as it is', message.toString('latin1'), 'raw'],
];
for (const [what, input, kind] of INPUTS) {
  t.test(`${what}: the message is found`, (t) => {
    const found = recogniseInput(Buffer.from(input, 'latin1'));
    t.equal(found.kind, kind);
    t.equal(found.pieces.length, 1);
    t.equal(Buffer.from(found.pieces[0]!.bytes).toString('hex'), hex);
    t.end();
  });
}

t.test('each line is a message of its own', (t) => {
  const lines = recogniseInput(Buffer.from(`${hex}\n\n${hex}00\n`));
  t.same(
    lines.pieces.map(({ source, bytes }) => [source, bytes.length]),
    [
      ['line 1', message.length],
      ['line 3', message.length + 1],
    ],
  );
  const log = recogniseInput(Buffer.from(`in ${hex}!\nnothing here\nout ${hex}!\n`));
  t.same(
    log.pieces.map(({ source }) => source),
    ['line 1', 'line 3'],
  );
  const dumps = recogniseInput(Buffer.from(xxd(message) + xxd(message)));
  t.equal(dumps.pieces.length, 2);
  t.end();
});

t.test('hexdump’s star stands for rows that are like the one before', (t) => {
  const long = Buffer.concat([message.subarray(0, 32), Buffer.alloc(64, 0x41), message]);
  const found = recogniseInput(Buffer.from(hexdump(long), 'latin1'));
  t.equal(found.kind, 'hex-dump');
  t.equal(Buffer.from(found.pieces[0]!.bytes).toString('hex'), long.toString('hex'));
  t.end();
});

t.test('bytes that are no text are taken as they are', (t) => {
  const bytes = Buffer.concat([Buffer.from('0100'), Buffer.from('7000000000000000', 'hex'), message]);
  const found = recogniseInput(bytes);
  t.equal(found.kind, 'raw');
  t.equal(found.pieces[0]!.bytes, bytes);
  t.equal(recogniseInput(Buffer.alloc(0)).kind, 'raw');
  t.equal(recogniseInput(Buffer.from('hello')).kind, 'raw');
  t.end();
});
