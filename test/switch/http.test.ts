import t, { type Test } from 'tap';
import { authorisation, IsoClient } from './iso-client.js';
import { cardsOf, connectDatabase, get, stall, startTestSwitch, until } from './running-switch.js';

t.setTimeout(60_000);
const system = await startTestSwitch(t, { commitTimeoutMs: 100 });
const { running } = system;
const cards = await cardsOf(system, 'treezor');
const client = await IsoClient.connect(t, system.port);

interface Metric {
  readonly type: string;
  readonly help: string;
  /** Value by labels, '' for none, in the order in which they stand there; of a histogram, of its buckets. */
  readonly values: Map<string, number>;
  sum?: number;
  count?: number;
}

/** Reads the text format of Prometheus 0.0.4, and throws at a line that does not belong to it. */
function parseMetrics(text: string): Map<string, Metric> {
  const metrics = new Map<string, Metric>();
  let help: [name: string, text: string] = ['', ''];
  for (const line of text.split('\n').filter((line) => line !== '')) {
    const [, helped, helpText] = /^# HELP ([a-z_0-9]+) (.+)$/.exec(line) ?? [];
    const [, typed, type] = /^# TYPE ([a-z_0-9]+) (counter|gauge|histogram)$/.exec(line) ?? [];
    const [, name, labels = '', value] = /^([a-z_0-9]+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
    if (helped !== undefined) help = [helped, helpText!];
    else if (typed !== undefined && typed === help[0]) {
      metrics.set(typed, { type: type!, help: help[1], values: new Map() });
    } else if (name !== undefined && Number.isFinite(Number(value))) {
      const [, of, part] = /^(.+?)(?:_(bucket|sum|count))?$/.exec(name)!;
      const metric = metrics.get(name) ?? metrics.get(of!);
      if (metric === undefined) throw new Error(`a value of no metric: ${line}`);
      if (part === 'sum' || part === 'count') metric[part] = Number(value);
      else metric.values.set(labels, Number(value));
    } else throw new Error(`not the format of Prometheus: ${line}`);
  }
  return metrics;
}

async function metrics(t: Test): Promise<Map<string, Metric>> {
  const { status, type, text } = await get(running, '/metrics');
  t.equal(status, 200);
  t.match(type, /^text\/plain; version=0\.0\.4/);
  return parseMetrics(text);
}

t.test('live and ready; nothing else is there', async (t) => {
  const live = await get(running, '/health/live');
  t.equal(live.status, 200);
  t.match(JSON.parse(live.text), { live: true, heartbeatAgeMs: Number });
  const ready = await get(running, '/health/ready');
  t.same([ready.status, JSON.parse(ready.text)], [200, { ready: true, mode: 'ready' }]);
  t.equal((await get(running, '/')).status, 404);
});

t.test('who holds a tenant, and where it listens, is told from the start', async (t) => {
  const where = async () => {
    const { tenants } = JSON.parse((await get(running, '/status')).text);
    return tenants.map(({ holder }: { holder: { endpoint: string } }) => holder.endpoint);
  };
  // The HTTP thread is told by message.
  await until('it listens', async () => (await where()).every((endpoint: string) => endpoint !== ''));
  t.same(new Set(await where()), new Set([`127.0.0.1:${system.port}`]));
});

t.test('not ready while no commit comes through, and live all the same', async (t) => {
  const release = await stall(await connectDatabase(t, system.config));
  const answer = client.request(authorisation(cards[0]!, 100));
  await until('it is stalled', async () => (await get(running, '/health/ready')).status === 503);
  const { text } = await get(running, '/health/ready');
  t.same(JSON.parse(text), { ready: false, mode: 'stalled' });
  t.equal((await get(running, '/health/live')).status, 200);
  t.equal((await answer)[39], '91');
  await release();
  await until('it is ready again', async () => (await get(running, '/health/ready')).status === 200);
});

t.test('the metrics are those of Prometheus, and histograms are cumulative', async (t) => {
  const before = await metrics(t);
  const requests = Array.from({ length: 50 }, (_, index) => authorisation(cards[1 + (index % 10)]!, 100));
  await client.requestAll(requests);
  for (const request of requests.slice(0, 5)) await client.request({ ...request, 0: '0101' });
  const after = await metrics(t);

  for (const [name, metric] of after) {
    t.match(name, /^holdfast_/);
    t.equal(name.endsWith('_total'), metric.type === 'counter', `${name} is a ${metric.type}`);
    t.not(metric.help, '');
    if (metric.type !== 'histogram') continue;
    const bounds = [...metric.values.keys()].map((labels) => {
      const bound = /^le="(.+)"$/.exec(labels)![1]!;
      return bound === '+Inf' ? Number.POSITIVE_INFINITY : Number(bound);
    });
    const counts = [...metric.values.values()];
    t.same(
      bounds,
      [...bounds].sort((a, b) => a - b),
      `${name}: bounds rise`,
    );
    t.same(
      counts,
      [...counts].sort((a, b) => a - b),
      `${name}: buckets hold those below them`,
    );
    t.equal(bounds.at(-1), Number.POSITIVE_INFINITY);
    t.equal(counts.at(-1), metric.count);
    t.equal(metric.sum! > 0, metric.count! > 0);
  }

  const grown = (name: string, labels: string) =>
    after.get(name)!.values.get(labels)! - (before.get(name)!.values.get(labels) ?? 0);
  t.equal(grown('holdfast_messages_total', ''), 55);
  t.equal(grown('holdfast_commands_journalled_total', ''), 50, 'repeats are not journalled');
  t.equal(grown('holdfast_responses_total', 'tenant="treezor",code="00"'), 55);
  t.equal(after.get('holdfast_reply_seconds')!.count! - before.get('holdfast_reply_seconds')!.count!, 55);
  const modes = [...after.get('holdfast_mode')!.values].filter(([, value]) => value === 1);
  t.same(modes, [['mode="ready"', 1]]);
});
