import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import t, { type Test } from 'tap';
import { parse } from 'yaml';
import { runTenantApply, runTenantExport } from '../../../switch/commands/tenant-apply.js';
import { ApiClient } from '../api/api-client.js';
import { startTestSwitch } from '../running-switch.js';
import { holdfast, runTool } from './run-tool.js';

t.setTimeout(90_000);
const DAY = { name: 'day', kind: 'velocity', window: 'day', amountMinor: 5000 };
const NONE = { name: 'none', kind: 'block' };
const ACME = {
  name: 'acme',
  bins: [['99990901', '99990901']],
  currency: '826',
  limits: { perTransactionMinor: 1_000_000, perDayMinor: 1_000_000, perDayCount: 100 },
  channels: ['pos', 'ecommerce'],
  rules: { timeZone: 'Europe/London', rules: [DAY] },
};
const tenantsDirectory = t.testdir({ 'acme.yaml': JSON.stringify(ACME) });
const system = await startTestSwitch(t, {
  tenantsDirectory,
  projector: { enabled: false },
  cardsPerTenant: 2,
});
const acme = await ApiClient.of(system, 'acme');
const flags = {
  url: `http://127.0.0.1:${system.running.httpPort}`,
  key: acme.key!,
  dryRun: false,
  yes: true,
};

let files = 0;
async function fileOf(t: Test, document: unknown): Promise<string> {
  const file = path.join(t.testdir({}), `${files++}.yaml`);
  await writeFile(file, typeof document === 'string' ? document : JSON.stringify(document));
  return file;
}

const apply = async (t: Test, document: unknown, more: object = {}) => {
  const file = await fileOf(t, document);
  return runTool('', (streams) => runTenantApply(streams, file, { ...flags, ...more }));
};
const exported = () => runTool('', (streams) => runTenantExport(streams, flags));

t.test('what is in force comes out as a file, which applied again changes nothing', async (t) => {
  const first = await exported();
  t.same([first.code, first.err], [0, '']);
  t.same(parse(first.out), ACME, 'the tenant’s own file, to begin with');
  t.match(await apply(t, first.out), { code: 0, out: 'acme: nothing to change\n', err: '' });
  t.same((await acme.get('/v1/limit-versions')).body.data, [], 'not even a version');
});

t.test('a file is applied at once, as versions, and comes out as it was', async (t) => {
  const groups = [
    { name: 'interns', number: 7, rules: { rules: [NONE] } },
    { name: 'sales', number: 8, rules: { rules: [{ ...DAY, name: 'their day' }] } },
  ];
  const wanted = {
    ...ACME,
    rules: { ...ACME.rules, rules: [{ ...DAY, amountMinor: 6000 }] },
    cardGroups: groups,
  };
  const dry = await apply(t, wanted, { dryRun: true });
  t.equal(dry.code, 1);
  t.match(dry.out, /rule 'day': .*50\.00 GBP.*60\.00 GBP/);
  t.match(dry.out, /card group 7 'interns' is new\ncard group 7 'interns': rule 'none' is new/);
  t.same((await acme.get('/v1/limit-versions')).body.data, [], 'a dry run changes nothing');
  const nobody = await apply(t, wanted, { yes: false });
  t.match(nobody, { code: 1, err: /say --yes\nnothing was changed/ });
  const applied = await apply(t, wanted, { note: 'more' });
  t.match(applied, { code: 0, err: '' });
  const row = Number(/in force from journal row (\d+) on/.exec(applied.out)![1]);
  const { data } = (await acme.get('/v1/limit-versions')).body;
  t.same(
    data.map(({ in_force }: { in_force: { from_sequence: number }[] }) => in_force[0]!.from_sequence),
    [row, row, row],
    'all of them from one journal row on',
  );
  t.match(data, [{ note: 'more', state: 'active' }, {}, {}]);
  const out = (await exported()).out;
  t.same(parse(out), wanted);
  t.match(await apply(t, out), { code: 0, out: 'acme: nothing to change\n' });

  const fewer = { ...wanted, cardGroups: [{ ...groups[1], name: 'sellers' }] };
  const gone = await apply(t, fewer);
  t.match(gone.out, /card group 7 'interns' is gone/);
  t.match(gone.out, /card group 8 'sellers' was called 'sales'/);
  t.same(parse((await exported()).out), fewer);
  const { rules: _, cardGroups: __, ...bare } = fewer;
  t.equal((await apply(t, bare)).code, 0);
  t.same(parse((await exported()).out), bare, 'without any');
  t.same((await acme.get('/v1/limits')).body.data, []);
});

t.test('who saw another configuration changes nothing', async (t) => {
  const put = (rules: readonly object[], etag: string) =>
    acme.request('PUT', '/v1/configuration', { rules: { rules } }, { 'if-match': etag });
  const etag = (await acme.get('/v1/configuration')).headers.get('etag')!;
  const first = await put([DAY], etag);
  t.match(first, { status: 200, body: { differences: [/'day' is new/] } });
  t.equal((await put([NONE], etag)).status, 412);
  t.equal((await put([NONE], first.headers.get('etag')!)).status, 200, 'the tag is that of what is in force');
  t.match(await acme.request('PUT', '/v1/configuration', { rules: { rules: [{ kind: 'block' }] } }), {
    status: 422,
    body: { errors: [{ pointer: '/rules/rules/0/name' }] },
  });
});

t.test('what can’t be applied is said, with an exit code', async (t) => {
  t.match(await apply(t, { ...ACME, name: 'other' }), { code: 65, err: /the file is of tenant other/ });
  t.match(await apply(t, { ...ACME, bins: [] }), { code: 65, err: /bins/ });
  t.match(await apply(t, ACME, { key: 'hf_test_0' }), { code: 65, err: /^HF_UNAUTHENTICATED / });
  t.match(await apply(t, ACME, { url: 'http://127.0.0.1:1' }), { code: 65, err: /does not answer/ });
  const missing = await runTool('', (streams) => runTenantApply(streams, 'missing.yaml', flags));
  t.equal(missing.code, 66);
  const other = await apply(t, { ...ACME, currency: '978', rules: undefined }, { dryRun: true });
  t.match(other.err, /only a start of the switch[\s\S]*currency: "826" → "978"/);
});

t.test('the program takes the key from its environment, and not from nowhere', async (t) => {
  const args = ['tenant', 'export', '--url', flags.url];
  const { HOLDFAST_API_KEY: _, ...env } = process.env;
  t.match(await holdfast(args, '', { env }), { code: 65, err: /HOLDFAST_API_KEY/ });
  const said = await holdfast(args, '', { env: { ...env, HOLDFAST_API_KEY: acme.key! } });
  t.match(said, { code: 0, err: '' });
  t.equal(parse(said.out).name, 'acme');
});
