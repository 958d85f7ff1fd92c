import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import t from 'tap';
import { Iso8583 } from '../parsers/iso-8583-package.js';

interface LockedPackage {
  readonly name?: string;
  readonly version?: string;
  readonly resolved?: string;
}

/** 0.8.4 repairs CVE-2022-37616 and CVE-2022-39353; the package under the old name never did. */
const FIXED = 8_004;

t.test('the lock file holds the maintained XML parser and no other', async (t) => {
  const lock = JSON.parse(await readFile(new URL('../../../package-lock.json', import.meta.url), 'utf8'));
  const packages = Object.entries(lock.packages as Record<string, LockedPackage>);
  const parsers = packages.filter(([path]) => /(^|\/)xmldom$/.test(path));
  t.ok(parsers.length > 0, 'jxon still asks for one');
  for (const [path, { name, version = '', resolved = '' }] of parsers) {
    t.equal(name ?? path.replace(/^.*node_modules\//, ''), '@xmldom/xmldom', path);
    const [major = 0, minor = 0, patch = 0] = version.split('.').map(Number);
    t.ok(major * 1_000_000 + minor * 1_000 + patch >= FIXED, `${path} is ${version}`);
    t.notMatch(resolved, /\/xmldom\/-\/xmldom-0\.[0-7]\./, 'not downloaded from the old place');
  }
});

t.test('the installed one is what jxon loads', async (t) => {
  const require = createRequire(import.meta.url);
  const fromJxon = createRequire(createRequire(require.resolve('iso_8583')).resolve('jxon'));
  t.equal(fromJxon('xmldom/package.json').name, '@xmldom/xmldom');
});

t.test('iso_8583 still writes XML, and reads what it wrote', async (t) => {
  const message = {
    0: '0100',
    3: '000000',
    4: '000000001234',
    11: '000042',
    41: 'TERM0001',
    43: 'Bread & <Wine> "Co"',
  };
  const xml = new Iso8583({ ...message }).getXMLString();
  if (typeof xml !== 'string') throw new Error(xml.error);
  t.match(xml, /^<\?xml version="1.0" encoding="UTF-8"\?><Iso8583PostXml>/);
  t.match(xml, '<Field_011>000042</Field_011>');
  t.match(xml, 'Bread &amp; &lt;Wine', 'markup in a value is escaped');
  t.same(new Iso8583().getJsonFromXml(xml), message);
});

t.test('iso_8583 still reads XML from elsewhere', async (t) => {
  const xml = `<?xml version="1.0" encoding="UTF-8"?>
<Iso8583PostXml>
  <MsgType>0200</MsgType>
  <Fields>
    <Field_003>000000</Field_003>
    <!-- a comment -->
    <Field_037>D000A0030000</Field_037>
    <Field_043><![CDATA[Café & Cie]]></Field_043>
    <Field_127_002>0007713856</Field_127_002>
  </Fields>
</Iso8583PostXml>`;
  const expected = { 0: '0200', 3: '000000', 37: 'D000A0030000', 43: 'Café & Cie', '127.2': '0007713856' };
  t.same(new Iso8583().getJsonFromXml(xml), expected);
  t.match(new Iso8583().getJsonFromXml('<other/>'), { error: 'could not parse xml' });
});
