import { once } from 'node:events';
import net from 'node:net';
import fc from 'fast-check';
import t, { type Test } from 'tap';
import { DIALECT_NAMES, dialectByName } from '../../../parsers/dialects/index.js';
import { framingOf } from '../../../parsers/framing/index.js';
import { unpackByPackage } from '../../parsers/iso-8583-package.js';
import { fieldsOf } from '../dialect-client.js';
import { metricsOf, startTestSwitch, until } from '../running-switch.js';
import { ApiClient, type ApiResponse } from './api-client.js';

t.setTimeout(120_000);

const FRAMINGS: Readonly<Record<string, 'length2-reserved2' | 'vml' | 'base24' | 'bcd2'>> = {
  visa: 'length2-reserved2',
  mastercard: 'vml',
  base24: 'base24',
  'iso87-binary': 'bcd2',
};
const framingFor = (dialect: string) => FRAMINGS[dialect] ?? ('length2' as const);

const system = await startTestSwitch(t, {
  projector: { pollMs: 5 },
  cardsPerTenant: 20,
  links: [
    { name: 'default', port: 0 },
    ...DIALECT_NAMES.map((dialect) => ({
      name: `by-${dialect}`,
      port: 0,
      dialect,
      framing: framingFor(dialect),
      signOnRequired: true,
    })),
    { name: 'by-reference', port: 0, messageKey: 'retrieval' as const },
  ],
});
const qonto = await ApiClient.of(system, 'qonto');
const lydia = await ApiClient.of(system, 'lydia');
const { running } = system;

/** A card of its own account, which has 50,000.00 to spend; and what is asked of it. */
class Used {
  constructor(
    readonly card: string,
    readonly account: string,
  ) {}

  static async issue(overdraft = 5_000_000): Promise<Used> {
    const account = (await qonto.post('/v1/accounts', { currency: 'EUR', overdraft })).body.id;
    return new Used((await qonto.post('/v1/cards', { account })).body.id, account);
  }

  authorize(body: object = {}): Promise<ApiResponse> {
    return qonto.post('/v1/simulate/authorizations', { card: this.card, amount: 1000, ...body });
  }

  /** What is posted and held. */
  async money(): Promise<readonly [posted: number, held: number]> {
    const { posted, held } = (await qonto.get(`/v1/accounts/${this.account}`)).body.balances;
    return [posted, held];
  }
}

function about(id: string, what: string, body: object = {}): Promise<ApiResponse> {
  return qonto.post(`/v1/simulate/authorizations/${id}/${what}`, body);
}

t.test('the whole life of a hold, with what moves at each step', async (t) => {
  const used = await Used.issue();
  const opened = await used.authorize({
    amount: 20_000,
    estimated: true,
    merchant: { category_code: '7011' },
  });
  t.match(opened, {
    status: 200,
    body: {
      object: 'simulation',
      card: used.card,
      link: 'default',
      dialect: 'iso87-ascii',
      framing: 'length2',
      authorization: /^auth_/,
      decision: {
        approved: true,
        response_code: '00',
        approval_code: /^\d{6}$/,
        amount: 20_000,
        currency: 'EUR',
      },
      exchanges: [{ request: { mti: '0100' }, reply: { mti: '0110' } }],
      booked: {
        kind: 'authorisation',
        amount: 20_000,
        flags: ['estimated'],
        postings: [{ from: 'cardholders', to: 'holds', account: used.account, amount: 20_000 }],
      },
    },
  });
  t.ok(opened.body.exchanges[0].latency_us > 0);
  const id = opened.body.authorization;
  t.same(await used.money(), [0, 20_000]);

  t.match((await about(id, 'increment', { amount: 5000 })).body, {
    authorization: id,
    decision: { response_code: '00' },
    booked: { flags: ['incremental'] },
    events: [{ object: 'event', type: 'authorization.approved', data: {} }],
  });
  t.same(await used.money(), [0, 25_000]);

  t.match((await about(id, 'clear', { amount: 4000, final: false, repeat: true })).body, {
    exchanges: [
      { request: { mti: '0220' }, reply: { mti: '0230', fields: { 39: { value: '00' } } } },
      { request: { mti: '0221' }, reply: { mti: '0230', fields: { 39: { value: '00' } } } },
    ],
    booked: { kind: 'clearing', flags: ['advice', 'more'] },
  });
  t.same(await used.money(), [-4000, 21_000], 'a repeat moves nothing');

  t.match((await about(id, 'clear', { amount: 19_000, advice: false })).body, {
    exchanges: [{ request: { mti: '0200' } }],
  });
  t.same(await used.money(), [-23_000, 0]);
  const shown = async () => (await qonto.get(`/v1/authorizations/${id}`)).body;
  await until('the read model has it', async () => (await shown()).status === 'closed');
  t.equal((await shown()).amount, 20_000);
});

