import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { access, chown, link, open, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { PostgresBinaries } from './postgres-binaries.js';
import { EmbeddedPostgresError, errorCode } from './postgres-error.js';
import type { Home } from './postgres-home.js';

/** The superuser, and the name of the database. */
export const NAME = 'holdfast';

/**
 * Makes the cluster on the first start and returns the superuser's password. `initdb` works beside the place and
 * the result is renamed there, so that a start that was killed half-way leaves no half cluster. Two processes may
 * do this at once: one cluster wins, with the one password. Throws HF_POSTGRES_INITDB, HF_POSTGRES_PASSWORD.
 */
export async function ensureCluster(
  home: Home,
  binaries: PostgresBinaries,
  log: (line: string) => void,
): Promise<string> {
  const data = join(home.path, 'data');
  const passwordFile = join(home.path, 'password');
  if (await isCluster(data)) return readPassword(passwordFile);

  log(`making a Postgres cluster in ${data}`);
  await makePassword(home, passwordFile);
  const staging = `${data}.new-${process.pid}`;
  await initdb(home, binaries, staging, passwordFile);
  try {
    await rename(staging, data);
    await syncDirectory(home.path);
  } catch (error) {
    if (!(await isCluster(data))) {
      throw new EmbeddedPostgresError('HF_POSTGRES_DIRECTORY', `${data} is not a Postgres cluster`, '', {
        cause: error,
      });
    }
    // Another process was faster.
    await rm(staging, { recursive: true, force: true });
  }
  return readPassword(passwordFile);
}

async function initdb(
  home: Home,
  binaries: PostgresBinaries,
  staging: string,
  passwordFile: string,
): Promise<void> {
  const options = ['--encoding=UTF8', '--locale=C', '--auth=scram-sha-256', '--no-instructions'];
  try {
    await promisify(execFile)(
      binaries.initdb,
      [`--pgdata=${staging}`, `--username=${NAME}`, `--pwfile=${passwordFile}`, ...options],
      { ...home.account, cwd: '/', env: serverEnvironment() },
    );
  } catch (error) {
    await rm(staging, { recursive: true, force: true });
    const printed = error instanceof Error && 'stderr' in error ? String(error.stderr) : '';
    throw new EmbeddedPostgresError('HF_POSTGRES_INITDB', 'initdb failed', printed, { cause: error });
  }
}

/** Messages in English, since the start looks for a few of them; none of the user's own PG… settings. */
export function serverEnvironment(): NodeJS.ProcessEnv {
  return { PATH: process.env.PATH, LC_ALL: 'C', TZ: 'UTC' };
}

/** Writes a new password, unless one is there. `link` publishes the whole file or fails. */
async function makePassword(home: Home, path: string): Promise<void> {
  const draft = `${path}.new-${process.pid}`;
  await rm(draft, { force: true });
  const file = await open(draft, 'wx', 0o600);
  await file.writeFile(randomBytes(24).toString('base64url'));
  await file.sync();
  await file.close();
  if (home.account) await chown(draft, home.account.uid, home.account.gid);
  try {
    await link(draft, path);
  } catch (error) {
    // Kept from a start that was killed, or just made by another process.
    if (errorCode(error) !== 'EEXIST') throw error;
  }
  await rm(draft);
}

async function readPassword(path: string): Promise<string> {
  try {
    return (await readFile(path, 'utf8')).trim();
  } catch (error) {
    throw new EmbeddedPostgresError(
      'HF_POSTGRES_PASSWORD',
      `can't read the cluster's password, ${path}`,
      '',
      {
        cause: error,
      },
    );
  }
}

async function isCluster(data: string): Promise<boolean> {
  try {
    await access(join(data, 'global', 'pg_control'));
    return true;
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return false;
    throw error;
  }
}

async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path);
  await directory.sync();
  await directory.close();
}
