import t, { type Test } from 'tap';
import { authorisation, IsoClient, reversalOf } from '../iso-client.js';
import { connectDatabase, startTestSwitch, until } from '../running-switch.js';
import { ApiClient, type ApiResponse } from './api-client.js';

t.setTimeout(90_000);
const system = await startTestSwitch(t, { projector: { pollMs: 5 } });
const lydia = await ApiClient.of(system, 'lydia');
const qonto = await ApiClient.of(system, 'qonto');
let keys = 0;
const keyed = (key = `funds ${++keys}`) => ({ 'idempotency-key': key });

async function open(currency = 'EUR', overdraft = 0): Promise<string> {
  return (await lydia.post('/v1/accounts', { currency, overdraft })).body.id;
}
const posted = async (id: string) => (await lydia.get(`/v1/accounts/${id}`)).body.balances.posted;
const move = (account: string, how: string, body: object, key?: string) =>
  lydia.post(`/v1/accounts/${account}/${how}`, body, keyed(key));

function refused(t: Test, response: ApiResponse, status: number, code: string, pointer?: string): void {
  t.match(response, { status, body: { code, ...(pointer ? { errors: [{ pointer }] } : {}) } }, response.text);
}

t.test('money comes in, moves and goes, and is there at once', async (t) => {
  const [parent, child] = [await open(), await open()];
  const deposit = await move(parent, 'deposits', { amount: 5000, description: 'Salary' });
  t.match(deposit, {
    status: 201,
    body: {
      object: 'transfer',
      type: 'deposit',
      status: 'posted',
      from: null,
      to: parent,
      counter: 'funding',
    },
  });
  t.match(deposit.body, { amount: 5000, currency: 'EUR', description: 'Salary', created: null });
  const transfer = await lydia.post(
    '/v1/transfers',
    { from: parent, to: child, amount: 1500, currency: 'EUR' },
    keyed(),
  );
  t.match(transfer, { status: 201, body: { type: 'transfer', from: parent, to: child, counter: null } });
  const withdrawal = await move(child, 'withdrawals', { amount: 400, currency: 'EUR' });
  t.match(withdrawal, { status: 201, body: { type: 'withdrawal', from: child, to: null } });
  const fee = await move(child, 'adjustments', { amount: -100, reason: 'Fee of May' });
  t.match(fee, {
    status: 201,
    body: {
      type: 'adjustment',
      from: child,
      to: null,
      counter: 'fees',
      amount: 100,
      description: 'Fee of May',
    },
  });
  t.same([await posted(parent), await posted(child)], [3500, 1000]);

  const { id: card } = (await lydia.post('/v1/cards', { account: child, exp_month: 4, exp_year: 2031 })).body;
  const { pan } = (await lydia.get(`/v1/cards/${card}/pan`)).body;
  const processor = await IsoClient.connect(t, system.port);
  const pay = async (amount: number) =>
    (await processor.request(authorisation({ pan, expiry: '3104', currency: '978' }, amount)))[39];
  t.same([await pay(1001), await pay(1000)], ['51', '00']);

  await until('the read model has them', async () => {
    return (await lydia.get(`/v1/transfers?account=${child}`)).body.data.length === 3;
  });
  const listed = (await lydia.get(`/v1/transfers?account=${child}`)).body.data;
  t.same(
    listed.map(({ id }: { id: string }) => id),
    [fee.body.id, withdrawal.body.id, transfer.body.id],
  );
  const { created, ...found } = (await lydia.get(`/v1/transfers/${fee.body.id}`)).body;
  t.match(created, /^\d{4}-\d\d-\d\dT/);
  t.same({ ...found, created: null }, fee.body, 'as it was told, with its time');
  t.same((await lydia.get(`/v1/transfers?account=${child}&type=withdrawal`)).body.data, [listed[1]]);
});

