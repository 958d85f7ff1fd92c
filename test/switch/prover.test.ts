import { readdir } from 'node:fs/promises';
import t from 'tap';
import { ApiClient } from './api/api-client.js';
import { authorisation, IsoClient } from './iso-client.js';
import { cardsOf, connectDatabase, get, metricsOf, startTestSwitch, until } from './running-switch.js';

t.setTimeout(120_000);

t.test('a running switch says how far each tenant is proved', async (t) => {
  const system = await startTestSwitch(t, { prover: { everyCommands: 5 } });
  const { running } = system;
  const [card] = await cardsOf(system, 'treezor');
  const client = await IsoClient.connect(t, system.port);
  const database = await connectDatabase(t, system.config);
  t.equal((await client.request(authorisation(card!, 100)))[39], '00');
  const { rows } = await database.query<{ name: string; id: number; seq: number }>(
    `SELECT t.name, t.id, max(j.seq)::float8 AS seq FROM holdfast.journal j JOIN holdfast.tenant t ON t.id = j.tenant
     GROUP BY 1, 2`,
  );
  t.equal(rows.length, running.tenants.length);
  const provedSeq = (name: string) => `holdfast_proved_seq{tenant="${name}"}`;
  await until('all is proved', async () => {
    const metrics = await metricsOf(running);
    return rows.every(({ name, seq }) => metrics.get(provedSeq(name)) === seq);
  });
  const metrics = await metricsOf(running);
  for (const { name } of rows) {
    t.equal(metrics.get(`holdfast_proof_lag_rows{tenant="${name}"}`), 0);
    t.ok(Date.now() / 1000 - metrics.get(`holdfast_proved_timestamp_seconds{tenant="${name}"}`)! < 60);
  }
  const checkpoint = metrics.get('holdfast_checkpoint_seq{tenant="treezor"}')!;
  t.ok(checkpoint > 0);
  const { rowCount } = await database.query(
    `SELECT FROM holdfast.checkpoint c JOIN holdfast.tenant t ON t.id = c.tenant WHERE t.name = 'treezor' AND c.seq = $1`,
    [checkpoint],
  );
  t.equal(rowCount, 1);
  const status = JSON.parse((await get(running, '/status')).text);
  t.match(status.mode, 'ready');
  const proof = status.tenants.find(({ tenant }: { tenant: string }) => tenant === 'treezor').proof;
  t.match(proof, { provedSeq: Number, provedAt: /^20\d\d-.*Z$/, lagRows: 0, checkpointSeq: checkpoint });
});

t.test('a row that is not what was written quarantines its tenant; the others are answered', async (t) => {
  const system = await startTestSwitch(t);
  const { running } = system;
  const [card] = await cardsOf(system, 'treezor');
  const [other] = await cardsOf(system, 'qonto');
  const client = await IsoClient.connect(t, system.port);
  const database = await connectDatabase(t, system.config);
  // What a disk does that forgets: the writer is told that its row is there, and another one is.
  await database.query(`CREATE FUNCTION rot() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    NEW.body = set_byte(NEW.body, 40, get_byte(NEW.body, 40) # 1); RETURN NEW; END $$`);
  await database.query(`CREATE TRIGGER rot BEFORE INSERT ON holdfast.journal FOR EACH ROW
    WHEN (NEW.tenant = ${await numberOf('treezor')}) EXECUTE FUNCTION rot()`);
  async function numberOf(name: string): Promise<number> {
    return (await database.query('SELECT id FROM holdfast.tenant WHERE name = $1', [name])).rows[0].id;
  }
  t.equal((await client.request(authorisation(card!, 100)))[39], '00');
  await until(
    'it is found',
    async () => (await metricsOf(running)).get('holdfast_tenants_quarantined') === 1,
  );
  t.equal((await client.request(authorisation(card!, 100)))[39], '91');
  t.equal((await client.request(authorisation(other!, 100)))[39], '00');
  const fatal = system.logged.map((line) => JSON.parse(line)).filter(({ level }) => level === 60);
  t.equal(fatal.length, 1);
  t.match(fatal[0], { tenant: 'treezor', err: { message: /^row \d+ of the journal is not what it was/ } });
  t.equal((await get(running, '/health/ready')).status, 200);
  const told = async (tenant: string) =>
    (await (await ApiClient.of(system, tenant)).get('/v1/events?types=tenant.quarantined')).body.data;
  await until('its tenant is told, by an event', async () => (await told('treezor')).length === 1);
  t.same(await told('qonto'), []);
});

t.test('a prover that is switched off leaves no trace', async (t) => {
  const system = await startTestSwitch(t, { prover: { enabled: false } });
  const [card] = await cardsOf(system, 'treezor');
  const client = await IsoClient.connect(t, system.port);
  t.equal((await client.request(authorisation(card!, 100)))[39], '00');
  const names = [...(await metricsOf(system.running)).keys()];
  t.same(
    names.filter((name) => name.startsWith('holdfast_proved')),
    [],
  );
  t.equal(JSON.parse((await get(system.running, '/status')).text).tenants[0].proof, null);
  t.notOk((await readdir(system.config.dataDirectory)).includes('snapshots'));
});
