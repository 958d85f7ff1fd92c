import { createHmac } from 'node:crypto';
import t from 'tap';
import { EntryReader } from '../../ledger/journal-entry.js';
import { listTenants } from '../../ledger/list-tenants.js';
import { readJournal } from '../../ledger/read-journal.js';
import { ApiClient } from './api/api-client.js';
import { answers, DecisionEndpointServer } from './decision-endpoint.js';
import { amount, clearingOf, DE60, incrementOf, repeatOf } from './holds/messages.js';
import { authorisation, IsoClient, reversalOf } from './iso-client.js';
import { cardsOf, connectDatabase, metricsOf, startTestSwitch, until } from './running-switch.js';

t.setTimeout(120_000);
/** Long enough for whatever is to be in time on a busy machine, and short for what never answers. */
const IN_TIME_MS = 8000;
const NEVER_MS = 150;

const system = await startTestSwitch(t, { cardsPerTenant: 100 });
const client = await IsoClient.connect(t, system.port);
const pixpay = await ApiClient.of(system, 'pixpay');
const endpoint = await DecisionEndpointServer.start(t);
const cards = await cardsOf(system, 'pixpay');
const others = await cardsOf(system, 'lydia');
let next = 0;
const card = () => cards[next++ % cards.length]!;

interface Wanted {
  readonly deadline_ms?: number;
  readonly fallback?: object;
  readonly concurrency?: number;
  readonly least_amount?: number;
}
let secret = '';
let versions = 0;

/** Sets the endpoint, each time at another path, and waits until that is asked. */
async function set(wanted: Wanted = {}): Promise<void> {
  const path = `/decide/${++versions}`;
  const url = endpoint.origin + path;
  const response = await pixpay.request('PUT', '/v1/decision-endpoint', {
    url,
    deadline_ms: IN_TIME_MS,
    ...wanted,
  });
  if (response.status !== 200) throw new Error(response.text);
  if (response.body.secret !== null) secret = response.body.secret;
  endpoint.behaviour = answers({ decision: 'approve' });
  await until('the switch knows the endpoint', async () => {
    await ask(authorisation(card(), 1 + (wanted.least_amount ?? 0)));
    return endpoint.requests.some((requested) => requested.path === path);
  });
  endpoint.requests.length = 0;
}

async function ask(message: ReturnType<typeof authorisation>): Promise<string> {
  return (await client.request(message))[39]!;
}

