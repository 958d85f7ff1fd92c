import t from 'tap';
import { amount, clearingOf } from '../switch/holds/messages.js';
import { authorisation, type PackageMessage, reversalOf } from '../switch/iso-client.js';
import { APPROVED, acceptorIn, type PersonaCard, PersonaSwitch } from './persona-switch.js';

t.setTimeout(90_000);
const qonto = await PersonaSwitch.start(t, 'qonto', '2026-09-15T12:00Z');

/** Pays, and clears it. */
async function paid(card: PersonaCard, minor: number, changes: PackageMessage = {}) {
  const message = authorisation(card, minor, changes);
  const answer = await qonto.ask(message);
  if (answer[0] === '00') await qonto.client.request(clearingOf(message, minor));
  return answer;
}

t.test('each employee has a budget a month, and the company a limit for all of them', async (t) => {
  const company = await qonto.account(1_000_000_00);
  const [ann, bob, cleo, dan, eve] = await Promise.all([1, 2, 3, 4, 5].map(() => qonto.card(company)));
  t.same(await paid(ann!, 4000_00), APPROVED);
  t.same(await paid(ann!, 1000_01), ['61', 'budget a month']);
  const desk = authorisation(ann!, 1000_00);
  t.same(await qonto.ask(desk), APPROVED);
  t.same(await paid(ann!, 1), ['61', 'budget a month']);
  t.equal((await qonto.client.request(reversalOf(desk)))[39], '00');
  t.same(await paid(ann!, 1000_00), APPROVED, 'what was reversed is there again');
  for (const card of [bob!, cleo!]) t.same(await paid(card, 5000_00), APPROVED, 'the others have their own');
  t.same(await paid(dan!, 4000_00), APPROVED);
  t.same(await paid(eve!, 1000_01), ['61', 'company a month']);
  t.same(await paid(eve!, 1000_00), APPROVED);
  t.same(await paid(dan!, 1), ['61', 'company a month']);
  t.same(await paid(await qonto.card(), 5000_00), APPROVED, 'another company');
  qonto.at('2026-09-30T21:59Z');
  t.same(await paid(eve!, 1), ['61', 'company a month']);
  qonto.at('2026-09-30T22:00Z');
  t.same(await paid(ann!, 5000_00), APPROVED, 'October in Paris');
});

t.test('abroad it is charged in euros, at the tenant’s rate, and counts so', async (t) => {
  const card = await qonto.card();
  const inDollars = { 49: '840', ...acceptorIn('US', 'HOTEL PLAZA'), 18: '7011' };
  const hotel = authorisation(card, 1000_00, inDollars);
  t.same(await qonto.ask(hotel), APPROVED);
  // 1000 × 0.9234 × 1.02
  t.match(await qonto.entryOf(hotel), { billed: 941_87, marks: 'converted' });
  t.equal(await qonto.available(card.account), 100_000_00 - 941_87);
  t.same(await paid(card, 4058_14), ['61', 'budget a month']);
  t.same(await paid(card, 4058_13), APPROVED);
  const yen = authorisation(await qonto.card(), 10_000, { 49: '392', ...acceptorIn('JP') });
  t.same(await qonto.ask(yen), APPROVED);
  t.match(await qonto.entryOf(yen), { billed: 62_22 });
  const reply = await qonto.client.request(authorisation(card, 1_00, { 49: '941' }));
  t.match(reply, { 39: '12', 4: amount(1_00) }, 'no rate');
});

t.test('no employee gambles', async (t) => {
  t.same(await qonto.pay(await qonto.card(), 1_00, { 18: '7995' }), ['57', 'no gambling']);
});

t.test('a team buys what it is for, from when a card is put into it', async (t) => {
  const [advertising, software, flight, hotel, restaurant] = ['7311', '5734', '4511', '7011', '5812'];
  const company = await qonto.account(10_000_00);
  const [ann, bob] = [await qonto.card(company, { group: 1 }), await qonto.card(company)];
  for (const mcc of [advertising, software]) t.same(await qonto.pay(ann, 10_00, { 18: mcc }), APPROVED, mcc);
  for (const mcc of [flight, restaurant])
    t.same(await qonto.pay(ann, 10_00, { 18: mcc }), ['57', 'marketing buys'], mcc);
  t.same(await qonto.pay(bob, 10_00, { 18: restaurant }), APPROVED, 'of no team');
  await qonto.change(bob, { group: 2 });
  for (const mcc of [flight, restaurant]) t.same(await qonto.pay(bob, 10_00, { 18: mcc }), APPROVED, mcc);
  t.same(await qonto.pay(bob, 10_00, { 18: software }), ['57', 'travel buys']);
  t.same(await qonto.pay(bob, 400_01, { 18: hotel }), ['61', 'hotels each']);
  t.same(await qonto.pay(bob, 400_00, { 18: hotel }), APPROVED);
  await qonto.change(bob, { group: null });
  t.same(await qonto.pay(bob, 10_00, { 18: software }), APPROVED);
});
