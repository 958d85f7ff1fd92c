import { spawn } from 'node:child_process';
import { once } from 'node:events';
import t from 'tap';
import { dialectByName } from '../../../parsers/dialects/index.js';
import { samples } from '../../../parsers/samples.js';
import { CLI, holdfast } from './run-tool.js';

t.setTimeout(60_000);
const hex = samples(dialectByName('iso87-ascii'))[0]!.bytes.toString('hex');

t.test('the program lists its commands, and refuses what is none', async (t) => {
  const help = await holdfast(['--help']);
  t.equal(help.code, 0);
  for (const name of 'start demo send simulate inspect build diff redact validate doctor convert samples dialect'.split(
    ' ',
  )) {
    t.match(help.out, new RegExp(`^ {2}${name} `, 'm'));
  }
  const wrong: readonly (readonly string[])[] = [
    ['inspekt'],
    ['inspect', '--framing', 'length3'],
    ['inspect', '--filter', '..'],
    ['inspect', '--colour', 'red'],
    ['convert', '--from', 'visa'],
    ['convert', '--from', 'visa', '--to', 'base24', '--date', 'today'],
    ['diff', 'one'],
  ];
  for (const args of wrong) {
    const { code, out, err } = await holdfast(args);
    t.equal(code, 64, args.join(' '));
    t.equal(out, '');
    t.match(err, /^error: /);
  }
});

t.test('commands in a pipe', async (t) => {
  const message = '{"mti":"0100","fields":{"2":"9999010212345675","4":"1250","49":"978"}}';
  const built = await holdfast(
    ['build', '--dialect', 'iso87-binary', '--framing', 'length2-header'],
    message,
  );
  const shown = await holdfast(['inspect', '--json', '--filter', '4'], built.out);
  t.match(shown, { code: 0, err: /^guessed iso87-binary framed as length2-header, \d+ % sure\n$/ });
  t.match(JSON.parse(shown.out), { framing: 'length2-header', fields: { 4: { value: '000000001250' } } });
});

t.test('ends quietly when its reader has left', async (t) => {
  const child = spawn(process.execPath, [CLI, 'inspect', '--lines', '--dialect', 'iso87-ascii'], {
    stdio: 'pipe',
  });
  t.teardown(() => child.kill('SIGKILL'));
  let err = '';
  child.stderr.on('data', (text: Buffer) => {
    err += text;
  });
  child.stdin.on('error', () => {});
  const lines = `${hex}\n`.repeat(500);
  // For as long as it reads, so that it can only end by what it writes.
  const feed = () => {
    while (child.stdin.writable && child.stdin.write(lines));
  };
  child.stdin.on('drain', feed);
  feed();
  await once(child.stdout, 'data');
  child.stdout.destroy();
  const [code] = await once(child, 'close');
  t.equal(code, 141);
  t.equal(err, '');
});

t.test('a slow reader gets every line, in order', async (t) => {
  const child = spawn(
    process.execPath,
    [CLI, 'inspect', '--lines', '--dialect', 'iso87-ascii', '--filter', '11'],
    { stdio: 'pipe' },
  );
  t.teardown(() => child.kill('SIGKILL'));
  const count = 5000;
  child.stdin.end(Array.from({ length: count }, (_, index) => (index % 2 === 0 ? hex : 'zz')).join('\n'));
  let out = '';
  for await (const chunk of child.stdout) {
    out += chunk;
    await new Promise(setImmediate);
  }
  const lines = out.trimEnd().split('\n');
  t.equal(lines.length, count);
  t.ok(lines.every((line, index) => line.startsWith(index % 2 === 0 ? '{"dialect"' : '{"error"')));
});
