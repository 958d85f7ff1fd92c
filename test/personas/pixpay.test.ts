import t from 'tap';
import { answers, DecisionEndpointServer } from '../switch/decision-endpoint.js';
import { clearingOf } from '../switch/holds/messages.js';
import { authorisation, type PackageMessage, reversalOf } from '../switch/iso-client.js';
import { until } from '../switch/running-switch.js';
import { APPROVED, PersonaSwitch } from './persona-switch.js';

t.setTimeout(90_000);
/** Long enough on a busy machine, and short for what never answers. */
const [IN_TIME_MS, NEVER_MS] = [8000, 150];
// Noon of a Wednesday in Paris.
const pixpay = await PersonaSwitch.start(t, 'pixpay', '2026-05-20T10:00Z');
const [FOOD, CLOTHES, FUN] = [{ 18: '5814' }, { 18: '5651' }, { 18: '7832' }];

t.test('a pot for each kind of merchant, which others do not touch', async (t) => {
  const card = await pixpay.card();
  const lunch = authorisation(card, 35_00, FOOD);
  t.same(await pixpay.ask(lunch), APPROVED);
  t.same(await pixpay.pay(card, 15_01, FOOD), ['61', 'food']);
  t.same(await pixpay.pay(card, 20_01, FUN), ['61', 'fun']);
  t.same(await pixpay.pay(card, 20_00, FUN), APPROVED);
  t.same(await pixpay.pay(card, 1, FUN), ['61', 'fun']);
  t.same(await pixpay.pay(card, 30_01, {}, 'atm'), ['61', 'cash']);
  t.same(await pixpay.pay(card, 30_00, {}, 'atm'), APPROVED);
  t.equal((await pixpay.client.request(reversalOf(lunch)))[39], '00');
  t.same(await pixpay.pay(card, 50_00, FOOD), APPROVED, 'what was reversed is in its pot again');
  t.same(await pixpay.pay(card, 1, { 18: '5993' }), ['57', 'not for minors']);
  pixpay.at('2026-05-25T10:00Z');
  t.same(await pixpay.pay(card, 50_00, FOOD), APPROVED, 'a week after');
});

t.test('what is left for clothes is there the month after', async (t) => {
  const card = await pixpay.card();
  const shoes = authorisation(card, 30_00, CLOTHES);
  t.same(await pixpay.ask(shoes), APPROVED);
  await pixpay.client.request(clearingOf(shoes, 30_00));
  t.same(await pixpay.pay(card, 50_01, CLOTHES), ['61', 'clothes']);
  pixpay.at('2026-05-31T22:00Z');
  t.same(await pixpay.pay(card, 100_00, CLOTHES), APPROVED);
  t.same(await pixpay.pay(card, 30_01, CLOTHES), ['61', 'clothes'], '50 euros of May and 80 of June');
  t.same(await pixpay.pay(card, 30_00, CLOTHES), APPROVED);
});

t.test('a parent is asked, after the pots; one that is silent leaves it to the fallback', async (t) => {
  const parent = await DecisionEndpointServer.start(t);
  const probe = await pixpay.card();
  let version = 0;
  const set = async (wanted: object) => {
    const path = `/decide/${++version}`;
    const url = parent.origin + path;
    parent.behaviour = answers({ decision: 'approve' });
    const response = await pixpay.api.request('PUT', '/v1/decision-endpoint', { url, ...wanted });
    t.equal(response.status, 200, response.text);
    await until('the switch knows the endpoint', async () => {
      await pixpay.pay(probe, 1, { 18: '5999' });
      return parent.requests.some((requested) => requested.path === path);
    });
    parent.requests.length = 0;
  };
  const card = await pixpay.card();
  const pay = async (minor: number, mcc: PackageMessage = FOOD) => {
    const message = authorisation(card, minor, mcc);
    const answer = await pixpay.ask(message);
    const { asked } = await pixpay.entryOf(message);
    return [...answer, asked];
  };

  await set({ deadline_ms: IN_TIME_MS });
  t.same(await pay(10_00), ['00', '', 'answered']);
  t.match(parent.requests[0]!.document, {
    type: 'authorization.decision',
    authorization: { card: card.id, merchant_amount: 10_00, merchant: { category_code: '5814' } },
  });
  parent.behaviour = answers({ decision: 'decline' });
  t.same(await pay(10_00), ['05', '', 'answered'], 'the parent says no');
  parent.requests.length = 0;
  t.same(await pay(40_01), ['61', 'food', undefined], 'the pot says no first');
  t.equal(parent.requests.length, 0, 'so nobody is asked');
  parent.behaviour = answers({ decision: 'approve' });
  t.same(await pay(40_00), ['00', '', 'answered'], 'what was declined left the pot as it was');

  await set({ deadline_ms: NEVER_MS, fallback: { decision: 'approve', most: 5_00 } });
  parent.behaviour = () => {};
  t.same(await pay(5_00, FUN), ['00', '', 'timedOut'], 'small amounts pass');
  t.same(await pay(5_01, FUN), ['51', '', 'timedOut']);
  await set({ deadline_ms: NEVER_MS, fallback: { decision: 'decline', response_code: '57' } });
  parent.behaviour = () => {};
  t.same(await pay(1_00, FUN), ['57', '', 'timedOut']);
});
