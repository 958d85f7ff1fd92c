import fc from 'fast-check';
import { ENTRY, FLAG, KEPT_NOTHING } from '../../../ledger/command.js';
import { RECORD } from '../../../ledger/record.js';
import type { TenantState } from '../../../ledger/tenant-state.js';
import { OPENING, type Step, tenantsOwn } from '../arbitrary-commands.js';
import { type Asked, commandOf } from '../commands.js';
import { EUR, POS, USD } from '../one-tenant.js';
import type { RunningLedger } from '../running-ledger.js';

const COMMANDS_A_ROW = 7;
const JPY = 392;
const HOTEL = 7011;
const CAFE = 5814;
/** Tokens 1 to 5 are issued by {@link HISTORY_OPENING}, 6 perhaps by a step, 7 never. */
const token = fc.constantFrom(1, 1, 1, 1, 2, 2, 3, 3, 5, 5, 5, 4, 6, 7);
const amount = fc.oneof(fc.constantFrom(0, 100, 500, 500, 510), fc.integer({ min: 1, max: 3000 }));
const messageCurrency = fc.constantFrom(EUR, EUR, EUR, EUR, EUR, USD, JPY);
/** Tokens of cards that can pay. */
const USABLE = [1, 2, 5, 1, 3] as const;
/** Few keys, so that they meet again, by kind of message. */
const authorisationKey = fc.integer({ min: 1, max: 25 });
const clearingKey = fc.integer({ min: 201, max: 260 });
const reversalKey = fc.integer({ min: 301, max: 330 });
const anyKey = fc.oneof(authorisationKey, clearingKey, reversalKey, fc.constant(0));
const DEBIT = 0;
const CASH = 10_000;
const REFUND = 200_000;
const INQUIRY = 310_000;
const message = {
  token,
  amount,
  currency: messageCurrency,
  channels: fc.constantFrom(POS, POS, POS, 4, 16),
  mcc: fc.constantFrom(CAFE, CAFE, HOTEL),
  processingCode: fc.constantFrom(DEBIT, DEBIT, DEBIT, DEBIT, DEBIT, DEBIT, DEBIT, CASH, REFUND, INQUIRY),
  windowHours: fc.constantFrom(168, 168, 24, 1),
  // DE6 and DE51, of the network that converted.
  billing: fc.integer({ min: 1, max: 3000 }),
  billingCurrency: fc.constantFrom(0, 0, 0, EUR),
  rate: fc.constantFrom(0, 60_912_345),
  cashback: fc.constantFrom(0, 0, 0, 100),
  entry: fc.constantFrom(...Object.values(ENTRY)),
  traits: fc.nat({ max: 127 }),
  country: fc.constantFrom(0, 250, 8),
  acquirer: fc.constantFrom(0, 123_456),
  acceptor: fc.constant(Uint8Array.of(0x43, 0xc9, 0, 0x20, 0x2a)),
  acceptorLength: fc.nat({ max: 5 }),
};

const authorise = fc
  .record({
    key: authorisationKey,
    ...message,
    originalKey: fc.oneof(
      { weight: 3, arbitrary: fc.constant(0) },
      { weight: 1, arbitrary: authorisationKey },
    ),
    flags: flags('advice', 'declined', 'incremental', 'estimated', 'partial'),
  })
  .map(
    (fields): Asked =>
      withCardOf(fields.originalKey || fields.key, { kind: 'authorise', kept: KEPT_NOTHING, ...fields }),
  );

const clear = fc
  .record({
    key: clearingKey,
    ...message,
    originalKey: fc.oneof(
      { weight: 3, arbitrary: authorisationKey },
      { weight: 1, arbitrary: fc.constant(0) },
    ),
    flags: flags('advice', 'advice', 'declined', 'more', 'partial'),
  })
  .map((fields): Asked => withCardOf(fields.originalKey, { kind: 'clear', kept: KEPT_NOTHING, ...fields }));

const reverse = fc
  .record({
    key: reversalKey,
    ...message,
    amount: fc.oneof({ weight: 5, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: amount }),
    originalKey: anyKey,
    flags: flags('unnamed'),
    kept: fc.oneof(
      { weight: 2, arbitrary: fc.constant(KEPT_NOTHING) },
      { weight: 1, arbitrary: fc.constantFrom(0, 100, 499, 700) },
    ),
  })
  .map((fields): Asked => withCardOf(fields.originalKey, { kind: 'reverse', ...fields }));

const voided = fc.oneof(authorisationKey, clearingKey).map((key): Asked => ({ kind: 'voidRequest', key }));

const expired = authorisationKey.map((key): Asked => ({ kind: 'expireHold', key }));

