import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import t, { type Test } from 'tap';
import { balancesOf } from '../switch/holds/balances.js';
import { clearingOf } from '../switch/holds/messages.js';
import { inquiry } from '../switch/holds/timed-switch.js';
import { authorisation, reversalOf } from '../switch/iso-client.js';
import { APPROVED, type PersonaCard, PersonaSwitch } from './persona-switch.js';

t.setTimeout(90_000);
const linxo = await PersonaSwitch.start(t, 'linxo', '2026-04-10T12:00Z');

async function balances(card: PersonaCard) {
  const reply = await linxo.client.request(inquiry({ tenant: 'bank', ...card }));
  t.equal(reply[39], '00');
  const { ledger, available, currency } = balancesOf(reply[54]!);
  return { ledger, available, currency };
}

t.test('a balance inquiry tells what is posted and what can be spent, as the API does', async (t) => {
  const card = await linxo.card(await linxo.account(1000_00));
  t.same(await balances(card), { ledger: 1000_00, available: 1000_00, currency: '978' });
  const held = authorisation(card, 120_00);
  t.same(await linxo.ask(held), APPROVED);
  t.same(await balances(card), { ledger: 1000_00, available: 880_00, currency: '978' });
  await linxo.client.request(clearingOf(held, 120_00));
  t.same(await balances(card), { ledger: 880_00, available: 880_00, currency: '978' });
  const { body } = await linxo.api.get(`/v1/accounts/${card.account}`);
  t.match(body.balances, { posted: 880_00, held: 0, available: 880_00 });
});

t.test('a card is verified without an amount: nothing is held, and nothing counts', async (t) => {
  const card = await linxo.card();
  const verify = (of: PersonaCard) => linxo.pay(of, 0, {}, 'ecommerce');
  const before = await linxo.available(card.account);
  // More than a day's payments.
  for (let verified = 0; verified < 60; verified++) t.same(await verify(card), APPROVED);
  t.equal(await linxo.available(card.account), before);
  t.same(await linxo.pay(card, 10_00), APPROVED, 'no payment was counted');
  t.same(await verify({ ...card, expiry: '2901' }), ['54', '']);
  t.same(await verify(await linxo.card(undefined, { status: 'blocked' })), ['62', '']);
});

t.test('2,500 euros a month, in which inquiries do not count', async (t) => {
  const card = await linxo.card();
  const paid = async (minor: number) => {
    const message = authorisation(card, minor);
    const answer = await linxo.ask(message);
    if (answer[0] === '00') await linxo.client.request(clearingOf(message, minor));
    return answer;
  };
  for (const day of ['10', '11']) {
    linxo.at(`2026-04-${day}T12:00Z`);
    t.same(await paid(1000_00), APPROVED);
  }
  await balances(card);
  const last = authorisation(card, 400_00);
  t.same(await linxo.ask(last), APPROVED);
  t.same(await paid(100_01), ['61', 'a month']);
  t.equal((await linxo.client.request(reversalOf(last)))[39], '00');
  t.same(await paid(500_00), APPROVED);
  t.same(await paid(1), ['61', 'a month']);
  linxo.at('2026-04-30T22:00Z');
  t.same(await paid(1000_00), APPROVED, 'May in Paris');
});

interface Told {
  readonly id: string;
  readonly type: string;
  // biome-ignore lint/suspicious/noExplicitAny: a test says by its checks what it must be
  readonly data: any;
}

const TYPES = ['approved', 'declined', 'reversed'].map((what) => `authorization.${what}`).join(',');

/** What the stream tells of a card's payments, behind `after` where that is given; ends with the test. */
async function* events(t: Test, card: string, after?: string): AsyncGenerator<Told> {
  const { httpPort } = linxo.system.running;
  const request = get(`http://127.0.0.1:${httpPort}/v1/events/stream?card=${card}&types=${TYPES}`, {
    agent: false,
    headers: { authorization: `Bearer ${linxo.api.key}`, ...(after && { 'last-event-id': after }) },
  });
  t.teardown(() => request.destroy());
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  let text = '';
  for await (const chunk of response.setEncoding('utf8')) {
    text += chunk;
    const blocks = text.split('\n\n');
    text = blocks.pop()!;
    for (const block of blocks) {
      const fields = new Map(block.split('\n').map((line) => line.split(/: (.*)/s) as [string, string]));
      const data = fields.get('data');
      // What has no data is a comment; the first says that the stream is open.
      yield data === undefined
        ? { id: '', type: 'comment', data: null }
        : { id: fields.get('id')!, type: fields.get('event')!, data: JSON.parse(data).data };
    }
  }
}

t.test('the stream tells what happens to a card, and goes on where it was left', async (t) => {
  const card = await linxo.card();
  const first = events(t, card.id);
  t.equal((await first.next()).value.type, 'comment', 'it is open');
  const purchase = authorisation(card, 12_00);
  t.same(await linxo.ask(purchase), APPROVED);
  const approved: Told = (await first.next()).value;
  t.match(approved, {
    type: 'authorization.approved',
    data: { card: card.id, account: card.account, amount: 12_00, currency: 'EUR' },
  });
  await first.return(undefined);
  await linxo.client.request(reversalOf(purchase));
  t.same(await linxo.pay(card, 1000_01), ['61', '']);
  const second = events(t, card.id, approved.id);
  const told: Told[] = [];
  for await (const event of second) {
    if (event.type !== 'comment') told.push(event);
    if (told.length === 2) break;
  }
  t.match(told, [
    { type: 'authorization.reversed', data: { merchant_amount: 12_00 } },
    {
      type: 'authorization.declined',
      data: { merchant_amount: 1000_01, decision: { response_code: '61', reason: 'exceeds_amount_limit' } },
    },
  ]);
});
