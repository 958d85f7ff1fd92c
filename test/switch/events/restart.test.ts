import t from 'tap';
import { startEmbeddedPostgres } from '../../../ledger/embedded-postgres.js';
import { embeddedDirectory } from '../../../switch/database.js';
import { listDemoKeys } from '../../../switch/demo-cards.js';
import { authorisation, IsoClient } from '../iso-client.js';
import { cardsOf, newConfig, newDirectory, until } from '../running-switch.js';
import { startProcess } from '../switch-process.js';
import { Receiver } from './receiver.js';

t.setTimeout(120_000);

t.test(
  'a switch that is killed while it delivers loses no event, and keeps the order of a card',
  async (t) => {
    const home = await newDirectory(t);
    const config = await newConfig(home, {
      projector: { pollMs: 5 },
      webhooks: { pollMs: 5, retrySeconds: [0, 0, 0, 0, 0, 0, 0, 0, 0, 0], timeoutMs: 1000 },
    });
    const postgres = await startEmbeddedPostgres({ directory: embeddedDirectory(config), log: () => {} });
    t.teardown(() => postgres.stop());
    // It answers so late that there is always something under way when the switch dies.
    const receiver = await Receiver.start(t, (_, response) => void setTimeout(() => response.end(), 5));
    const args = [
      '--config',
      `${home}/holdfast.json`,
      '--data-directory',
      config.dataDirectory,
      '--http-port',
      '0',
    ];
    const first = await startProcess(t, args);
    const system = { config, running: { httpPort: first.httpPort } } as never;
    const [listed] = await listDemoKeys(config, 'lydia');
    const cards = (await cardsOf(system, 'lydia')).slice(0, 4);
    const made = await fetch(`http://127.0.0.1:${first.httpPort}/v1/webhook-endpoints`, {
      method: 'POST',
      headers: { authorization: `Bearer ${listed!.key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ url: receiver.url, types: ['authorization.approved'] }),
    });
    t.equal(made.status, 201);
    const processor = await IsoClient.connect(t, first.port);
    const asked = 60;
    for (let number = 1; number <= asked; number++) {
      await processor.request(authorisation(cards[number % cards.length]!, number));
    }
    await until('some came', () => receiver.received.length > 5);
    first.child.kill('SIGKILL');
    await first.ended;
    const before = receiver.received.length;
    await startProcess(t, args);
    const amounts = () => new Set(receiver.received.map(({ body }) => body.data.amount as number));
    await until('all came', () => amounts().size === asked);
    t.ok(before < receiver.received.length, 'some came after the restart');
    const firsts = new Map<string, number[]>();
    const seen = new Set<string>();
    for (const { body } of receiver.received) {
      if (seen.has(body.id)) continue;
      seen.add(body.id);
      const { card, amount } = body.data;
      firsts.set(card, [...(firsts.get(card) ?? []), amount]);
    }
    t.equal(firsts.size, cards.length);
    for (const [card, of] of firsts)
      t.same(
        of,
        [...of].sort((a, b) => a - b),
        `in the order of ${card}`,
      );
  },
);