const configured: fc.Arbitrary<Asked> = fc.oneof(
  fc.constantFrom<Asked>(
    { kind: 'setLimits', currency: EUR, channels: 31, perTransaction: 900, perDay: 2000, perDayCount: 5 },
    { kind: 'setLimits', currency: EUR, channels: 5, perTransaction: 5000, perDay: 50_000, perDayCount: 50 },
    {
      kind: 'setHoldRule',
      mcc: HOTEL,
      mccTo: HOTEL,
      holdMinutes: 43_200,
      estimateMinutes: 60,
      tolerance: 2000,
    },
    { kind: 'setRate', currency: JPY, billingCurrency: EUR, rate: 50_000_610, exponents: 2, spread: 150 },
    { kind: 'issueCard', token: 6, account: 3, expiry: 3012, channels: 31 },
    { kind: 'aliasCard', token: 16, originalToken: 6 },
    { kind: 'aliasCard', token: 11, originalToken: 1 },
    { kind: 'aliasCard', token: 21, originalToken: 1 },
    { kind: 'aliasCard', token: 18, originalToken: 8 },
  ),
  fc
    .record({ account: fc.nat(3), amount: fc.integer({ min: 1, max: 900 }) })
    .map((fields): Asked => ({ kind: 'credit', currency: fields.account === 2 ? USD : EUR, ...fields })),
);

/** Everything that a ledger can be asked, messages mostly. Not all of it can follow each other. */
export const historyStep: fc.Arbitrary<Step> = fc.record({
  asked: fc.oneof(
    { weight: 14, arbitrary: authorise },
    { weight: 8, arbitrary: clear },
    { weight: 3, arbitrary: reverse },
    { weight: 1, arbitrary: voided },
    { weight: 1, arbitrary: expired },
    { weight: 2, arbitrary: fc.constant<Asked>({ kind: 'advanceTime' }) },
    { weight: 3, arbitrary: configured },
    { weight: 3, arbitrary: tenantsOwn },
  ),
  waitMs: fc.constantFrom(0, 0, 0, 0, 0, 1, 1, 60_000, 60_000, 3_600_000, 3_600_000, 14_400_000),
});

/** What every history begins with: what {@link OPENING} has, and an account with an overdraft line and its card. */
export const HISTORY_OPENING: readonly Asked[] = [
  ...OPENING,
  { kind: 'openAccount', account: 3, currency: EUR, overdraft: 700 },
  { kind: 'issueCard', token: 5, account: 3, expiry: 3012, channels: 31 },
  {
    kind: 'setHoldRule',
    mcc: HOTEL,
    mccTo: HOTEL,
    holdMinutes: 43_200,
    estimateMinutes: 60_000,
    tolerance: 1500,
  },
  { kind: 'setRate', currency: USD, billingCurrency: EUR, rate: 60_912_345, exponents: 0, spread: 200 },
];

/** Mostly a key comes with the card that it came with before: what belongs together meets. */
function withCardOf(key: number, asked: Asked): Asked {
  const token = key === 0 || [4, 6, 7].includes(asked.token!) ? asked.token! : USABLE[key % USABLE.length]!;
  return { ...asked, token, fingerprint: asked.amount! };
}

/** Sets of these flags, most of them empty. */
function flags(...names: (keyof typeof FLAG)[]): fc.Arbitrary<number> {
  const some = fc.subarray(names).map((chosen) => chosen.reduce((bits, name) => bits | FLAG[name], 0));
  return fc.oneof({ weight: 2, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: some });
}

/** Whether a command can follow those before it: what can't be decided at all is no part of a history. */
export function canFollow({ records, tokens }: TenantState, asked: Asked): boolean {
  const { token, originalToken, key } = commandOf(asked);
  switch (asked.kind) {
    case 'voidRequest': {
      const record = records.find(key);
      if (record < 0) return false;
      const status = records.status(record);
      return status !== RECORD.blocked && status !== RECORD.reversal;
    }
    case 'issueCard':
      return tokens.find(token) < 0;
    case 'aliasCard':
      return tokens.find(token) < 0 && tokens.find(originalToken) >= 0;
    default:
      return true;
  }
}

/** Plays a history to a tenant, and makes it durable in rows of a few commands. */
export async function play(
  running: RunningLedger,
  tenant: number,
  steps: readonly Step[],
  onRow: () => Promise<void> = async () => {},
): Promise<void> {
  for (const asked of HISTORY_OPENING) running.ask(tenant, asked);
  for (const [index, { asked, waitMs }] of steps.entries()) {
    if (!canFollow(running.state(tenant), asked)) continue;
    running.now += waitMs;
    running.ask(tenant, asked);
    if (index % COMMANDS_A_ROW !== 0) continue;
    await running.commit();
    await onRow();
  }
  if (running.ledger.gathered) await running.commit();
}
