import t from 'tap';
import { luhnDigit, luhnValid } from '../../../tenants/luhn.js';
import { authorisation, IsoClient } from '../iso-client.js';
import { startTestSwitch, until } from '../running-switch.js';
import { ApiClient } from './api-client.js';

t.setTimeout(90_000);
const system = await startTestSwitch(t, { projector: { pollMs: 5 } });
const lydia = await ApiClient.of(system, 'lydia');

t.test(
  'an account and a card that are made by the API pay at once, and a look right after is right',
  async (t) => {
    const account = await lydia.post('/v1/accounts', { currency: 'EUR', overdraft: 5000 });
    t.match(account, { status: 201, body: { object: 'account', currency: 'EUR', overdraft: 5000 } });
    t.match(account.body.id, /^acct_[0-9a-f]{32}$/);
    t.same(account.body.balances, { posted: 0, held: 0, available: 5000 });

    const asked = { account: account.body.id, exp_month: 4, exp_year: 2031, channels: ['pos'] };
    const card = await lydia.post('/v1/cards', asked);
    t.equal(card.status, 201);
    t.match(card.body, { object: 'card', ...asked, status: 'active', first6: '999901', currency: 'EUR' });
    t.match(card.body.id, /^card_[0-9a-f]{32}$/);
    t.notMatch(card.text, /\b\d{12,19}\b/, 'no PAN');

    const { body } = await lydia.get(`/v1/cards/${card.body.id}/pan`);
    t.ok(luhnValid(body.pan));
    t.equal(body.pan.slice(0, 8), '99990102');
    t.equal(body.pan.slice(-4), card.body.last4);

    const processor = await IsoClient.connect(t, system.port);
    const plastic = { pan: body.pan, expiry: '3104', currency: '978' };
    t.equal((await processor.request(authorisation(plastic, 1250)))[39], '00');
    t.equal((await processor.request(authorisation(plastic, 4000)))[39], '51');
    const now = await lydia.get(`/v1/accounts/${account.body.id}`);
    t.same(now.body.balances, { posted: 0, held: 1250, available: 3750 });
    t.same((await lydia.get(`/v1/cards/${card.body.id}`)).body, card.body);

    const of = `?card=${card.body.id}`;
    await until('the read model has both', async () => {
      return (await lydia.get(`/v1/authorizations${of}`)).body.data.length === 2;
    });
    const [declined, approved] = (await lydia.get(`/v1/authorizations${of}`)).body.data;
    t.match(declined, { approved: false, status: 'declined', response_code: '51', merchant_amount: 4000 });
    t.match(approved, {
      object: 'authorization',
      card: card.body.id,
      account: account.body.id,
      approved: true,
      status: 'pending',
      amount: 1250,
      currency: 'EUR',
      merchant: { category_code: '5411', terminal: 'TERM0042' },
      channel: 'pos',
    });
    t.same((await lydia.get(`/v1/authorizations/${approved.id}`)).body, approved);
    t.same((await lydia.get(`/v1/authorizations${of}&status=pending`)).body.data, [approved]);
    t.same((await lydia.get(`/v1/authorizations${of}&to=2001-01-01T00:00:00Z`)).body.data, []);
    const { data } = (await lydia.get(`/v1/holds?account=${account.body.id}`)).body;
    t.match(data, [
      { authorization: approved.id, card: card.body.id, amount: 1250, held: 1250, status: 'held' },
    ]);
  },
);

t.test('a PAN that exists elsewhere is imported once, in the tenant’s own ranges only', async (t) => {
  const { body: account } = await lydia.post('/v1/accounts', { currency: 'EUR' });
  const body = '999901020000001';
  const pan = body + luhnDigit(body);
  const wrong = body + ((luhnDigit(body) + 1) % 10);
  const imported = await lydia.post('/v1/cards', { account: account.id, pan, exp_month: 1, exp_year: 2032 });
  t.match(imported, {
    status: 201,
    body: { first6: '999901', last4: pan.slice(-4), exp_year: 2032, exp_month: 1 },
  });
  t.equal((await lydia.get(`/v1/cards/${imported.body.id}/pan`)).body.pan, pan);
  const again = await lydia.post('/v1/cards', { account: account.id, pan });
  t.match(again, { status: 409, body: { code: 'HF_CARD_EXISTS' } });
  const wrongDigit = await lydia.post('/v1/cards', { account: account.id, pan: wrong });
  t.match(wrongDigit, { status: 422, body: { errors: [{ pointer: '/pan', rule: 'luhn' }] } });
  const elsewhere = await lydia.post('/v1/cards', { account: account.id, pan: '4111111111111111' });
  t.match(elsewhere, { status: 422, body: { errors: [{ pointer: '/pan', rule: 'bin' }] } });
  for (const { text } of [again, wrongDigit, elsewhere]) t.notMatch(text, /\b\d{12,19}\b/, 'no PAN');
});

t.test('whoever reads a PAN is in the audit log', async (t) => {
  const { data } = (await lydia.get('/v1/cards?limit=1')).body;
  await lydia.get(`/v1/cards/${data[0].id}/pan`);
  const events = await lydia.get(`/v1/audit-events?resource=${data[0].id}`);
  t.match(events.body.data[0], { action: 'card.pan_read', method: 'GET', resource: data[0].id });
});

t.test('lists go page by page, and end', async (t) => {
  for (const list of ['accounts', 'cards']) {
    const seen = new Set<string>();
    let cursor = '';
    let pages = 0;
    for (;;) {
      const { status, body } = await lydia.get(`/v1/${list}?limit=7${cursor}`);
      t.equal(status, 200);
      for (const { id } of body.data) {
        t.notOk(seen.has(id), 'once');
        seen.add(id);
      }
      pages++;
      t.equal(body.has_more, body.next_cursor !== null);
      if (!body.has_more) break;
      t.equal(body.data.length, 7);
      cursor = `&cursor=${body.next_cursor}`;
    }
    t.ok(pages >= 3 && seen.size > 20, `${seen.size} ${list}`);
  }
  t.match(await lydia.get('/v1/cards?limit=101'), {
    status: 400,
    body: { code: 'HF_INVALID_REQUEST', errors: [{ parameter: 'limit', rule: 'maximum' }] },
  });
  const { next_cursor } = (await lydia.get('/v1/cards?limit=1')).body;
  t.match(await lydia.get(`/v1/accounts?cursor=${next_cursor}`), {
    status: 400,
    body: { code: 'HF_INVALID_CURSOR' },
  });
});
