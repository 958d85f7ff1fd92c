import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import t, { type Test } from 'tap';
import { compileDialect } from '../../../parsers/compile.js';
import { runCheck, runDialectDiff, runImport, runShow } from '../../../switch/commands/dialect.js';
import { runInspect } from '../../../switch/commands/inspect.js';
import { runTool } from './run-tool.js';

const PACKAGER = `<?xml version="1.0"?>
<isopackager>
  <isofield id="0" length="4" name="MTI" class="org.jpos.iso.IFA_NUMERIC"/>
  <isofield id="1" length="16" name="Bitmap" class="org.jpos.iso.IFA_BITMAP"/>
  <isofield id="2" length="19" name="PAN" class="org.jpos.iso.IFA_LLNUM"/>
  <isofield id="48" length="999" name="Own" class="com.example.MyField"/>
</isopackager>`;
const MOOV = {
  name: 'mine',
  fields: {
    '0': { type: 'String', length: 4, description: 'MTI', enc: 'ASCII', prefix: 'ASCII.Fixed' },
    '1': { type: 'Bitmap', length: 8, description: 'Bitmap', enc: 'HexToASCII', prefix: 'Hex.Fixed' },
    '2': { type: 'String', length: 19, description: 'PAN', enc: 'ASCII', prefix: 'ASCII.LL' },
  },
};
const MESSAGE = '0100400000000000000016' + '9999010212345675';

async function files(t: Test, texts: Readonly<Record<string, string>>) {
  const directory = await mkdtemp(path.join(tmpdir(), 'holdfast-dialect-'));
  t.teardown(() => rm(directory, { recursive: true }));
  for (const [name, text] of Object.entries(texts)) await writeFile(path.join(directory, name), text);
  return (name: string) => path.join(directory, name);
}

t.test('import writes a dialect and lists what it left out, with its line', async (t) => {
  const file = await files(t, {
    'my.packager.xml': PACKAGER,
    'mine.json': JSON.stringify(MOOV),
    'x.json': '{}',
  });
  const out = file('out.json');
  const said = await runTool('', (streams) =>
    runImport(streams, file('my.packager.xml'), { out, name: 'acquirer' }),
  );
  t.match(said, {
    code: 1,
    out: '',
    err: /my\.packager\.xml:6: field 48 left-out: .*\n.*: 3 of 4 fields taken over\n$/,
  });
  const document = JSON.parse(await readFile(out, 'utf8'));
  t.equal(document.name, 'acquirer');
  t.doesNotThrow(() => compileDialect(document));
  const moov = await runTool('', (streams) => runImport(streams, file('mine.json'), { edition: '1993' }));
  t.match(moov, { code: 0, err: '' });
  t.match(JSON.parse(moov.out), { name: 'mine', version: '1993', fields: { 2: { class: 'pan' } } });
  const neither = await runTool('', (streams) => runImport(streams, file('x.json'), {}));
  t.match(neither, { code: 65, err: /^HF_ISO_IMPORT.*neither a jPOS packager nor a moov specification\n$/ });
});

t.test('a packager and a specification are imported on the fly, in JSON and YAML', async (t) => {
  const yaml = JSON.stringify(MOOV, null, 1);
  const file = await files(t, { 'my.xml': PACKAGER, 'mine.json': JSON.stringify(MOOV), 'mine.yaml': yaml });
  for (const name of ['my.xml', 'mine.json', 'mine.yaml']) {
    const said = await runTool(Buffer.from(MESSAGE).toString('hex'), (streams) =>
      runInspect(streams, undefined, { dialect: file(name), framing: 'none', json: true }),
    );
    t.match(said, { code: 0 }, name);
    t.match(JSON.parse(said.out), { mti: '0100', fields: { 2: { value: '999901******5675' } } });
  }
});

t.test('check says all that is wrong with each file, and looks at all of them', async (t) => {
  const wrong = {
    name: 'wrong',
    extends: 'iso87-ascii',
    bitmaps: {},
    fields: { 48: { name: 'X', content: 'q', max: 9 } },
  };
  const file = await files(t, {
    'good.json': JSON.stringify({ name: 'good', extends: 'base24' }),
    'wrong.json': JSON.stringify(wrong),
    'broken.json': '{',
    'my.xml': PACKAGER,
  });
  const names = ['good.json', 'wrong.json', 'broken.json', 'my.xml', 'none.json'].map(file);
  const { code, out } = await runTool('', (streams) => runCheck(streams, names));
  t.equal(code, 1);
  t.match(out, /good\.json: good, ISO 8583:1987, \d+ fields\n/);
  t.match(out, /wrong\.json: HF_ISO_DIALECT .*did you mean 'bitmap'\?\n {2}fields\.48\.content is one of/);
  t.match(out, /broken\.json: HF_ISO_DIALECT/);
  t.match(out, /my\.xml: my, ISO 8583:1987, 1 fields\n/);
  t.match(out, /none\.json: HF_ISO_UNKNOWN_DIALECT.*ENOENT/);
  t.equal((await runTool('', (streams) => runCheck(streams, [file('good.json')]))).code, 0);
});

t.test('show and diff', async (t) => {
  const shown = await runTool('', (streams) => runShow(streams, 'mastercard', {}));
  t.match(
    shown.out,
    /^mastercard: .*\nISO 8583:1987; header none; MTI cp\d+; bitmap binary, 64 bits, at most 2\nindicators: estimated 61 at 6: 4; partial 48\.61 at 0: 1; strong[^\n]*\n\n2 +n …19 +cp\d+ +2 cp\d+ +pan +Primary/,
  );
  t.match(shown.out, /\n55\.9F26 +b 8 +binary +/);
  const json = await runTool('', (streams) => runShow(streams, 'mastercard', { json: true }));
  t.doesNotThrow(() => compileDialect(JSON.parse(json.out)));
  t.match(await runTool('', (streams) => runShow(streams, undefined, {})), {
    out: /^iso87-ascii +ISO 8583:1987: ASCII/,
  });
  const same = await runTool('', (streams) => runDialectDiff(streams, 'visa', 'visa', {}));
  t.match(same, { code: 0, out: '' });
  const differ = await runTool('', (streams) =>
    runDialectDiff(streams, 'iso87-ascii', 'iso87-ascii-hex', {}),
  );
  t.match(differ, { code: 1, out: /^message, bitmap: binary.* → hex/ });
});
