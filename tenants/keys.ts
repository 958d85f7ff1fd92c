import { randomBytes } from 'node:crypto';
import { type FileHandle, link, mkdir, open, unlink } from 'node:fs/promises';
import path from 'node:path';
import { type Static, Type } from '@sinclair/typebox';
import { check, type Problem, parseText } from './document.js';

/** Bytes of every key: HMAC-SHA-256 for the tokens, AES-256-GCM for the PANs. */
export const KEY_BYTES = 32;
const KEYS_FILE = 'keys.json';
const KEYS_FILE_BYTES_MAX = 64 * 1024;
/** A key's version travels as one byte. */
const VERSION = '^([1-9][0-9]?|1[0-9]{2}|2[0-4][0-9]|25[0-5])$';

const Versioned = Type.Object(
  {
    current: Type.Integer({ minimum: 1, maximum: 255 }),
    keys: Type.Record(
      Type.String({ pattern: VERSION }),
      Type.String({
        pattern: '^[A-Za-z0-9+/]{43}=$',
        writeOnly: true,
        expectation: `${KEY_BYTES} bytes in base64`,
      }),
      { additionalProperties: false },
    ),
  },
  { additionalProperties: false },
);
const KeysSchema = Type.Object({ token: Versioned, pan: Versioned }, { additionalProperties: false });
type KeysDocument = Static<typeof KeysSchema>;

/**
 * The secret keys. Tokens are made by one key only, as a card is found by its token; a PAN is encrypted with
 * the current key and names its version, so that those of before can still be decrypted.
 */
export interface Keys {
  readonly tokenVersion: number;
  readonly tokenKey: Uint8Array;
  readonly panVersion: number;
  readonly panKeys: ReadonlyMap<number, Uint8Array>;
}

export type KeysErrorCode =
  | 'HF_KEYS_MISSING'
  | 'HF_KEYS_UNREADABLE'
  | 'HF_KEYS_MODE'
  | 'HF_KEYS_INVALID'
  | 'HF_KEYS_OTHER'
  | 'HF_KEYS_UNWRITABLE';

/** Keys that can't be used. The text names file, key path and rule, never a key. */
export class KeysError extends Error {
  override readonly name = 'KeysError';
  constructor(
    readonly code: KeysErrorCode,
    file: string,
    rule: string,
    options?: ErrorOptions,
  ) {
    super(`${code} ${file}: ${rule}`, options);
  }
}

/**
 * The keys in `keys.json` of the data directory, made there at the first start; or those in `keysFile`, which
 * must exist: new keys in place of lost ones would make every card unknown.
 * @throws KeysError
 */
export async function loadKeys(directory: string, keysFile?: string): Promise<Keys> {
  const file = keysFile ?? path.join(directory, KEYS_FILE);
  const found = await read(file);
  if (found !== undefined) return found;
  if (keysFile !== undefined) throw new KeysError('HF_KEYS_MISSING', file, 'the file does not exist');
  try {
    await mkdir(directory, { recursive: true });
    await create(file);
  } catch (cause) {
    throw new KeysError('HF_KEYS_UNWRITABLE', file, `can't be made (${errorCode(cause)})`, { cause });
  }
  const made = await read(file);
  if (made === undefined) throw new KeysError('HF_KEYS_MISSING', file, 'the file went away at once');
  return made;
}

/** @returns undefined when there is no such file */
async function read(file: string): Promise<Keys | undefined> {
  let text: string;
  try {
    const handle = await open(file);
    try {
      text = await readPrivate(handle, file);
    } finally {
      await handle.close();
    }
  } catch (cause) {
    if (cause instanceof KeysError) throw cause;
    if (errorCode(cause) === 'ENOENT') return undefined;
    throw new KeysError('HF_KEYS_UNREADABLE', file, `can't be read (${errorCode(cause)})`, { cause });
  }
  return keysOf(text, file);
}

/** The mode is that of the opened file, so that nothing can be put in its place in between. */
async function readPrivate(handle: FileHandle, file: string): Promise<string> {
  const { mode, size } = await handle.stat();
  if ((mode & 0o077) !== 0) {
    const found = (mode & 0o777).toString(8).padStart(4, '0');
    throw new KeysError('HF_KEYS_MODE', file, `only its owner may have access: mode 0600, not ${found}`);
  }
  if (size > KEYS_FILE_BYTES_MAX) {
    throw new KeysError('HF_KEYS_INVALID', file, `at most ${KEYS_FILE_BYTES_MAX} bytes, not ${size}`);
  }
  return handle.readFile('utf8');
}

function keysOf(text: string, file: string): Keys {
  // As JSON, whatever the file is called.
  const parsed = parseText(text, `${file}.json`);
  if ('problem' in parsed) throw invalid(file, parsed.problem);
  const checked = check(KeysSchema, parsed.value, file);
  if ('problems' in checked) throw invalid(file, checked.problems[0]);
  const { token, pan } = checked.value;
  const tokenKeys = keyMap(token, 'token', file);
  return {
    tokenVersion: token.current,
    tokenKey: tokenKeys.get(token.current)!,
    panVersion: pan.current,
    panKeys: keyMap(pan, 'pan', file),
  };
}

/** Keys by version, the current one among them. */
function keyMap(
  { current, keys }: KeysDocument['token'],
  kind: string,
  file: string,
): Map<number, Uint8Array> {
  if (keys[current] === undefined) {
    const rule = `${kind}.current: must be a version in ${kind}.keys, not ${current}`;
    throw new KeysError('HF_KEYS_INVALID', file, rule);
  }
  return new Map(
    Object.entries(keys).map(([version, key]) => [
      Number(version),
      Uint8Array.from(Buffer.from(key, 'base64')),
    ]),
  );
}

function invalid(file: string, { path: place, text }: Problem): KeysError {
  return new KeysError('HF_KEYS_INVALID', file, place === '' ? text : `${place}: ${text}`);
}

/**
 * Puts new keys at `file`, whole or not at all: written to a file of its own, made durable, then linked, which
 * fails where another start was first. Theirs are kept.
 */
async function create(file: string): Promise<void> {
  const fresh = () => ({ current: 1, keys: { 1: randomBytes(KEY_BYTES).toString('base64') } });
  const text = `${JSON.stringify({ token: fresh(), pan: fresh() }, null, 2)}\n`;
  const temporary = `${file}.${randomBytes(6).toString('hex')}`;
  try {
    await writeDurably(temporary, text);
    await link(temporary, file);
  } catch (cause) {
    if (errorCode(cause) !== 'EEXIST') throw cause;
  } finally {
    await unlink(temporary).catch((cause: unknown) => {
      // It was never made: the failure to make it is the one to report.
      if (errorCode(cause) !== 'ENOENT') throw cause;
    });
  }
  const directory = await open(path.dirname(file));
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

async function writeDurably(file: string, text: string): Promise<void> {
  const handle = await open(file, 'wx', 0o600);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function errorCode(cause: unknown): string {
  return (cause as NodeJS.ErrnoException).code ?? 'unknown cause';
}
