import t, { type Test } from 'tap';
import { authorisation, IsoClient } from '../iso-client.js';
import { startTestSwitch } from '../running-switch.js';
import { ApiClient, type ApiResponse } from './api-client.js';

t.setTimeout(90_000);
const system = await startTestSwitch(t, { projector: { enabled: false } });
const lydia = await ApiClient.of(system, 'lydia');
const processor = await IsoClient.connect(t, system.port);
const keyed = (key: string) => ({ 'idempotency-key': key });

/** A card of an account with 100.00, and what pays with it. */
async function issue(more: object = {}) {
  const { body: account } = await lydia.post('/v1/accounts', { currency: 'EUR', overdraft: 10_000 });
  const asked = { account: account.id, exp_month: 4, exp_year: 2031, ...more };
  const { body: card } = await lydia.post('/v1/cards', asked);
  return { card, pay: await payer(card), at: `/v1/cards/${card.id}` };
}

/** DE39 of the next payment with a card. */
async function payer(card: { id: string }) {
  const { pan } = (await lydia.get(`/v1/cards/${card.id}/pan`)).body;
  return async (channel = 'pos', expiry = '3104') =>
    (await processor.request(authorisation({ pan, expiry, currency: '978' }, 100, {}, channel)))[39];
}

function can(t: Test, response: ApiResponse, status: string): void {
  t.match(response, { status: 200, body: { status } }, response.text);
}

t.test('the very next payment after an answer goes by it', async (t) => {
  const { pay, at } = await issue({ status: 'inactive' });
  t.equal(await pay(), '78');
  can(t, await lydia.post(`${at}/activate`), 'active');
  for (let round = 0; round < 20; round++) {
    can(t, await lydia.post(`${at}/freeze`), 'frozen');
    t.equal(await pay(), '62', 'frozen');
    can(t, await lydia.post(`${at}/unfreeze`), 'active');
    t.equal(await pay(), '00', 'unfrozen');
  }
  can(t, await lydia.post(`${at}/block`, { reason: 'other' }), 'blocked');
  t.equal(await pay(), '62');
  can(t, await lydia.request('PATCH', at, { status: 'active' }), 'active');
  t.equal(await pay(), '00');
  can(t, await lydia.post(`${at}/block`, { reason: 'lost' }), 'lost');
  t.equal(await pay(), '41');
  const { pay: paySecond, at: second } = await issue();
  can(t, await lydia.post(`${second}/block`, { reason: 'stolen' }), 'stolen');
  t.equal(await paySecond(), '43');
});

t.test('a change that is none for that status is refused by its name, and changes nothing', async (t) => {
  const { at } = await issue();
  const refused = (response: ApiResponse, text: string) =>
    t.match(response, {
      status: 422,
      body: { code: 'HF_CARD_TRANSITION', errors: [{ pointer: '/status', rule: 'transition', text }] },
    });
  await lydia.post(`${at}/block`, { reason: 'other' });
  refused(await lydia.post(`${at}/unfreeze`), 'a card that is blocked can’t become active');
  refused(await lydia.post(`${at}/freeze`), 'a card that is blocked can’t become frozen');
  refused(await lydia.post(`${at}/activate`), 'a card that is blocked can’t become active');
  await lydia.request('PATCH', at, { status: 'closed' });
  const patch = lydia.request('PATCH', at, { status: 'active', group: 3 });
  refused(await patch, 'a card that is closed can’t become active');
  t.match((await lydia.get(at)).body, { status: 'closed', group: null });
  refused(await lydia.post(`${at}/renew`, { exp_year: 2040 }), 'a card that is closed can’t become active');
  t.match(await lydia.request('PATCH', at, { status: 'eaten' }), { status: 400 });
});

t.test('what is not said stays as it is, and two changes at once both come to be', async (t) => {
  const { card, pay, at } = await issue({ channels: ['pos', 'ecommerce'], group: 7 });
  t.match(card, { status: 'active', group: 7, type: 'physical', channels: ['pos', 'ecommerce'] });
  for (let round = 0; round < 10; round++) {
    const both = [
      lydia.post(`${at}/freeze`),
      lydia.request('PATCH', at, { channels: ['ecommerce'], group: round + 1 }),
    ];
    for (const { status } of await Promise.all(both)) t.equal(status, 200);
    const { body } = await lydia.get(at);
    t.match(body, { status: 'frozen', channels: ['ecommerce'], group: round + 1 });
    await lydia.request('PATCH', at, { status: 'active', channels: ['pos', 'ecommerce'] });
  }
  can(t, await lydia.request('PATCH', at, { channels: ['ecommerce'], group: null }), 'active');
  t.equal(await pay('pos'), '57');
  t.equal(await pay('ecommerce'), '00');
  t.equal((await lydia.get(at)).body.group, null);
  t.equal((await lydia.request('PATCH', at, {})).status, 200);
});

t.test('with If-Match it is changed only while it is as it was seen', async (t) => {
  const { at } = await issue();
  const seen = (await lydia.get(at)).headers.get('etag')!;
  const first = await lydia.request('PATCH', at, { group: 1 }, { 'if-match': seen });
  t.equal(first.status, 200);
  const second = await lydia.request('PATCH', at, { group: 2 }, { 'if-match': seen });
  t.match(second, { status: 412, body: { code: 'HF_PRECONDITION_FAILED' } });
  const freeze = await lydia.post(`${at}/freeze`, {}, { 'if-match': first.headers.get('etag')! });
  can(t, freeze, 'frozen');
  t.equal((await lydia.get(at)).headers.get('etag'), freeze.headers.get('etag'));
});