t.test(
  'what an account can’t pay is refused by a code of its own, and stays refused for its key',
  async (t) => {
    const [account, other] = [await open(), await open()];
    await move(account, 'deposits', { amount: 100 });
    refused(t, await move(account, 'withdrawals', { amount: 101 }, 'too much'), 422, 'HF_INSUFFICIENT_FUNDS');
    await move(account, 'deposits', { amount: 100 });
    refused(t, await move(account, 'withdrawals', { amount: 101 }, 'too much'), 422, 'HF_INSUFFICIENT_FUNDS');
    const body = { from: account, to: other, amount: 201, currency: 'EUR' };
    refused(t, await lydia.post('/v1/transfers', body, keyed()), 422, 'HF_INSUFFICIENT_FUNDS');
    const adjustment = { amount: -201, reason: 'chargeback', counter: 'suspense' };
    refused(t, await move(account, 'adjustments', adjustment), 422, 'HF_INSUFFICIENT_FUNDS');
    t.equal(await posted(account), 200);
    t.equal((await move(account, 'adjustments', { ...adjustment, may_overdraw: true })).status, 201);
    t.equal(await posted(account), -1);
    await until('the refused ones are there', async () => {
      const { data } = (await lydia.get(`/v1/transfers?account=${account}`)).body;
      return data.filter(({ status }: { status: string }) => status === 'declined').length === 3;
    });
  },
);

t.test('a key moves funds once: again, with another body, and at once', async (t) => {
  const account = await open();
  const first = await move(account, 'deposits', { amount: 70 }, 'once');
  const again = await move(account, 'deposits', { amount: 70 }, 'once');
  t.same([again.status, again.body], [201, first.body]);
  refused(t, await move(account, 'deposits', { amount: 71 }, 'once'), 422, 'HF_IDEMPOTENCY_KEY_REUSED');
  t.equal(await posted(account), 70);
  const all = await Promise.all(
    Array.from({ length: 12 }, () => move(account, 'deposits', { amount: 1 }, 'at once')),
  );
  t.ok(all.every(({ status }) => status === 201 || status === 409));
  t.ok(all.some(({ status }) => status === 201));
  t.equal(await posted(account), 71);
  const without = await lydia.post(`/v1/accounts/${account}/deposits`, { amount: 1 });
  refused(t, without, 400, 'HF_IDEMPOTENCY_KEY_MISSING');
});

t.test('where the API has forgotten a key, the ledger knows it', async (t) => {
  const account = await open();
  const first = await move(account, 'deposits', { amount: 30 }, 'forgotten');
  const refusal = await move(account, 'withdrawals', { amount: 31 }, 'refused');
  const client = await connectDatabase(t, system.config);
  await client.query('DELETE FROM holdfast.idempotency');
  const again = await move(account, 'deposits', { amount: 30 }, 'forgotten');
  t.same([again.headers.get('idempotent-replayed'), again.status, again.body], [null, 201, first.body]);
  await move(account, 'deposits', { amount: 1 });
  t.same((await move(account, 'withdrawals', { amount: 31 }, 'refused')).body, refusal.body);
  await client.query('DELETE FROM holdfast.idempotency');
  refused(t, await move(account, 'deposits', { amount: 29 }, 'forgotten'), 422, 'HF_IDEMPOTENCY_KEY_REUSED');
  refused(
    t,
    await move(account, 'withdrawals', { amount: 30 }, 'forgotten'),
    422,
    'HF_IDEMPOTENCY_KEY_REUSED',
  );
  t.equal(await posted(account), 31);
});

t.test('what can’t be is refused with the field that is wrong', async (t) => {
  const [account, dollars] = [await open(), await open('USD')];
  const theirs = (await qonto.post('/v1/accounts', { currency: 'EUR' })).body.id;
  refused(t, await move(theirs, 'deposits', { amount: 1 }), 404, 'HF_NOT_FOUND');
  refused(t, await move(account, 'deposits', { amount: 0 }), 400, 'HF_INVALID_REQUEST', '/amount');
  refused(t, await move(account, 'adjustments', { amount: 0, reason: 'none' }), 400, 'HF_INVALID_REQUEST');
  refused(
    t,
    await move(account, 'deposits', { amount: 1, currency: 'USD' }),
    422,
    'HF_NOT_POSSIBLE',
    '/currency',
  );
  const send = (body: object) =>
    lydia.post('/v1/transfers', { amount: 1, currency: 'EUR', ...body }, keyed());
  refused(t, await send({ from: account, to: theirs }), 404, 'HF_NOT_FOUND', '/to');
  refused(t, await send({ from: theirs, to: account }), 404, 'HF_NOT_FOUND', '/from');
  refused(t, await send({ from: account, to: dollars }), 422, 'HF_NOT_POSSIBLE', '/to');
  refused(t, await send({ from: account, to: account }), 422, 'HF_NOT_POSSIBLE', '/to');
  t.equal(await posted(account), 0);
});

