import { once } from 'node:events';
import net from 'node:net';
import t, { type Test } from 'tap';
import { SeededRandom } from '../../switch/load/random.js';
import {
  authorisation,
  IsoClient,
  networkMessage,
  type PackageMessage,
  pack,
  reversalOf,
} from './iso-client.js';
import { cardsOf, connectDatabase, metricsOf, stall, startTestSwitch, until } from './running-switch.js';

t.setTimeout(90_000);
const FEW = 3;
const BATCHES = 4;
const BATCH_MESSAGES = 16;
const system = await startTestSwitch(t, {
  links: [
    { name: 'default', port: 0 },
    { name: 'impatient', port: 0, idleFrameMs: 200 },
    { name: 'few', port: 0, connectionsMax: FEW },
  ],
  batch: { count: BATCHES, messages: BATCH_MESSAGES, bytes: 8192 },
  // The test of a full ring holds commits back, and wants every message answered nevertheless.
  commitTimeoutMs: 60_000,
  writeBacklogBytesMax: 64 * 1024,
  writeBacklogMsMax: 200,
});
const [port, impatientPort, fewPort] = system.running.ports as [number, number, number];
const cards = await cardsOf(system, 'lydia');
const client = await IsoClient.connect(t, port);

/** Somebody else's traffic, all the while: an authorisation and its reversal, over and over. */
const neighbour = { served: 0, wrong: 0, stopped: false, ended: Promise.resolve() };
neighbour.ended = (async () => {
  const other = await IsoClient.connect(t, port);
  while (!neighbour.stopped) {
    const request = authorisation(cards[0]!, 100);
    const [approval, reversal] = [await other.request(request), await other.request(reversalOf(request))];
    neighbour.served++;
    if (approval[39] !== '00' || approval[2] !== request[2] || reversal[39] !== '00') neighbour.wrong++;
  }
})();

interface RawConnection {
  readonly socket: net.Socket;
  /** What came, when the switch has closed its side. */
  readonly closed: Promise<Buffer>;
}

/** A connection that sends whatever it is told to. */
async function open(t: Test, to: number): Promise<RawConnection> {
  const socket = net.connect({ host: '127.0.0.1', port: to, noDelay: true });
  const chunks: Buffer[] = [];
  socket.on('data', (bytes) => chunks.push(bytes));
  // A reset is one of the ways for the switch to close; the close is what is waited for.
  socket.on('error', () => {});
  const closed = new Promise<Buffer>((resolve) => {
    socket.on('close', () => resolve(Buffer.concat(chunks)));
  });
  t.teardown(() => socket.destroy());
  await once(socket, 'connect');
  return { socket, closed };
}

function frame(...parts: (string | Buffer)[]): Buffer {
  const body = Buffer.concat(parts.map((part) => Buffer.from(part as string)));
  const header = Buffer.alloc(2);
  header.writeUInt16BE(body.length);
  return Buffer.concat([header, body]);
}

/** Makes sure that something in `/metrics` grows by exactly that much. */
async function grows(t: Test, name: string, by: number, meanwhile: () => Promise<void>): Promise<void> {
  const value = async () => (await metricsOf(system.running)).get(name)!;
  const before = await value();
  await meanwhile();
  // A close is counted a little after its other side has seen it.
  await until(`${name} grows by ${by}`, async () => (await value()) >= before + by);
  t.equal((await value()) - before, by, name);
}

/** Where the last digit of a field is in the packed message: what it says may be somewhere else as well. */
function lastByteOf(message: PackageMessage, field: number): number {
  const value = message[field]!;
  const other = value.endsWith('0') ? '1' : String(Number(value.at(-1)) - 1);
  const changed = pack({ ...message, [field]: value.slice(0, -1) + other });
  return pack(message).findIndex((byte, at) => byte !== changed[at]);
}

const refused = (reason: string) => `holdfast_frames_refused_total{reason="${reason}"}`;
const closedFor = (reason: string) => `holdfast_connections_closed_total{reason="${reason}"}`;

