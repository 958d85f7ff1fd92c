import { once } from 'node:events';
import { createServer, get as httpGet, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import t, { type Test } from 'tap';
import { StreamWriter } from '../../../tenants/api/stream-writer.js';
import { ApiClient } from '../api/api-client.js';
import { authorisation, IsoClient } from '../iso-client.js';
import { cardsOf, metricsOf, startTestSwitch, until } from '../running-switch.js';

t.setTimeout(90_000);
const system = await startTestSwitch(t, { projector: { pollMs: 5 }, webhooks: { pollMs: 5 } });
const lydia = await ApiClient.of(system, 'lydia');
const qonto = await ApiClient.of(system, 'qonto');
const processor = await IsoClient.connect(t, system.port);
const cards = await cardsOf(system, 'lydia');
await until('the read model is filled', async () => {
  return (await metricsOf(system.running)).get('holdfast_projection_lag_rows{tenant="lydia"}') === 0;
});

interface Told {
  readonly id: string;
  readonly event: string;
  // biome-ignore lint/suspicious/noExplicitAny: a test says by its checks what it must be
  readonly data: any;
}

/** A reader of a stream. */
class Reader {
  readonly told: Told[] = [];
  text = '';
  ended = false;

  private constructor(
    readonly response: IncomingMessage,
    readonly close: () => void,
  ) {
    response.setEncoding('utf8').on('data', (text: string) => this.#take(text));
    response.on('error', () => {});
    response.on('close', () => {
      this.ended = true;
    });
  }

  static async open(
    t: Test,
    query = '',
    client = lydia,
    headers: Record<string, string> = {},
  ): Promise<Reader> {
    const url = `http://127.0.0.1:${system.running.httpPort}/v1/events/stream${query}`;
    const request = httpGet(url, {
      agent: false,
      headers: { authorization: `Bearer ${client.key}`, ...headers },
    });
    request.on('error', () => {});
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    const reader = new Reader(response, () => request.destroy());
    t.teardown(() => reader.close());
    if (response.statusCode === 200) await until('it is open', () => reader.text.includes(': open'));
    return reader;
  }

  #take(text: string): void {
    this.text += text;
    const blocks = this.text.split('\n\n');
    this.told.length = 0;
    for (const block of blocks.slice(0, -1)) {
      const fields = new Map(block.split('\n').map((line) => line.split(/: (.*)/s) as [string, string]));
      if (!fields.has('data')) continue;
      this.told.push({
        id: fields.get('id')!,
        event: fields.get('event')!,
        data: JSON.parse(fields.get('data')!),
      });
    }
  }
}

t.test('a stream tells what happens, as the list has it, and goes on where it was left', async (t) => {
  const first = await Reader.open(t);
  t.equal(first.response.headers['content-type'], 'text/event-stream; charset=utf-8');
  for (let amount = 1; amount <= 3; amount++) await processor.request(authorisation(cards[0]!, amount));
  await until('it is told', () => first.told.length === 3);
  t.same(
    first.told.map(({ data }) => data.data.amount),
    [1, 2, 3],
  );
  t.same(
    first.told.map(({ event }) => event),
    Array(3).fill('authorization.approved'),
  );
  const listed = (await lydia.get(`/v1/events?cursor=${first.told[0]!.id}`)).body.data;
  t.same(
    listed,
    first.told.slice(1).map(({ data }) => data),
    'the list takes the same places',
  );
  first.close();
  for (let amount = 4; amount <= 6; amount++) await processor.request(authorisation(cards[0]!, amount));
  const second = await Reader.open(t, '', lydia, { 'last-event-id': first.told[1]!.id });
  await until('what was missed is told', () => second.told.length === 4);
  t.same(
    second.told.map(({ data }) => data.data.amount),
    [3, 4, 5, 6],
  );
});

t.test('a stream can be narrowed to types and to a card', async (t) => {
  const card = (await lydia.get('/v1/events?types=authorization.approved&limit=100')).body.data.at(-1).data
    .card;
  const declined = await Reader.open(t, '?types=authorization.declined');
  const ofCard = await Reader.open(t, `?card=${card}`);
  await processor.request(authorisation(cards[1]!, 10));
  await processor.request(authorisation(cards[1]!, 99_999_999));
  await processor.request(authorisation(cards[0]!, 11));
  await until('both are told', () => declined.told.length === 1 && ofCard.told.length === 1);
  t.equal(declined.told[0]!.event, 'authorization.declined');
  t.match(ofCard.told[0]!.data.data, { card, amount: 11 });
});

t.test('a place of another tenant is none, and its streams tell nothing of us', async (t) => {
  const mine = (await lydia.get('/v1/events?limit=1')).body.next_cursor;
  const refused = await Reader.open(t, '', qonto, { 'last-event-id': mine });
  t.equal(refused.response.statusCode, 400);
  const theirs = await Reader.open(t, '', qonto);
  const ours = await Reader.open(t);
  await processor.request(authorisation(cards[2]!, 5));
  await until('ours is told', () => ours.told.length === 1);
  t.same(theirs.told, []);
});

t.test('a key has a few streams at most, and gets another when one ends', async (t) => {
  const { body: made } = await lydia.post('/v1/api-keys', { name: 'streams', role: 'read' });
  const reading = new ApiClient(system.running, made.secret);
  const open: Reader[] = [];
  for (let number = 0; number < 5; number++) open.push(await Reader.open(t, '', reading));
  const refused = await Reader.open(t, '', reading);
  t.equal(refused.response.statusCode, 429);
  await until('it says why', () => refused.text.includes('HF_TOO_MANY_STREAMS'));
  open[0]!.close();
  await until('there is room', async () => (await Reader.open(t, '', reading)).response.statusCode === 200);
});

t.test('a reader that takes nothing is dropped, and what waits for it is bounded', async (t) => {
  const chunk = 'x'.repeat(64 * 1024);
  let written = 0;
  let waiting = 0;
  let dropped = false;
  const server = createServer(async (_request, response) => {
    response.writeHead(200);
    const writer = new StreamWriter(response, 50);
    while (!writer.closed.aborted) {
      written += chunk.length;
      waiting = Math.max(waiting, response.writableLength);
      await writer.write(chunk);
    }
    dropped = true;
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => server.close());
  const request = httpGet({ port: (server.address() as AddressInfo).port, agent: false });
  request.on('error', () => {});
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  response.on('error', () => {});
  response.pause();
  await until('it is dropped', () => dropped);
  t.ok(waiting <= 2 * chunk.length, `${waiting} bytes waited`);
  t.ok(written < 32 * 1024 * 1024, `${written} bytes`);
  request.destroy();
});
