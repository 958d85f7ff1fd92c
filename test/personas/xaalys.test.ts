import t from 'tap';
import { clearingOf } from '../switch/holds/messages.js';
import { authorisation, reversalOf } from '../switch/iso-client.js';
import { APPROVED, PersonaSwitch } from './persona-switch.js';

t.setTimeout(90_000);
// Noon of a Monday in Paris.
const xaalys = await PersonaSwitch.start(t, 'xaalys', '2026-10-12T10:00Z');

t.test('nothing that is not for minors, and no cash', async (t) => {
  const card = await xaalys.card();
  for (const mcc of ['7995', '5921', '5813', '5993', '5967', '6051'])
    t.same(await xaalys.pay(card, 1_00, { 18: mcc }), ['57', 'not for minors'], mcc);
  t.same(await xaalys.pay(card, 1_00, {}, 'atm'), ['58', '']);
  t.same(await xaalys.pay(card, 1_00, { 18: '5816' }, 'ecommerce'), APPROVED, 'games are');
});

t.test('a parent freezes the card, and lets it go on, at the next payment', async (t) => {
  const card = await xaalys.card();
  const set = async (step: 'freeze' | 'unfreeze') => {
    t.equal((await xaalys.api.post(`/v1/cards/${card.id}/${step}`)).status, 200);
  };
  t.same(await xaalys.pay(card, 1_00), APPROVED);
  await set('freeze');
  t.same(await xaalys.pay(card, 1_00), ['62', '']);
  t.same(await xaalys.pay(card, 1_00, {}, 'ecommerce'), ['62', '']);
  await set('unfreeze');
  t.same(await xaalys.pay(card, 1_00), APPROVED);
});

t.test('pocket money of a week; what is left of it is there the week after', async (t) => {
  const card = await xaalys.card();
  const first = authorisation(card, 20_00);
  t.same(await xaalys.ask(first), APPROVED);
  t.same(await xaalys.pay(card, 10_01), ['61', 'pocket money']);
  t.equal((await xaalys.client.request(reversalOf(first)))[39], '00');
  t.same(await xaalys.pay(card, 30_01), ['61', 'pocket money'], 'a reversal gives back what it was');
  const second = authorisation(card, 10_00);
  t.same(await xaalys.ask(second), APPROVED);
  t.equal((await xaalys.client.request(clearingOf(second, 10_00)))[39], '00');
  xaalys.at('2026-10-18T19:59Z');
  t.same(await xaalys.pay(card, 20_01), ['61', 'pocket money'], 'Sunday evening');
  xaalys.at('2026-10-19T10:00Z');
  t.same(await xaalys.pay(card, 50_00), APPROVED, 'Monday: 20 euros are left of the week before, and 30');
  t.same(await xaalys.pay(card, 1), ['61', 'pocket money']);
});

t.test('from half past six to ten in the evening, in summer and in winter', async (t) => {
  const card = await xaalys.card();
  for (const [time, answer] of [
    ['2026-10-24T04:29Z', '57'],
    ['2026-10-24T04:30Z', '00'],
    ['2026-10-24T19:59Z', '00'],
    ['2026-10-24T20:00Z', '57'],
    // Clocks went back in the night.
    ['2026-10-25T04:30Z', '57'],
    ['2026-10-25T05:29Z', '57'],
    ['2026-10-25T05:30Z', '00'],
    ['2026-10-25T20:59Z', '00'],
    ['2026-10-25T21:00Z', '57'],
  ] as const) {
    xaalys.at(time);
    t.same(await xaalys.pay(card, 1_00), [answer, answer === '00' ? '' : 'hours'], time);
  }
});
