import t from 'tap';
import { apply } from '../../ledger/apply.js';
import { Decision, FLAG } from '../../ledger/command.js';
import { Follower } from '../../ledger/follow.js';
import { rowHash } from '../../ledger/hash-chain.js';
import {
  BODY_HEADER_BYTES,
  ENTRY_BYTES_MAX,
  writeBodyHeader,
  writeEntry,
} from '../../ledger/journal-body.js';
import { EntryReader } from '../../ledger/journal-entry.js';
import type { StoredRow } from '../../ledger/read-journal.js';
import { EMPTY_JOURNAL } from '../../ledger/tenant-ledger.js';
import { TenantState } from '../../ledger/tenant-state.js';
import { type Asked, commandOf } from './commands.js';
import { EUR, NOON, POS, USD } from './one-tenant.js';

/** 0.3, as DE10 has it: one cent is nothing. */
const RATE = 73_000_000;
const CENT = { token: 1, amount: 1, currency: USD, channels: POS, fingerprint: 1 };
const OPENING: readonly Asked[] = [
  { kind: 'setLimits', currency: EUR, channels: 31, perTransaction: 1000, perDay: 1000, perDayCount: 100 },
  { kind: 'openAccount', account: 0, currency: EUR },
  { kind: 'issueCard', token: 1, account: 0, expiry: 2612, channels: 31 },
  { kind: 'setRate', currency: USD, billingCurrency: EUR, rate: RATE, exponents: 0, spread: 0 },
];
const MESSAGES: readonly Asked[] = [
  { kind: 'authorise', key: 1, ...CENT },
  { kind: 'clear', key: 2, originalKey: 1, ...CENT },
  { kind: 'clear', key: 3, flags: FLAG.advice, ...CENT },
  { kind: 'clear', key: 4, ...CENT },
  { kind: 'clear', key: 5, processingCode: 200_000, ...CENT },
];

/** The row of a journal that says all this; `recorded` changes what is written down of a decision. */
function row(recorded: (decision: Decision) => void): StoredRow {
  const state = new TenantState();
  const decision = new Decision();
  const asked = [...OPENING, ...MESSAGES];
  const body = Buffer.alloc(BODY_HEADER_BYTES + asked.length * ENTRY_BYTES_MAX);
  let end = BODY_HEADER_BYTES;
  for (const one of asked) {
    const command = commandOf(one);
    apply(state, command, NOON, decision);
    recorded(decision);
    end = writeEntry(body, end, command, decision);
  }
  writeBodyHeader(body, 0, asked.length, state.balances.high, state.balances.low);
  const written = body.subarray(0, end);
  const { hash } = EMPTY_JOURNAL;
  return {
    seq: 1,
    epoch: 1,
    at: NOON,
    body: written,
    previous_hash: hash,
    hash: rowHash(hash, 1, 1, 1, NOON, written),
  };
}

function told(one: StoredRow): unknown[] {
  const entries = [...new EntryReader().entriesOf('lydia', one)].slice(OPENING.length);
  return entries.map(({ responseCode, billed, billedRate }) => [responseCode, billed, billedRate]);
}

t.test('the journal says that an amount was converted to nothing, and at which rate', async (t) => {
  const written = row(() => {});
  t.same(
    told(written),
    MESSAGES.map(() => ['00', 0, String(RATE)]),
  );
  t.equal(new Follower(1).take([written]), OPENING.length + MESSAGES.length);
});

t.test('a row from before that was told is still read and followed', async (t) => {
  const older = row((decision) => {
    decision.rate = 0;
  });
  t.same(
    told(older),
    MESSAGES.map(() => ['00', undefined, undefined]),
  );
  t.equal(new Follower(1).take([older]), OPENING.length + MESSAGES.length);
});

t.test('one that tells of another rate, or of an amount, is not', async (t) => {
  for (const wrong of [{ rate: RATE + 1 }, { billed: 2 }]) {
    const forged = row((decision) => {
      if (decision.rate !== 0) Object.assign(decision, wrong);
    });
    t.throws(() => new Follower(1).take([forged]), /records another decision/);
  }
});
