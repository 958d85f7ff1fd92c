import fs, { type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { ImageError } from './image-error.js';
import { imageOf, restoreState } from './state-image.js';
import type { TenantState } from './tenant-state.js';

const SUFFIX = '.snapshot';
/** Of a file that is being written, or was when the process ended. */
const UNFINISHED = '.unfinished';
const KEPT = 2;

/** What of `node:fs/promises` snapshots are read and written by. */
export type FileSystem = Pick<typeof fs, 'mkdir' | 'open' | 'readdir' | 'rename' | 'rm' | 'writeFile'>;

/** The snapshots of a tenant: images of its state, each named after the journal row that it is level with. */
export class SnapshotFiles {
  readonly directory: string;
  readonly #fs: FileSystem;

  /**
   * @param root directory of all tenants' snapshots
   * @param tenant its name
   */
  constructor(root: string, tenant: string, fileSystem: FileSystem = fs) {
    this.directory = path.join(root, tenant);
    this.#fs = fileSystem;
  }

  /** Sequence numbers of the rows that there are snapshots of, the newest first. */
  async list(): Promise<readonly number[]> {
    const names = await this.#fs.readdir(this.directory).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return [];
      throw error;
    });
    return names
      .filter((name) => /^\d{1,15}\.snapshot$/.test(name))
      .map((name) => Number(name.slice(0, -SUFFIX.length)))
      .sort((a, b) => b - a);
  }

  pathOf(seq: number): string {
    return path.join(this.directory, `${seq}${SUFFIX}`);
  }

  /**
   * Writes a snapshot, which is there whole or not at all, and removes all but the newest two.
   * @param digest of the state, which must not change until this resolves
   */
  async write(seq: number, state: TenantState, digest: Buffer): Promise<void> {
    await this.#fs.mkdir(this.directory, { recursive: true });
    await this.#tidy();
    const final = this.pathOf(seq);
    const unfinished = `${final}${UNFINISHED}`;
    const file = await this.#fs.open(unfinished, 'w');
    try {
      await this.#fs.writeFile(file, imageOf(state, digest));
      await file.sync();
    } finally {
      await file.close();
    }
    await this.#fs.rename(unfinished, final);
    await syncDirectory(this.directory, this.#fs);
    for (const old of (await this.list()).slice(KEPT)) await this.#fs.rm(this.pathOf(old));
  }

  /**
   * @returns the state of a snapshot, and its digest
   * @throws ImageError when it is torn, damaged or of another version
   */
  async load(seq: number): Promise<{ state: TenantState; digest: Buffer }> {
    const file = await this.#fs.open(this.pathOf(seq), 'r');
    try {
      const restoring = restoreState();
      for (let step = restoring.next(); ; step = restoring.next()) {
        if (step.done !== true) await fill(file, step.value);
        else if ((await file.read(Buffer.alloc(1))).bytesRead === 0) return step.value;
        else throw new ImageError('HF_IMAGE_DAMAGED', 'an image of a state goes on behind its end');
      }
    } finally {
      await file.close();
    }
  }

  async #tidy(): Promise<void> {
    const names = await this.#fs.readdir(this.directory);
    for (const name of names.filter((name) => name.endsWith(UNFINISHED)))
      await this.#fs.rm(path.join(this.directory, name));
  }
}

async function fill(file: FileHandle, target: Uint8Array): Promise<void> {
  for (let at = 0; at < target.length; ) {
    const { bytesRead } = await file.read(target, at, target.length - at);
    if (bytesRead === 0) throw new ImageError('HF_IMAGE_TORN', 'an image of a state ends before it is whole');
    at += bytesRead;
  }
}

/** Makes names in a directory durable. */
export async function syncDirectory(
  directory: string,
  fileSystem: Pick<FileSystem, 'open'> = fs,
): Promise<void> {
  const handle = await fileSystem.open(directory, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