t.test(
  'a message that would be approved is asked about, signed, with what the tenant has to know',
  async (t) => {
    await set();
    const before = (await metricsOf(system.running)).get('holdfast_decisions_total{result="answered"}')!;
    const message = authorisation(card(), 12_34, {
      18: '5814',
      43: `${'CAFE DU COIN'.padEnd(25) + 'PARIS'.padEnd(13)}FR`,
    });
    t.equal(await ask(message), '00');
    const [requested, ...more] = endpoint.requests;
    t.equal(more.length, 0);
    const { document, headers, body } = requested!;
    t.match(document, {
      type: 'authorization.decision',
      authorization: {
        card: /^card_[0-9a-f]{32}$/,
        merchant_amount: 1234,
        merchant_currency: 'EUR',
        merchant: { category_code: '5814', country: 'FR', descriptor: /^CAFE DU COIN/ },
      },
    });
    t.ok(document.deadline_ms <= IN_TIME_MS);
    t.notMatch(body, message[2]!.slice(6, -4), 'no number of a card');
    const text = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`;
    const key = Buffer.from(secret.slice('whsec_'.length), 'base64');
    const signature = createHmac('sha256', key).update(text).digest('base64');
    t.equal(headers['webhook-signature'], `v1,${signature}`);
    t.equal(headers['webhook-id'], document.id);
    const after = (await metricsOf(system.running)).get('holdfast_decisions_total{result="answered"}')!;
    t.equal(after - before, 1);
  },
);

t.test('it declines, with a reason of its own, and approves less', async (t) => {
  await set();
  endpoint.behaviour = answers({ decision: 'decline' });
  t.equal(await ask(authorisation(card(), 5_00)), '05');
  endpoint.behaviour = answers({ decision: 'decline', response_code: '59' });
  const fraud = authorisation(card(), 5_00);
  t.equal(await ask(fraud), '59');
  endpoint.behaviour = answers({ decision: 'approve' });
  t.equal(await ask(repeatOf(fraud)), '59', 'a repeat is answered as before');
  endpoint.behaviour = answers({ decision: 'approve', amount: 3_00 });
  const reply = await client.request(authorisation(card(), 5_00, { 60: DE60.partial }));
  t.match(reply, { 39: '10', 4: amount(3_00) });
  t.equal(await ask(authorisation(card(), 5_00)), '51', 'the terminal can’t take less');
  endpoint.behaviour = answers({ decision: 'approve', amount: 9_999 });
  t.equal(await ask(authorisation(card(), 5_00)), '00', 'more than was asked for is as much');
});

t.test('not asked about: what is declined anyway, advices, completions, increments, reversals', async (t) => {
  await set();
  const held = authorisation(card(), 5_00, { 60: DE60.estimated });
  t.equal(await ask(held), '00');
  endpoint.requests.length = 0;
  t.equal(await ask(incrementOf(held, 1_00)), '00');
  t.equal(await ask(clearingOf(held, 6_00)), '00');
  t.equal(await ask(authorisation(card(), 1_00, { 0: '0120' })), '00');
  t.equal(await ask(authorisation(card(), 100_01)), '61', 'above the limit of a transaction');
  const reversed = authorisation(card(), 1_00, { 0: '0120' });
  t.equal(await ask(reversed), '00');
  t.equal(await ask(reversalOf(reversed)), '00');
  t.equal(endpoint.requests.length, 0);
});

const NO_ANSWERS: readonly (readonly [string, DecisionEndpointServer['behaviour']])[] = [
  ['is silent', () => {}],
  ['resets the connection', (response) => response.socket!.resetAndDestroy()],
  ['ends it', (response) => response.socket!.end()],
  ['answers with an error', answers({ decision: 'approve' }, 500)],
  ['redirects', (response) => response.writeHead(307, { location: endpoint.origin }).end()],
  ['answers no JSON', (response) => response.end('<html>')],
  ['answers something else', answers({ decision: 'perhaps' })],
  ['answers a negative amount', answers({ decision: 'approve', amount: -1 })],
  ['answers without end', endless],
  ['sends headers without end', (response) => response.writeHead(200, { a: 'x'.repeat(100_000) }).end('{}')],
];

function endless(response: Parameters<DecisionEndpointServer['behaviour']>[0]): void {
  response.writeHead(200);
  const more = () => {
    while (!response.destroyed && response.write(Buffer.alloc(16_384, 0x20)));
  };
  response.on('drain', more);
  more();
}

for (const [what, behaviour] of NO_ANSWERS) {
  t.test(`an endpoint that ${what}: the fallback decides, and others’ cards are served`, async (t) => {
    // A new version is a new circuit: what failed before is not held against it.
    await set({
      fallback: { decision: 'decline', response_code: '57' },
      deadline_ms: what === 'is silent' ? NEVER_MS : IN_TIME_MS,
    });
    endpoint.behaviour = behaviour;
    const [mine, ...theirs] = await client.requestAll([
      authorisation(card(), 5_00),
      ...others.slice(0, 5).map((one) => authorisation(one, 1_00)),
    ]);
    t.equal(mine![39], '57');
    t.same(new Set(theirs.map((reply) => reply[39])), new Set(['00']));
    t.ok(endpoint.requests.length > 0, 'it was asked');
  });
}

t.test('the fallback may approve, up to an amount', async (t) => {
  await set({ fallback: { decision: 'approve', most: 20_00 } });
  endpoint.behaviour = answers({}, 503);
  t.equal(await ask(authorisation(card(), 20_00)), '00');
  t.equal(await ask(authorisation(card(), 20_01)), '51');
});

t.test(
  'what the tenant is asked about keeps nothing waiting: other messages of the card are decided meanwhile',
  async (t) => {
    await set();
    const held: (() => void)[] = [];
    endpoint.behaviour = (response, requested) => {
      held.push(() => answers({ decision: 'approve' })(response, requested));
    };
    const pan = card();
    const slow = authorisation(pan, 5_00);
    const waiting = client.request(slow);
    const repeated = client.request(repeatOf(slow));
    await until('it was asked', () => held.length === 1);
    t.equal(await ask(authorisation(pan, 0)), '00', 'an inquiry after the card');
    t.equal(await ask(authorisation(pan, 1_00, { 0: '0120' })), '00', 'an advice');
    held[0]!();
    const [first, second] = await Promise.all([waiting, repeated]);
    t.equal(first[39], '00');
    t.match(second, { 39: '00', 38: first[38] }, 'its repeat waited for the same answer');
    t.equal(held.length, 1, 'and was not asked about');
  },
);

t.test('one that is reversed while the tenant is asked takes nothing', async (t) => {
  await set();
  const held: (() => void)[] = [];
  endpoint.behaviour = (response, requested) => {
    held.push(() => answers({ decision: 'approve' })(response, requested));
  };
  const slow = authorisation(card(), 5_00);
  const waiting = client.request(slow);
  await until('it was asked', () => held.length === 1);
  t.equal(await ask(reversalOf(slow)), '00');
  held[0]!();
  t.equal((await waiting)[39], '12');
});

t.test('of more at once than it may be asked about, the fallback decides', async (t) => {
  await set({ concurrency: 2, fallback: { decision: 'decline', response_code: '62' } });
  const held: (() => void)[] = [];
  endpoint.behaviour = (response, requested) => {
    held.push(() => answers({ decision: 'approve' })(response, requested));
  };
  const waiting = [1, 2].map(() => client.request(authorisation(card(), 5_00)));
  await until('two were asked about', () => held.length === 2);
  t.equal(await ask(authorisation(card(), 5_00)), '62');
  for (const answer of held) answer();
  t.same(
    (await Promise.all(waiting)).map((reply) => reply[39]),
    ['00', '00'],
  );
});

t.test('an endpoint that fails again and again is left alone', async (t) => {
  await set({ fallback: { decision: 'decline', response_code: '58' } });
  endpoint.behaviour = answers({}, 500);
  const open = async () =>
    (await metricsOf(system.running)).get('holdfast_decisions_total{result="circuitOpen"}')!;
  const before = await open();
  await until('its circuit is open', async () => {
    t.equal(await ask(authorisation(card(), 1_00)), '58');
    return (await open()) > before;
  });
});

t.test('small amounts need not be asked about', async (t) => {
  await set({ least_amount: 10_00 });
  endpoint.requests.length = 0;
  endpoint.behaviour = answers({ decision: 'decline' });
  t.equal(await ask(authorisation(card(), 9_99)), '00');
  t.equal(endpoint.requests.length, 0);
  t.equal(await ask(authorisation(card(), 10_00)), '05');
});

t.test('the journal tells how each was decided, and how long that took', async (t) => {
  const database = await connectDatabase(t, system.config);
  const [tenant] = await listTenants(database, 'pixpay');
  const reader = new EntryReader();
  const asked = new Map<unknown, number>();
  for await (const rows of readJournal(database, tenant!.id)) {
    for (const row of rows) {
      for (const entry of reader.entriesOf('pixpay', row)) {
        if (entry.asked === undefined) continue;
        asked.set(entry.asked, (asked.get(entry.asked) ?? 0) + 1);
        t.ok(Number(entry.askedMs) >= 0 && /^[0-9]{2}$/.test(String(entry.verdict)));
      }
    }
  }
  t.same(new Set(asked.keys()), new Set(['answered', 'timedOut', 'failed', 'circuitOpen', 'overloaded']));
});

t.test('a tenant that decides no more is not asked', async (t) => {
  const removed = await pixpay.request('DELETE', '/v1/decision-endpoint');
  t.equal(removed.status, 200);
  endpoint.behaviour = answers({ decision: 'decline' });
  await until('it is not asked', async () => (await ask(authorisation(card(), 1_00))) === '00');
  t.equal((await pixpay.get('/v1/decision-endpoint')).status, 404);
});
