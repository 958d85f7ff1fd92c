import { setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import type { Draft } from '../../ledger/back-test/draft.js';
import type { BackTestReport } from '../../ledger/back-test/outcome.js';
import { type Progress, rowAt, runBackTest } from '../../ledger/back-test/run-back-test.js';
import { InvariantError } from '../../ledger/invariant-error.js';
import { connect } from '../../ledger/journal.js';
import type { TenantId } from '../../ledger/list-tenants.js';

/** A row of the journal, or a time in ms since 1970. */
export type StretchEnd = { readonly seq: number } | { readonly at: number };

/** What a back-test's thread is started with. */
export interface BackTestData {
  readonly url: string;
  /** Name of its connection. */
  readonly session: string;
  readonly tenant: TenantId;
  readonly drafts: readonly Draft[];
  readonly from: StretchEnd | undefined;
  /** Of a time, the last row before it. */
  readonly to: StretchEnd | undefined;
  readonly warmUpFrom: StretchEnd | undefined;
  /** Directory of snapshots, so that it need not begin at the first row. */
  readonly snapshots: string;
}

/** What it says: how far it is; then once what it found, or why it can't be done, or what failed. */
export type BackTestSaid =
  | { readonly progress: Progress }
  | { readonly report: BackTestReport }
  | { readonly impossible: string }
  | { readonly failed: unknown };

/** A nice value (0 like all others, 19 the least): cards are answered first. */
const NICE = 10;

const data = workerData as BackTestData;
const say = (said: BackTestSaid) => parentPort!.postMessage(said);
// Linux has priorities by thread, and takes 0 for the one that asks; elsewhere it would be the whole process.
if (process.platform === 'linux') setPriority(0, NICE);

const log = (text: string, cause: unknown) => say({ failed: new Error(text, { cause }) });
const client = await connect(data.url, log, data.session);
try {
  const { id } = data.tenant;
  const row = async (end: StretchEnd | undefined) => {
    if (end === undefined) return undefined;
    return 'seq' in end ? end.seq : rowAt(client, id, end.at);
  };
  const { from, to, warmUpFrom } = data;
  const last = await row(to);
  const report = await runBackTest(client, data.tenant, {
    drafts: data.drafts,
    from: (await row(from)) ?? 1,
    to: last === undefined || to === undefined || 'seq' in to ? last : last - 1,
    warmUpFrom: await row(warmUpFrom),
    snapshots: { directory: data.snapshots, log },
    onProgress: (progress) => say({ progress }),
  });
  say({ report });
} catch (error) {
  // The stretch is none, or is archived and no snapshot is before it: that is for whoever asked.
  if (!(error instanceof RangeError) && !(error instanceof InvariantError)) throw error;
  say({ impossible: error.message });
} finally {
  await client.end();
}
