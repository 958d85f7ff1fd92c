import t from 'tap';
import { SINGLE_USE_NUMBER } from '../../../tenants/limits/single-use.js';
import { luhnValid } from '../../../tenants/luhn.js';
import { authorisation, IsoClient } from '../iso-client.js';
import { startTestSwitch, until } from '../running-switch.js';
import { ApiClient } from './api-client.js';

t.setTimeout(90_000);
const system = await startTestSwitch(t, { projector: { pollMs: 5 } });
const lydia = await ApiClient.of(system, 'lydia');
const processor = await IsoClient.connect(t, system.port);

async function issue() {
  const { body: account } = await lydia.post('/v1/accounts', { currency: 'EUR', overdraft: 10_000 });
  const asked = { account: account.id, exp_month: 4, exp_year: 2031 };
  return (await lydia.post('/v1/cards', asked)).body;
}

async function payer(at: string, expiry: string) {
  const { pan } = (await lydia.get(`${at}/pan`)).body;
  return async (channel = 'contactless') =>
    (await processor.request(authorisation({ pan, expiry, currency: '978' }, 100, {}, channel)))[39];
}

t.test('a wallet token pays for its card, and each is ended by itself', async (t) => {
  const card = await issue();
  const asked = { wallet: 'apple_pay', exp_month: 9, exp_year: 2032 };
  const token = await lydia.post(`/v1/cards/${card.id}/tokens`, asked);
  t.match(token, {
    status: 201,
    body: {
      object: 'token',
      card: card.id,
      status: 'active',
      ...asked,
      channels: ['contactless', 'ecommerce'],
    },
  });
  t.match(token.body.id, /^tok_[0-9a-f]{32}$/);
  const at = `/v1/tokens/${token.body.id}`;
  t.same((await lydia.get(at)).body, token.body);
  const number = (await lydia.get(`${at}/pan`)).body;
  t.ok(luhnValid(number.pan));
  t.equal(number.pan.slice(-4), token.body.last4);
  t.notMatch(token.text, new RegExp(number.pan));

  const [pay, payByCard] = [await payer(at, '3209'), await payer(`/v1/cards/${card.id}`, '3104')];
  t.same([await pay(), await pay('pos'), await payByCard('pos')], ['00', '57', '00']);
  const { balances } = (await lydia.get(`/v1/accounts/${card.account}`)).body;
  t.equal(balances.held, 200, 'both draw on the account');

  t.match(await lydia.post(`${at}/freeze`), { status: 200, body: { status: 'frozen' } });
  t.same([await pay(), await payByCard()], ['62', '00']);
  t.match(await lydia.post(`${at}/unfreeze`), { status: 200, body: { status: 'active' } });
  t.equal(await pay(), '00');
  await lydia.post(`/v1/cards/${card.id}/freeze`);
  t.equal(await pay(), '62', 'as its card');
  await lydia.post(`/v1/cards/${card.id}/unfreeze`);
  t.match(await lydia.request('DELETE', at), { status: 200, body: { status: 'closed' } });
  t.same([await pay(), await payByCard()], ['14', '00']);
  t.match(await lydia.post(`${at}/unfreeze`), { status: 422, body: { code: 'HF_CARD_TRANSITION' } });
});

t.test('tokens are listed with their card, and are no cards', async (t) => {
  const card = await issue();
  const list = `/v1/cards/${card.id}/tokens`;
  t.same((await lydia.get(list)).body.data, []);
  const ids: string[] = [];
  for (const wallet of ['apple_pay', 'google_pay', 'other']) {
    ids.unshift((await lydia.post(list, { wallet })).body.id);
  }
  const names = (body: { data: { id: string }[] }) => body.data.map(({ id }) => id);
  t.same(names((await lydia.get(list)).body), ids);
  const first = (await lydia.get(`${list}?limit=2`)).body;
  const rest = (await lydia.get(`${list}?limit=2&cursor=${first.next_cursor}`)).body;
  t.same([...names(first), ...names(rest)], ids);
  t.same(names((await lydia.get(`/v1/cards?account=${card.account}`)).body), [card.id]);
  const asCard = ids[0]!.replace('tok_', 'card_');
  t.equal((await lydia.get(`/v1/cards/${asCard}`)).status, 404);
  t.equal((await lydia.post(`/v1/cards/${asCard}/freeze`)).status, 404);
  t.equal((await lydia.get(`/v1/tokens/${card.id.replace('card_', 'tok_')}`)).status, 404);
});

t.test('a key gives a card one token; a card that has ended gets none', async (t) => {
  const card = await issue();
  const list = `/v1/cards/${card.id}/tokens`;
  const keyed = { 'idempotency-key': 'one token' };
  const first = await lydia.post(list, {}, keyed);
  t.same((await lydia.post(list, {}, keyed)).body, first.body);
  t.equal((await lydia.get(list)).body.data.length, 1);
  await lydia.post(`/v1/cards/${card.id}/block`, { reason: 'lost' });
  t.match(await lydia.post(list), { status: 422, body: { code: 'HF_CARD_TRANSITION' } });
});

t.test('an authorization tells by which token and rule it came to be, and where', async (t) => {
  const { account } = await issue();
  const asked = { account, exp_month: 4, exp_year: 2031, type: 'single_use', channels: ['contactless'] };
  const { id: card } = (await lydia.post('/v1/cards', asked)).body;
  const { id: token } = (await lydia.post(`/v1/cards/${card}/tokens`, { exp_month: 9, exp_year: 2032 })).body;
  const { pan } = (await lydia.get(`/v1/tokens/${token}/pan`)).body;
  const where = { 43: `${'CAFE DU COIN'.padEnd(25)}${'PARIS'.padEnd(13)}FR` };
  const pay = async () => {
    const message = authorisation({ pan, expiry: '3209', currency: '978' }, 100, where, 'contactless');
    return (await processor.request(message))[39];
  };
  t.same([await pay(), await pay()], ['00', '62']);
  await lydia.post(`/v1/tokens/${token}/freeze`);
  const list = async () => (await lydia.get(`/v1/authorizations?card=${card}`)).body.data;
  await until('the read model has both, and the token', async () => {
    const [newest, ...others] = await list();
    return others.length === 1 && newest.wallet_token?.status === 'frozen';
  });
  const [declined, approved] = await list();
  const decision = { rule: null, shadow_rule: null, asked: null };
  t.match(approved, { card, wallet_token: { id: token, status: 'frozen' }, card_entry: 'contactless' });
  t.match(approved.merchant, { descriptor: where[43], country: 'FR' });
  t.match(approved.traits, ['card_present', 'cardholder_present']);
  t.match(approved.decision, decision);
  t.match(declined.decision, { ...decision, rule: SINGLE_USE_NUMBER });
});
