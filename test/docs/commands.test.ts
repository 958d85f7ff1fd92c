import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import t from 'tap';
import { dialectReference, errorReference, publishedSchema } from '../../parsers/reference.js';
import { exampleCount, ROOT, readPage, withMade, withOutputs } from './markdown.js';

t.setTimeout(120_000);

const pages = (await readdir(path.join(ROOT, 'docs'), { recursive: true }))
  .filter((name) => name.endsWith('.md'))
  .map((name) => path.join('docs', name));

for (const name of ['README.md', ...pages]) {
  const page = await readPage(name);
  if (exampleCount(page) === 0) continue;
  t.test(`${name}: every example gives what is printed below it`, async (t) => {
    t.equal(await withOutputs(page), page, 'if the change is meant: npm run docs');
  });
}

t.test('the pages that promise examples have them', async (t) => {
  t.ok(exampleCount(await readPage('docs/tools.md')) >= 20);
  t.ok(exampleCount(await readPage('docs/parsers.md')) >= 5);
  t.ok(exampleCount(await readPage('docs/dialects.md')) >= 3);
});

t.test('reference, table of errors and published schema are those of the program', async (t) => {
  for (const name of ['docs/dialects.md', 'docs/parsers.md']) {
    const page = await readPage(name);
    t.match(page, /<!-- made: \w+ -->/);
    t.equal(withMade(page, { reference: dialectReference, errors: errorReference }), page, 'npm run docs');
  }
  t.equal(await readPage('docs/dialect.schema.json'), publishedSchema(), 'npm run docs');
});

t.test('every error code in the sources of the parsers is in the table', async (t) => {
  const folder = path.join(ROOT, 'parsers');
  const table = errorReference();
  const codes = new Set<string>();
  for (const name of await readdir(folder, { recursive: true })) {
    if (!name.endsWith('.ts')) continue;
    const text = await readFile(path.join(folder, name), 'utf8');
    for (const [code] of text.matchAll(/HF_ISO_[A-Z_]+/g)) if (code !== 'HF_ISO_OK') codes.add(code);
  }
  t.ok(codes.size > 15);
  for (const code of codes) t.ok(table.includes(`\`${code}\``), code);
});
