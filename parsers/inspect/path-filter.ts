import { IsoError } from '../errors.js';

/** Paths of fields that are asked for; absent, all are. */
export type PathFilter = readonly string[];

/**
 * A filter from what somebody wrote: `39`, `55.9f26`, `mti`.
 * @throws IsoError `HF_ISO_FILTER` where it is no path
 */
export function pathFilter(paths: readonly string[]): PathFilter | undefined {
  if (paths.length === 0) return undefined;
  return paths.map((path) => {
    if (/^mti$/i.test(path)) return 'mti';
    if (!/^\d{1,3}(\.[0-9A-Za-z]{1,8})*$/.test(path)) {
      throw new IsoError(
        'HF_ISO_FILTER',
        '',
        -1,
        'a path is a field and what is inside it: 39, 55.9F26, mti',
      );
    }
    return path.replace(/\.[0-9a-f]+$/i, (tag) => tag.toUpperCase());
  });
}

/** Whether a field is asked for, is inside one that is, or has one that is inside. */
export function isShown(filter: PathFilter | undefined, path: string): boolean {
  return (
    filter === undefined ||
    filter.some((asked) => asked === path || isInside(path, asked) || isInside(asked, path))
  );
}

function isInside(path: string, around: string): boolean {
  return path.startsWith(around) && path[around.length] === '.';
}

/** Whether a field itself is asked for, or is inside one that is. */
export function isAsked(filter: PathFilter | undefined, path: string): boolean {
  return filter === undefined || filter.some((asked) => asked === path || isInside(path, asked));
}
