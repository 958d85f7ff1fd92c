import { Webhook } from 'standardwebhooks';
import t from 'tap';
import { ApiClient } from '../api/api-client.js';
import { authorisation, IsoClient, reversalOf } from '../iso-client.js';
import { cardsOf, connectDatabase, metricsOf, startTestSwitch, until } from '../running-switch.js';
import { Receiver } from './receiver.js';

t.setTimeout(90_000);
const system = await startTestSwitch(t, {
  projector: { pollMs: 5 },
  webhooks: { pollMs: 5, retrySeconds: [0, 0, 0], timeoutMs: 400 },
});
const lydia = await ApiClient.of(system, 'lydia');
const qonto = await ApiClient.of(system, 'qonto');
const processor = await IsoClient.connect(t, system.port);
const cards = await cardsOf(system, 'lydia');

// What was there before: cards and accounts of the demo.
await until('the read model is filled', async () => {
  const lag = (await metricsOf(system.running)).get('holdfast_projection_lag_rows{tenant="lydia"}');
  return lag === 0;
});

async function endpoint(url: string, client = lydia, more: object = {}) {
  const made = await client.post('/v1/webhook-endpoints', { url, ...more });
  if (made.status !== 201) throw new Error(made.text);
  return made.body as { id: string; secret: string };
}

const remove = (id: string, client = lydia) => client.request('DELETE', `/v1/webhook-endpoints/${id}`);

t.test(
  'what is authorised and reversed on a card comes signed, in its order, and as the API has it',
  async (t) => {
    const receiver = await Receiver.start(t);
    const { id, secret } = await endpoint(receiver.url);
    const request = authorisation(cards[0]!, 1234);
    await processor.request(request);
    await processor.request(reversalOf(request));
    await processor.request(authorisation(cards[0]!, 99_999_999));
    await until('all three came', () => receiver.received.length === 3);
    t.same(
      receiver.received.map(({ body }) => body.type),
      ['authorization.approved', 'authorization.reversed', 'authorization.declined'],
    );
    for (const { headers, text } of receiver.received) {
      new Webhook(secret).verify(text, headers as Record<string, string>);
      t.throws(() => new Webhook(secret).verify(`${text} `, headers as Record<string, string>));
    }
    const [approved, reversed, declined] = receiver.received.map(({ body }) => body);
    t.match(approved.data, {
      amount: 1234,
      currency: 'EUR',
      decision: { approved: true, response_code: '00', reason: 'approved' },
    });
    t.equal(reversed.data.original, approved.id);
    t.equal(reversed.data.authorization, approved.data.authorization);
    t.match(declined.data, {
      amount: null,
      decision: { approved: false, response_code: '61', reason: 'exceeds_amount_limit' },
    });
    t.same((await lydia.get(`/v1/events/${approved.id}`)).body, approved);
    t.equal(
      (await lydia.get(`/v1/authorizations/${approved.data.authorization}`)).body.card,
      approved.data.card,
    );
    t.notMatch(receiver.received.map(({ text }) => text).join(''), cards[0]!.pan);
    t.equal((await remove(id)).status, 200);
  },
);

t.test('while a secret is replaced webhooks are signed by both', async (t) => {
  const receiver = await Receiver.start(t);
  const { id, secret } = await endpoint(receiver.url);
  const rotated = await lydia.post(`/v1/webhook-endpoints/${id}/rotate-secret`, { overlap: 3600 });
  t.not(rotated.body.secret, secret);
  await lydia.post(`/v1/webhook-endpoints/${id}/test`);
  await until('the test came', () => receiver.received.length === 1);
  const [{ headers, text, body }] = receiver.received as [(typeof receiver.received)[number]];
  t.equal(body.type, 'webhook_endpoint.test');
  for (const each of [secret, rotated.body.secret])
    new Webhook(each).verify(text, headers as Record<string, string>);
  await lydia.post(`/v1/webhook-endpoints/${id}/rotate-secret`, { overlap: 0 });
  await lydia.post(`/v1/webhook-endpoints/${id}/test`);
  await until('the second came', () => receiver.received.length === 2);
  t.equal(String(receiver.received[1]!.headers['webhook-signature']).split(' ').length, 1);
  await remove(id);
});

