import type pg from 'pg';
import { REFUSAL } from '../../ledger/admit.js';
import { COMMAND, Command } from '../../ledger/command.js';
import { CommandBatch } from '../../ledger/command-batch.js';
import type { ApiContext } from './api.js';
import type { CallerTenant } from './authentication.js';
import type { Attempt } from './idempotency.js';
import type { LiveAccount } from './ledger-port.js';

/** More than a ledger has accounts. */
const ALL = 2 ** 32;
/** Accounts that were opened since a try that was cut short, of which one may be its own. */
const LOOKED_THROUGH_MAX = 1000;

/** What an account is opened with: `currency` an ISO 4217 number, `overdraft` in its minor units. */
export interface Opening {
  readonly currency: number;
  readonly overdraft: number;
}

/** Done in the transaction in which accounts become a request's. */
type Claimed = (client: pg.ClientBase, accounts: readonly number[]) => Promise<void>;

/**
 * Opens accounts; the ledger numbers them when it decides.
 * @returns their numbers, in the order of `openings`
 */
export async function openAccounts(
  context: ApiContext,
  tenant: CallerTenant,
  openings: readonly Opening[],
  claimed: Claimed = async () => {},
  request: Buffer | null = null,
): Promise<readonly number[]> {
  const opened = new Array<number>(openings.length);
  let due = openings.map((opening, at) => ({ opening, at }));
  // One that another request carried on with is that one's (see openAccountOnce); then there is another.
  while (due.length > 0) {
    const numbers = await open(
      context,
      tenant,
      due.map(({ opening }) => opening),
    );
    const ours = await claim(context, tenant, numbers, request, claimed);
    for (const [index, { at }] of due.entries()) opened[at] = numbers[index]!;
    due = due.filter((_, index) => !ours.has(numbers[index]!));
  }
  return opened;
}

/**
 * Opens an account, once for an attempt: whoever carries it on after a crash takes what it had opened. Accounts that are
 * opened alike are as good as each other, so of those that were opened since, any that is nobody's will do.
 *
 * @returns its number
 */
export async function openAccountOnce(
  context: ApiContext,
  tenant: CallerTenant,
  opening: Opening,
  attempt: Attempt | null,
  claimed: Claimed,
): Promise<number> {
  const request = attempt?.draw.bytes('account') ?? null;
  if (attempt !== null) {
    const known = await accountOf(context, tenant, request!);
    if (known !== undefined) return known;
    const newest = await context.ledger.accountsBelow(tenant.name, ALL, LOOKED_THROUGH_MAX);
    const noted = attempt.note as { readonly before: number } | null;
    if (noted === null) await context.idempotency.note(attempt, { before: (newest[0]?.account ?? -1) + 1 });
    else {
      const since = newest.filter((live) => live.account >= noted.before && isLike(live, opening));
      for (const { account } of since.reverse()) {
        if ((await claim(context, tenant, [account], request, claimed)).has(account)) return account;
      }
    }
  }
  const [account] = await openAccounts(context, tenant, [opening], claimed, request);
  return account!;
}

async function open(
  { ledger }: ApiContext,
  tenant: CallerTenant,
  openings: readonly Opening[],
): Promise<readonly number[]> {
  const commands = new CommandBatch();
  const command = new Command();
  command.kind = COMMAND.openAccount;
  for (const { currency, overdraft } of openings) {
    command.currency = currency;
    command.overdraft = overdraft;
    commands.add(command);
  }
  const { refusals, made } = await ledger.decide(tenant.name, commands);
  if (refusals.some((refusal) => refusal !== REFUSAL.none)) throw new Error('an account could not be opened');
  return [...made];
}

/** The account that is a request's already. */
async function accountOf(
  { database }: ApiContext,
  tenant: CallerTenant,
  request: Buffer,
): Promise<number | undefined> {
  const { rows } = await database.forTenant(tenant, (client) =>
    client.query<{ account: number }>(
      'SELECT account FROM holdfast.opened_account WHERE tenant = $1 AND request = $2',
      [tenant.number, request],
    ),
  );
  return rows[0]?.account;
}

/** Makes accounts a request's that are nobody's; returns which. */
async function claim(
  { database }: ApiContext,
  tenant: CallerTenant,
  accounts: readonly number[],
  request: Buffer | null,
  claimed: Claimed,
): Promise<ReadonlySet<number>> {
  return database.forTenant(tenant, async (client) => {
    const { rows } = await client.query<{ account: number }>(
      `INSERT INTO holdfast.opened_account (tenant, account, request) SELECT $1, unnest($2::int[]), $3
       ON CONFLICT (tenant, account) DO NOTHING RETURNING account`,
      [tenant.number, accounts, request],
    );
    const ours = rows.map(({ account }) => account);
    if (ours.length > 0) await claimed(client, ours);
    return new Set(ours);
  });
}

function isLike({ currency, overdraft, posted, held }: LiveAccount, opening: Opening): boolean {
  return currency === opening.currency && overdraft === opening.overdraft && posted === 0 && held === 0;
}