t.test('an overdraft line and a holder change at once, with If-Match', async (t) => {
  const account = await open();
  const at = `/v1/accounts/${account}`;
  const seen = (await lydia.get(at)).headers.get('etag')!;
  const changed = await lydia.request('PATCH', at, { overdraft: 500, holder: 42 }, { 'if-match': seen });
  t.match(changed, { status: 200, body: { overdraft: 500, holder: 42, balances: { available: 500 } } });
  const stale = await lydia.request('PATCH', at, { overdraft: 0 }, { 'if-match': seen });
  refused(t, stale, 412, 'HF_PRECONDITION_FAILED');
  t.equal((await move(account, 'withdrawals', { amount: 500 })).status, 201);
  const { body } = await lydia.request('PATCH', at, { overdraft: 100, holder: null });
  t.match(body, { overdraft: 100, holder: null, balances: { posted: -500, available: -400 } });
  const { data } = (await lydia.get(`/v1/audit-events?resource=${account}`)).body;
  t.match(data[0], { action: 'account.updated', changes: { overdraft: { from: 500, to: 100 } } });
});

t.test('entries tell how the balances came to be, page by page', async (t) => {
  const account = await open('EUR', 10_000);
  await move(account, 'deposits', { amount: 5000 });
  const { id: card } = (await lydia.post('/v1/cards', { account, exp_month: 4, exp_year: 2031 })).body;
  const { pan } = (await lydia.get(`/v1/cards/${card}/pan`)).body;
  const processor = await IsoClient.connect(t, system.port);
  const plastic = { pan, expiry: '3104', currency: '978' };
  const reversed = authorisation(plastic, 700);
  const cleared = authorisation(plastic, 900);
  await processor.request(reversed);
  await processor.request(reversalOf(reversed));
  const { 38: approval } = await processor.request(cleared);
  const clearing = authorisation(plastic, 900, { 0: '0220', 37: cleared[37]!, 38: approval! });
  t.equal((await processor.request(clearing))[39], '00');
  await move(account, 'withdrawals', { amount: 100 });
  const list = `/v1/accounts/${account}/entries`;
  const now = (await lydia.get(`/v1/accounts/${account}`)).body.balances;
  await until('the read model is there', async () => {
    const [newest] = (await lydia.get(list)).body.data;
    return newest?.transfer !== null && newest?.amount === -100;
  });
  const whole = (await lydia.get(`${list}?limit=100`)).body;
  t.equal(whole.has_more, false);
  t.equal(now.posted, 4000);
  t.match(whole.data[0].balances, { posted: now.posted, held: now.held });
  t.match(whole.data.at(-1), { amount: 5000, counter: 'funding', balances: { posted: 5000, held: 0 } });
  t.match(whole.data.at(-2), { amount: -700, counter: 'holds', balances: { posted: 5000, held: 700 } });
  t.match(whole.data.at(-2).authorization, /^auth_/);
  t.match(whole.data.at(-3), { amount: 700, counter: 'holds', balances: { posted: 5000, held: 0 } });
  t.equal(whole.data.at(-3).authorization, null, 'a reversal is none');
  const paged: unknown[] = [];
  for (let cursor = ''; ; ) {
    const { body } = await lydia.get(`${list}?limit=2${cursor}`);
    paged.push(...body.data);
    if (!body.has_more) break;
    cursor = `&cursor=${body.next_cursor}`;
  }
  t.same(paged, whole.data);
  const ids = new Set(whole.data.map(({ id }: { id: string }) => id));
  t.equal(ids.size, whole.data.length);
});