t.test('what fails to the last attempt is a dead letter, which can be sent again', async (t) => {
  let broken = true;
  const receiver = await Receiver.start(t, (_, response) => {
    response.statusCode = broken ? 500 : 204;
    response.end();
  });
  const { id } = await endpoint(receiver.url);
  await processor.request(authorisation(cards[1]!, 100));
  const list = (state: string) => lydia.get(`/v1/webhook-endpoints/${id}/deliveries?state=${state}`);
  await until('it is dead', async () => (await list('dead')).body.data.length === 1);
  const [dead] = (await list('dead')).body.data;
  t.match(dead, {
    attempts: 4,
    status: 500,
    error: null,
    next_attempt: null,
    type: 'authorization.approved',
  });
  t.equal(receiver.received.length, 4);
  t.equal(new Set(receiver.ids).size, 1, 'of one id at every attempt');
  t.equal(new Set(receiver.received.map(({ text }) => text)).size, 1);
  broken = false;
  t.equal(
    (await lydia.post(`/v1/webhook-endpoints/${id}/deliveries/${dead.id}/retry`)).body.state,
    'pending',
  );
  await until('it is delivered', async () => (await list('delivered')).body.data.length === 1);
  const metrics = await metricsOf(system.running);
  t.equal(metrics.get('holdfast_webhook_dead_letters_total{tenant="lydia"}'), 1);
  await remove(id);
});

t.test('a later event of a card waits for its earlier one, other cards go on', async (t) => {
  let refuses = true;
  const stuck = new Set<string>();
  const receiver = await Receiver.start(t, ({ body }, response) => {
    response.statusCode = refuses && stuck.has(body.data.card) ? 503 : 200;
    response.end();
  });
  const { id } = await endpoint(receiver.url);
  const [a, b] = [cards[2]!, cards[3]!];
  await processor.request(authorisation(a, 1));
  await until('the first came', () => receiver.received.length > 0);
  const cardOfA = receiver.received[0]!.body.data.card;
  stuck.add(cardOfA);
  await processor.request(authorisation(a, 2));
  await processor.request(authorisation(a, 3));
  for (let amount = 1; amount <= 5; amount++) await processor.request(authorisation(b, amount));
  const amountsOf = (ok: (card: string) => boolean) =>
    receiver.received.filter(({ body }) => ok(body.data.card)).map(({ body }) => body.data.amount);
  await until('those of the other card came', () => amountsOf((card) => card !== cardOfA).length === 5);
  t.same(
    amountsOf((card) => card !== cardOfA),
    [1, 2, 3, 4, 5],
  );
  await until('both were given up', async () => {
    const { body } = await lydia.get(`/v1/webhook-endpoints/${id}/deliveries?state=dead`);
    return body.data.length === 2;
  });
  t.same(
    amountsOf((card) => card === cardOfA),
    [1, 2, 2, 2, 2, 3, 3, 3, 3],
    'none before the one before it was done with',
  );
  refuses = false;
  await remove(id);
});

t.test('a replay sends what was sent before again, in order, by the same ids', async (t) => {
  const receiver = await Receiver.start(t);
  const { id } = await endpoint(receiver.url);
  const start = (await lydia.get('/v1/events?limit=100')).body.next_cursor;
  t.type(start, 'string');
  for (let amount = 1; amount <= 3; amount++) await processor.request(authorisation(cards[4]!, amount));
  await until('they came', () => receiver.received.length === 3);
  const before = [...receiver.ids];
  let cursor = start;
  for (let more = true; more; ) {
    const { body } = await lydia.get(`/v1/events?limit=100&cursor=${cursor}`);
    if (body.data.some(({ id }: { id: string }) => id === before[0])) break;
    ({ next_cursor: cursor, has_more: more } = body);
  }
  t.equal((await lydia.post(`/v1/webhook-endpoints/${id}/replay`, { cursor })).status, 200);
  await until('they came again', () =>
    before.every((one) => receiver.ids.filter((id) => id === one).length === 2),
  );
  t.same(
    receiver.ids.slice(3).filter((one) => before.includes(one)),
    before,
  );
  t.equal((await lydia.post(`/v1/webhook-endpoints/${id}/replay`, { cursor: 'AAAA' })).status, 400);
  await remove(id);
});

