import type { FastifyRequest } from 'fastify';
import { REFUSAL } from '../../ledger/admit.js';
import { COMMAND, Command, RESPONSE } from '../../ledger/command.js';
import { CommandBatch } from '../../ledger/command-batch.js';
import type { ApiContext } from './api.js';
import { audit } from './audit.js';
import { requireMatch } from './etag.js';
import type { LiveAccount } from './ledger-port.js';
import { notFound } from './problem.js';

/** What becomes of an account; what is absent stays. */
export interface AccountChange {
  /** Minor units. */
  readonly overdraft?: number | undefined;
  /** Null for nobody. */
  readonly holder?: number | null | undefined;
}

/**
 * Changes an account, one request after the other; in force for every message that the ledger takes behind it.
 * @param shown the resource whose tag If-Match has, with a name in `id`
 * @returns the account, as it is then
 * @throws Problem where there is none, or it was changed meanwhile
 */
export async function changeAccount(
  context: ApiContext,
  request: FastifyRequest,
  account: number,
  { overdraft, holder }: AccountChange,
  shown: (live: LiveAccount) => { readonly id: string },
): Promise<LiveAccount> {
  const { ledger, database } = context;
  const { tenant } = request.caller;
  return database.forTenant(tenant, async (client) => {
    await client.query('SELECT pg_advisory_xact_lock(hashtext($1), $2)', [
      `holdfast account ${tenant.number}`,
      account,
    ]);
    const [live] = await ledger.accounts(tenant.name, [account]);
    if (!live) throw notFound();
    const resource = shown(live);
    requireMatch(request, resource);
    const commands = new CommandBatch();
    const changes: Record<string, unknown> = {};
    const command = new Command();
    command.account = account;
    if (overdraft !== undefined && overdraft !== live.overdraft) {
      command.kind = COMMAND.setOverdraft;
      command.overdraft = overdraft;
      commands.add(command);
      changes.overdraft = { from: live.overdraft, to: overdraft };
    }
    if (holder !== undefined && (holder ?? 0) !== live.holder) {
      command.kind = COMMAND.setHolder;
      command.holder = holder ?? 0;
      commands.add(command);
      changes.holder = { from: live.holder === 0 ? null : live.holder, to: holder };
    }
    if (commands.count === 0) return live;
    await audit(client, request, 'account.updated', resource.id, changes);
    const { refusals, responseCodes } = await ledger.decide(tenant.name, commands);
    const decided =
      refusals.every((refusal) => refusal === REFUSAL.none) &&
      responseCodes.every((code) => code === RESPONSE.approved);
    if (!decided) throw new Error(`an account could not be changed: answered ${responseCodes}`);
    return (await ledger.accounts(tenant.name, [account]))[0]!;
  });
}