t.test('reversals of a part and of all, an advice, an expiry', async (t) => {
  const used = await Used.issue();
  const held = async () => (await used.money())[1];
  const id = (await used.authorize({ amount: 40_000 })).body.authorization;
  t.match((await about(id, 'reverse', { amount: 25_000 })).body, {
    decision: { approved: true },
    exchanges: [{ request: { mti: '0400' } }],
    booked: { kind: 'reversal' },
  });
  t.equal(await held(), 15_000);
  t.match((await about(id, 'reverse', { advice: true })).body.exchanges[0], { request: { mti: '0420' } });
  t.equal(await held(), 0);
  t.match(await about(id, 'reverse', { amount: 40_001 }), {
    status: 422,
    body: { errors: [{ pointer: '/amount' }] },
  });

  const advised = await about(id, 'advice', { amount: 700 });
  t.match(advised.body, { exchanges: [{ request: { mti: '0120' } }], booked: { flags: ['advice'] } });
  t.not(advised.body.authorization, id, 'an authorization of its own');
  t.equal(await held(), 700);
  t.match((await about(id, 'advice', { declined: true })).body.booked, { flags: ['advice', 'declined'] });
  t.equal(await held(), 700);

  t.match(await about(advised.body.authorization, 'expire'), {
    status: 200,
    body: { status: 'expired', amount: 700 },
  });
  t.equal(await held(), 0);
  const told = async () => (await qonto.get(`/v1/events?card=${used.card}&types=hold.expired`)).body.data;
  t.match(await told(), [{ type: 'hold.expired' }], 'it is told as any other that expires');
  t.match(await about(advised.body.authorization, 'expire'), {
    status: 422,
    body: { code: 'HF_NOT_POSSIBLE' },
  });
  t.match((await about(advised.body.authorization, 'clear')).body.booked, { marks: ['late'] });
});

t.test(
  'declines, partial approvals, cash, inquiries, and what is read of the point of service',
  async (t) => {
    const poor = await Used.issue(5000);
    t.match((await poor.authorize({ amount: 5001 })).body, {
      authorization: /^auth_/,
      decision: { approved: false, response_code: '51', meaning: 'not sufficient funds', amount: null },
      booked: { postings: [] },
    });
    t.match((await poor.authorize({ amount: 9000, partial: true })).body.decision, {
      approved: true,
      response_code: '10',
      amount: 5000,
    });
    const inquiry = await qonto.post('/v1/simulate/inquiries', { card: poor.card });
    t.match(inquiry.body.decision, {
      response_code: '00',
      balances: { ledger: 0, available: 0, currency: 'EUR' },
    });
    const verified = await qonto.post('/v1/simulate/inquiries', { card: poor.card, type: 'verification' });
    t.match(verified.body.decision, { approved: true, balances: null });

    const used = await Used.issue();
    const seen = async (body: object) => {
      const { authorization } = (await used.authorize(body)).body;
      return (await qonto.get(`/v1/authorizations/${authorization}`)).body;
    };
    for (const channel of ['pos', 'contactless', 'ecommerce', 'moto', 'atm']) {
      for (const link of ['default', 'by-iso93-ascii']) {
        t.match(
          await seen({ amount: 100, channel, link }),
          { channel, approved: true },
          `${channel} by ${link}`,
        );
      }
    }
    t.match((await used.authorize({ amount: 3000, cash_back: 1000 })).body.exchanges[0].request.fields, {
      3: { value: '090000' },
    });
    t.match(await used.authorize({ amount: 1000, cash_back: 1001 }), { status: 422 });
    t.match(await seen({ amount: 100, currency: 'USD' }), { merchant_currency: 'USD' });
  },
);

