import t, { type Test } from 'tap';
import { listTenants } from '../../ledger/list-tenants.js';
import { holdfast } from './commands/run-tool.js';
import { authorisation, IsoClient } from './iso-client.js';
import {
  cardsOf,
  connectDatabase,
  get,
  metricsOf,
  startTestSwitch,
  type TestSwitch,
  until,
} from './running-switch.js';

t.setTimeout(90_000);

/** The numbers of a tenant in the metrics; those that are not there are undefined. */
async function lagOf({ running }: TestSwitch, tenant: string) {
  const metrics = await metricsOf(running);
  const value = (name: string) => metrics.get(`holdfast_projection_${name}{tenant="${tenant}"}`);
  return { seq: value('seq'), rows: value('lag_rows'), seconds: value('lag_seconds') };
}

async function projected(system: TestSwitch, tenant: string, seq: number): Promise<void> {
  await until(`${tenant} is filled up to row ${seq}`, async () => {
    const lag = await lagOf(system, tenant);
    return lag.seq !== undefined && lag.seq >= seq && lag.rows === 0;
  });
}

async function authorise(t: Test, system: TestSwitch, count: number): Promise<void> {
  const cards = await cardsOf(system, 'treezor');
  const client = await IsoClient.connect(t, system.port);
  const requests = Array.from({ length: count }, (_, index) =>
    authorisation(cards[index % cards.length]!, 100),
  );
  for (const answer of await client.requestAll(requests)) t.equal(answer[39], '00');
}

t.test('the switch fills the read model beside the traffic, and says how far it is', async (t) => {
  const system = await startTestSwitch(t, { projector: { pollMs: 5 } });
  const client = await connectDatabase(t, system.config);
  await authorise(t, system, 30);
  const { rows } = await client.query<{ seq: number }>(
    "SELECT max(seq)::int AS seq FROM holdfast.journal JOIN holdfast.tenant ON id = tenant WHERE name = 'treezor'",
  );
  const { seq } = rows[0]!;
  await projected(system, 'treezor', seq);

  const status = JSON.parse((await get(system.running, '/status')).text);
  t.equal(status.mode, 'ready');
  const treezor = status.tenants.find(({ tenant }: { tenant: string }) => tenant === 'treezor');
  t.match(treezor.readModel, { seq, lagRows: 0 });
  t.ok(treezor.readModel.lagSeconds >= 0);
  t.ok((await lagOf(system, 'treezor')).seconds! >= 0);

  const holds = await client.query<{ held: number; count: number }>(
    'SELECT sum(held)::int AS held, count(*)::int AS count FROM holdfast_read.hold',
  );
  t.same(holds.rows, [{ held: 3000, count: 30 }]);
  const { id } = (await listTenants(client, 'treezor'))[0]!;
  await client.query("SELECT set_config('holdfast.tenant', $1, false)", [String(id)]);
  const cards = await client.query<{ first6: string; last4: string }>(
    'SELECT * FROM holdfast_read.masked_card',
  );
  t.ok(cards.rowCount! > 20);
  for (const { first6, last4 } of cards.rows) t.match(`${first6}${last4}`, /^\d{10}$/);

  await t.test('and fills it again when it is told to', async (t) => {
    const { dataDirectory } = system.config;
    const rebuilt = await holdfast([
      'projection',
      'rebuild',
      '--tenant',
      'treezor',
      '--data-directory',
      dataDirectory,
    ]);
    t.match(rebuilt, { code: 0, err: '', out: /^treezor +row \d+ of \d+: nothing is missing\n$/ });
    const told = await holdfast(['projection', 'status', '--json', '--data-directory', dataDirectory]);
    t.equal(told.code, 0);
    const lags = told.out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    t.equal(lags.length, 9);
    t.match(
      lags.find(({ name }) => name === 'treezor'),
      { seq, head: seq, nextAt: null },
    );
    t.same((await client.query('SELECT sum(held)::int AS held FROM holdfast_read.hold')).rows, [
      { held: 3000 },
    ]);
    t.match(
      await holdfast(['projection', 'rebuild', '--tenant', 'nobody', '--data-directory', dataDirectory]),
      {
        code: 1,
        err: 'no journal of tenant nobody\n',
      },
    );
    await authorise(t, system, 5);
    await projected(system, 'treezor', seq + 1);
    t.same((await client.query('SELECT count(*)::int AS count FROM holdfast_read.hold')).rows, [
      { count: 35 },
    ]);
  });
  t.same(
    system.logged.filter((line) => line.includes('read model')),
    [],
  );
});

t.test('a switch that is told not to leaves the tables as they are; a command fills them', async (t) => {
  const system = await startTestSwitch(t, { projector: { enabled: false } });
  await authorise(t, system, 3);
  t.same(await lagOf(system, 'treezor'), { seq: undefined, rows: undefined, seconds: undefined });
  const status = JSON.parse((await get(system.running, '/status')).text);
  t.equal(status.tenants[0].readModel, null);
  const client = await connectDatabase(t, system.config);
  t.equal((await client.query('SELECT FROM holdfast_read.hold')).rowCount, 0);

  const { code, out } = await holdfast([
    'projection',
    'rebuild',
    '--data-directory',
    system.config.dataDirectory,
  ]);
  t.equal(code, 0);
  t.equal(out.trim().split('\n').length, 9);
  t.equal((await client.query('SELECT FROM holdfast_read.hold')).rowCount, 3);
});
