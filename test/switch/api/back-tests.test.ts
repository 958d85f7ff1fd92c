import t from 'tap';
import { authorisation, IsoClient } from '../iso-client.js';
import { plainTenants } from '../plain-tenants.js';
import { cardsOf, startTestSwitch, until } from '../running-switch.js';
import { ApiClient } from './api-client.js';

t.setTimeout(120_000);
const MESSAGES = 4000;
const CATEGORIES = ['5411', '5812', '7995', '5999', '4111'];
const system = await startTestSwitch(t, {
  tenantsDirectory: await plainTenants(t),
  projector: { enabled: false },
});
const lydia = await ApiClient.of(system, 'lydia');
const cards = await cardsOf(system, 'lydia');
const processor = await IsoClient.connect(t, system.port);
const DAY = { name: 'a day', kind: 'velocity', window: 'day', amountMinor: 30_000, count: 90 };
const NO_GAMES = { name: 'no games', kind: 'block', when: { mcc: 'gambling' } };
const active = await draft([DAY, NO_GAMES]);
const promoted = await lydia.post(`/v1/limit-versions/${active}/promote`);
const from = promoted.body.in_force[0].from_sequence;
const codes = new Map<string, number>();
for (let at = 0; at < MESSAGES; at += 500) {
  const messages = Array.from({ length: 500 }, (_, index) => message(at + index));
  for (const { 39: code } of await processor.requestAll(messages))
    codes.set(code!, (codes.get(code!) ?? 0) + 1);
}

function message(number: number) {
  const card = cards[number % cards.length]!;
  const payment = authorisation(card, 100 + ((number * 7919) % 900));
  return {
    ...payment,
    11: String(number).padStart(6, '0'),
    18: CATEGORIES[(number * 31) % CATEGORIES.length]!,
  };
}

async function draft(rules: readonly object[]): Promise<string> {
  const { body } = await lydia.post('/v1/limit-versions', {
    attached_to: { type: 'tenant' },
    document: { rules },
  });
  return body.id;
}

async function ended(id: string) {
  let test = (await lydia.get(`/v1/backtests/${id}`)).body;
  await until('it has ended', async () => {
    test = (await lydia.get(`/v1/backtests/${id}`)).body;
    return test.ended !== null;
  });
  return test;
}

const begin = (version: string, body: object = {}, headers = {}) =>
  lydia.post(`/v1/limit-versions/${version}/backtests`, body, headers);

t.test('the active rules over what was recorded come out without a difference', async (t) => {
  t.ok(codes.get('00')! > 500 && codes.get('57')! > 200, `decided ${JSON.stringify([...codes])}`);
  t.ok((codes.get('61') ?? 0) + (codes.get('65') ?? 0) > 200);
  const { status, body } = await begin(active, { from });
  t.match([status, body], [201, { object: 'back_test', status: 'queued', limit_version: active, from }]);
  const { result, progress, ...test } = await ended(body.id);
  t.match(test, { status: 'done', error: null });
  t.match(result, { messages: MESSAGES, differences: 0, examples: [], from_sequence: from });
  t.match(result.outcomes, { newly_declined: 0, newly_approved: 0, other_amount: 0, other_reason: 0 });
  t.same(result.approved_before, result.approved_after);
  t.equal(result.outcomes.approved_as_before, codes.get('00'));
});

t.test('a draft says what would come of it, with cards by name and no token', async (t) => {
  const version = await draft([{ ...DAY, amountMinor: 15_000, count: 50 }]);
  const { body } = await begin(version, { from, warm_up_from: 1 });
  const { status, result } = await ended(body.id);
  t.equal(status, 'done');
  t.ok(result.outcomes.newly_declined > 0 && result.outcomes.newly_approved > 0);
  t.equal(result.rules[0].name, 'a day');
  t.ok(result.rules[0].approved_in_full_before.billed[0].currency, 'EUR');
  const games = result.examples.find((one: { outcome: string }) => one.outcome === 'newly_approved');
  t.match(games, {
    category_code: '7995',
    before: { response_code: '57', name: 'no games' },
    after: { rule: null },
  });
  const declined = result.examples.find((one: { outcome: string }) => one.outcome === 'newly_declined');
  t.match(declined.after, { name: 'a day', response_code: /^6[15]$/ });
  t.equal((await lydia.get(`/v1/cards/${declined.card}`)).status, 200);
  t.equal((await lydia.get(`/v1/backtests/${body.id}`)).text.match(/[0-9a-f]{33,}/), null);
  const { data } = (await lydia.get(`/v1/limit-versions/${version}/backtests`)).body;
  t.same(
    data.map(({ id }: { id: string }) => id),
    [body.id],
  );
});

t.test('a stretch that is none fails in words', async (t) => {
  const { body } = await begin(active, { from: 1_000_000 });
  t.match(await ended(body.id), { status: 'failed', error: /there are no rows/, result: null });
  t.match(await begin(active, { from: '0001-01-01T00:00:00Z' }), { status: 400 });
  const late = await begin(active, { from: new Date(Date.now() + 86_400_000).toISOString() });
  t.match(await ended(late.body.id), { status: 'failed', error: /there are no rows/ });
});

t.test('one is cancelled, whether it waits or runs, and a repeated request begins no other', async (t) => {
  const first = await begin(active, {}, { 'idempotency-key': 'again' });
  const tests = [first, await begin(active), await begin(active)].map(({ body }) => body.id as string);
  t.equal((await begin(active, {}, { 'idempotency-key': 'again' })).body.id, tests[0]);
  for (const id of tests) await lydia.request('DELETE', `/v1/backtests/${id}`);
  for (const id of tests) t.match((await ended(id)).status, /^(cancelled|done)$/);
  t.equal((await ended(tests[2]!)).status, 'cancelled');
  const all = (await lydia.get('/v1/backtests?limit=2')).body;
  t.match([all.data.length, all.has_more], [2, true]);
  t.equal((await lydia.get(`/v1/backtests?limit=2&cursor=${all.next_cursor}`)).status, 200);
});

t.test('only so many wait', async (t) => {
  const answers = [];
  for (let count = 0; count < 12; count++) answers.push(await begin(active));
  const last = answers.at(-1)!;
  t.match(last, { status: 422, body: { errors: [{ rule: 'queue' }] } });
  for (const { status, body } of answers)
    if (status === 201) await lydia.request('DELETE', `/v1/backtests/${body.id}`);
});
