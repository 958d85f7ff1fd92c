import t from 'tap';
import type { ListedCard } from '../../switch/demo-cards.js';
import {
  authorisation,
  ECHOED,
  IsoClient,
  networkMessage,
  type PackageMessage,
  reversalOf,
} from './iso-client.js';
import {
  cardsOf,
  connectDatabase,
  declinedCardsOf,
  get,
  metricsOf,
  stall,
  startTestSwitch,
  until,
} from './running-switch.js';

t.setTimeout(60_000);
// Noon of a Tuesday: lunchr's cards pay on working days alone.
const system = await startTestSwitch(t, { commitTimeoutMs: 200 }, {}, () => Date.UTC(2026, 10, 24, 12));
const client = await IsoClient.connect(t, system.port);
const lydia = await cardsOf(system, 'lydia');
const lunchr = await cardsOf(system, 'lunchr');
let used = 0;

/** A card that no other test draws on. */
function fresh(cards: readonly ListedCard[]): ListedCard {
  used += 1;
  return cards[used]!;
}

async function available(tenant: string, pan: string): Promise<number> {
  return (await cardsOf(system, tenant)).find((card) => card.pan === pan)!.available;
}

async function codeOf(message: PackageMessage): Promise<string> {
  const reply = await client.request(message);
  return reply[39]!;
}

t.test('an approval holds the money, echoes the request and is repeated with the same DE38', async (t) => {
  const card = fresh(lydia);
  const request = authorisation(card, 1250);
  const reply = await client.request(request);
  t.equal(reply[0], '0110');
  t.equal(reply[39], '00');
  t.match(reply[38], /^\d{6}$/);
  for (const field of ECHOED) t.equal(reply[field], request[field], `DE${field} comes back as sent`);
  t.equal(await available('lydia', card.pan), card.available - 1250);

  const repeat = await client.request({ ...request, 0: '0101' });
  t.same([repeat[0], repeat[39], repeat[38]], ['0110', '00', reply[38]]);
  t.equal((await client.request(request))[38], reply[38], 'the same key again is a repeat by itself');
  t.equal(await available('lydia', card.pan), card.available - 1250, 'a repeat moves nothing');
});

t.test('the cards that are made to be declined are, each with its code', async (t) => {
  const seen = new Set<string>();
  for (const tenant of ['lydia', 'pixpay', 'qonto']) {
    for (const card of await declinedCardsOf(system, tenant)) {
      const request = authorisation(card, 100, {}, card.channel);
      const reply = await client.request(request);
      t.equal(reply[39], card.declines, `${tenant}: ${card.note}`);
      t.equal(reply[38], undefined, 'a decline has no approval code');
      for (const field of ECHOED) t.equal(reply[field], request[field], `DE${field} comes back as sent`);
      t.equal(await codeOf({ ...request, 0: '0101' }), card.declines, 'and its repeat the same');
      seen.add(card.declines!);
    }
  }
  t.same([...seen].sort(), ['14', '41', '43', '51', '54', '57', '62', '78']);
});

t.test('an expiry that is not the card’s is 54, a PAN of no tenant is 14', async (t) => {
  t.equal(await codeOf(authorisation({ ...fresh(lydia), expiry: '4912' }, 100)), '54');
  t.equal(await codeOf(authorisation({ ...fresh(lydia), pan: '4000000000000002' }, 100)), '14');
});

t.test('limits: 61 for one transaction and for the day, 65 for the count, 58 for a channel', async (t) => {
  t.equal(await codeOf(authorisation(fresh(lydia), 150_001)), '61', 'above 1,500 euros at once');

  const daily = fresh(lunchr);
  const first = authorisation(daily, 1000);
  t.equal(await codeOf(first), '00');
  t.equal(await codeOf(authorisation(daily, 901)), '61', 'above 19 euros a day');
  t.equal(await codeOf(reversalOf(first)), '00');
  t.equal(await codeOf(authorisation(daily, 901)), '00', 'what was reversed counts no more');

  const counted = fresh(lunchr);
  const ten = await client.requestAll(Array.from({ length: 10 }, () => authorisation(counted, 1)));
  t.same(new Set(ten.map((reply) => reply[39])), new Set(['00']));
  t.equal(await codeOf(authorisation(counted, 1)), '65', 'the eleventh of the day');
  t.equal(await codeOf(authorisation(fresh(lunchr), 100, {}, 'ecommerce')), '58');
});

