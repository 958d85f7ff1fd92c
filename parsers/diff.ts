import type { CompiledDialect } from './compiled-dialect.js';
import type { Framing } from './framing/index.js';
import { type ListedField, listFields } from './inspect/list.js';
import type { PathFilter } from './inspect/path-filter.js';

/** A message to be compared. */
export interface Compared {
  readonly bytes: Uint8Array;
  readonly dialect: CompiledDialect;
  /** The bytes are one frame of it; without, they are a message. */
  readonly framing?: Framing;
}

export interface DiffOptions {
  /** Values in clear; without, two that differ only where they are masked look alike, and are listed all the same. */
  readonly reveal?: boolean;
  readonly filter?: PathFilter;
}

export interface DiffSide {
  readonly value: string;
  readonly meaning: string;
}

/** One path where two messages differ; a side is null where it is not there. */
export interface Difference {
  /** `mti`, `4`, `55.9F26`; a tag that comes more than once has its count behind it, `55.9F06#2`. */
  readonly path: string;
  readonly name: string;
  readonly a: DiffSide | null;
  readonly b: DiffSide | null;
}

/**
 * Where two messages differ, by field, whatever their encodings: values are compared as text. In the order of the
 * first message, what only the second has behind it.
 *
 * @throws IsoError where one of them can't be read
 */
export function diff(a: Compared, b: Compared, options: DiffOptions = {}): Difference[] {
  // Another dialect may have more place in a field, and fill it.
  const plain = a.dialect === b.dialect ? (text: string) => text : (text: string) => text.trimEnd();
  const left = listed(a, options);
  const right = listed(b, options);
  const differences: Difference[] = [];
  for (const [path, { clear, shown }] of left) {
    const other = right.get(path);
    if (other !== undefined && plain(other.clear) === plain(clear)) continue;
    const side = other === undefined ? null : sideOf(other.shown);
    differences.push({ path, name: shown.name, a: sideOf(shown), b: side });
  }
  for (const [path, { shown }] of right) {
    if (!left.has(path)) differences.push({ path, name: shown.name, a: null, b: sideOf(shown) });
  }
  return differences;
}

function sideOf({ value, meaning }: ListedField): DiffSide {
  return { value, meaning };
}

function listed({ bytes, dialect, framing }: Compared, { reveal = false, filter }: DiffOptions) {
  const options = {
    ...(framing === undefined ? {} : { framing }),
    ...(filter === undefined ? {} : { filter }),
  };
  const clear = listFields(bytes, dialect, { ...options, reveal: true });
  const shown = reveal ? clear : listFields(bytes, dialect, options);
  const byPath = new Map<string, { readonly clear: string; readonly shown: ListedField }>();
  for (const [index, one] of shown.entries()) {
    let path = one.path;
    for (let count = 2; byPath.has(path); count++) path = `${one.path}#${count}`;
    byPath.set(path, { clear: clear[index]!.value, shown: one });
  }
  return byPath;
}
