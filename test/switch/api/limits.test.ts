import t from 'tap';
import { authorisation, IsoClient } from '../iso-client.js';
import { plainTenants } from '../plain-tenants.js';
import { startTestSwitch, until } from '../running-switch.js';
import { ApiClient } from './api-client.js';

t.setTimeout(90_000);
const system = await startTestSwitch(t, {
  tenantsDirectory: await plainTenants(t),
  projector: { pollMs: 5 },
});
const lydia = await ApiClient.of(system, 'lydia');
const processor = await IsoClient.connect(t, system.port);
const LIMITS = '/v1/limit-versions';
const TENANT = { type: 'tenant' };
const DAY = { name: 'a day', kind: 'velocity', window: 'day', amountMinor: 5000 };
const NO_GAMES = { name: 'no games', kind: 'block', when: { mcc: 'gambling' } };
let stan = 100;

/** A new card with money, and how it pays; the answer is DE39. */
async function newCard() {
  const account = (await lydia.post('/v1/accounts', { currency: 'EUR', overdraft: 1_000_000 })).body.id;
  const { body: card } = await lydia.post('/v1/cards', { account, exp_month: 4, exp_year: 2031 });
  const { pan } = (await lydia.get(`/v1/cards/${card.id}/pan`)).body;
  const pay = async (amount: number, more: Readonly<Record<number, string>> = {}) => {
    const message = authorisation({ pan, expiry: '3104', currency: '978' }, stan++);
    return (await processor.request({ ...message, 4: String(amount).padStart(12, '0'), ...more }))[39];
  };
  return { id: card.id as string, account: account as string, pay };
}

async function draft(rules: readonly object[], attached_to: object = TENANT, note?: string) {
  const { status, body } = await lydia.post(LIMITS, {
    attached_to,
    document: { rules },
    ...(note && { note }),
  });
  if (status !== 201) throw new Error(JSON.stringify(body));
  return body;
}

const act = (id: string, what: string, body: object = {}, headers = {}) =>
  lydia.post(`${LIMITS}/${id}/${what}`, body, headers);

t.test('a draft says what each of its rules means, and changes nothing', async (t) => {
  const saved = await draft([DAY, { ...NO_GAMES, unless: { mcc: 'gambling' } }], TENANT, 'try');
  t.match(saved, {
    object: 'limit_version',
    attached_to: { type: 'tenant', id: null },
    state: 'draft',
    note: 'try',
    in_force: [],
    rules: [
      {
        name: 'a day',
        reason: 'amount_limit_exceeded',
        response_code: '61',
        sentence: /spend 50\.00 EUR a day/,
      },
      { name: 'no games', reason: 'merchant_category_blocked' },
    ],
    warnings: ["rule 'no games' matches no message"],
  });
  t.match(saved.author, /^key_/);
  t.same((await lydia.get(`${LIMITS}/${saved.id}`)).body, saved);
  t.equal((await lydia.get(`${LIMITS}?type=tenant&limit=1`)).body.data[0].id, saved.id);
  t.match((await lydia.get(`${LIMITS}/${saved.id}/diff`)).body, {
    from: null,
    differences: [/'a day' is new/, /'no games'/],
  });
});

t.test('a document that is none is refused with place, rule and text', async (t) => {
  const wrong = await lydia.post(LIMITS, {
    attached_to: TENANT,
    document: { rules: [DAY, { name: 'x', kind: 'velocity', window: 'day', amount: 5 }] },
  });
  t.match(wrong, {
    status: 422,
    body: { code: 'HF_NOT_POSSIBLE', errors: [{ pointer: '/document/rules/1/amount', rule: 'unknown_key' }] },
  });
  const twice = await lydia.post(LIMITS, { attached_to: TENANT, document: { rules: [DAY, DAY] } });
  t.match(twice.body.errors, [{ pointer: '/document/rules/1/name', text: /two rules/ }]);
  for (const attached_to of [
    { type: 'card', id: `card_${'0'.repeat(32)}` },
    { type: 'account', id: '1' },
    { type: 'group', id: '4294967296' },
    { type: 'tenant', id: '1' },
    { type: 'holder' },
  ]) {
    const response = await lydia.post(LIMITS, { attached_to, document: { rules: [DAY] } });
    t.match(response, { status: 422, body: { errors: [{ pointer: '/attached_to/id' }] } }, attached_to.type);
  }
  for (const text of ['a\u0000', '\ud800', '\\\u0000']) {
    const odd = { rules: [], description: text };
    t.equal(
      (await lydia.post(LIMITS, { attached_to: TENANT, document: odd })).status,
      422,
      JSON.stringify(text),
    );
  }
});

