import { once } from 'node:events';
import net from 'node:net';
import t, { type Test } from 'tap';
import { dialectByName } from '../../parsers/dialects/index.js';
import { frameMessage, framingOf } from '../../parsers/framing/index.js';
import { build } from '../../parsers/writer.js';
import type { LinkConfig } from '../../switch/config-schema.js';
import { Sandbox } from '../../switch/sandbox/sandbox.js';
import type { SimulatedMessage } from '../../tenants/api/sandbox-port.js';
import { fieldsOf } from './dialect-client.js';

const dialect = dialectByName('iso87-ascii');
const framing = framingOf('length2');
/** More than any answer of a listener takes that gives one. */
const LONG_MS = 20_000;
const SHORT_MS = 500;

const purchase: SimulatedMessage = {
  kind: 'authorization',
  advice: false,
  declined: false,
  processingCode: '000000',
  pan: '9999010212345675',
  expiry: '3012',
  amount: 100,
  currency: '978',
  cashBack: 0,
  kept: 0,
  indicators: [],
  place: { merchant: 'M', terminal: 'T', category: '5999', acceptor: null, country: null, condition: null },
  original: null,
};

/** What a listener does with the message at that place; the socket is there to be written to. */
type Script = (message: Buffer, socket: net.Socket, place: number) => void;

/** A listener that is not the switch, and a sandbox that sends to it. */
async function listening(t: Test, script: Script, answerMs = LONG_MS, changes: Partial<LinkConfig> = {}) {
  let place = 0;
  const open: net.Socket[] = [];
  const server = net.createServer((socket) => {
    open.push(socket);
    // What the sandbox breaks off is no fault of the test's.
    socket.on('error', () => {});
    socket.on('data', (frame) => script(frame.subarray(framing.headBytes), socket, place++));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as net.AddressInfo;
  const config = { name: 'one', host: '0.0.0.0', framing: 'length2', messageKey: 'transmission', ...changes };
  const sandbox = new Sandbox([{ config: config as LinkConfig, dialect: dialect.dialect }], answerMs);
  t.teardown(() => {
    sandbox.close();
    for (const socket of open) socket.destroy();
    server.close();
  });
  sandbox.listening([port]);
  const send = () =>
    sandbox.send(purchase, { link: undefined, dialect: undefined, stamp: sandbox.newStamp(), repeat: false });
  return { sandbox, send, open, server };
}

/** The reply that approves a message. */
function approval(message: Buffer): Buffer {
  const { mti, fields } = fieldsOf(dialect, message);
  const { 3: code, 4: amount, 7: time, 11: stan, 70: network } = fields;
  const echoed = Object.entries({ 3: code, 4: amount, 7: time, 11: stan, 70: network });
  const known = Object.fromEntries(echoed.filter(([, value]) => value !== undefined));
  return frameMessage(
    framing,
    build(dialect, { mti: `${mti.slice(0, 2)}10`, fields: { ...known, 39: '00' } as Record<number, string> }),
  );
}

t.test('replies are known by their STAN, in whatever order and pieces they come', async (t) => {
  const waiting: Buffer[] = [];
  const { send, open } = await listening(t, (message, socket) => {
    waiting.push(approval(message));
    if (waiting.length < 3) return;
    const [first, second, third] = waiting as [Buffer, Buffer, Buffer];
    const all = Buffer.concat([third, first, second]);
    socket.write(all.subarray(0, third.length + 5));
    setImmediate(() => socket.write(all.subarray(third.length + 5)));
  });
  const one = send();
  await new Promise(setImmediate);
  // Messages that are written at once may come as one piece, which the script takes for one.
  const sent = [one];
  for (let each = 0; each < 2; each++) {
    while (waiting.length <= each) await new Promise(setImmediate);
    sent.push(send());
  }
  for (const { exchanges } of await Promise.all(sent)) {
    const [{ request, reply }] = exchanges;
    const stan = (shown: typeof request) => (shown.fields as Record<number, { value: string }>)[11]!.value;
    t.equal(stan(reply), stan(request));
  }
  t.equal(open.length, 1, 'on one connection');
});

t.test('a connection signs on first, where that is asked', async (t) => {
  const came: string[] = [];
  const script: Script = (message, socket) => {
    came.push(fieldsOf(dialect, message).mti);
    socket.write(approval(message));
  };
  const { send } = await listening(t, script, LONG_MS, { signOnRequired: true });
  t.match((await send()).exchanges[0], { approved: true, responseCode: '00' });
  await send();
  t.same(came, ['0800', '0100', '0100']);
});

t.test('no answer is told within a time, and what comes late is nobody’s', async (t) => {
  let late: Buffer | null = null;
  const script: Script = (message, socket) => {
    if (late === null) late = approval(message);
    else socket.write(Buffer.concat([late, approval(message)]));
  };
  const { send } = await listening(t, script, SHORT_MS);
  await t.rejects(send(), { code: 'HF_NO_ANSWER', status: 504 });
  t.match((await send()).exchanges[0], { approved: true });
});

t.test('a connection that is lost is opened anew', async (t) => {
  const { send, open } = await listening(t, (message, socket, place) => {
    if (place === 0) socket.destroy();
    else if (place === 1) socket.end();
    else socket.write(approval(message));
  });
  await t.rejects(send(), { code: 'HF_NO_ANSWER' });
  await t.rejects(send(), { code: 'HF_NO_ANSWER' });
  t.match((await send()).exchanges[0], { approved: true });
  t.equal(open.length, 3);
});

t.test('a link that can’t be reached, or is not there yet', async (t) => {
  const { send, server, sandbox } = await listening(t, () => {});
  server.close();
  await once(server, 'close');
  await t.rejects(send(), { code: 'HF_UNAVAILABLE', status: 503 });
  sandbox.close();
  await t.rejects(send(), { code: 'HF_UNAVAILABLE' }, 'and none after the end');
});

t.test('no more wait than there is room for', async (t) => {
  const { send } = await listening(t, () => {}, SHORT_MS);
  const all = await Promise.allSettled(Array.from({ length: 70 }, send));
  const codes = all.map((one) => (one.status === 'rejected' ? one.reason.code : 'answered'));
  t.same(
    codes.filter((code) => code === 'HF_BUSY').length,
    6,
    'the others get no answer from one that is silent',
  );
});
