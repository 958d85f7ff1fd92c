import t from 'tap';
import { dialectByName } from '../../../parsers/dialects/index.js';
import { frameMessage, framingByName } from '../../../parsers/framing/index.js';
import { samples } from '../../../parsers/samples.js';
import { build } from '../../../parsers/writer.js';
import { type InspectFlags, runInspect } from '../../../switch/commands/inspect.js';
import { runTool } from './run-tool.js';

const PAN = '9999010212345675';
const iso87 = dialectByName('iso87-ascii');
const purchase = samples(iso87)[0]!.bytes;

function inspected(input: string | Uint8Array | readonly Uint8Array[], flags: InspectFlags = {}) {
  return runTool(input, (streams) => runInspect(streams, undefined, flags));
}

t.test('the same message in any form is found', async (t) => {
  const hex = purchase.toString('hex');
  const dump = [...Array(Math.ceil(purchase.length / 16)).keys()].map((row) => {
    const bytes = purchase
      .subarray(16 * row, 16 * row + 16)
      .toString('hex')
      .replace(/../g, '$& ')
      .trim();
    return `${(16 * row).toString(16).padStart(8, '0')}: ${bytes}`;
  });
  for (const form of [
    purchase,
    hex,
    hex.replace(/../g, '$& '),
    dump.join('\n'),
    `2026-06-07 11:00:00 INFO received ${hex} from peer`,
    purchase.toString('base64'),
  ]) {
    const { code, out, err } = await inspected(form, { json: true });
    t.equal(code, 0);
    t.match(JSON.parse(out), { mti: '0100', fields: { 2: { value: '999901******5675' } } });
    t.match(err, /^guessed iso87-ascii without a frame, \d+ % sure; postilion fits as well\n$/);
    t.notMatch(out, PAN);
  }
});

t.test('lines are shown masked, in clear with a warning, with colour on request', async (t) => {
  const flags = { dialect: 'iso87-ascii' };
  const masked = await inspected(purchase, flags);
  t.match(masked.out, /^0000 {2}30 31 30 30 +MTI .*\n/);
  t.notMatch(masked.out, PAN);
  t.equal(masked.err, '');
  t.notMatch(masked.out, '\u001b', 'no terminal, no colour');
  const clear = await inspected(purchase, { ...flags, reveal: true });
  t.match(clear.out, PAN);
  t.match(clear.err, /^--reveal: .*\n$/);
  t.match((await inspected(purchase, { ...flags, colour: 'always' })).out, '\u001b[');
});

t.test('filters leave what is asked for', async (t) => {
  const chip = samples(iso87)[5]!.bytes;
  const flags = { dialect: 'iso87-ascii', filter: ['39', '55.9F26'] };
  const json = JSON.parse((await inspected(chip, { ...flags, json: true })).out);
  t.same(Object.keys(json.fields), ['55']);
  t.same(Object.keys(json.fields[55].fields), ['9F26']);
  t.equal(json.fields[55].value, '');
  const lines = (await inspected(chip, flags)).out.trimEnd().split('\n');
  t.ok(lines.length <= 4);
  t.match(lines.at(-2), /55\.9F26/);
});

t.test('frames are cut, polls passed over, and what is left over said', async (t) => {
  const framing = framingByName('length2-reserved2');
  const frames = samples(dialectByName('visa')).map(({ bytes }) => frameMessage(framing, bytes));
  const stream = Buffer.concat([
    ...frames.slice(0, 2),
    Buffer.alloc(4),
    frames[2]!,
    frames[3]!.subarray(0, 9),
  ]);
  const { code, out, err } = await inspected(stream, {
    dialect: 'visa',
    framing: 'length2-reserved2',
    json: true,
  });
  const messages = JSON.parse(out);
  t.equal(messages.length, 3);
  t.match(messages, [{ framing: 'length2-reserved2', mti: '0100' }, { mti: '0110' }, { mti: '0110' }]);
  t.match(err, /^HF_ISO_FRAMING at byte \d+: length2-reserved2: the frame is not whole\n$/);
  t.equal(code, 1);
});

t.test('a fault is said behind what can be read', async (t) => {
  const { code, out } = await inspected(purchase.subarray(0, 60), { dialect: 'iso87-ascii', json: true });
  t.equal(code, 1);
  t.match(JSON.parse(out), {
    fields: { 4: { value: '000000001250' } },
    issues: [{ code: 'HF_ISO_OVERRUN', path: '11' }],
  });
});

