import { execFileSync } from 'node:child_process';
import { chown, readFile, readlink, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { errorCode } from './postgres-error.js';

export interface LivePostmaster {
  readonly pid: number;
  /** TCP port on 127.0.0.1. */
  readonly port: number;
  /** It listens; false while it starts, recovers or stops. */
  readonly ready: boolean;
}

/**
 * The running server of the cluster, by its `postmaster.pid` (lines: pid, data directory, start time, port,
 * socket directory, address, shared memory, status);
 * `undefined` where none runs. A file that a crash left behind, whose number another process has by now, doesn't
 * count. `data` is the cluster's real path.
 */
export async function findPostmaster(data: string): Promise<LivePostmaster | undefined> {
  const lines = await readLines(data);
  const pid = Number(lines?.[0]);
  const port = Number(lines?.[3]);
  // The server writes the file line by line; until the port is there, it counts as not running yet.
  if (!(pid > 0) || !(port > 0)) return undefined;
  return (await isPostmasterOf(pid, data)) ? { pid, port, ready: lines?.[7]?.trim() === 'ready' } : undefined;
}

/**
 * Postgres takes any live process of its user under the number in a left-over `postmaster.pid` for a server,
 * and refuses to start. The file also tells the next server which shared memory the last one used, so that
 * orphaned backends are noticed; so it isn't removed. It gets our number instead: a server knows that its
 * parent is no server. Does nothing where the cluster's server runs, or where the number is nobody's.
 */
export async function disownStalePidFile(data: string): Promise<void> {
  const lines = await readLines(data);
  const pid = Number(lines?.[0]);
  if (lines === undefined || !(pid > 0) || pid === process.pid) return;
  if (!isAlive(pid) || (await isPostmasterOf(pid, data))) return;

  const path = join(data, 'postmaster.pid');
  const edited = `${path}.new-${process.pid}`;
  const { uid, gid } = await stat(data);
  await writeFile(edited, [process.pid, ...lines.slice(1)].join('\n'), { mode: 0o600 });
  await chown(edited, uid, gid);
  // A server that began meanwhile owns the file now.
  if ((await readLines(data))?.join('\n') === lines.join('\n')) await rename(edited, path);
}

/** Whether a process has this number, whoever's it is. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errorCode(error) === 'EPERM';
  }
}

/** A server's working directory is its cluster; a zombie, or another's process, has none that we can see. */
export async function isPostmasterOf(pid: number, data: string): Promise<boolean> {
  if (!isAlive(pid)) return false;
  if (process.platform !== 'linux') return commandOf(pid).includes(data);
  try {
    return (await readlink(`/proc/${pid}/cwd`)) === data;
  } catch (error) {
    if (['ENOENT', 'EACCES', 'ESRCH'].includes(errorCode(error))) return false;
    throw error;
  }
}

function commandOf(pid: number): string {
  try {
    return execFileSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8' });
  } catch (error) {
    // `ps` exits with 1 where there is no such process.
    if (error instanceof Error && 'status' in error && error.status === 1) return '';
    throw error;
  }
}

async function readLines(data: string): Promise<string[] | undefined> {
  try {
    return (await readFile(join(data, 'postmaster.pid'), 'utf8')).split('\n');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}