t.test('a version is promoted, rolled back and retired, each from an exact journal row on', async (t) => {
  const { id: card, pay } = await newCard();
  const first = await draft([DAY]);
  const promoted = await act(first.id, 'promote', { as: 'active' });
  t.match(promoted, {
    status: 200,
    body: { state: 'active', in_force: [{ as: 'active', to_sequence: null }] },
  });
  t.same([await pay(4000), await pay(2000)], ['00', '61']);
  const list = `/v1/authorizations?card=${card}`;
  await until('both are in the read model', async () => (await lydia.get(list)).body.data.length === 2);
  const [declined, approved] = (await lydia.get(list)).body.data;
  const number = first.rules[0].number;
  t.match(declined.decision, {
    rule: number,
    name: 'a day',
    reason: 'amount_limit_exceeded',
    shadow_rule: null,
  });
  t.match(approved.decision, { rule: null, name: null, reason: null });
  t.same((await lydia.get(`/v1/authorizations/${declined.id}`)).body, declined);

  const second = await draft([{ ...DAY, amountMinor: 10_000 }, NO_GAMES]);
  t.match((await lydia.get(`${LIMITS}/${second.id}/diff?against=${first.id}`)).body, {
    from: first.id,
    to: second.id,
    differences: [/'a day': .*50\.00 EUR.*100\.00 EUR/, /'no games' is new/],
  });
  const now = (await act(second.id, 'promote')).body;
  const { from_sequence } = now.in_force[0];
  t.ok(from_sequence > promoted.body.in_force[0].from_sequence);
  t.same((await lydia.get(`${LIMITS}/${first.id}`)).body.in_force[0].to_sequence, from_sequence);
  t.same([await pay(2000), await pay(1, { 18: '7995' })], ['00', '57'], 'what was spent goes on to count');
  t.same((await act(second.id, 'promote')).body, now, 'told again, nothing is done');

  const back = (await act(second.id, 'rollback')).body;
  t.match(back, { id: first.id, state: 'active', in_force: [{}, { as: 'active', to_sequence: null }] });
  t.equal(await pay(1, { 18: '7995' }), '61', 'over by what was allowed meanwhile');
  t.match(await act(second.id, 'rollback'), { status: 422, body: { code: 'HF_NOT_POSSIBLE' } });
  t.match(await act(first.id, 'retire'), { status: 200, body: { state: 'retired' } });
  t.equal((await act(first.id, 'retire')).status, 200);
  t.equal(await pay(9000), '00');
  const { data } = (await lydia.get('/v1/audit-events?action=limit_version.promoted')).body;
  t.same(data[0].changes, { version: now.version, sequence: from_sequence, as: 'active' });
});

t.test('a shadow reports, and never decides', async (t) => {
  const { id, pay } = await newCard();
  const { id: version, rules } = await draft([{ ...DAY, name: 'tight', amountMinor: 10 }]);
  t.match((await act(version, 'promote', { as: 'shadow' })).body, { state: 'shadow' });
  t.equal(await pay(5000), '00');
  const list = `/v1/authorizations?card=${id}`;
  await until('it is in the read model', async () => (await lydia.get(list)).body.data.length === 1);
  const { number } = rules[0];
  t.match((await lydia.get(list)).body.data[0].decision, {
    ...{ rule: null, shadow_rule: number, shadow_name: 'tight', shadow_reason: 'amount_limit_exceeded' },
  });
  t.match((await act(version, 'promote')).body, { state: 'active' });
  t.equal(await pay(1), '61', 'it has counted');
  await act(version, 'retire');
});

