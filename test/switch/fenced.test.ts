import t from 'tap';
import { authorisation, IsoClient, reversalOf } from './iso-client.js';
import { cardsOf, connectDatabase, get, metricsOf, stall, startTestSwitch, until } from './running-switch.js';

t.setTimeout(60_000);
// Long enough that no commit is late: what is answered 91 here is so for another reason.
const system = await startTestSwitch(t, { commitTimeoutMs: 60_000, node: 'here' });
const { running } = system;
const database = await connectDatabase(t, system.config);
const client = await IsoClient.connect(t, system.port);
const [[taken], [kept]] = await Promise.all([cardsOf(system, 'lydia'), cardsOf(system, 'treezor')]);

async function rowsOf(tenant: string): Promise<number> {
  const { rows } = await database.query<{ rows: number }>(
    `SELECT count(*)::int AS rows FROM holdfast.journal j JOIN holdfast.tenant t ON t.id = j.tenant
     WHERE t.name = $1`,
    [tenant],
  );
  return rows[0]!.rows;
}

t.test('another node takes a tenant while a commit is under way: that one’s messages are 91', async (t) => {
  const before = await client.request(authorisation(taken!, 100));
  t.equal(before[39], '00');
  const rows = await rowsOf('lydia');
  const seen = (await metricsOf(running)).get('holdfast_messages_total')!;
  const release = await stall(database);
  const arrived = (count: number) =>
    until('they are decided', async () => {
      return (await metricsOf(running)).get('holdfast_messages_total') === seen + count;
    });
  // The first commit is under way with both tenants; the rest gathers behind it.
  const [first, other] = [authorisation(taken!, 100), authorisation(kept!, 100)];
  const inFlight = client.requestAll([first, other]);
  await arrived(2);
  const late = [
    authorisation(taken!, 200),
    { ...first, 0: '0101' },
    reversalOf(first),
    authorisation(kept!, 200),
  ];
  const gathered = client.requestAll(late);
  await arrived(6);
  await database.query(
    `UPDATE holdfast.lease SET epoch = epoch + 1, node = 'there', session = 'holdfast there',
       expires_at = clock_timestamp() + interval '1 hour'
     WHERE tenant = (SELECT id FROM holdfast.tenant WHERE name = 'lydia')`,
  );
  await database.query(
    "INSERT INTO holdfast.node VALUES ('there', 'there:8583', true, clock_timestamp() + interval '1 hour')",
  );
  await release();
  t.same((await inFlight).map((reply) => reply[39]).sort(), ['00', '91']);
  t.same(
    (await gathered).map((reply) => reply[39]),
    ['91', '91', '91', '00'],
  );
  t.equal(await rowsOf('lydia'), rows, 'nothing of it is in the journal');
  t.equal((await metricsOf(running)).get('holdfast_voids_total'), 0, 'so there is nothing to be undone');
});

t.test('from then on it answers 91 for that tenant, and says where it is; the others go on', async (t) => {
  await until('it is known', async () => (await get(running, '/status')).text.includes('there:8583'));
  t.equal((await client.request(authorisation(taken!, 100)))[39], '91');
  t.equal((await client.request(authorisation(kept!, 100)))[39], '00');
  await until('it is logged', () => system.logged.some((line) => line.includes('there:8583')));
  const line = system.logged.find((line) => line.includes('there:8583'));
  t.match(JSON.parse(line!), { level: 40, tenant: 'lydia', heldBy: 'there', at: 'there:8583' });
  const metrics = await metricsOf(running);
  t.ok(metrics.get('holdfast_not_held_total{tenant="lydia"}')! > 0);
  t.equal(metrics.get('holdfast_tenant_epoch{tenant="lydia"}'), 0);
  t.equal(metrics.get('holdfast_tenant_holder{tenant="lydia",node="there",endpoint="there:8583"}'), 1);
  t.equal(metrics.get('holdfast_mode{mode="ready"}'), 1);
  const status = JSON.parse((await get(running, '/status')).text);
  t.match(status, { node: 'here', mode: 'ready' });
  const holders = Object.fromEntries(
    status.tenants.map(({ tenant, holder }: { tenant: string; holder: unknown }) => [tenant, holder]),
  );
  t.same(holders.lydia, { node: 'there', endpoint: 'there:8583' });
  t.same(holders.treezor, { node: 'here', endpoint: `127.0.0.1:${system.port}` });
});
