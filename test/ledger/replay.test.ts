import fc from 'fast-check';
import t from 'tap';
import { Decision } from '../../ledger/command.js';
import { Follower } from '../../ledger/follow.js';
import type { StoredRow } from '../../ledger/read-journal.js';
import { stateDigest } from '../../ledger/state-image.js';
import { EMPTY_JOURNAL, TenantLedger } from '../../ledger/tenant-ledger.js';
import { TenantState } from '../../ledger/tenant-state.js';
import { holds } from '../parsers/property.js';
import { anyStep, following, OPENING, type Step } from './arbitrary-commands.js';
import { commandOf } from './commands.js';
import { NOON } from './one-tenant.js';
import { contentOf } from './state-content.js';

const TENANT = 1;
const LEASE = { tenant: TENANT, epoch: 1 };

/** Decides those steps as the writer of a journal does, a row for each run of steps without a wait. */
function written(steps: readonly Step[]): {
  readonly state: TenantState;
  readonly rows: readonly StoredRow[];
} {
  const state = new TenantState();
  const ledger = new TenantLedger('one', LEASE, state, EMPTY_JOURNAL);
  const decision = new Decision();
  const rows: StoredRow[] = [];
  let at = NOON;
  const close = () => {
    if (ledger.entries === 0) return;
    const { seq, epoch, previousHash, hash, body } = ledger.closeRow(at);
    rows.push({ seq, epoch, previous_hash: previousHash, hash, at, body: Buffer.from(body) });
  };
  for (const asked of OPENING) ledger.decide(commandOf(asked), at, decision);
  for (const { asked, waitMs } of steps) {
    if (waitMs > 0) close();
    at += waitMs;
    const command = following(state, asked);
    if (command !== undefined) ledger.decide(command, at, decision);
  }
  close();
  return { state, rows };
}

t.test('whatever was decided, its journal gives the same decisions, and the same state', async (t) => {
  holds(
    t,
    fc.property(fc.array(anyStep, { maxLength: 120, size: 'max' }), (steps) => {
      const { state, rows } = written(steps);
      const follower = new Follower(TENANT);
      follower.take(rows);
      if (contentOf(follower.state) !== contentOf(state)) throw new Error('another state');
      if (!stateDigest(follower.state).equals(stateDigest(state))) throw new Error('another digest');
    }),
    300,
  );
});
