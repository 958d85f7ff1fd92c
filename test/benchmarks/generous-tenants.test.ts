import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import t from 'tap';
import { writeGenerousTenants } from '../../benchmarks/generous-tenants.js';

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