t.test('30 for a message that breaks a rule, 12 for one that is not supported', async (t) => {
  const card = fresh(lydia);
  t.equal(await codeOf(authorisation(card, 100, { 49: '' })), '30', 'no currency');
  t.equal(await codeOf(authorisation(card, 100, { 14: '3013' })), '30', 'no month 13');
  t.equal(await codeOf(authorisation(card, 100, { 3: '400000' })), '12', 'a transfer between accounts');
  t.equal(await codeOf(authorisation(card, 100, { 49: '941' })), '12', 'a currency without a rate');
  const fee = await client.request(authorisation(card, 100, { 0: '0620' }));
  t.same([fee[0], fee[39]], ['0630', '12'], 'an administrative advice');
  t.equal(await available('lydia', card.pan), card.available);
});

t.test('94 for another message under a key that was used, which stays as it was', async (t) => {
  const card = fresh(lydia);
  const request = authorisation(card, 300);
  const { 38: code } = await client.request(request);
  t.equal(await codeOf({ ...request, 4: '000000000301' }), '94', 'another amount');
  t.equal(await codeOf({ ...request, 2: fresh(lydia).pan }), '94', 'another card');
  t.equal((await client.request({ ...request, 0: '0101' }))[38], code);
  t.equal(await available('lydia', card.pan), card.available - 300);
});

t.test('a reversal gives the money back once, and one that finds nothing blocks its original', async (t) => {
  const card = fresh(lydia);
  const request = authorisation(card, 700);
  t.equal(await codeOf(request), '00');
  const reversal = reversalOf(request);
  const reply = await client.request(reversal);
  t.same([reply[0], reply[39]], ['0410', '00']);
  for (const field of ECHOED) t.equal(reply[field], reversal[field], `DE${field} comes back as sent`);
  t.equal(await codeOf({ ...reversal, 0: '0401' }), '00');
  t.equal(await codeOf(reversalOf(request)), '00', 'a second one has nothing left to release');
  t.equal(await available('lydia', card.pan), card.available);

  const late = authorisation(card, 800);
  t.equal(await codeOf(reversalOf(late)), '00');
  t.equal(await codeOf(late), '12', 'the authorisation was given up before it came');
  t.equal(await available('lydia', card.pan), card.available);
});

t.test('network management: sign-on, echo, sign-off; 12 for another code', async (t) => {
  for (const [code, answer] of [
    ['001', '00'],
    ['301', '00'],
    ['002', '00'],
    ['161', '12'],
  ] as const) {
    const request = networkMessage(code);
    const reply = await client.request(request);
    t.same([reply[0], reply[39], reply[11], reply[70]], ['0810', answer, request[11], code]);
  }
});

t.test('91 when the ledger can not commit in time; it is final', async (t) => {
  const database = await connectDatabase(t, system.config);
  const card = fresh(lydia);
  const held = authorisation(card, 500);
  t.equal(await codeOf(held), '00');
  const release = await stall(database);

  const request = authorisation(card, 900);
  const answered = client.request(request);
  let waiting = true;
  answered.finally(() => {
    waiting = false;
  });
  const repeats: Promise<PackageMessage>[] = [];
  await until('the authorisation is answered, while it is repeated', () => {
    repeats.push(client.request({ ...request, 0: '0101' }));
    return !waiting;
  });
  t.equal((await answered)[39], '91');
  await until('it is not ready', async () => (await get(system.running, '/health/ready')).status === 503);
  const reversal = reversalOf(held);
  const undecided = authorisation(card, 901);
  t.equal(await codeOf(undecided), '91', 'nothing more is decided');
  t.equal(await codeOf(reversal), '91');
  await release();

  const codes = (await Promise.all(repeats)).map((reply) => reply[39]);
  t.same(new Set(codes), new Set(['91']), 'no repeat is approved whose original was answered 91');
  await until('it is ready', async () => (await get(system.running, '/health/ready')).status === 200);
  t.equal(await codeOf({ ...request, 0: '0101' }), '91', 'its repeat gets the same answer');
  t.equal(await available('lydia', card.pan), card.available - 500, 'its hold is gone');
  t.equal(await codeOf({ ...reversal, 0: '0401' }), '00', 'a reversal is repeated until it is told');
  t.equal(await available('lydia', card.pan), card.available);
  t.equal(await codeOf(undecided), '00', 'what was not decided is not remembered');
  t.equal((await metricsOf(system.running)).get('holdfast_voids_total'), 1);
});