t.test('every dialect says it, on a connection that signed on once', async (t) => {
  for (const dialect of DIALECT_NAMES) {
    await t.test(dialect, async (t) => {
      const used = await Used.issue();
      const link = `by-${dialect}`;
      const { version } = dialectByName(dialect);
      const opened = await used.authorize({ amount: 3000, pin: true, link });
      t.match(opened.body, { link, dialect, decision: { approved: true }, authorization: /^auth_/ });
      const id = opened.body.authorization;
      t.equal(opened.body.exchanges[0].request.mti, `${version}100`);
      t.same(await used.money(), [0, 3000]);
      let held = 3000;
      const raised = await about(id, 'increment', { amount: 500, link });
      if (['mastercard', 'postilion', 'base24'].includes(dialect)) {
        t.match(raised, { status: 422, body: { errors: [{ rule: 'dialect' }] } });
      } else {
        t.match(raised.body, { decision: { approved: true }, booked: { flags: ['incremental'] } });
        held += 500;
      }
      t.same(await used.money(), [0, held]);
      t.match((await about(id, 'reverse', { amount: 1000, link })).body.decision, { approved: true });
      t.same(await used.money(), [0, held - 1000]);
      t.match((await about(id, 'clear', { amount: held - 1000, link })).body, {
        decision: { approved: true },
      });
      t.same(await used.money(), [1000 - held, 0]);
      const refused = await used.authorize({ amount: 90_000_000, link });
      t.match(refused.body.decision, { approved: false, amount: null });
      const inquiry = await qonto.post('/v1/simulate/inquiries', { card: used.card, link });
      const ledger = (await used.money())[0];
      t.match(inquiry.body.decision.balances, { ledger, available: ledger + 5_000_000 });
    });
  }
  const connections = (await metricsOf(running)).get('holdfast_connections');
  t.ok(connections === undefined || connections <= DIALECT_NAMES.length + 2, `${connections} connections`);
});

t.test('what a dialect can say of a message is read by the switch', async (t) => {
  const used = await Used.issue();
  const marked = async (dialect: string, body: object) =>
    (await used.authorize({ amount: 100, dialect, ...body })).body.booked.flags;
  for (const dialect of ['iso87-ascii', 'iso93-ascii', 'visa', 'mastercard']) {
    t.same(await marked(dialect, { estimated: true }), ['estimated'], dialect);
    t.same(await marked(dialect, { partial: true }), ['partial'], dialect);
    t.same(await marked(dialect, { partial: true, estimated: true }), ['estimated', 'partial'], dialect);
    const said = await used.authorize({
      amount: 100,
      dialect,
      channel: 'ecommerce',
      strong_authentication: true,
    });
    t.match(said, { status: 200, body: { decision: { approved: true } } }, dialect);
    const series = await used.authorize({ amount: 100, dialect, channel: 'ecommerce', recurring: true });
    t.match(series, { status: 200, body: { decision: { approved: true } } }, dialect);
  }
  t.match(await used.authorize({ dialect: 'base24', recurring: true }), {
    status: 422,
    body: { errors: [{ pointer: '/recurring', rule: 'dialect' }] },
  });
});

t.test('a link that knows messages by their reference', async (t) => {
  const used = await Used.issue();
  const link = 'by-reference';
  const id = (await used.authorize({ amount: 6000, link })).body.authorization;
  t.match((await about(id, 'increment', { amount: 1000, link })).body, { decision: { approved: true } });
  t.same(await used.money(), [0, 7000]);
  t.match((await about(id, 'clear', { amount: 7000, link })).body, { decision: { approved: true } });
  t.same(await used.money(), [-7000, 0]);
});

