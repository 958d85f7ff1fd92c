import t from 'tap';
import { authorisation, reversalOf } from '../switch/iso-client.js';
import { APPROVED, PersonaSwitch, PIN, STRONG } from './persona-switch.js';

t.setTimeout(90_000);
// A Saturday in Paris, half an hour before Sunday.
const lydia = await PersonaSwitch.start(t, 'lydia', '2026-06-13T21:30Z');

t.test('five taps and 150 euros, then the chip and a PIN', async (t) => {
  const card = await lydia.card();
  const tap = (minor: number) => lydia.pay(card, minor, {}, 'contactless');
  t.same(await tap(50_01), ['65', 'contactless'], '50 euros each');
  for (let taps = 0; taps < 5; taps++) t.same(await tap(10_00), APPROVED);
  t.same(await tap(1), ['65', 'contactless'], 'the sixth');
  lydia.at('2026-06-13T22:30Z');
  t.same(await tap(1), ['65', 'contactless'], 'another day changes nothing');
  t.same(await lydia.pay(card, 30_00), APPROVED, 'the chip alone');
  t.same(await tap(1), ['65', 'contactless']);
  t.same(await lydia.pay(card, 30_00, PIN), APPROVED);
  for (let taps = 0; taps < 3; taps++) t.same(await tap(50_00), APPROVED);
  t.same(await tap(1), ['65', 'contactless'], 'above 150 euros');
  t.same(await lydia.pay(card, 20_00, STRONG, 'ecommerce'), APPROVED, '3-D Secure does as well');
  const last = authorisation(card, 50_00, {}, 'contactless');
  t.same(await lydia.ask(last), APPROVED);
  for (let taps = 0; taps < 2; taps++) t.same(await tap(50_00), APPROVED);
  t.same(await tap(50_00), ['65', 'contactless']);
  t.equal((await lydia.client.request(reversalOf(last)))[39], '00');
  t.same(await tap(50_00), APPROVED, 'what is reversed counts no more');
});

t.test('on the internet 500 euros a day of Paris; a reversal gives back', async (t) => {
  const card = await lydia.card();
  lydia.at('2026-06-14T21:59Z');
  const online = (minor: number) => lydia.pay(card, minor, {}, 'ecommerce');
  const first = authorisation(card, 450_00, {}, 'ecommerce');
  t.same(await lydia.ask(first), APPROVED);
  t.same(await online(50_01), ['61', 'internet a day']);
  t.same(await lydia.pay(card, 600_00, PIN), APPROVED, 'at a shop there is more');
  t.equal((await lydia.client.request(reversalOf(first)))[39], '00');
  t.same(await online(500_00), APPROVED);
  t.same(await online(1), ['61', 'internet a day']);
  lydia.at('2026-06-14T22:00Z');
  t.same(await online(500_00), APPROVED, 'it is Monday in Paris');
});

t.test('the internet is switched off for a card, and on again, from the next message on', async (t) => {
  const card = await lydia.card();
  t.same(await lydia.pay(card, 10_00, {}, 'ecommerce'), APPROVED);
  await lydia.change(card, { channels: ['pos', 'contactless'] });
  t.same(await lydia.pay(card, 10_00, {}, 'ecommerce'), ['57', '']);
  t.same(await lydia.pay(card, 10_00), APPROVED);
  t.same(await lydia.pay(card, 10_00, {}, 'contactless'), APPROVED);
  await lydia.change(card, { channels: ['pos', 'contactless', 'ecommerce'] });
  t.same(await lydia.pay(card, 10_00, {}, 'ecommerce'), APPROVED);
});

t.test('what a friend sends can be spent at once, and no more', async (t) => {
  const [from, to] = [await lydia.account(100_00), await lydia.account(0)];
  const card = await lydia.card(to);
  t.same(await lydia.pay(card, 10_00), ['51', '']);
  await lydia.made('/v1/transfers', { from, to, amount: 30_00, currency: 'EUR' });
  t.same(await lydia.pay(card, 30_01), ['51', '']);
  t.same(await lydia.pay(card, 30_00), APPROVED);
  t.same(await lydia.pay(await lydia.card(from), 70_01), ['51', ''], 'the friend has the rest');
  t.equal(await lydia.available(from), 70_00);
});
