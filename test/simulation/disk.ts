import path from 'node:path';
import type { FileSystem } from '../../ledger/snapshot-files.js';
import type { Random } from './random.js';
import type { Actor, Scheduler } from './scheduler.js';

/** What was written to a file, and how much of it is there whatever happens. */
interface File {
  bytes: Buffer;
  durable: number;
}

/** What an operation takes, in ms. */
const WORK_MS = [0.02, 1] as const;

/**
 * The disk of a machine: files outlive the processes that write them. When the machine is lost, what was not synced may
 * be there or not, of a file as of the names of files, whose changes are kept in their order.
 */
export class SimulatedDisk {
  /** Snapshots that were written whole, and how often one was opened. */
  written = 0;
  opened = 0;
  readonly #scheduler: Scheduler;
  readonly #random: Random;
  /** Names as they were after each change since they were synced; the last is what is seen. */
  #versions: ReadonlyMap<string, File>[] = [new Map()];

  constructor(scheduler: Scheduler, random: Random) {
    this.#scheduler = scheduler;
    this.#random = random;
  }

  /** As a process sees it. What it began to do when it dies is done, and no more. */
  seenBy(actor: Actor): FileSystem {
    const work = () =>
      new Promise<void>((resolve) => {
        this.#scheduler.after(this.#random.delay(...WORK_MS), actor, resolve);
      });
    const system = {
      mkdir: work,
      readdir: async (directory: string) => {
        await work();
        return [...this.#names.keys()]
          .filter((name) => name.startsWith(`${directory}/`))
          .map((name) => name.slice(directory.length + 1));
      },
      rename: async (from: string, to: string) => {
        const file = this.#fileOf(from);
        this.#change((names) => {
          names.set(to, file);
          names.delete(from);
        });
        this.written++;
        await work();
      },
      rm: async (name: string) => {
        this.#change((names) => names.delete(name));
        await work();
      },
      open: async (name: string, flags: string) => {
        if (flags === 'w') this.#change((names) => names.set(name, { bytes: Buffer.alloc(0), durable: 0 }));
        await work();
        if (flags === 'r' && name.endsWith('.snapshot')) this.opened++;
        return this.#handleOf(name, work);
      },
      writeFile: async (handle: { append(part: Uint8Array): void }, parts: Iterable<Uint8Array>) => {
        for (const part of parts) {
          handle.append(part);
          if (this.#random.chance(0.1)) await work();
        }
      },
    };
    return system as unknown as FileSystem;
  }

  /** The machine lost its power. */
  lose(): void {
    const names = this.#random.pick(this.#versions);
    for (const file of new Set(names.values())) {
      file.bytes = file.bytes.subarray(0, this.#random.whole(file.durable, file.bytes.length));
    }
    this.#versions = [names];
  }

  /** Nothing is on it any more. */
  wipe(): void {
    this.#versions = [new Map()];
  }

  /** A bad disk, or a bad hand: a newest snapshot is not what it was. Says what happened to which, or null where there is none. */
  damage(): string | null {
    const random = this.#random;
    const names = [...this.#names.keys()].filter((name) => name.endsWith('.snapshot'));
    if (names.length === 0) return null;
    const seqOf = (name: string) => Number(/(\d+)\.snapshot$/.exec(name)![1]);
    const isNewest = (name: string) =>
      names.every((other) => path.dirname(other) !== path.dirname(name) || seqOf(other) <= seqOf(name));
    const name = random.pick(names.filter(isNewest));
    const { bytes } = this.#names.get(name)!;
    const put = (changed: Buffer) => {
      this.#change((names) => names.set(name, { bytes: changed, durable: changed.length }));
    };
    const way = random.pick(
      names.length > 1 ? ['cut', 'flipped', 'another', 'another', 'gone'] : ['cut', 'flipped', 'gone'],
    );
    if (way === 'cut') put(bytes.subarray(0, random.whole(0, bytes.length)));
    else if (way === 'flipped') {
      const changed = Buffer.from(bytes);
      if (changed.length > 0) changed[random.whole(0, changed.length - 1)]! ^= 1 << random.whole(0, 7);
      put(changed);
    } else if (way === 'another')
      put(this.#names.get(random.pick(names.filter((other) => other !== name)))!.bytes);
    else this.#change((names) => names.delete(name));
    return `${name}: ${way}`;
  }

  get #names(): ReadonlyMap<string, File> {
    return this.#versions.at(-1)!;
  }

  #fileOf(name: string): File {
    const file = this.#names.get(name);
    if (file === undefined) throw Object.assign(new Error(`ENOENT: ${name}`), { code: 'ENOENT' });
    return file;
  }

  #change(change: (names: Map<string, File>) => void): void {
    const names = new Map(this.#names);
    change(names);
    this.#versions.push(names);
  }

  #handleOf(name: string, work: () => Promise<void>): object {
    // A directory, whose names are to be durable.
    if ([...this.#names.keys()].some((other) => other.startsWith(`${name}/`))) {
      const sync = async () => {
        const seen = this.#versions.length;
        await work();
        this.#versions.splice(0, Math.min(seen, this.#versions.length) - 1);
      };
      return { sync, close: work };
    }
    const file = this.#fileOf(name);
    let at = 0;
    return {
      append: (part: Uint8Array) => {
        file.bytes = Buffer.concat([file.bytes, part]);
      },
      read: async (target: Uint8Array, offset = 0, length = target.length) => {
        const part = file.bytes.subarray(at, at + length);
        target.set(part, offset);
        at += part.length;
        return { bytesRead: part.length };
      },
      sync: async () => {
        const { length } = file.bytes;
        await work();
        file.durable = Math.max(file.durable, length);
      },
      close: work,
    };
  }
}