t.test('a single-use card takes one payment, a virtual one pays online', async (t) => {
  const single = await issue({ type: 'single_use', channels: ['pos', 'ecommerce'] });
  t.match(single.card, { type: 'single_use', status: 'active' });
  t.equal(await single.pay('pos'), '00');
  t.equal(await single.pay('ecommerce'), '62');
  const other = await issue({ type: 'single_use', status: 'inactive' });
  t.match(other.card, { status: 'inactive', channels: ['ecommerce'] });
  t.equal(await other.pay('ecommerce'), '78');
  can(t, await lydia.post(`${other.at}/activate`), 'active');
  t.equal(await other.pay('ecommerce'), '00', 'others have used theirs');
  t.equal(await other.pay('ecommerce'), '62');
  const virtual = await issue({ type: 'virtual' });
  t.match(virtual.card, { type: 'virtual', channels: ['ecommerce'] });
  t.same([await virtual.pay('pos'), await virtual.pay('ecommerce')], ['57', '00']);
});

t.test('a renewed card pays with both of its dates; one that had expired is active again', async (t) => {
  const { pay, at } = await issue();
  const renewed = await lydia.post(`${at}/renew`, { exp_month: 4, exp_year: 2035 });
  t.match(renewed, {
    status: 200,
    body: { exp_year: 2035, exp_month: 4, previous_expiry: { exp_year: 2031, exp_month: 4 } },
  });
  t.same([await pay('pos', '3504'), await pay('pos', '3104'), await pay('pos', '3204')], ['00', '00', '54']);
  const earlier = await lydia.post(`${at}/renew`, { exp_month: 3, exp_year: 2035 });
  t.match(earlier, { status: 422, body: { errors: [{ pointer: '/exp_year', rule: 'later' }] } });
  can(t, await lydia.request('PATCH', at, { status: 'expired' }), 'expired');
  t.equal(await pay('pos', '3504'), '54');
  can(t, await lydia.post(`${at}/renew`, { exp_month: 5, exp_year: 2036 }), 'active');
  t.equal(await pay('pos', '3605'), '00');
});

t.test('a replaced card is ended at once, and another draws on its account', async (t) => {
  const { card, pay, at } = await issue({ channels: ['pos'], group: 4 });
  t.equal(await pay(), '00');
  const asked = { reason: 'lost', exp_month: 4, exp_year: 2031 };
  t.match(await lydia.post(`${at}/replace`, asked), {
    status: 400,
    body: { code: 'HF_IDEMPOTENCY_KEY_MISSING' },
  });
  const replaced = await lydia.post(`${at}/replace`, asked, keyed('replace'));
  t.match(replaced, {
    status: 201,
    body: { account: card.account, status: 'active', channels: ['pos'], group: 4, replacement_for: card.id },
  });
  t.not(replaced.body.id, card.id);
  t.same((await lydia.post(`${at}/replace`, asked, keyed('replace'))).body, replaced.body);
  t.match((await lydia.get(at)).body, { status: 'lost', replaced_by: replaced.body.id });
  t.same([await pay(), await (await payer(replaced.body))()], ['41', '00']);
  const twice = await lydia.post(`${at}/replace`, asked, keyed('replace again'));
  t.match(twice, { status: 409, body: { code: 'HF_CARD_EXISTS' } });
  const again = await lydia.post(
    `/v1/cards/${replaced.body.id}/replace`,
    { reason: 'damaged', status: 'inactive' },
    keyed('and so on'),
  );
  t.match(again, { status: 201, body: { status: 'inactive', replacement_for: replaced.body.id } });
  t.equal((await lydia.get(`/v1/cards/${replaced.body.id}`)).body.status, 'closed');
});

t.test('cards are listed by what they are now', async (t) => {
  const first = await issue({ group: 99 });
  const second = await issue({ group: 99 });
  const list = async (query: string) =>
    (await lydia.get(`/v1/cards?${query}`)).body.data.map(({ id }: { id: string }) => id);
  t.same(await list('group=99'), [second.card.id, first.card.id]);
  await lydia.post(`${first.at}/freeze`);
  t.same(await list('group=99&status=frozen'), [first.card.id]);
  t.same(await list('group=99&status=active'), [second.card.id]);
  t.same(await list(`account=${first.card.account}`), [first.card.id]);
  const page = (await lydia.get('/v1/cards?group=99&limit=1')).body;
  t.equal(page.has_more, true);
  const rest = (await lydia.get(`/v1/cards?group=99&limit=1&cursor=${page.next_cursor}`)).body;
  t.same([rest.data[0].id, rest.has_more], [first.card.id, true]);
});

t.test('each change is in the audit log, with what was and what is', async (t) => {
  const { card, at } = await issue();
  await lydia.post(`${at}/freeze`);
  await lydia.post(`${at}/freeze`);
  const { data } = (await lydia.get(`/v1/audit-events?resource=${card.id}`)).body;
  const frozen = data.filter(({ action }: { action: string }) => action === 'card.freeze');
  t.equal(frozen.length, 1, 'a change that is none has none');
  t.match(frozen[0], { method: 'POST', changes: { status: { from: 'active', to: 'frozen' } } });
});
