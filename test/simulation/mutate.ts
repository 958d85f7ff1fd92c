import { register } from 'node:module';
import { isMainThread } from 'node:worker_threads';

/**
 * `node --import …/mutate.js …`: with `MUTATION` in the environment, a compiled module is loaded with another text in one
 * place. What is broken is the real code, which knows nothing of it.
 */
export interface Mutation {
  /** End of the module's path. */
  readonly module: string;
  /** What stands there once, as it was compiled. */
  readonly from: string;
  readonly to: string;
}

interface Loaded {
  readonly source?: string | Uint8Array | null;
}

let mutation: Mutation | null = null;

/** Called by Node, on the thread of the hooks. */
export function initialize(given: Mutation): void {
  mutation = given;
}

/** @throws Error when the text does not stand in the module, or not once: then the mutation is to be looked over */
export async function load<Context>(
  url: string,
  context: Context,
  next: (url: string, context: Context) => Promise<Loaded>,
): Promise<Loaded> {
  const loaded = await next(url, context);
  if (mutation === null || !url.endsWith(mutation.module)) return loaded;
  const parts = Buffer.from(loaded.source as Uint8Array)
    .toString()
    .split(mutation.from);
  if (parts.length !== 2)
    throw new Error(`${mutation.module} has '${mutation.from}' ${parts.length - 1} times`);
  return { ...loaded, source: parts.join(mutation.to) };
}

const given = process.env.MUTATION;
// The hooks' own thread loads this module too.
if (given !== undefined && isMainThread) register(import.meta.url, { data: JSON.parse(given) as Mutation });
