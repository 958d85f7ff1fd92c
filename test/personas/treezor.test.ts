import { cp, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import t from 'tap';
import { parse, stringify } from 'yaml';
import { PERSONAS_DIRECTORY, type TenantDocument } from '../../tenants/tenant.js';
import { ApiClient } from '../switch/api/api-client.js';
import { authorisation, reversalOf } from '../switch/iso-client.js';
import { get, newDirectory, until } from '../switch/running-switch.js';
import { holdfast } from '../switch/switch-process.js';
import { APPROVED, acceptorIn, PersonaSwitch } from './persona-switch.js';

t.setTimeout(120_000);
const A_DAY_MINOR = 1000_00;

/** The tenants as they ship, but for what one may spend in a day: no test comes to half a billion. */
async function personas(): Promise<string> {
  const directory = path.join(await newDirectory(t), 'tenants');
  await cp(PERSONAS_DIRECTORY, directory, { recursive: true });
  const file = path.join(directory, 'treezor.yaml');
  const treezor = parse(await readFile(file, 'utf8')) as TenantDocument;
  const rules = treezor.programme!.rules.map((rule) =>
    rule.name === 'tenant a day' ? { ...rule, amountMinor: A_DAY_MINOR } : rule,
  );
  await writeFile(file, stringify({ ...treezor, programme: { ...treezor.programme, rules } }));
  return directory;
}

// Noon of a Monday.
const treezor = await PersonaSwitch.start(t, 'treezor', '2026-06-15T12:00Z', {
  tenantsDirectory: await personas(),
});
const names = treezor.system.running.tenants.map(({ name }) => name);
const tenants = await Promise.all(names.map((name) => treezor.as(t, name)));

t.test('the operator’s rules come before those of every tenant', async (t) => {
  for (const tenant of tenants) {
    const card = await tenant.card();
    const meal = { 18: '5812' };
    t.same(await tenant.pay(card, 1_00, { ...meal, ...acceptorIn('IR') }), ['57', 'embargo'], tenant.tenant);
    t.same(await tenant.pay(card, 50_000_01, meal), ['61', 'each payment'], tenant.tenant);
    t.same(await tenant.pay(card, 1_00, { ...meal, ...acceptorIn('FR') }), APPROVED, tenant.tenant);
    const entry = authorisation(card, 1_00, acceptorIn('IR'));
    await tenant.client.request(entry);
    t.ok(Number((await tenant.entryOf(entry)).rule) > 3_000_000_000, 'apart from the tenants’ numbers');
  }
});

t.test('what all cards of a tenant may spend in a day, each tenant by itself', async (t) => {
  const lydia = await treezor.as(t, 'lydia');
  const qonto = await treezor.as(t, 'qonto');
  const cards = await Promise.all([1, 2, 3].map(() => lydia.card()));
  treezor.at('2026-06-16T12:00Z');
  const first = authorisation(cards[0]!, 700_00);
  t.same(await lydia.ask(first), APPROVED);
  t.same(await lydia.pay(cards[1]!, 300_00), APPROVED);
  t.same(await lydia.pay(cards[2]!, 1), ['61', 'tenant a day']);
  t.same(await qonto.pay(await qonto.card(), 900_00), APPROVED, 'another tenant has its own');
  t.equal((await lydia.client.request(reversalOf(first)))[39], '00');
  t.same(await lydia.pay(cards[2]!, 700_00), APPROVED, 'what was reversed counts no more');
  t.same(await lydia.pay(cards[0]!, 1), ['61', 'tenant a day']);
  treezor.at('2026-06-16T22:00Z');
  t.same(await lydia.pay(cards[0]!, 1000_00), APPROVED, 'the day after');
});

t.test('rules of its own are for its own cards alone', async (t) => {
  const cash = { ...acceptorIn('GB') };
  t.same(await treezor.pay(await treezor.card(), 20_00, cash, 'atm'), ['57', 'no cash abroad']);
  const shine = await treezor.as(t, 'shine');
  t.same(await shine.pay(await shine.card(), 20_00, cash, 'atm'), APPROVED);
});

t.test('the operator sees every tenant, and a tenant itself alone', async (t) => {
  const { config, running } = treezor.system;
  const flags = ['--json', '--data-directory', config.dataDirectory];
  const made = await holdfast(t, ['key', 'create', '--role', 'operator', ...flags]).ended;
  const operator = new ApiClient(running, JSON.parse(made.stdout).secret);
  for (const name of names) {
    const seen = async () => {
      const { status, body } = await operator.get('/v1/authorizations', { 'holdfast-tenant': name });
      t.equal(status, 200);
      return body.data;
    };
    await until(`the read model has what ${name} approved`, async () =>
      (await seen()).some((one: { approved: boolean }) => one.approved),
    );
  }
  const status = JSON.parse((await get(running, '/status')).text);
  t.same(status.tenants.map(({ tenant }: { tenant: string }) => tenant).sort(), names);
  const asked = await treezor.api.get('/v1/me', { 'holdfast-tenant': 'lydia' });
  t.equal(asked.body.tenant, 'treezor', 'its own key is a tenant’s');
});