t.test(
  'an endpoint that says it is gone, or has failed for days, is sent nothing more, and that is told',
  async (t) => {
    const teller = await Receiver.start(t);
    const watching = await endpoint(teller.url, lydia, { types: ['webhook_endpoint.disabled'] });
    const gone = await Receiver.start(t, (_, response) => {
      response.statusCode = 410;
      response.end();
    });
    const first = await endpoint(gone.url);
    await lydia.post(`/v1/webhook-endpoints/${first.id}/test`);
    await until('it is told', () => teller.received.length === 1);
    t.match(teller.received[0]!.body.data, { webhook_endpoint: first.id, reason: 'gone' });
    t.match((await lydia.get(`/v1/webhook-endpoints/${first.id}`)).body, {
      status: 'disabled',
      disabled_reason: 'gone',
    });
    t.equal(gone.received.length, 1);

    let status = 500;
    const failing = await Receiver.start(t, (_, response) => {
      response.statusCode = status;
      response.end();
    });
    const second = await endpoint(failing.url);
    const database = await connectDatabase(t, system.config);
    await database.query(
      "UPDATE holdfast.webhook_endpoint SET failing_since = now() - interval '6 days', revision = revision + 1 WHERE id = $1",
      [second.id.slice('we_'.length)],
    );
    await lydia.post(`/v1/webhook-endpoints/${second.id}/test`);
    await until('it is told', () => teller.received.length === 2);
    t.match(teller.received[1]!.body.data, { webhook_endpoint: second.id, reason: 'failing' });
    const audit = await lydia.get(`/v1/audit-events?resource=${second.id}&action=webhook_endpoint.disabled`);
    t.match(audit.body.data, [{ key: 'key_system', changes: { reason: 'failing' } }]);
    status = 200;
    const enabled = await lydia.request('PATCH', `/v1/webhook-endpoints/${second.id}`, { disabled: false });
    t.match(enabled.body, { status: 'enabled', failing_since: null });
    await until('what was left is sent', async () => {
      const { body } = await lydia.get(`/v1/webhook-endpoints/${second.id}/deliveries?state=delivered`);
      return body.data.some(({ type }: { type: string }) => type === 'webhook_endpoint.test');
    });
    for (const { id } of [watching, first, second]) await remove(id);
  },
);

t.test('endpoints of another tenant get nothing of it', async (t) => {
  const [theirs, ours] = [await Receiver.start(t), await Receiver.start(t)];
  const their = await endpoint(theirs.url, qonto);
  const our = await endpoint(ours.url);
  await processor.request(authorisation(cards[5]!, 100));
  await until('ours came', () => ours.received.length === 1);
  await qonto.post(`/v1/webhook-endpoints/${their.id}/test`);
  await until('their test came', () => theirs.received.length > 0);
  t.same(
    theirs.received.map(({ body }) => body.type),
    ['webhook_endpoint.test'],
  );
  await remove(our.id);
  await remove(their.id, qonto);
});

t.test('a URL that is not https, or leads into our network, is refused', async (t) => {
  for (const url of [
    'http://example.com/',
    'ftp://example.com/',
    'https://10.0.0.1/',
    'https://192.168.1.1:8443/x',
    'https://169.254.169.254/latest/meta-data',
    'https://[fe80::1]/',
    'https://[::ffff:10.0.0.1]/',
    'https://0x0a000001/',
    'https://user:secret@example.com/',
    'https://example.com/#part',
    'nothing',
  ]) {
    const { status, body } = await lydia.post('/v1/webhook-endpoints', { url });
    t.match({ status, body }, { status: 422, body: { errors: [{ pointer: '/url' }] } }, url);
  }
  const unknown = await lydia.post('/v1/webhook-endpoints', {
    url: 'https://example.com/',
    types: ['no.such'],
  });
  t.equal(unknown.status, 400);
});
