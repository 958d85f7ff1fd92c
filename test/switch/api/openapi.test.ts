import { createConfig, lintFromString } from '@redocly/openapi-core';
import t from 'tap';
import { get, startTestSwitch } from '../running-switch.js';

t.setTimeout(60_000);
const { running } = await startTestSwitch(t, { projector: { enabled: false } });

t.test('the OpenAPI document is without faults and without warnings', async (t) => {
  const { status, text } = await get(running, '/openapi.json');
  t.equal(status, 200);
  const config = await createConfig({ extends: ['recommended'] });
  const found = await lintFromString({ source: text, absoluteRef: 'openapi.json', config });
  t.same(
    found.map(({ ruleId, message, location }) => `${ruleId} ${location[0]?.pointer}: ${message}`),
    [],
  );
  const document = JSON.parse(text);
  t.equal(document.openapi, '3.1.0');
  t.ok(Object.keys(document.paths).length >= 12);
  t.ok(Object.keys(document.paths).every((path) => path.startsWith('/v1/')));
});

t.test('the reference page needs nothing from elsewhere', async (t) => {
  const page = await get(running, '/docs');
  t.equal(page.status, 200);
  const sources = [...page.text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, source]) => source!);
  t.ok(sources.length > 3);
  for (const source of sources) {
    t.notMatch(source, /^(https?:)?\/\//);
    const where = new URL(source, 'http://switch/docs/').pathname;
    t.equal((await get(running, where)).status, 200, where);
  }
});