t.test('what is in force for a card, level by level, and what remains of it', async (t) => {
  const { id, account, pay } = await newCard();
  const zone = 'Europe/Paris';
  const ofTenant = (
    await lydia.post(LIMITS, { attached_to: TENANT, document: { timeZone: zone, rules: [DAY, NO_GAMES] } })
  ).body;
  const ofAccount = await draft([{ ...DAY, name: 'a month', window: 'month', per: 'account', count: 3 }], {
    type: 'account',
    id: account,
  });
  const ofCard = await draft([{ name: 'at once', kind: 'amount', amountMinor: 3000 }], { type: 'card', id });
  for (const one of [ofTenant, ofAccount, ofCard]) t.equal((await act(one.id, 'promote')).status, 200);
  t.equal(await pay(2500), '00');
  const sets = (await lydia.get(`/v1/limits?card=${id}`)).body.data;
  t.match(sets, [
    { source: 'version', version: ofTenant.id, attached_to: { type: 'tenant', id: null } },
    { version: ofAccount.id, attached_to: { type: 'account', id: account } },
    { version: ofCard.id, attached_to: { type: 'card', id }, rules: [{ name: 'at once', state: 'active' }] },
  ]);
  t.same((await lydia.get(`/v1/limits?account=${account}`)).body.data, sets.slice(0, 2));
  t.same((await lydia.get('/v1/limits')).body.data, sets.slice(0, 1));
  const remaining = (await lydia.get(`/v1/cards/${id}/limits`)).body.data;
  t.match(remaining, [
    {
      ...{ attached_to: { type: 'tenant' }, name: 'a day', reason: 'amount_limit_exceeded', currency: 'EUR' },
      ...{ amount: 5000, spent: 2500, amount_left: 2500, count: null, counts_per: 'card' },
    },
    { name: 'a month', count: 3, counted: 1, count_left: 2, counts_per: 'account', amount_left: 2500 },
    { attached_to: { type: 'card', id }, name: 'at once', each: 3000, amount: null, window_begins: null },
  ]);
  const [{ window_begins, window_ends }] = remaining;
  const hours = (Date.parse(window_ends) - Date.parse(window_begins)) / 3_600_000;
  t.ok([23, 24, 25].includes(hours), `a day of ${hours} hours`);
  t.equal(new Date(window_begins).toLocaleTimeString('en-GB', { timeZone: zone }), '00:00:00');
  t.equal((await lydia.get(`/v1/cards/card_${'0'.repeat(32)}/limits`)).status, 404);
  for (const one of [ofTenant, ofAccount, ofCard]) await act(one.id, 'retire');
});

t.test('of two who promote at once, one comes after the other', async (t) => {
  const drafts = [await draft([DAY]), await draft([NO_GAMES]), await draft([DAY, NO_GAMES])];
  const answers = await Promise.all(drafts.map(({ id }) => act(id, 'promote')));
  t.same(
    answers.map(({ status }) => status),
    [200, 200, 200],
  );
  const rows = answers.map(({ body }) => body.in_force[0].from_sequence);
  t.equal(new Set(rows).size, 3, 'each has its own journal row');
  const last = drafts[rows.indexOf(Math.max(...rows))]!;
  const versions = await Promise.all(drafts.map(({ id }) => lydia.get(`${LIMITS}/${id}`)));
  const active = versions.filter(({ body }) => body.state === 'active').map(({ body }) => body.id);
  t.same(active, [last.id]);
  t.match((await lydia.get('/v1/limits')).body.data, [{ version: last.id }], 'the ledger has the same');
  await act(last.id, 'retire');
});

t.test(
  'whoever saw another state changes nothing, and a request that is repeated is done once',
  async (t) => {
    const { id } = await draft([DAY]);
    const seen = (await lydia.get(`${LIMITS}/${id}`)).headers.get('etag')!;
    t.equal((await act(id, 'promote', {}, { 'if-match': seen, 'idempotency-key': 'promote' })).status, 200);
    t.match(await act(id, 'retire', {}, { 'if-match': seen }), { status: 412 });
    const again = await act(id, 'promote', {}, { 'if-match': seen, 'idempotency-key': 'promote' });
    t.match([again.status, again.headers.get('idempotent-replayed')], [200, 'true']);
    const now = again.headers.get('etag') ?? (await lydia.get(`${LIMITS}/${id}`)).headers.get('etag')!;
    t.equal((await act(id, 'retire', {}, { 'if-match': now })).status, 200);
  },
);

t.test('only keys for limits change them', async (t) => {
  const keyOf = async (role: string) => {
    const { secret } = (await lydia.post('/v1/api-keys', { name: role, role })).body;
    return new ApiClient(system.running, secret);
  };
  const { id } = await draft([DAY]);
  const [limits, cards] = [await keyOf('limits'), await keyOf('cards')];
  t.equal((await cards.post(`${LIMITS}/${id}/promote`)).status, 403);
  t.equal((await cards.get(`${LIMITS}/${id}`)).status, 200);
  t.equal((await limits.post(`${LIMITS}/${id}/promote`)).status, 200);
  t.equal((await limits.post(`${LIMITS}/${id}/retire`)).status, 200);
});
