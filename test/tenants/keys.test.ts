import { chmod, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import t from 'tap';
import { KEY_BYTES, KeysError, loadKeys } from '../../tenants/keys.js';

const A = Buffer.alloc(KEY_BYTES, 0xa1).toString('base64');
const B = Buffer.alloc(KEY_BYTES, 0xb2).toString('base64');
const GOOD = { token: { current: 2, keys: { 1: A, 2: B } }, pan: { current: 1, keys: { 1: A, 255: B } } };

async function keysFile(directory: string, content: unknown, mode = 0o600): Promise<string> {
  const file = path.join(directory, 'secret');
  await writeFile(file, typeof content === 'string' ? content : JSON.stringify(content));
  await chmod(file, mode);
  return file;
}

async function failure(loading: Promise<unknown>): Promise<KeysError> {
  const error = await loading.then(
    () => new Error('the keys were loaded'),
    (error: unknown) => error,
  );
  if (error instanceof KeysError) return error;
  throw error;
}

t.test('the first start makes keys that only their owner may read; the next finds them', async (t) => {
  const directory = path.join(t.testdir(), 'data');
  const made = await loadKeys(directory);
  t.equal(made.tokenKey.length, KEY_BYTES);
  t.equal(made.panKeys.get(made.panVersion)?.length, KEY_BYTES);
  t.notSame(made.tokenKey, made.panKeys.get(1), 'each key is of its own');
  t.equal((await stat(path.join(directory, 'keys.json'))).mode & 0o777, 0o600);
  t.same(await readdir(directory), ['keys.json'], 'and leaves nothing else behind');
  t.same(await loadKeys(directory), made);
  t.notSame(await loadKeys(path.join(directory, 'other')), made, 'elsewhere they are others');
});

t.test('of many first starts at once, all get the same keys', async (t) => {
  const directory = t.testdir();
  const [first, ...others] = await Promise.all(Array.from({ length: 20 }, () => loadKeys(directory)));
  for (const other of others) t.same(other, first);
  t.same(await readdir(directory), ['keys.json']);
});

t.test('every version of the PANs’ key is kept, and the current one of the tokens’', async (t) => {
  const directory = t.testdir();
  const keys = await loadKeys(directory, await keysFile(directory, GOOD));
  t.equal(keys.tokenVersion, 2);
  t.same(Buffer.from(keys.tokenKey), Buffer.from(B, 'base64'));
  t.equal(keys.panVersion, 1);
  t.same([...keys.panKeys.keys()], [1, 255]);
  t.same(Buffer.from(keys.panKeys.get(255)!), Buffer.from(B, 'base64'));
});

for (const mode of [0o640, 0o604, 0o620, 0o601]) {
  t.test(`keys of mode ${mode.toString(8)} are refused`, async (t) => {
    const directory = t.testdir();
    const error = await failure(loadKeys(directory, await keysFile(directory, GOOD, mode)));
    t.equal(error.code, 'HF_KEYS_MODE');
    t.match(error.message, `mode 0600, not 0${mode.toString(8)}`);
  });
}

t.test('a keys file that is named must exist: it is not made', async (t) => {
  const directory = t.testdir();
  const error = await failure(loadKeys(directory, path.join(directory, 'mounted.json')));
  t.equal(error.code, 'HF_KEYS_MISSING');
  t.same(await readdir(directory), []);
});

const REFUSED: readonly [why: string, content: unknown, message: RegExp][] = [
  ['no JSON', `{"token": ${A}`, /line 1, column \d+: not JSON/],
  ['an empty file', '', /must be a mapping/],
  [
    'a key too short',
    { ...GOOD, pan: { current: 1, keys: { 1: A.slice(4) } } },
    /pan\.keys\[1\]: must be 32 bytes in base64$/,
  ],
  [
    'a version too great',
    { ...GOOD, pan: { current: 1, keys: { 1: A, 256: B } } },
    /pan\.keys\[256\]: unknown key/,
  ],
  [
    'a current key that is not there',
    { ...GOOD, token: { current: 3, keys: { 1: A } } },
    /token\.current: must be a version in token\.keys, not 3/,
  ],
  ['a kind of key missing', { token: GOOD.token }, /pan: must be given/],
  ['another kind of key', { ...GOOD, pin: GOOD.pan }, /pin: unknown key/],
];

for (const [why, content, message] of REFUSED) {
  t.test(`a keys file with ${why} is refused, without a word of a key`, async (t) => {
    const directory = t.testdir();
    const error = await failure(loadKeys(directory, await keysFile(directory, content)));
    t.equal(error.code, 'HF_KEYS_INVALID');
    t.match(error.message, message);
    t.notMatch(error.message, A.slice(4, 20));
    t.notMatch(error.message, B.slice(4, 20));
  });
}

t.test('a broken keys file is left as it is', async (t) => {
  const directory = t.testdir();
  const file = path.join(directory, 'keys.json');
  await writeFile(file, 'half a f', { mode: 0o600 });
  t.equal((await failure(loadKeys(directory))).code, 'HF_KEYS_INVALID');
  t.equal(await readFile(file, 'utf8'), 'half a f');
});

t.test('where no file can be made, and where a directory has its name, the error says so', async (t) => {
  const directory = t.testdir({ file: '' });
  const error = await failure(loadKeys(path.join(directory, 'file', 'data')));
  t.ok(['HF_KEYS_UNWRITABLE', 'HF_KEYS_UNREADABLE'].includes(error.code), error.message);
  t.match(error.message, /ENOTDIR/);
  await mkdir(path.join(directory, 'keys.json'), { mode: 0o700 });
  t.match(await failure(loadKeys(directory)), { code: 'HF_KEYS_UNREADABLE', message: /EISDIR/ });
});
