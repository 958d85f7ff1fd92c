import t from 'tap';
import { amount, DE60 } from '../switch/holds/messages.js';
import { authorisation, reversalOf } from '../switch/iso-client.js';
import { APPROVED, PersonaSwitch } from './persona-switch.js';

t.setTimeout(90_000);
// Noon of a Saturday in Paris.
const lunchr = await PersonaSwitch.start(t, 'lunchr', '2026-07-11T10:00Z');
const RESTAURANT = { 18: '5812' };
const BASKET = { ...RESTAURANT, 60: DE60.partial };
const card = await lunchr.card();

t.test('meals alone: restaurants and groceries', async (t) => {
  for (const mcc of ['5812', '5814', '5411', '5462'])
    t.same(await lunchr.pay(card, 1_00, { 18: mcc }), APPROVED, mcc);
  for (const mcc of ['5813', '5651', '5734', '5993'])
    t.same(await lunchr.pay(card, 1_00, { 18: mcc }), ['57', 'meals'], mcc);
  t.same(await lunchr.pay(card, 1_00, RESTAURANT, 'ecommerce'), ['58', ''], 'the tenant has no internet');
});

t.test('19 euros a day, and of a dearer basket what is left of them', async (t) => {
  const one = await lunchr.card();
  t.same(await lunchr.pay(one, 19_01, RESTAURANT), ['61', 'a day'], 'the terminal can’t take less');
  const basket = authorisation(one, 25_00, BASKET);
  const reply = await lunchr.client.request(basket);
  t.match(reply, { 39: '10', 4: amount(19_00) });
  t.match(await lunchr.entryOf(basket), { responseCode: '10', billed: 19_00 });
  t.same(await lunchr.pay(one, 1, BASKET), ['61', 'a day'], 'nothing is left');
  t.equal((await lunchr.client.request(reversalOf(basket)))[39], '00');
  t.same(await lunchr.pay(one, 12_00, RESTAURANT), APPROVED, 'what was reversed is there again');
  t.match(await lunchr.client.request(authorisation(one, 12_00, BASKET)), { 39: '10', 4: amount(7_00) });
  t.same(await lunchr.pay(one, 1, RESTAURANT), ['61', 'a day']);
});

t.test('not on Sundays and public holidays, as they are in France', async (t) => {
  const one = await lunchr.card();
  const lunch = () => lunchr.pay(one, 19_00, RESTAURANT);
  t.same(await lunch(), APPROVED);
  lunchr.at('2026-07-11T21:59Z');
  t.same(await lunch(), ['61', 'a day'], 'a minute before midnight');
  lunchr.at('2026-07-11T22:00Z');
  t.same(await lunch(), ['57', 'working days'], 'Sunday begins');
  lunchr.at('2026-07-12T21:59Z');
  t.same(await lunch(), ['57', 'working days'], 'and ends');
  lunchr.at('2026-07-12T22:00Z');
  t.same(await lunch(), APPROVED, 'Monday');
  lunchr.at('2026-07-14T10:00Z');
  t.same(await lunch(), ['57', 'working days'], 'Tuesday, the national day');
  lunchr.at('2026-07-15T10:00Z');
  t.same(await lunch(), APPROVED);
  lunchr.at('2027-03-29T10:00Z');
  t.same(await lunch(), ['57', 'working days'], 'Easter Monday of the year after');
});
