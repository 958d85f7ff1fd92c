import fc from 'fast-check';
import t from 'tap';
import { recogniseInput } from '../../../parsers/inspect/hex-input.js';
import { isCapture, tcpStreams } from '../../../parsers/inspect/pcap.js';
import { holds } from '../property.js';

const SYN = 0x02;
const ACK = 0x10;

interface Tcp {
  readonly sequence: number;
  readonly flags?: number;
  readonly bytes?: Buffer;
  readonly reply?: boolean;
}

function tcp({ sequence, flags = ACK, bytes = Buffer.alloc(0), reply = false }: Tcp): Buffer {
  const head = Buffer.alloc(20);
  head.writeUInt16BE(reply ? 8583 : 41000, 0);
  head.writeUInt16BE(reply ? 41000 : 8583, 2);
  head.writeUInt32BE(sequence >>> 0, 4);
  head[12] = 5 << 4;
  head[13] = flags;
  return Buffer.concat([head, bytes]);
}

function ipv4(segment: Tcp): Buffer {
  const payload = tcp(segment);
  const head = Buffer.alloc(20);
  head[0] = 0x45;
  head.writeUInt16BE(20 + payload.length, 2);
  head[9] = 6;
  head.set(segment.reply ? [10, 0, 0, 2, 10, 0, 0, 1] : [10, 0, 0, 1, 10, 0, 0, 2], 12);
  return Buffer.concat([head, payload]);
}

function ipv6(segment: Tcp): Buffer {
  const payload = Buffer.concat([Buffer.from('0600000000000000', 'hex'), tcp(segment)]);
  const head = Buffer.alloc(40);
  head[0] = 0x60;
  head.writeUInt16BE(payload.length, 4);
  // Destination options stand before TCP.
  head[6] = 60;
  head[23] = 1;
  head[39] = 2;
  return Buffer.concat([head, payload]);
}

const MACS = Buffer.alloc(12, 0x02);
// Frames shorter than 60 bytes are padded on the wire.
const ethernet = (ip: Buffer) => {
  const frame = Buffer.concat([MACS, Buffer.from([0x08, 0x00]), ip]);
  return frame.length < 60 ? Buffer.concat([frame, Buffer.alloc(60 - frame.length)]) : frame;
};
const vlan = (ip: Buffer) => Buffer.concat([MACS, Buffer.from('8100000586DD', 'hex'), ip]);

function pcap(packets: readonly Buffer[], link = 1, little = true, magic = 0xa1b2c3d4): Buffer {
  const u32 = (value: number) => {
    const bytes = Buffer.alloc(4);
    if (little) bytes.writeUInt32LE(value);
    else bytes.writeUInt32BE(value);
    return bytes;
  };
  const head = [magic, little ? 0x00040002 : 0x00020004, 0, 0, 65535, link].map(u32);
  const records = packets.flatMap((packet) => [
    u32(0),
    u32(0),
    u32(packet.length),
    u32(packet.length),
    packet,
  ]);
  return Buffer.concat([...head, ...records]);
}

function pcapng(packets: readonly Buffer[], little: boolean): Buffer {
  const u32 = (value: number) => {
    const bytes = Buffer.alloc(4);
    if (little) bytes.writeUInt32LE(value);
    else bytes.writeUInt32BE(value);
    return bytes;
  };
  const block = (type: number, body: Buffer) => {
    const padded = Buffer.concat([body, Buffer.alloc((4 - (body.length % 4)) % 4)]);
    const length = u32(padded.length + 12);
    return Buffer.concat([u32(type), length, padded, length]);
  };
  const u16 = (value: number) => (little ? u32(value).subarray(0, 2) : u32(value).subarray(2));
  const section = block(
    0x0a0d0d0a,
    Buffer.concat([u32(0x1a2b3c4d), u16(1), u16(0), u32(0xffffffff), u32(0xffffffff)]),
  );
  const link = block(1, Buffer.concat([u16(1), u16(0), u32(65535)]));
  const enhanced = packets.map((packet, index) =>
    index % 2 === 0
      ? block(6, Buffer.concat([u32(0), u32(0), u32(0), u32(packet.length), u32(packet.length), packet]))
      : block(3, Buffer.concat([u32(packet.length), packet])),
  );
  return Buffer.concat([section, link, block(5, Buffer.alloc(12)), ...enhanced]);
}

