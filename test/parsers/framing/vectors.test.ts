import t from 'tap';
import type { FramingName } from '../../../parsers/framing/framing.js';
import { cutFrames, type FramingOptions, framingByName } from '../../../parsers/framing/index.js';

type Vector = readonly [
  what: string,
  name: FramingName,
  options: FramingOptions,
  message: string,
  wire: string,
];

// By hand from the layouts that jPOS's channels, moov-io/iso8583 and the issuers of each framing describe.
const VECTORS: readonly Vector[] = [
  ['length2', 'length2', {}, '30313030', '0004 30313030'],
  ['length2, 300 bytes', 'length2', {}, 'AB'.repeat(300), `012C ${'AB'.repeat(300)}`],
  ['length2 with a TPDU', 'length2', { tpdu: '6000010002' }, '0800', '0007 6000010002 0800'],
  ['length2-inclusive', 'length2-inclusive', {}, '30313030', '0006 30313030'],
  ['length2-header', 'length2-header', { tpdu: '6000120034' }, '0800', '0007 6000120034 0800'],
  ['length2-header without TPDU', 'length2-header', { tpdu: false }, '0800', '0002 0800'],
  ['length2-header, counts itself', 'length2-header', { countsItself: true }, '0800', '0009 6000000000 0800'],
  ['length4', 'length4', {}, '30313030', '00000004 30313030'],
  ['length4, counts itself', 'length4', { countsItself: true }, '3031', '00000006 3031'],
  ['length2-reserved2', 'length2-reserved2', {}, '30313030', '0004 0000 30313030'],
  [
    'length2-reserved2, counts its length',
    'length2-reserved2',
    { countsItself: true },
    '3031',
    '0004 0000 3031',
  ],
  ['reserved2-length2', 'reserved2-length2', {}, '30313030', '0000 0004 30313030'],
  ['ascii2', 'ascii2', {}, '3031', '3032 3031'],
  ['ascii3', 'ascii3', {}, '3031', '303032 3031'],
  ['ascii4', 'ascii4', {}, '30313030', '30303034 30313030'],
  ['ascii4, counts itself', 'ascii4', { countsItself: true }, '3031', '30303036 3031'],
  ['ascii5', 'ascii5', {}, '3031', '3030303032 3031'],
  ['ascii6', 'ascii6', {}, '3031', '303030303032 3031'],
  ['hex4', 'hex4', {}, 'AB'.repeat(173), `30304144 ${'AB'.repeat(173)}`],
  ['bcd2', 'bcd2', {}, 'AB'.repeat(120), `0125 6000000000 ${'AB'.repeat(120)}`],
  ['bcd2 without TPDU', 'bcd2', { tpdu: false }, 'AB'.repeat(12), `0012 ${'AB'.repeat(12)}`],
  ['base24', 'base24', {}, '30313030', '0005 30313030 03'],
  ['base24, 03 inside', 'base24', {}, '030303', '0004 030303 03'],
  ['stx-etx', 'stx-etx', {}, '30313030', '02 30313030 03 02'],
  ['stx-etx, STX inside', 'stx-etx', {}, '3002', '02 3002 03 31'],
  ['stx-etx, 03 inside', 'stx-etx', { binary: true }, '300331', '02 300331 03 01'],
  ['stx-etx, 03 as the last byte', 'stx-etx', { binary: true }, '3003', '02 3003 03 30'],
  ['vml', 'vml', {}, '30313030', '0004 0000 30313030'],
];

const bytesOf = (hex: string) => Buffer.from(hex.replaceAll(' ', ''), 'hex');

for (const [what, name, options, message, wire] of VECTORS) {
  t.test(`${what} is written and measured as its layout says`, (t) => {
    const framing = framingByName(name, options);
    const body = bytesOf(message);
    const expected = bytesOf(wire);
    const at = 3;
    const target = Buffer.alloc(at + expected.length + 4, 0xee);
    target.set(body, at + framing.headBytes);
    framing.address(target, at);
    t.equal(framing.finish(target, at, body.length), expected.length);
    t.equal(target.toString('hex', at, at + expected.length), expected.toString('hex'));
    t.equal(target.toString('hex', at + expected.length), 'eeeeeeee', 'nothing is written behind it');
    t.equal(target.toString('hex', 0, at), 'eeeeee', 'nor before it');

    t.equal(framing.measure(target, at, at + expected.length), expected.length);
    t.equal(framing.messageBytes, body.length);
    t.equal(framing.poll, false);
    t.end();
  });

  t.test(`${what} is found at every split of the bytes`, (t) => {
    const framing = framingByName(name, options);
    const stream = bytesOf(wire + wire);
    const length = stream.length / 2;
    let resume = 0;
    for (let end = 0; end <= length; end++) {
      const total = framing.measure(stream, 0, end, resume);
      resume = framing.resume;
      if (end < length && total !== 0 && total !== length) t.fail(`measured ${total} of ${end} bytes`);
      if (end === length) t.equal(total, length);
      const anew = framing.measure(stream, 0, end);
      if (anew !== total) t.fail(`${anew} without what was seen of ${end} bytes, ${total} with it`);
    }
    t.match(cutFrames(framing, stream), { rest: stream.length, lost: false });
    t.equal(cutFrames(framing, stream).frames.length, 2, 'and the next frame after it');
    const cut = cutFrames(framing, stream.subarray(0, stream.length - 1));
    t.match(cut, { rest: length, lost: false });
    t.end();
  });
}