t.test('random bytes, with and without right lengths before them', async (t) => {
  const seed = 20261125;
  const random = new SeededRandom(seed);
  const bytes = (length: number) => Buffer.from(Array.from({ length }, () => random.below(256)));
  for (let connection = 0; connection < 40; connection++) {
    const { socket, closed } = await open(t, port);
    const framed = connection % 2 === 0;
    socket.end(
      framed
        ? Buffer.concat(Array.from({ length: 20 }, () => frame('0100', bytes(random.below(200)))))
        : bytes(2048),
    );
    await closed;
  }
  t.equal((await client.request(networkMessage('301')))[39], '00', `seed ${seed}`);
});

t.test('a frame that ends with its connection is no message', async (t) => {
  const whole = pack(authorisation(cards[1]!, 100));
  await grows(t, closedFor('peer'), 5, async () => {
    for (const length of [1, 2, 3, 40, whole.length - 1]) {
      const { socket, closed } = await open(t, port);
      socket.end(whole.subarray(0, length));
      t.equal((await closed).length, 0);
    }
  });
});

t.test('an empty frame is counted, and the connection goes on', async (t) => {
  await grows(t, refused('empty_frame'), 10, async () => {
    client.socket.write(Buffer.alloc(2 * 10));
    t.equal((await client.request(networkMessage('301')))[39], '00');
  });
});

t.test('a length of 65,535 closes the connection', async (t) => {
  await grows(t, closedFor('frame_too_long'), 1, async () => {
    const { socket, closed } = await open(t, port);
    socket.write(Buffer.concat([Buffer.from([0xff, 0xff]), Buffer.alloc(100)]));
    t.equal((await closed).length, 0);
  });
  t.match(system.logged.join(''), /"reason":"frame_too_long"/);
});

t.test('what breaks a rule is answered 30, and counted by the rule', async (t) => {
  const bitmap = (...fields: number[]) => {
    const bits = Buffer.alloc(16);
    for (const field of [1, ...fields]) bits[(field - 1) >> 3]! |= 0x80 >> ((field - 1) & 7);
    return bits;
  };
  await grows(t, refused('unknown_field'), 1, async () => {
    const answer = client.expect({ 0: '0100', 11: '900001' });
    client.socket.write(frame('0100', bitmap(11, 65), '900001', '1'));
    t.equal((await answer)[39], '30');
  });
  await grows(t, refused('bad_content'), 6, async () => {
    for (const field of [2, 3, 4, 7, 14, 49]) {
      const message = authorisation(cards[1]!, 100);
      const bytes = pack(message);
      bytes[lastByteOf(message, field)] = 0x41;
      const answer = client.expect(message);
      client.socket.write(bytes);
      t.equal((await answer)[39], '30', `a letter in DE${field}`);
    }
  });
});

t.test('a response that is sent to a host is not answered', async (t) => {
  await grows(t, refused('unexpected_response'), 3, async () => {
    for (const mti of ['0110', '0410', '0810'])
      client.socket.write(pack({ ...networkMessage('301'), 0: mti }));
    const before = client.replies.length;
    t.equal((await client.request(networkMessage('301')))[39], '00');
    t.equal(client.replies.length, before + 1);
  });
});

t.test('1,000 connections that send one byte and stay', async (t) => {
  await grows(t, closedFor('frame_unfinished'), 1000, async () => {
    const idle = await Promise.all(Array.from({ length: 1000 }, () => open(t, impatientPort)));
    for (const { socket } of idle) socket.write(Buffer.from([0]));
    await Promise.all(idle.map(({ closed }) => closed));
  });
});

t.test('more connections than a link allows', async (t) => {
  await grows(t, closedFor('too_many_connections'), 50, async () => {
    const allowed = await Promise.all(Array.from({ length: FEW }, () => IsoClient.connect(t, fewPort)));
    for (const one of allowed) t.equal((await one.request(networkMessage('301')))[39], '00');
    const more = await Promise.all(Array.from({ length: 50 }, () => open(t, fewPort)));
    await Promise.all(more.map(({ closed }) => closed));
    for (const one of allowed) t.equal((await one.request(networkMessage('301')))[39], '00');
  });
});