const segments: readonly Tcp[] = [
  { sequence: 0xfffffffe, flags: SYN },
  { sequence: 7, flags: SYN | ACK, reply: true },
  { sequence: 0xffffffff, bytes: Buffer.from('AB') },
  { sequence: 8, bytes: Buffer.from('xy'), reply: true },
  { sequence: 3, bytes: Buffer.from('EF') },
  { sequence: 1, bytes: Buffer.from('CD') },
  { sequence: 0, bytes: Buffer.from('BCDE') },
  { sequence: 10, bytes: Buffer.from('z'), reply: true },
];
const expected = [
  ['10.0.0.1:41000 > 10.0.0.2:8583', 'ABCDEF', false],
  ['10.0.0.2:8583 > 10.0.0.1:41000', 'xyz', false],
];
const found = (bytes: Buffer) =>
  tcpStreams(bytes).map(({ name, bytes, broken }) => [name, Buffer.from(bytes).toString(), broken]);

t.test('segments out of order, sent twice, across the wrap of their numbers, are put in order', (t) => {
  const packets = segments.map((segment) => ethernet(ipv4(segment)));
  t.same(found(pcap(packets)), expected);
  t.same(found(pcap(packets, 1, false)), expected, 'of the other byte order');
  t.same(found(pcap(packets, 1, true, 0xa1b23c4d)), expected, 'with nanoseconds');
  t.same(found(pcapng(packets, true)), expected, 'pcapng');
  t.same(found(pcapng(packets, false)), expected, 'pcapng of the other byte order');
  t.end();
});

t.test('each kind of link is read', (t) => {
  const ip = segments.map(ipv4);
  t.same(found(pcap(ip, 101)), expected, 'raw');
  t.same(
    found(
      pcap(
        ip.map((packet) => Buffer.concat([Buffer.from('02000000', 'hex'), packet])),
        0,
      ),
    ),
    expected,
    'loopback',
  );
  const cooked = ip.map((packet) => Buffer.concat([Buffer.alloc(14), Buffer.from([8, 0]), packet]));
  t.same(found(pcap(cooked, 113)), expected, 'Linux cooked');
  const cooked2 = ip.map((packet) => Buffer.concat([Buffer.from([8, 0]), Buffer.alloc(18), packet]));
  t.same(found(pcap(cooked2, 276)), expected, 'Linux cooked, second version');
  t.same(found(pcap(ip, 999)), [], 'another link');
  const [stream] = tcpStreams(pcap([vlan(ipv6({ sequence: 1, bytes: Buffer.from('six') }))]));
  t.equal(Buffer.from(stream!.bytes).toString(), 'six');
  t.equal(stream!.name, '[0:0:0:0:0:0:0:1]:41000 > [0:0:0:0:0:0:0:2]:8583');
  t.end();
});

t.test('behind a missing segment another stream begins, which says so', (t) => {
  const packets = [
    { sequence: 100, bytes: Buffer.from('AB') },
    { sequence: 110, bytes: Buffer.from('KL') },
  ].map((segment) => ethernet(ipv4(segment)));
  t.same(
    found(pcap(packets)).map(([, bytes, broken]) => [bytes, broken]),
    [
      ['AB', false],
      ['KL', true],
    ],
  );
  t.equal(recogniseInput(pcap(packets)).kind, 'capture');
  t.match(recogniseInput(pcap(packets)).pieces[1], { source: /missing/, stream: true });
  t.end();
});

t.test('a new connection on the same ports is a new stream', (t) => {
  const packets = [
    { sequence: 1, flags: SYN },
    { sequence: 2, bytes: Buffer.from('one') },
    { sequence: 5000, flags: SYN },
    { sequence: 5001, bytes: Buffer.from('two') },
  ].map((segment) => ethernet(ipv4(segment)));
  t.same(
    found(pcap(packets)).map(([, bytes]) => bytes),
    ['one', 'two'],
  );
  t.end();
});

t.test('a capture that was cut or damaged ends, and never throws', (t) => {
  const whole = pcapng(
    segments.map((segment) => ethernet(ipv4(segment))),
    true,
  );
  const classic = pcap(segments.map((segment) => ethernet(ipv4(segment))));
  for (const capture of [whole, classic]) {
    for (let end = 12; end < capture.length; end++) tcpStreams(capture.subarray(0, end));
  }
  t.equal(isCapture(whole.subarray(0, 11)), false);
  holds(
    t,
    fc.property(
      fc.constantFrom(whole, classic),
      fc.array(fc.tuple(fc.nat(2000), fc.nat(255)), { maxLength: 6 }),
      (capture, changes) => {
        const damaged = Buffer.from(capture);
        for (const [at, byte] of changes) damaged[12 + (at % (capture.length - 12))] = byte;
        return tcpStreams(damaged).every(({ bytes }) => bytes.length <= capture.length);
      },
    ),
    1000,
  );
  t.end();
});