type Poll = readonly [name: FramingName, wire: string, echoed: boolean];
const POLLS: readonly Poll[] = [
  ['length2-reserved2', '0000 0000', true],
  ['reserved2-length2', '0000 0000', true],
  ['ascii4', '30303030', false],
  ['base24', '0000', true],
  ['vml', '0000 0000', true],
  ['vml', '0003 0020 414243', true],
];
for (const [name, wire, echoed] of POLLS) {
  t.test(`${name}: ${wire} is a poll${echoed ? ', to be echoed' : ''}`, (t) => {
    const framing = framingByName(name);
    const bytes = bytesOf(wire);
    t.equal(framing.measure(bytes, 0, bytes.length), bytes.length);
    t.equal(framing.poll, true);
    t.equal(framing.echoesPolls, echoed);
    t.end();
  });
}

t.test('a length of zero is an empty message where polls have no place', (t) => {
  for (const name of ['length2', 'length4', 'hex4'] as const) {
    const framing = framingByName(name);
    const bytes = name === 'hex4' ? Buffer.from('0000') : Buffer.alloc(4);
    t.ok(framing.measure(bytes, 0, 4) > 0);
    t.equal(framing.poll, false);
    t.equal(framing.messageBytes, 0);
  }
  const inclusive = framingByName('length2-inclusive', { polls: 'ignore' });
  t.equal(inclusive.measure(bytesOf('0002'), 0, 2), 2);
  t.equal(inclusive.poll, true, 'and a poll where the peer says so');
  t.end();
});

type Lost = readonly [what: string, name: FramingName, options: FramingOptions, wire: string];
const LOST: readonly Lost[] = [
  ['a length less than its own bytes', 'length2-inclusive', {}, '0001'],
  ['a length less than a TPDU', 'length2-header', {}, '0004 60000000'],
  ['reserved bytes that are not zero', 'length2-reserved2', {}, '0004 0100 30313030'],
  ['reserved bytes that are not zero', 'reserved2-length2', {}, '0100 0004 30313030'],
  ['a letter in the length', 'ascii4', {}, '30304134'],
  ['a letter that is no digit', 'hex4', {}, '30304734'],
  ['a nibble that is no digit', 'bcd2', {}, '00A4'],
  ['another byte than 03 at the end', 'base24', {}, '0003 3030 04'],
  ['a length of 03 alone, with a TPDU', 'base24', { tpdu: true }, '0001 03'],
  ['another byte than STX', 'stx-etx', {}, '30'],
  ['a wrong LRC', 'stx-etx', {}, '02 3031 03 FF'],
  ['03 inside text', 'stx-etx', {}, '02 300331 03 01'],
];
for (const [what, name, options, wire] of LOST) {
  t.test(`${name}: ${what} loses the framing`, (t) => {
    const bytes = bytesOf(wire);
    t.equal(framingByName(name, options).measure(bytes, 0, bytes.length), -1);
    t.match(cutFrames(framingByName(name, options), bytes), { frames: [], rest: 0, lost: true });
    t.end();
  });
}

t.test('a frame’s length is known as soon as its head is there, for the caller to refuse', (t) => {
  t.equal(framingByName('length4').measure(bytesOf('FFFFFFFF'), 0, 4), 0xffffffff + 4);
  t.equal(framingByName('length2').measure(bytesOf('FFFF'), 0, 2), 0xffff + 2);
  t.equal(framingByName('ascii4').measure(Buffer.from('9999'), 0, 4), 9999 + 4);
  t.end();
});

t.test('a message that the length can’t say is not framed', (t) => {
  const target = Buffer.alloc(70_000);
  t.equal(framingByName('length2').finish(target, 0, 65_535), 65_537);
  t.equal(framingByName('length2').finish(target, 0, 65_536), -1);
  t.equal(framingByName('length2-inclusive').finish(target, 0, 65_534), -1);
  t.equal(framingByName('base24').finish(target, 0, 65_535), -1);
  t.equal(framingByName('ascii4').finish(target, 0, 10_000), -1);
  t.equal(framingByName('ascii2').finish(target, 0, 99), 101);
  t.equal(framingByName('bcd2').finish(target, 0, 9_995), -1);
  t.equal(framingByName('hex4').finish(target, 0, 65_535), 65_539);
  t.end();
});

t.test('stx-etx refuses to send what would end too early', (t) => {
  const text = framingByName('stx-etx');
  t.equal(text.finish(bytesOf('00 300331 0000'), 0, 3), -1, 'any 03 in text');
  // After 30 03 the check is 33: a message that has 33 there would end.
  const binary = framingByName('stx-etx', { binary: true });
  t.equal(binary.finish(bytesOf('00 300333 0000'), 0, 3), -1);
  t.equal(binary.finish(bytesOf('00 300334 0000'), 0, 3), 6);
  t.equal(binary.finish(bytesOf('00 03 0000'), 0, 1), -1, 'also where ETX itself is that byte');
  t.end();
});

t.test('the reply’s TPDU has the request’s addresses swapped', (t) => {
  for (const name of ['length2-header', 'bcd2'] as const) {
    const framing = framingByName(name);
    const reply = Buffer.alloc(9);
    framing.addressReply(reply, 0, bytesOf('FF 0007 60 1234 5678 0800'), 1);
    t.equal(reply.toString('hex'), '000060567812340000');
  }
  t.end();
});

t.test('options that do not go with the framing are refused by name', (t) => {
  const code = { code: 'HF_ISO_FRAMING' };
  t.throws(() => framingByName('stx-etx', { tpdu: true }), { ...code, path: 'tpdu' });
  t.throws(() => framingByName('stx-etx', { polls: 'echo' }), { ...code, path: 'polls' });
  t.throws(() => framingByName('length2', { binary: true }), { ...code, path: 'binary' });
  t.throws(() => framingByName('length2', { tpdu: '60' }), { ...code, path: 'tpdu' });
  t.throws(() => framingByName('length3' as 'length2'), code);
  t.end();
});
