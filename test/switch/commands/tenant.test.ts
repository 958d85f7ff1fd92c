import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import t, { type Test } from 'tap';
import { runTenantCheck, runTenantDiff } from '../../../switch/commands/tenant.js';
import { runTool } from './run-tool.js';

const TENANT = {
  name: 'acme',
  bins: [['99990101', '99990101']],
  currency: '826',
  limits: { perTransactionMinor: 1, perDayMinor: 1, perDayCount: 1 },
  channels: ['pos'],
};
const DAY = { name: 'day', kind: 'velocity', window: 'day', amountMinor: 5000 };

async function filesOf(t: Test, ...documents: readonly unknown[]): Promise<string[]> {
  const directory = t.testdir({});
  return Promise.all(
    documents.map(async (document, index) => {
      const file = path.join(directory, `${index}.json`);
      await writeFile(file, typeof document === 'string' ? document : JSON.stringify(document));
      return file;
    }),
  );
}

t.test('check says what each rule of a tenant and of its groups means, in its currency', async (t) => {
  const [file] = await filesOf(t, {
    ...TENANT,
    programme: { rules: [{ ...DAY, per: 'tenant' }] },
    rules: { rules: [DAY] },
    cardGroups: [{ name: 'interns', number: 1, rules: { rules: [{ name: 'none', kind: 'block' }] } }],
  });
  const { code, out, err } = await runTool('', (streams) => runTenantCheck(streams, [file!], {}));
  t.same([code, err], [0, '']);
  t.equal(
    out,
    [
      `${file}: tenant acme`,
      'programme: one rule',
      '  day: Lets all cards together spend 50.00 GBP a day (61).',
      'rules: one rule',
      '  day: Lets a card spend 50.00 GBP a day (61).',
      'cardGroups[0].rules: one rule',
      '  none: Declines every payment (57).',
      '',
    ].join('\n'),
  );
});

t.test('check warns, refuses, and can’t read, each with a code of its own', async (t) => {
  const [odd, wrong, tenant, bad] = await filesOf(
    t,
    { rules: [{ name: 'always', kind: 'schedule' }] },
    { rules: [DAY, DAY] },
    { ...TENANT, rules: { rules: [{ ...DAY, per: 'crad' }] } },
    '{',
  );
  const check = (...files: readonly string[]) => runTool('', (streams) => runTenantCheck(streams, files, {}));
  t.match(await check(odd!), { code: 1, err: /warning: rule 'always' is never closed/ });
  t.match(await check(wrong!), { code: 65, err: /1\.json: rules\[1\]\.name: two rules have the name 'day'/ });
  t.match(await check(tenant!), { code: 65, err: /rules\.rules\[0\]\.per: .*did you mean 'card'\?/ });
  t.match(await check(bad!), { code: 65, err: /not JSON/ });
  t.match(await check('/nowhere.yaml'), { code: 66, err: /can't be read \(ENOENT\)/ });
  const currency = await runTool('', (streams) => runTenantCheck(streams, [odd!], { currency: 'EUX' }));
  t.match(currency, { code: 65, err: /'EUX' is no currency/ });
});

t.test('diff says what is other in tenants and in limits, and not of one with the other', async (t) => {
  const group = { name: 'interns', number: 1, rules: { rules: [DAY] } };
  const [a, b, limits, others] = await filesOf(
    t,
    { ...TENANT, rules: { rules: [DAY] }, cardGroups: [group] },
    {
      ...TENANT,
      channels: ['atm'],
      cardGroups: [
        { ...group, number: 2 },
        { ...group, name: 'more', number: 3 },
      ],
    },
    { rules: [DAY] },
    { rules: [{ ...DAY, amountMinor: 1 }] },
  );
  const diff = (x?: string, y?: string) => runTool('', (streams) => runTenantDiff(streams, x!, y!, {}));
  const { code, out } = await diff(a, b);
  t.equal(code, 1);
  t.equal(
    out,
    [
      'channels: ["pos"] → ["atm"]',
      "rule 'day' is gone: Lets a card spend 50.00 GBP a day (61).",
      "card group 'interns': number 1 → 2",
      "card group 'more' is new, number 3",
      "card group 'more': rule 'day' is new: Lets a card spend 50.00 GBP a day (61).",
      '',
    ].join('\n'),
  );
  t.same(await diff(a, a), { code: 0, out: '', err: '' });
  t.match(await diff(limits, others), { code: 1, out: /50\.00 EUR .* → .* 0\.01 EUR/ });
  t.match(await diff(a, limits), { code: 65, err: /one is a document of a tenant/ });
});