t.test('what can’t be read, or had, says so in one line', async (t) => {
  const failures: readonly (readonly [string, InspectFlags, number, RegExp])[] = [
    ['', {}, 65, /^HF_ISO_INPUT: there is no message in it\n$/],
    ['hello there, this is no message', {}, 65, /^HF_ISO_INPUT: no dialect and framing fit/],
    ['00', { dialect: 'nope' }, 64, /^HF_ISO_UNKNOWN_DIALECT/],
    ['00', { dialect: './nope.json' }, 64, /^HF_ISO_UNKNOWN_DIALECT.*ENOENT/],
  ];
  for (const [input, flags, code, text] of failures) {
    const said = await inspected(input, flags);
    t.equal(said.code, code, text.source);
    t.match(said.err, text);
    t.equal(said.out, '');
  }
  const missing = await runTool('', (streams) => runInspect(streams, '/nowhere/at/all', {}));
  t.match(missing, { code: 66, err: /^HF_CLI_INPUT: \/nowhere\/at\/all can't be read \(ENOENT\)\n$/ });
});

t.test('an input that does not end is stopped', async (t) => {
  const chunk = Buffer.alloc(1 << 24, 0x30);
  const { code, err } = await inspected(Array(6).fill(chunk));
  t.equal(code, 65);
  t.match(err, /^HF_ISO_INPUT: more than \d+ bytes; --lines takes any number of lines\n$/);
});

t.test('hostile input gives an error or lines, and no control characters', async (t) => {
  const evil = build(iso87, { mti: '0100', fields: { 4: '1', 48: 'x' } });
  evil[evil.length - 1] = 0x1b;
  const inputs = [
    Buffer.from('\u001b[2J\u001b]0;owned\u0007'),
    Buffer.alloc(1 << 20),
    Buffer.alloc(1 << 20, 0xff),
    Buffer.from('0'.repeat(1 << 20)),
    Buffer.from(`${'00 '.repeat(1 << 18)}z`),
    Buffer.from([0x0a, 0x0d, 0x0d, 0x0a, 0xff, 0xff, 0xff, 0xff, 0x1a, 0x2b, 0x3c, 0x4d]),
    Buffer.from('d4c3b2a1020004000000000000000000ffffffff01000000', 'hex'),
    evil,
  ];
  for (const [index, input] of inputs.entries()) {
    const { code, out, err } = await inspected(input, index === 7 ? { dialect: 'iso87-ascii' } : {});
    t.ok(code === 0 || code === 1 || code === 65, `input ${index}: ${code}`);
    t.notMatch(out + err, '\u001b');
  }
});

t.test('one hexadecimal message a line in, one JSON a line out', async (t) => {
  const hex = purchase.toString('hex').toUpperCase();
  const lines = [hex, '', 'zz', hex.slice(0, 60), `${hex}\r`, `  ${hex}  `, hex.slice(1), hex];
  const { code, out } = await inspected(lines.join('\n'), {
    lines: true,
    dialect: 'iso87-ascii',
    filter: ['4', '2'],
  });
  t.equal(code, 1);
  const answers = out
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  t.equal(answers.length, lines.length);
  for (const index of [0, 4, 5, 7])
    t.match(answers[index], { mti: '0100', fields: { 4: { value: '000000001250' } } });
  t.same(answers[1], {
    error: { code: 'HF_ISO_INPUT', path: '', offset: 0, rule: 'a line is hexadecimal digits, two a byte' },
  });
  for (const index of [2, 6]) t.equal(answers[index].error.code, 'HF_ISO_INPUT');
  t.match(answers[3], { error: { code: /^HF_ISO_/, path: /^\d*$/, offset: Number } });
  t.notMatch(out, PAN);
});

t.test('lines that come in pieces, that are too long, and of a dialect that is guessed', async (t) => {
  const hex = purchase.toString('hex');
  const bytes = Buffer.from(`${hex}\n${'0'.repeat(5 << 20)}\n${hex}\n`);
  const pieces = [
    bytes.subarray(0, 7),
    bytes.subarray(7, 9),
    bytes.subarray(9, 3 << 20),
    bytes.subarray(3 << 20),
  ];
  const { out, err } = await inspected(pieces, { lines: true });
  const answers = out
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  t.match(answers, [
    { dialect: 'iso87-ascii' },
    { error: { code: 'HF_ISO_INPUT' } },
    { dialect: 'iso87-ascii' },
  ]);
  t.equal(answers.length, 3);
  t.match(err, /^guessed iso87-ascii/);
  t.equal(err.trimEnd().split('\n').length, 1, 'once');
});
