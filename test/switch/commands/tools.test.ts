import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import t from 'tap';
import { DIALECT_NAMES, dialectByName } from '../../../parsers/dialects/index.js';
import { samples } from '../../../parsers/samples.js';
import { build } from '../../../parsers/writer.js';
import { runBuild } from '../../../switch/commands/build.js';
import { runConvert } from '../../../switch/commands/convert.js';
import { runDiff } from '../../../switch/commands/diff.js';
import { runDoctor } from '../../../switch/commands/doctor.js';
import { runInspect } from '../../../switch/commands/inspect.js';
import { runRedact } from '../../../switch/commands/redact.js';
import { runSamples } from '../../../switch/commands/samples.js';
import { runValidate } from '../../../switch/commands/validate.js';
import { runTool } from './run-tool.js';

const PAN = '9999010212345675';
const iso87 = dialectByName('iso87-ascii');
const hexOf = (index: number) => samples(iso87)[index]!.bytes.toString('hex').toUpperCase();

t.test('samples → inspect → build gives the same, for every dialect, plain and by lines', async (t) => {
  for (const dialect of DIALECT_NAMES) {
    const made = await runTool('', (streams) => runSamples(streams, { dialect }));
    t.equal(made.out.trimEnd().split('\n').length, 6);
    const json = await runTool(made.out, (streams) =>
      runInspect(streams, undefined, { dialect, framing: 'none', json: true, reveal: true }),
    );
    t.match(await runTool(json.out, (streams) => runBuild(streams, undefined, {})), {
      code: 0,
      out: made.out,
    });
    const lines = await runTool(made.out, (streams) =>
      runInspect(streams, undefined, { dialect, lines: true, reveal: true }),
    );
    const back = await runTool(lines.out, (streams) =>
      runBuild(streams, undefined, { dialect, lines: true }),
    );
    t.match(back, { code: 0, out: made.out });
  }
});

t.test('build keeps the framing that a document names, or takes another', async (t) => {
  const document = JSON.stringify({
    dialect: 'iso87-binary',
    framing: 'length2',
    mti: '0800',
    fields: { 11: '1' },
  });
  const built = (flags: Parameters<typeof runBuild>[2]) =>
    runTool(document, (streams) => runBuild(streams, '-', flags));
  t.match((await built({})).out, /^000D0800/);
  t.match((await built({ framing: 'none' })).out, /^0800/);
  t.match((await built({ framing: 'ascii4' })).out, /^303031330800/);
});

t.test('build says what is wrong, and no value', async (t) => {
  const failures: readonly (readonly [string, number, RegExp])[] = [
    ['{"mti":"0100",', 65, /^HF_ISO_DOCUMENT: it is not JSON\n$/],
    [`{"mti":"0100","fields":{"2":"${PAN}X"}}`, 65, /^HF_ISO_CONTENT field 2/],
    [`{"mti":"1100","fields":{"2":"${PAN}"}}`, 65, /^HF_ISO_MTI/],
    [`{"mti":"0100","fields":{"65":"${PAN}"}}`, 65, /^HF_ISO_UNKNOWN_FIELD field 65/],
  ];
  for (const [input, code, text] of failures) {
    const said = await runTool(input, (streams) => runBuild(streams, undefined, { dialect: 'iso87-ascii' }));
    t.match(said, { code, err: text, out: '' });
    t.notMatch(said.err, PAN);
  }
  const nameless = await runTool('{"mti":"0100"}', (streams) => runBuild(streams, undefined, {}));
  t.equal(nameless.code, 64);
  const lines = await runTool('{"mti":"0100","fields":{"4":"1"}}\nnope\n', (streams) =>
    runBuild(streams, undefined, { dialect: 'iso87-ascii', lines: true }),
  );
  t.equal(lines.code, 1);
  t.match(lines.out.split('\n'), [/^30313030/, /^\{"error":\{"code":"HF_ISO_DOCUMENT"/]);
});

t.test('diff', async (t) => {
  const directory = await mkdtemp(path.join(tmpdir(), 'holdfast-diff-'));
  t.teardown(() => rm(directory, { recursive: true }));
  const a = path.join(directory, 'a');
  await writeFile(a, hexOf(1));
  const flags = { dialect: 'iso87-ascii' };
  const differ = await runTool(hexOf(2), (streams) => runDiff(streams, a, '-', flags));
  t.equal(differ.code, 1);
  t.match(differ.out, /39 +Response code\n {2}- 00 {2}\(approved\)\n {2}\+ 51 {2}\(not sufficient funds\)\n/);
  t.match(await runTool(hexOf(1), (streams) => runDiff(streams, a, '-', flags)), { code: 0, out: '' });
  const json = await runTool(hexOf(2), (streams) =>
    runDiff(streams, a, '-', { ...flags, json: true, filter: ['39'] }),
  );
  t.match(JSON.parse(json.out), [{ path: '39', a: { value: '00' }, b: { value: '51' } }]);
  const two = await runTool(`${hexOf(1)}\n${hexOf(2)}`, (streams) => runDiff(streams, a, '-', flags));
  t.match(two, { code: 65, err: /2 messages, where one is compared/ });
});

t.test('redact shows no PAN, plain and by lines, and refuses what it can’t read', async (t) => {
  for (const dialect of DIALECT_NAMES) {
    const hex = samples(dialectByName(dialect)).map(({ bytes }) => bytes.toString('hex').toUpperCase());
    const plain = await runTool(hex.join('\n'), (streams) =>
      runRedact(streams, undefined, { dialect, framing: 'none' }),
    );
    const lines = await runTool(hex.join('\n'), (streams) =>
      runRedact(streams, undefined, { dialect, lines: true }),
    );
    t.same(
      JSON.parse(plain.out),
      lines.out
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line)),
    );
    t.notMatch(plain.out, PAN);
    const built = await runTool(plain.out, (streams) => runBuild(streams, undefined, {}));
    t.equal(built.out.length, hex.join('\n').length + 1);
    t.notMatch(built.out, Buffer.from(PAN).toString('hex'));
  }
  const broken = build(iso87, { mti: '0100', fields: { 2: PAN, 48: PAN } }).subarray(0, -1);
  const refused = await runTool(broken, (streams) =>
    runRedact(streams, undefined, { dialect: 'iso87-ascii' }),
  );
  t.match(refused, { code: 65, out: '', err: /^HF_ISO_OVERRUN field 48/ });
});

