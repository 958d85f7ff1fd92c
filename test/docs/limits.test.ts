import { Ajv2020 } from 'ajv/dist/2020.js';
import t from 'tap';
import { parse } from 'yaml';
import { publishedLimitsSchema } from '../../tenants/limits/published-schema.js';
import { KINDS, type LimitsDocument } from '../../tenants/limits/schema.js';
import { publishedTenantSchema } from '../../tenants/published-schema.js';
import { checkTenant } from '../../tenants/tenant.js';
import { DocumentedTenant, documentOf } from '../tenants/limits/documented-tenant.js';
import { type Payment, pay } from '../tenants/limits/payment.js';
import { readPage } from './markdown.js';

const page = await readPage('docs/limits.md');
/** A document, and the table of payments right after it, without its head. */
const EXAMPLE = /^```yaml\n([\s\S]*?)^```\n\n\| payment .*\n\|.*\n((?:\|.*\n)+)/gm;
const examples = [...page.matchAll(EXAMPLE)].map(([, yaml, rows]) => ({
  document: documentOf(yaml!),
  yaml: yaml!,
  rows: rows!.trimEnd().split('\n'),
}));

for (const { document, yaml, rows } of examples) {
  const names = document.rules.map(({ name }) => name).join(', ');
  t.test(`the payments of the example with ${names} are answered as it says`, async (t) => {
    const tenant = new DocumentedTenant(yaml);
    for (const row of rows) {
      const [payment = '', code, rule, reason] = row
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim().replaceAll('`', ''));
      const answered = pay(tenant, document, parse(payment) as Payment);
      t.same([answered.code, answered.rule ?? '', answered.reason ?? ''], [code, rule, reason], row);
    }
  });
}

t.test('there is an example of each kind', async (t) => {
  const kinds = new Set(examples.flatMap(({ document }) => document.rules.map(({ kind }) => kind)));
  t.same([...kinds].sort(), [...KINDS].sort());
});

t.test('the example of a tenant’s document is right but for what it leaves out', async (t) => {
  const json = /^```json\n([\s\S]*?)^```/m.exec(page)![1]!;
  const value = {
    bins: [['99990101', '99990101']],
    currency: '978',
    limits: { perTransactionMinor: 1, perDayMinor: 1, perDayCount: 1 },
    channels: ['pos'],
    ...(JSON.parse(json) as { readonly rules: LimitsDocument }),
  };
  t.notOk('problems' in checkTenant(value, 'acme.json'));
});

t.test('the published schema is that of the program', async (t) => {
  t.equal(await readPage('docs/limits.schema.json'), publishedLimitsSchema(), 'npm run docs');
});

t.test(
  'the published schema of a tenant’s file is that of the program, and takes what it takes',
  async (t) => {
    t.equal(await readPage('docs/tenant.schema.json'), publishedTenantSchema(), 'npm run docs');
    const takes = new Ajv2020({ strict: false }).compile(JSON.parse(publishedTenantSchema()));
    const tenant = {
      name: 'acme',
      bins: [['99990101', '99990101']],
      currency: '978',
      limits: { perTransactionMinor: 1, perDayMinor: 1, perDayCount: 1 },
      channels: ['pos'],
      rules: { rules: [{ name: 'day', kind: 'velocity', window: 'day', amountMinor: 5000 }] },
    };
    t.ok(takes(tenant));
    for (const wrong of [
      { ...tenant, bins: [['99990101']] },
      { ...tenant, rules: { rules: [{ name: 'day', kind: 'velocty' }] } },
      { ...tenant, cardGroups: [{ name: 'interns', number: 1, rules: {} }] },
    ]) {
      t.notOk(takes(wrong));
    }
  },
);
