import { createHash } from 'node:crypto';
import {
  chmod,
  chown,
  lstat,
  mkdir,
  readdir,
  readlink,
  realpath,
  rm,
  rmdir,
  stat,
  symlink,
} from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { type Account, reaches, unprivilegedAccount } from './postgres-account.js';
import { EmbeddedPostgresError, errorCode } from './postgres-error.js';
import { isAlive } from './postmaster-file.js';

/** Where root's clusters go whose requested directory the server's user can't enter. */
const SYSTEM_HOMES = '/var/lib/holdfast';

const OURS = /^(data|password|port|server\.log|binaries-.*)(\.new-\d+)?$/;

export interface Home {
  /** The real path: holds the cluster `data/`, its password, its port, the server's log, perhaps the binaries. */
  readonly path: string;
  /** Owner of it all and the server's user; `undefined` means ourselves. */
  readonly account: Account | undefined;
}

/**
 * Makes the directory that the cluster lives in, mode 0700. Run by root, it belongs to the server's user; where
 * that user can't enter the requested place (a clone below /root, mode 0700), the home is under
 * `/var/lib/holdfast/` and the requested directory becomes a link to it. Throws HF_POSTGRES_DIRECTORY.
 */
export async function openHome(requested: string): Promise<Home> {
  const directory = resolve(requested);
  await makeDirectory(directory);

  const nobody = unprivilegedAccount();
  const account = nobody && ((await ownerOf(join(directory, 'data'))) ?? nobody);
  let path = await realpath(directory);
  if (!reaches(account, [dirname(path)])) path = await moveOut(directory);
  await claim(path, account);
  if (!reaches(account, [path])) {
    throw new EmbeddedPostgresError('HF_POSTGRES_DIRECTORY', `the server's user can't enter ${path}`);
  }
  await clearLeftovers(path);
  return { path, account };
}

/** Makes the directory or, where it is a link from an earlier start, what the link points to. */
async function makeDirectory(directory: string): Promise<void> {
  try {
    const parent = dirname(directory);
    await mkdir(parent, { recursive: true });
    const path = (await isLink(directory)) ? resolve(parent, await readlink(directory)) : directory;
    await mkdir(path, { recursive: true });
  } catch (error) {
    throw new EmbeddedPostgresError('HF_POSTGRES_DIRECTORY', `can't make ${directory}`, '', { cause: error });
  }
}

/** Root keeps running a cluster as the user who made it, since Postgres insists on owning its files. */
async function ownerOf(path: string): Promise<Account | undefined> {
  try {
    const { uid, gid } = await stat(path);
    return uid === 0 ? undefined : { uid, gid };
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

async function moveOut(directory: string): Promise<string> {
  const name = createHash('sha256').update(directory).digest('hex').slice(0, 16);
  const path = join(SYSTEM_HOMES, name);
  await mkdir(path, { recursive: true });
  await chmod(SYSTEM_HOMES, 0o755);
  try {
    await rmdir(directory);
    await symlink(path, directory);
  } catch (error) {
    // A second start at the same moment may have made the link between our steps.
    if ((await isLink(directory)) && (await realpath(directory)) === path) return path;
    throw new EmbeddedPostgresError(
      'HF_POSTGRES_DIRECTORY',
      `the server's user can't enter ${directory}, and it isn't empty, so it can't become a link to ${path}`,
      '',
      { cause: error },
    );
  }
  return path;
}

/** Makes the directory the server's user's, closed to others; only where it is empty or ours already. */
async function claim(path: string, account: Account | undefined): Promise<void> {
  const owner = account?.uid ?? process.getuid?.();
  const found = await stat(path);
  if (found.uid !== owner && !account) {
    throw new EmbeddedPostgresError(
      'HF_POSTGRES_DIRECTORY',
      `${path} belongs to user ${found.uid}, and we are ${owner}; run as that user or as root, or use another directory`,
    );
  }
  const names = await readdir(path);
  if (names.length > 0 && !names.some((name) => OURS.test(name))) {
    throw new EmbeddedPostgresError(
      'HF_POSTGRES_DIRECTORY',
      `${path} holds other files; give an empty directory`,
    );
  }
  if (account) await chown(path, account.uid, account.gid);
  await chmod(path, 0o700);
}

/** Half-made things are named `….new-<pid of the maker>`: the marks of a start that was killed. */
async function clearLeftovers(home: string): Promise<void> {
  for (const name of await readdir(home)) {
    const maker = /\.new-(\d+)$/.exec(name)?.[1];
    if (maker === undefined) continue;
    // Our own are from an earlier process with the same number, as nothing is made yet.
    if (Number(maker) === process.pid || !isAlive(Number(maker))) {
      await rm(join(home, name), { recursive: true, force: true, maxRetries: 10 });
    }
  }
}

async function isLink(path: string): Promise<boolean> {
  try {
    return (await lstat(path)).isSymbolicLink();
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return false;
    throw error;
  }
}
