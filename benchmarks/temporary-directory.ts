import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Cleanup } from './cleanup.js';

const PARENT = fileURLToPath(new URL('../../.holdfast', import.meta.url));

/** On the disk that the switch uses by default: the system's temporary directory may be in memory. */
export async function temporaryDirectory(cleanup: Cleanup): Promise<string> {
  await mkdir(PARENT, { recursive: true });
  const directory = await mkdtemp(path.join(PARENT, 'bench-'));
  cleanup.add('the temporary directory', () => rm(directory, { recursive: true, force: true }));
  // Postgres may run as another user, who must be able to pass through.
  await chmod(directory, 0o755);
  return directory;
}
