import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import t from 'tap';
import { writeGenerousTenants } from '../../benchmarks/generous-tenants.js';
import { loadTenants, PERSONAS_DIRECTORY } from '../../tenants/tenant.js';
import { limitsOf } from '../../tenants/tenant-limits.js';

t.test('tenants keep all but their limits and balances, and take the channel of the load', async (t) => {
  const from = t.testdir();
  const to = path.join(from, 'generous');
  const tenant = {
    name: 'lunchr',
    bins: [['99990107', '99990107']],
    currency: '978',
    limits: { perTransactionMinor: 1900, perDayMinor: 1900, perDayCount: 5 },
    channels: ['contactless'],
    demoBalanceMinor: [1000, 20_000],
  };
  await mkdir(to);
  await writeFile(path.join(from, 'lunchr.json'), JSON.stringify(tenant));
  await writeGenerousTenants(from, to);
  const copy = JSON.parse(await readFile(path.join(to, 'lunchr.json'), 'utf8')) as typeof tenant;
  t.same(Object.keys(copy).sort(), Object.keys(tenant).sort(), 'no setting more or less');
  t.match(copy, { name: 'lunchr', bins: tenant.bins, currency: '978', channels: ['contactless', 'pos'] });
  t.ok(
    copy.limits.perTransactionMinor > 1e8 && copy.limits.perDayMinor > 1e8 && copy.limits.perDayCount > 1e4,
  );
});

t.test(
  'the rules of the demo tenants are all there and active, and none is in the way of the load',
  async (t) => {
    const to = path.join(t.testdir(), 'generous');
    await writeGenerousTenants(PERSONAS_DIRECTORY, to);
    const shipped = await loadTenants(PERSONAS_DIRECTORY);
    const copies = await loadTenants(to);
    const rulesOf = (tenants: typeof shipped) =>
      tenants.flatMap((tenant) =>
        limitsOf(tenant).flatMap(({ place, document }) =>
          document.rules.map(({ name, kind, state }) => ({ tenant: tenant.name, place, name, kind, state })),
        ),
      );
    t.same(rulesOf(copies), rulesOf(shipped));
    const all = copies.flatMap((tenant) => limitsOf(tenant).flatMap(({ document }) => document.rules));
    for (const rule of all) {
      if ('amountMinor' in rule) t.ok(Number(rule.amountMinor) > 1e11, rule.name);
      if ('count' in rule) t.ok(Number(rule.count) >= 1e6, rule.name);
      if (rule.kind === 'schedule')
        t.notOk(rule.days ?? rule.from ?? rule.hours ?? rule.publicHolidays === 'closed');
    }
  },
);