/** A listener that hands everything on to another, and keeps what it was given. */
async function between(
  t: Test,
  port: number,
): Promise<{ port: number; given: () => Buffer; sent: () => Buffer }> {
  const given: Buffer[] = [];
  const sent: Buffer[] = [];
  const server = net.createServer((socket) => {
    const onward = net.connect({ host: '127.0.0.1', port });
    socket.on('data', (bytes) => given.push(bytes)).pipe(onward);
    onward.on('data', (bytes) => sent.push(bytes)).pipe(socket);
    for (const one of [socket, onward]) one.on('error', () => {});
    t.teardown(() => [socket, onward].map((one) => one.destroy()));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => server.close());
  const { port: own } = server.address() as net.AddressInfo;
  return { port: own, given: () => Buffer.concat(given), sent: () => Buffer.concat(sent) };
}

t.test('the bytes that are shown are those of the wire, but for what nobody may see', async (t) => {
  const { Sandbox } = await import('../../../switch/sandbox/sandbox.js');
  const { card } = await Used.issue();
  const { pan } = (await qonto.get(`/v1/cards/${card}/pan`)).body;
  for (const [index, { config, name }] of DIALECT_NAMES.map((name) => ({
    name,
    config: system.config.links[1 + DIALECT_NAMES.indexOf(name)]!,
  })).entries()) {
    const tap = await between(t, running.ports[1 + index]!);
    const dialect = dialectByName(name);
    const framing = framingOf(config.framing);
    const sandbox = new Sandbox([{ config: { ...config, signOnRequired: false }, dialect: dialect.dialect }]);
    sandbox.listening([tap.port]);
    t.teardown(() => sandbox.close());
    const { exchanges } = await sandbox.send(
      {
        kind: 'authorization',
        advice: false,
        declined: false,
        processingCode: '000000',
        pan,
        expiry: '3012',
        amount: 1234,
        currency: '978',
        cashBack: 0,
        kept: 0,
        indicators: [],
        place: {
          merchant: 'SHOP',
          terminal: 'TERM1',
          category: '5812',
          acceptor: { name: 'CAFE', city: 'LYON', country: 'FR' },
          country: null,
          condition: { channel: 'pos', entry: 'chip', pin: true },
        },
        original: null,
      },
      { link: undefined, dialect: undefined, stamp: sandbox.newStamp(), repeat: false },
    );
    const hidden = `${pan.slice(0, 6)}${'*'.repeat(pan.length - 10)}${pan.slice(-4)}`;
    for (const [wire, { bytes: hex, fields }] of [
      [tap.given(), exchanges[0].request],
      [tap.sent(), exchanges[0].reply],
    ] as const) {
      const bytes = Buffer.from(hex, 'hex');
      const { headBytes, tailBytes } = framing;
      const message = (frame: Buffer) => frame.subarray(headBytes, frame.length - tailBytes);
      t.equal(bytes.length, wire.length, `${name}: as many bytes`);
      const real = fieldsOf(dialect, message(wire));
      const shown = fieldsOf(dialect, message(bytes));
      const differ = Object.keys(real.fields).filter((key) => real.fields[+key] !== shown.fields[+key]);
      t.same(
        differ.filter((key) => !['2', '35', '52'].includes(key)),
        [],
        `${name}: all else is as it was`,
      );
      t.equal(real.fields[2], pan, 'the wire has it in clear');
      t.equal((fields as Record<number, { value: string }>)[2]!.value, hidden);
      t.notMatch(JSON.stringify(exchanges), pan);
      t.notMatch(JSON.stringify(exchanges), Buffer.from(pan).toString('hex'));
      if (real.fields[52] !== undefined) t.equal(shown.fields[52], '0'.repeat(16));
    }
    if (name === 'iso87-ascii') {
      const unpacked = unpackByPackage(tap.given().subarray(framing.headBytes), dialect);
      const shown = Buffer.from(exchanges[0].request.bytes, 'hex').subarray(framing.headBytes);
      const { 2: _pan, 35: _track, 52: _pin, ...rest } = unpacked;
      t.match(unpackByPackage(shown, dialect), rest, 'read by iso_8583');
      t.match(unpacked, { 0: '0100', 2: pan, 4: '000000001234', 41: 'TERM1   ', 49: '978' });
    }
  }
});

t.test('nothing that was sent or shown has a PAN in clear', async (t) => {
  const used = await Used.issue();
  const { pan } = (await qonto.get(`/v1/cards/${used.card}/pan`)).body;
  for (const dialect of ['iso87-ascii', 'iso93-ascii', 'visa', 'mastercard']) {
    const { text } = await used.authorize({ dialect, pin: true });
    t.notMatch(text, pan);
    t.notMatch(text, Buffer.from(pan).toString('hex').toUpperCase());
    t.notMatch(text, [...pan].map((digit) => `F${digit}`).join(''));
  }
  t.notOk(system.logged.some((line) => line.includes(pan)));
  const events = await qonto.get(`/v1/audit-events?resource=${used.card}`);
  t.match(events.body.data[0], { action: 'simulation.authorization', changes: { amount: 1000 } });
});

t.test('a request with an Idempotency-Key is done once', async (t) => {
  const used = await Used.issue();
  const headers = { 'idempotency-key': 'a purchase' };
  const body = { card: used.card, amount: 900 };
  const one = await qonto.post('/v1/simulate/authorizations', body, headers);
  const again = await qonto.post('/v1/simulate/authorizations', body, headers);
  t.equal(again.headers.get('idempotent-replayed'), 'true');
  t.same(again.body, one.body);
  t.same(await used.money(), [0, 900]);
});

t.test('what there isn’t, and what is another tenant’s', async (t) => {
  const used = await Used.issue();
  const { card } = used;
  t.match(await lydia.post('/v1/simulate/authorizations', { card, amount: 1 }), {
    status: 404,
    body: { code: 'HF_NOT_FOUND' },
  });
  t.match(await lydia.post('/v1/simulate/inquiries', { card }), { status: 404 });
  const { authorization } = (await used.authorize()).body;
  for (const what of ['increment', 'clear', 'reverse', 'advice', 'expire']) {
    t.match(await lydia.post(`/v1/simulate/authorizations/${authorization}/${what}`), { status: 404 }, what);
  }
  t.match(await used.authorize({ link: 'none' }), { status: 422, body: { errors: [{ pointer: '/link' }] } });
  t.match(await used.authorize({ dialect: 'none' }), {
    status: 422,
    body: { errors: [{ pointer: '/dialect' }] },
  });
  t.match(await used.authorize({ currency: 'QQQ' }), {
    status: 422,
    body: { errors: [{ pointer: '/currency' }] },
  });
  t.match(await used.authorize({ merchant: { country: 'QQ' } }), {
    status: 422,
    body: { errors: [{ pointer: '/merchant/country' }] },
  });
  const key = (await qonto.post('/v1/api-keys', { name: 'looks', role: 'read' })).body.secret;
  const reader = new ApiClient(running, key);
  t.match(await reader.post('/v1/simulate/inquiries', { card }), { status: 403, body: { code: 'HF_ROLE' } });
});

const sometimes = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
const ascii = (max: number) => fc.stringMatching(new RegExp(`^[\\x20-\\x5B\\x5D-\\x7E]{1,${max}}$`));
const order = fc.record({
  amount: fc.oneof(fc.integer({ min: 1, max: 5000 }), fc.constantFrom(1, 999_999_999_999)),
  currency: sometimes(fc.constantFrom('EUR', 'USD', 'JPY', 'KWD', 'XXX')),
  cash_back: sometimes(fc.integer({ min: 1, max: 5000 })),
  channel: sometimes(fc.constantFrom('pos', 'contactless', 'ecommerce', 'moto', 'atm')),
  entry: sometimes(fc.constantFrom('chip', 'magstripe', 'fallback', 'manual', 'credential_on_file')),
  pin: sometimes(fc.boolean()),
  partial: sometimes(fc.boolean()),
  estimated: sometimes(fc.boolean()),
  strong_authentication: sometimes(fc.boolean()),
  recurring: sometimes(fc.boolean()),
  repeat: sometimes(fc.boolean()),
  dialect: sometimes(fc.constantFrom(...DIALECT_NAMES)),
  merchant: sometimes(
    fc.record({
      name: sometimes(ascii(22)),
      city: sometimes(ascii(13)),
      country: fc.constantFrom('FR', 'US'),
    }),
  ),
});

t.test('whatever is ordered is sent and decided, or said to be impossible', async (t) => {
  const used = await Used.issue();
  await fc.assert(
    fc.asyncProperty(order, async (body) => {
      const { status, text, body: told } = await used.authorize(body);
      if (status === 422) return;
      if (status !== 200) throw new Error(`${status}: ${text}`);
      // What can't be read is answered 30, which would be a message that is wrong.
      if (['30', '904', '9004'].includes(told.decision.response_code)) throw new Error(text);
      if (told.booked === null) throw new Error(`nothing was booked of ${text}`);
      const codes = told.exchanges.map((one: { response_code: string }) => one.response_code);
      if (new Set(codes).size !== 1) throw new Error(`a repeat is answered otherwise: ${codes}`);
    }),
    { numRuns: 40 },
  );
  t.pass('and its repeat is answered the same');
});

t.test('many at once, on one connection', async (t) => {
  const used = await Used.issue();
  const all = await Promise.all(
    Array.from({ length: 40 }, () => used.authorize({ amount: 1, channel: 'ecommerce' })),
  );
  t.ok(all.every(({ status }) => status === 200));
  const approved = all.filter(({ body }) => body.decision.approved).length;
  t.same(await used.money(), [0, approved]);
  t.equal(new Set(all.map(({ body }) => body.key)).size, 40, 'each has a key of its own');
});

t.test('in production there is no such path', async (t) => {
  const live = await startTestSwitch(t, { demo: false, projector: { enabled: false } });
  const document = await (await fetch(`http://127.0.0.1:${live.running.httpPort}/openapi.json`)).json();
  const paths = Object.keys((document as { paths: object }).paths);
  t.ok(paths.includes('/v1/cards'));
  t.same(
    paths.filter((path) => path.includes('simulate')),
    [],
  );
});
