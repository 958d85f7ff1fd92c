import t from 'tap';
import { holdfast } from '../commands/run-tool.js';
import { authorisation, IsoClient } from '../iso-client.js';
import { plainTenants } from '../plain-tenants.js';
import { cardsOf, startTestSwitch, until } from '../running-switch.js';
import { ApiClient } from './api-client.js';

t.setTimeout(90_000);
const system = await startTestSwitch(t, {
  projector: { pollMs: 5 },
  tenantsDirectory: await plainTenants(t),
});
const lydia = await ApiClient.of(system, 'lydia');
const made = await holdfast([
  ...['key', 'create', '--role', 'operator', '--data-directory', system.config.dataDirectory],
]);
const operator = new ApiClient(system.running, /hf_\S+/.exec(made.out)![0]);
const AS = { 'holdfast-tenant': 'lydia' };
const VERSIONS = '/v1/programme/limit-versions';
const NO_GAMES = { name: 'no games anywhere', kind: 'block', when: { mcc: 'gambling' } };
const DAY = { name: 'a day', kind: 'velocity', window: 'day', amountMinor: 5_000_000 };

t.test('an operator’s rules are in force for every tenant, each from a row of its journal on', async (t) => {
  const saved = await operator.post(VERSIONS, { document: { rules: [NO_GAMES, DAY] }, note: 'law' }, AS);
  t.match(
    [saved.status, saved.body],
    [201, { version: 1, state: 'draft', note: 'law', rules: [{ name: NO_GAMES.name }, {}] }],
  );
  const processor = await IsoClient.connect(t, system.port);
  const pay = async (tenant: string) => {
    const [card] = await cardsOf(system, tenant);
    return (await processor.request({ ...authorisation(card!, 100), 18: '7995' }))[39];
  };
  t.not(await pay('qonto'), '57');
  const promoted = await operator.post(`${VERSIONS}/1/promote`, { as: 'active' }, AS);
  t.match(promoted, { status: 200, body: { version: 1, as: 'active' } });
  const names = system.running.tenants.map(({ name }) => name);
  t.same(
    promoted.body.tenants.map(({ tenant }: { tenant: string }) => tenant),
    names,
  );
  for (const { sequence, problem } of promoted.body.tenants) t.ok(sequence > 0 && problem === null);
  t.same([await pay('qonto'), await pay('lydia')], ['57', '57']);
  t.match((await operator.get(`${VERSIONS}/1`, AS)).body, {
    state: 'active',
    in_force: [{ to_sequence: null }],
  });
  const inForce = (await operator.get('/v1/programme/limits', AS)).body.data;
  t.equal(inForce.length, names.length);
  t.match(inForce[0], { version: 1, rules: [{ name: NO_GAMES.name, state: 'active' }, { name: 'a day' }] });
});

t.test('a tenant learns that the programme declined, and not its rules', async (t) => {
  const list = '/v1/authorizations?status=declined';
  await until('it is in the read model', async () => (await lydia.get(list)).body.data.length > 0);
  const [declined] = (await lydia.get(list)).body.data;
  t.match(declined.decision, { name: null, reason: 'programme' });
  const [set] = (await lydia.get('/v1/limits')).body.data;
  t.match(set, { source: 'programme', version: null, rules: [{ name: null }, { name: null }] });
  t.same(
    (await operator.get('/v1/limits', AS)).body.data[0].rules.map(({ name }: { name: string }) => name),
    [NO_GAMES.name, 'a day'],
  );
  t.match((await lydia.get(`/v1/cards/${declined.card}/limits`)).body.data[0], {
    ...{ attached_to: { type: 'programme' }, name: null, amount: 5_000_000 },
  });
  t.same((await lydia.get('/v1/limit-versions')).body.data, []);
  const { data } = (await lydia.get('/v1/audit-events?action=programme_limits.changed')).body;
  t.match(data, [{ changes: { version: 1, as: 'active' } }]);
});

t.test('nobody but an operator sees or sets them', async (t) => {
  for (const [method, path, body] of [
    ['POST', VERSIONS, { document: { rules: [] } }],
    ['POST', VERSIONS, {}],
    ['GET', VERSIONS],
    ['GET', `${VERSIONS}/1`],
    ['POST', `${VERSIONS}/1/promote`, {}],
    ['GET', '/v1/programme/limits'],
    ['POST', '/v1/programme/limits/retire', {}],
  ] as const) {
    const response = await lydia.request(method, path, body);
    t.match(response, { status: 403, body: { code: 'HF_ROLE' } }, `${method} ${path}`);
  }
});

t.test('they are tried as a shadow, and retired, for all of them', async (t) => {
  t.match(await operator.post(VERSIONS, { document: { rules: [{ kind: 'block' }] } }, AS), { status: 422 });
  t.equal((await operator.post(`${VERSIONS}/9/promote`, {}, AS)).status, 404);
  const second = await operator.post(VERSIONS, { document: { rules: [NO_GAMES] } }, AS);
  t.equal(second.body.rules[0].number, (await operator.get(`${VERSIONS}/1`, AS)).body.rules[0].number);
  const shadow = await operator.post(`${VERSIONS}/2/promote`, { as: 'shadow' }, AS);
  t.equal(shadow.body.as, 'shadow');
  t.match((await lydia.get('/v1/limits')).body.data, [{ rules: [{ state: 'shadow' }] }]);
  t.equal((await operator.post('/v1/programme/limits/retire', {}, AS)).status, 200);
  t.same((await lydia.get('/v1/limits')).body.data, []);
  const { data } = (await operator.get(`${VERSIONS}?limit=1`, AS)).body;
  t.match(data, [{ version: 2, state: 'retired', in_force: [{ as: 'shadow' }] }]);
});
