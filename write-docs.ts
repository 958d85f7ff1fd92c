import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { dialectReference, errorReference, publishedSchema } from './parsers/reference.js';
import { publishedLimitsSchema } from './tenants/limits/published-schema.js';
import { publishedTenantSchema } from './tenants/published-schema.js';
import { ROOT, readPage, withMade, withOutputs } from './test/docs/markdown.js';

/**
 * `npm run docs`: writes what the documents take from the program: the schemas of dialects, of limits and of tenants, the
 * reference of dialects, the table of error codes, and the output of every example. A test says when they are out of date.
 */
const PAGES = ['docs/tools.md', 'docs/parsers.md', 'docs/dialects.md', 'docs/limits.md'];

await writeFile(join(ROOT, 'docs/dialect.schema.json'), publishedSchema());
await writeFile(join(ROOT, 'docs/limits.schema.json'), publishedLimitsSchema());
await writeFile(join(ROOT, 'docs/tenant.schema.json'), publishedTenantSchema());
for (const name of PAGES) {
  const page = withMade(await readPage(name), { reference: dialectReference, errors: errorReference });
  await writeFile(join(ROOT, name), await withOutputs(page));
}
