import { once } from 'node:events';
import net from 'node:net';
import t, { type Test } from 'tap';
import { dialectByName } from '../../parsers/dialects/index.js';
import { framingByName } from '../../parsers/framing/index.js';
import { build } from '../../parsers/writer.js';
import {
  completeMessage,
  exitCodeOfError,
  exitCodeOfReply,
  maskMessage,
  messageFromFlags,
  messageFromJson,
  messageText,
  runSend,
  SendError,
} from '../../switch/send.js';
import { framed, startAnsweringHost } from './answering-host.js';

const PAN = '9999010212345678';
const NOW = new Date('2024-03-01T14:05:09Z');
const dialect = dialectByName('iso87-ascii');
const fields = [`2=${PAN}`, '3=000000', '4=1250', '11=123456', '49=978'];
const message = completeMessage(messageFromFlags('0100', fields), NOW);
const common = {
  host: '127.0.0.1',
  dialect,
  message,
  timeoutMs: 5000,
  framing: framingByName('length2'),
} as const;

/** A host that says these bytes to whoever sends something, or closes. */
async function speakingHost(t: Test, bytes: Buffer | null): Promise<number> {
  const sockets = new Set<net.Socket>();
  const server = net.createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('data', () => (bytes === null ? socket.destroy() : socket.write(bytes)));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return (server.address() as net.AddressInfo).port;
}

function reply(changes: Readonly<Record<number, string>>): Buffer {
  return build(dialect, { mti: '0110', fields: { ...message.fields, 39: '00', ...changes } });
}

t.test('an approval is exit code 0, a partial approval too, and a decline 1', async (t) => {
  const codes = ['00', '10', '51'];
  const host = await startAnsweringHost(({ count }) => [{ 39: codes[count]! }]);
  t.teardown(() => host.close());
  const approved = await runSend({ ...common, port: host.port });
  t.equal(approved.reply.mti, '0110');
  t.equal(approved.reply.fields[4], '000000001250');
  t.ok(approved.roundTripMs > 0);
  t.equal(exitCodeOfReply(approved.reply), 0);
  t.equal(exitCodeOfReply((await runSend({ ...common, port: host.port })).reply), 0);
  t.equal(exitCodeOfReply((await runSend({ ...common, port: host.port })).reply), 1);
});

t.test('what is not the response is skipped, also in the same packet', async (t) => {
  const bytes = [
    framed(build(dialect, { mti: '0800', fields: { 7: '0301140509', 11: '000009', 70: '301' } })),
    framed(reply({ 11: '000001', 39: '05' })),
    framed(reply({})),
  ];
  const port = await speakingHost(t, Buffer.concat(bytes));
  t.equal((await runSend({ ...common, port })).reply.fields[39], '00');
});

t.test('a length header of four bytes', async (t) => {
  const body = reply({});
  const header = Buffer.alloc(4);
  header.writeUInt32BE(body.length);
  const port = await speakingHost(t, Buffer.concat([header, body]));
  t.equal((await runSend({ ...common, port, framing: framingByName('length4') })).reply.fields[39], '00');
});

t.test('no answer in any of its forms is exit code 3', async (t) => {
  const silent = await startAnsweringHost(() => []);
  t.teardown(() => silent.close());
  const gone = await startAnsweringHost();
  await gone.close();
  const cases = [
    { code: 'HF_SEND_TIMEOUT', port: silent.port, timeoutMs: 100 },
    { code: 'HF_SEND_CONNECT', port: gone.port, timeoutMs: 5000 },
    { code: 'HF_SEND_CLOSED', port: await speakingHost(t, null), timeoutMs: 5000 },
  ];
  for (const { code, ...where } of cases) {
    const error = await runSend({ ...common, ...where }).then(
      () => null,
      (error: unknown) => error,
    );
    t.match(error, { code }, code);
    t.equal(exitCodeOfError(error), 3);
  }
});

t.test('an unreadable reply is exit code 4, and says neither field value nor PAN', async (t) => {
  const port = await speakingHost(t, framed(Buffer.concat([reply({}), Buffer.from(PAN)])));
  const error = await runSend({ ...common, port }).then(
    () => null,
    (error: unknown) => error,
  );
  t.match(error, { code: 'HF_SEND_MALFORMED_REPLY' });
  t.equal(exitCodeOfError(error), 4);
  t.notMatch(String((error as Error).message), PAN);
});

t.test('messages that cannot be made are exit code 2', async (t) => {
  const bad = [
    () => messageFromJson(`{"mti":"0100","fields":{"2":"${PAN}"`),
    () => messageFromJson('[]'),
    () => messageFromJson('null'),
    () => messageFromJson('{"mti":"0100","fields":{"4":1250}}'),
    () => messageFromFlags('0100', ['amount=1250']),
    () => messageFromFlags('0100', ['4']),
  ];
  for (const make of bad) {
    try {
      make();
      t.fail(`${make} made a message`);
    } catch (error) {
      t.ok(error instanceof SendError);
      t.equal(exitCodeOfError(error), 2);
      t.notMatch(String(error), PAN);
    }
  }
  const wrong = { ...message, fields: { ...message.fields, 4: 'twelve' } };
  t.throws(() => runSend({ ...common, port: 1, message: wrong }), { code: 'HF_ISO_CONTENT' });
});

t.test('the same message from flags and from JSON', async (t) => {
  const json = messageFromJson(`{"mti":"0100","fields":{"2":"${PAN}","4":"1250"}}`);
  t.same(json, messageFromFlags('0100', [`2=${PAN}`, '4=1250']));
  t.equal(messageFromFlags('0100', ['48=a=b']).fields[48], 'a=b');
});

t.test('keys and times that are missing are filled in, those that are given stay', async (t) => {
  t.match(completeMessage({ mti: '0100', fields: {} }, NOW).fields, {
    7: '0301140509',
    11: /^\d{6}$/,
    12: '140509',
    13: '0301',
    32: /^\d{11}$/,
    37: /^406114\d{6}$/,
    41: /^.{8}$/,
    42: /^.{15}$/,
  });
  const given = completeMessage({ mti: '0100', fields: { 11: '000042', 41: 'MINE' } }, NOW).fields;
  t.match(given, { 11: '000042', 37: '406114000042', 41: 'MINE' });
  t.same(Object.keys(completeMessage({ mti: '0800', fields: { 70: '301' } }, NOW).fields), ['7', '11', '70']);
});

t.test(
  'what is printed shows six digits and four of a PAN or a track, and nothing of a PIN or chip data',
  async (t) => {
    const secret = {
      mti: '0100',
      fields: {
        2: PAN,
        35: `${PAN}=30121010000012300000`,
        45: `B${PAN}^DOE/JANE^3012101`,
        52: '0123456789abcdef',
        55: '5a089999010212345678',
        41: 'TERM0001',
      },
    };
    const text = messageText(dialect, secret);
    t.notMatch(text, PAN);
    t.notMatch(text, /01020?1234|DOE|3012|0123456789abcdef|5a08/);
    const masked = maskMessage(dialect, secret).fields;
    t.equal(masked[2], '999901******5678');
    t.match(masked[35], /^999901\*{6}5678=\*{20}$/);
    t.match(masked[45], /^B999901\*{6}5678\^\*+\^\*+$/);
    t.equal(masked[52], '*'.repeat(16));
    t.equal(masked[41], 'TERM0001');
    t.equal(maskMessage(dialect, { mti: '0100', fields: { 2: '123456789012' } }).fields[2], '********9012');
  },
);
