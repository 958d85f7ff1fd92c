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

/**
 * Opens accounts, in their order; the ledger numbers them when it decides.
 * @returns their numbers
 */
export async function openAccounts(
  { ledger }: Pick<ApiContext, 'ledger'>,
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

/**
 * Opens an account, once for an attempt: whoever carries it on after a crash takes what it had opened. Accounts that are
 * opened alike are as good as each other, so of those that were opened since, any that nobody was told of will do.
 *
 * @param claimed done in the transaction in which the account becomes this request's
 * @returns its number
 */
export async function openAccountOnce(
  context: ApiContext,
  tenant: CallerTenant,
  opening: Opening,
  attempt: Attempt | null,
  claimed: (client: pg.ClientBase, account: number) => Promise<void>,
): Promise<number> {
  const { ledger, idempotency, database } = context;
  const claim = (account: number) =>
    database.forTenant(tenant.number, async (client) => {
      const { rowCount } = await client.query(
        'INSERT INTO holdfast.opened_account (tenant, account) VALUES ($1, $2) ON CONFLICT DO NOTHING',
        [tenant.number, account],
      );
      if (rowCount === 1) await claimed(client, account);
      return rowCount === 1;
    });
  const newest = await ledger.accountsBelow(tenant.name, ALL, LOOKED_THROUGH_MAX);
  const noted = (attempt?.note ?? null) as { readonly before: number } | null;
  if (noted !== null) {
    const since = newest.filter((live) => live.account >= noted.before && isLike(live, opening));
    for (const { account } of since.reverse()) if (await claim(account)) return account;
  } else if (attempt !== null) {
    await idempotency.note(attempt, { before: (newest[0]?.account ?? -1) + 1 });
  }
  for (;;) {
    const [account] = await openAccounts(context, tenant, [opening]);
    // Another that carries on may have taken it for its own; that one's is left over then.
    if (await claim(account!)) return account!;
  }
}

function isLike({ currency, overdraft, posted, held }: LiveAccount, opening: Opening): boolean {
  return currency === opening.currency && overdraft === opening.overdraft && posted === 0 && held === 0;
}
