import t from 'tap';
import { authorisation, IsoClient, networkMessage, pack, reversalOf } from './iso-client.js';
import { cardsOf, startTestSwitch } from './running-switch.js';

const system = await startTestSwitch(t, {
  links: [
    { name: 'signed', port: 0, signOnRequired: true },
    { name: 'hex', port: 0, dialect: 'iso87-ascii-hex' },
  ],
});
const [signedPort, hexPort] = system.running.ports as [number, number];
const [card] = await cardsOf(system, 'shine');

t.test('a link that requires a sign-on answers 91 before it and after the sign-off', async (t) => {
  const client = await IsoClient.connect(t, signedPort);
  const other = await IsoClient.connect(t, signedPort);
  const codeOf = async (message: Parameters<IsoClient['request']>[0]) => (await client.request(message))[39];
  const request = authorisation(card!, 1000);

  t.equal(await codeOf(request), '91');
  t.equal(await codeOf(networkMessage('301')), '00', 'an echo needs none');
  t.equal(await codeOf(networkMessage('001')), '00');
  t.equal(await codeOf(request), '00', 'what was refused for want of a sign-on is not remembered');
  t.equal((await other.request(authorisation(card!, 1000)))[39], '91', 'it is of one connection only');
  t.equal(await codeOf(networkMessage('002')), '00');
  t.equal(await codeOf(reversalOf(request)), '91');
  const together = await client.requestAll([networkMessage('001'), reversalOf(request)]);
  t.same(
    together.map((reply) => reply[39]),
    ['00', '00'],
    'in force for what comes right behind it',
  );
});

t.test('a bitmap in hexadecimal digits, both ways', async (t) => {
  const client = await IsoClient.connect(t, hexPort, true);
  const request = authorisation(card!, 1000);
  const reply = await client.request(request);
  t.same([reply[0], reply[39], reply[2], reply[49]], ['0110', '00', card!.pan, '978']);
  t.match(reply[38], /^\d{6}$/);
  const reversal = reversalOf(request);
  const undone = await client.request(reversal);
  t.same([undone[0], undone[39], undone[90]], ['0410', '00', reversal[90]], 'with a second bitmap');
  const echo = await client.request(networkMessage('301'));
  t.same([echo[0], echo[39], echo[70]], ['0810', '00', '301']);
});

t.test('a binary bitmap on that link is refused, and the connection goes on', async (t) => {
  const client = await IsoClient.connect(t, hexPort, true);
  client.socket.write(pack(networkMessage('301')));
  t.equal((await client.request(networkMessage('301')))[39], '00');
  t.equal(client.replies.length, 1);
});