t.test('a reader that never reads is not read either, and then closed', async (t) => {
  const echo = pack(networkMessage('301'));
  await grows(t, closedFor('reader_too_slow'), 1, async () => {
    const { socket, closed } = await open(t, port);
    socket.pause();
    // More than the kernel's buffers hold of either way.
    const many = Buffer.concat(Array.from({ length: 20_000 }, () => echo));
    const pour = () => {
      while (!socket.destroyed && socket.write(many));
    };
    socket.on('drain', pour);
    pour();
    await closed;
  });
});

t.test('a peer that sends no more still gets its replies', async (t) => {
  const { socket, closed } = await open(t, port);
  const messages = Array.from({ length: 50 }, () => networkMessage('301'));
  socket.end(Buffer.concat(messages.map((message) => pack(message))));
  let bytes = await closed;
  for (const message of messages) {
    const length = 2 + bytes.readUInt16BE();
    t.match(bytes.subarray(2, length).toString('latin1'), new RegExp(`^0810.*${message[11]}`, 's'));
    bytes = bytes.subarray(length);
  }
  t.equal(bytes.length, 0);
});

t.test('a frame that is cut at any byte', async (t) => {
  const length = pack(authorisation(cards[1]!, 1)).length;
  for (let cut = 1; cut < length; cut++) {
    const message = authorisation(cards[1]!, 100);
    const bytes = pack(message);
    const answer = client.expect(message);
    client.socket.write(bytes.subarray(0, cut));
    const before = neighbour.served;
    // The switch has read the first part by the time that it answered somebody else.
    await until('others are answered', () => neighbour.served >= before + 2);
    client.socket.write(bytes.subarray(cut));
    const [code, undone] = [(await answer)[39], await client.request(reversalOf(message))];
    if (code !== '00' || undone[39] !== '00') t.fail(`cut at byte ${cut}: ${code}, ${undone[39]}`);
  }
  t.pass(`cut at ${length - 1} bytes`);
});

t.test('many frames in one segment, and more messages at once than all batches hold', async (t) => {
  const few = Array.from({ length: 3 * BATCH_MESSAGES }, () => networkMessage('301'));
  t.ok((await client.requestAll(few)).every((reply) => reply[39] === '00'));

  const database = await connectDatabase(t, system.config);
  const release = await stall(database);
  const connections = await Promise.all(Array.from({ length: 5 }, () => IsoClient.connect(t, port)));
  const answers = connections.map((connection, index) => {
    const card = cards[2 + index]!;
    return connection.requestAll(
      Array.from({ length: BATCHES * BATCH_MESSAGES }, () => authorisation(card, 1)),
    );
  });
  await until('the ring is full', async () => {
    return ((await metricsOf(system.running)).get('holdfast_connections_paused') ?? 0) > 0;
  });
  await release();
  const codes = (await Promise.all(answers)).map((replies) => new Set(replies.map((reply) => reply[39])));
  // 40 a day is a tenant's limit for each card: all are answered, in their order.
  for (const seen of codes) t.same([...seen], ['00', '65']);
  const approved = connections.map(({ replies }) => replies.findIndex((reply) => reply[39] !== '00'));
  t.same(approved, [40, 40, 40, 40, 40]);
  t.equal((await metricsOf(system.running)).get('holdfast_connections_paused'), 0);
});

t.test('all the while others were served', async (t) => {
  neighbour.stopped = true;
  await neighbour.ended;
  t.ok(neighbour.served > 100, `${neighbour.served}`);
  t.equal(neighbour.wrong, 0);
  const available = (await cardsOf(system, 'lydia')).find(({ pan }) => pan === cards[0]!.pan)!.available;
  t.equal(available, cards[0]!.available);
  t.notMatch(system.logged.join(''), /"level":(50|60)/, 'nothing failed inside');
});