t.test('validate lists all that is wrong; the profile counts with --strict', async (t) => {
  const short = build(iso87, { mti: '0100', fields: { 3: '000000', 4: '1250', 55: '9F26021122' } });
  const flags = { dialect: 'iso87-ascii' };
  const check = (more: Parameters<typeof runValidate>[2]) =>
    runTool(short, (streams) => runValidate(streams, undefined, { ...flags, ...more }));
  t.match(await check({}), { code: 1, out: /^HF_ISO_LENGTH field 55\.9F26[^\n]*\n$/ });
  const strict = await check({ strict: true, json: true });
  t.same(
    JSON.parse(strict.out).issues.map(({ path }: { path: string }) => path),
    ['55.9F26', '7', '11', '49'],
  );
  t.match(await check({ filter: ['4'] }), { code: 0, out: '0100 is valid\n' });
  t.match(await check({ strict: true, filter: ['49'] }), { code: 1, out: /^HF_ISO_MISSING field 49/ });
});

t.test('doctor ranks what fits, and says why the others don’t', async (t) => {
  const visa = await runTool('', (streams) =>
    runSamples(streams, { dialect: 'visa', framing: 'length2-reserved2' }),
  );
  const capture = Buffer.from(visa.out.replaceAll('\n', ''), 'hex');
  const { code, out } = await runTool(capture, (streams) => runDoctor(streams, undefined, {}));
  t.equal(code, 0);
  t.match(out, /^What fits, the best first:\n {2}visa +length2-reserved2 +\d+ % +6\/6\n/);
  t.match(out, /\n {2}mastercard +length2-reserved2 +- +0\/6 {2}HF_ISO_/);
  t.match(out, /\n {2}visa +ascii4 +- .*HF_ISO_FRAMING/);
  const all = await runTool(capture, (streams) => runDoctor(streams, undefined, { json: true }));
  t.equal(JSON.parse(all.out).length, DIALECT_NAMES.length * 20);
  t.match(await runTool('nothing at all', (streams) => runDoctor(streams, undefined, {})), {
    code: 1,
    out: /^Nothing fits\./,
  });
});

t.test('convert writes, and lists what is lost', async (t) => {
  const flags = { from: 'iso87-ascii', to: 'iso2003-binary', date: new Date('2026-06-07') };
  const decline = await runTool(hexOf(2), (streams) =>
    runConvert(streams, undefined, { ...flags, json: true }),
  );
  t.equal(decline.err, '');
  t.match(JSON.parse(decline.out), { mti: '2110', fields: { 39: { value: '1016' } } });
  const reversal = await runTool(hexOf(3), (streams) =>
    runConvert(streams, undefined, { ...flags, toFraming: 'length2' }),
  );
  t.match(reversal, { code: 0, err: /^not carried: 90 Original data elements: /, out: /^00[0-9A-F]{2}2400/ });
  t.equal(
    (await runTool(hexOf(3), (streams) => runConvert(streams, undefined, { ...flags, strict: true }))).code,
    1,
  );
});
