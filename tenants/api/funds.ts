import type { FastifyRequest } from 'fastify';
import { REFUSAL } from '../../ledger/admit.js';
import { BOOK } from '../../ledger/books.js';
import { COMMAND, Command, DIRECTION, KEY_WORDS, RESPONSE } from '../../ledger/command.js';
import { CommandBatch } from '../../ledger/command-batch.js';
import { fundsFingerprint, writeFundsKey } from '../../ledger/funds-key.js';
import type { ApiContext } from './api.js';
import { audit } from './audit.js';
import type { LiveAccount } from './ledger-port.js';
import type { ObjectNames } from './object-names.js';
import { notFound, notPossible, Problem } from './problem.js';
import { type Transfer, transferOf } from './transfer-rows.js';

export const COUNTERS = ['funding', 'fees', 'suspense'] as const;
export type Counter = (typeof COUNTERS)[number];

/** What moves between an account and the tenant itself; `amount` is above zero. */
export interface Posting {
  readonly account: LiveAccount;
  readonly incoming: boolean;
  readonly amount: number;
  readonly counter: Counter;
  readonly mayOverdraw: boolean;
}

/** What moves between two accounts; `amount` is above zero. */
export interface Payment {
  readonly from: LiveAccount;
  readonly to: LiveAccount;
  readonly amount: number;
}

/**
 * Moves funds, once for the request's Idempotency-Key, of which the ledger keeps a hash with its answer: so neither a
 * repeat nor a try that is carried on after a crash moves anything twice.
 *
 * @param description what the tenant says of it
 * @throws Problem where the account can't pay, or the key was used for something else
 */
export async function moveFunds(
  context: ApiContext,
  request: FastifyRequest,
  what: Posting | Payment,
  description: string | undefined,
): Promise<Transfer> {
  const { tenant } = request.caller;
  const names = await context.names(tenant);
  const command = 'from' in what ? paymentCommand(what) : postingCommand(what);
  writeFundsKey(request.attempt!.key, command.key);
  command.fingerprint = fundsFingerprint(command);
  const key = keyBytes(command.key);
  const transfer = transferOf(context, names, tenant, {
    ...rowOf(command),
    key,
    description: description ?? null,
    response_code: '00',
    at: null,
  });
  await context.database.forTenant(tenant, async (client) => {
    if (description !== undefined) {
      await client.query(
        'INSERT INTO holdfast.transfer_text (tenant, key, description) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING',
        [tenant.number, key, description],
      );
    }
    const { id, object: _object, status: _status, created: _created, ...asked } = transfer;
    await audit(client, request, 'transfer.requested', id, asked);
  });
  const commands = new CommandBatch();
  commands.add(command);
  const { refusals, responseCodes } = await context.ledger.decide(tenant.name, commands);
  if (refusals[0] !== REFUSAL.none) throw notFound();
  requireMoved(responseCodes[0]!);
  return transfer;
}

function requireMoved(responseCode: number): void {
  switch (responseCode) {
    case RESPONSE.approved:
      return;
    case RESPONSE.insufficientFunds:
      throw new Problem('HF_INSUFFICIENT_FUNDS');
    case RESPONSE.duplicate:
      throw new Problem('HF_IDEMPOTENCY_KEY_REUSED');
    default:
      // Its form, accounts and currency were looked at, so it is that the sum can't be counted.
      throw notPossible('/amount', 'exact', 'no balance can become that much');
  }
}

function postingCommand({ account, incoming, amount, counter, mayOverdraw }: Posting): Command {
  const command = new Command();
  command.kind = COMMAND.postFunds;
  command.account = account.account;
  command.currency = account.currency;
  command.amount = amount;
  command.direction = incoming ? DIRECTION.in : DIRECTION.out;
  command.book = BOOK[counter];
  command.mayOverdraw = mayOverdraw ? 1 : 0;
  return command;
}

function paymentCommand({ from, to, amount }: Payment): Command {
  const command = new Command();
  command.kind = COMMAND.transferFunds;
  command.account = from.account;
  command.counterAccount = to.account;
  command.currency = from.currency;
  command.amount = amount;
  return command;
}

/** A command as the read model will have it. */
function rowOf({ kind, account, counterAccount, currency, amount, direction, book }: Command) {
  const isPayment = kind === COMMAND.transferFunds;
  const incoming = !isPayment && direction === DIRECTION.in;
  const ofFunding = incoming ? ('funding' as const) : ('withdrawal' as const);
  const isFunding = book === BOOK.funding;
  return {
    kind: isPayment ? ('transfer' as const) : isFunding ? ofFunding : ('adjustment' as const),
    account,
    direction: incoming ? 'in' : 'out',
    counter_account: isPayment ? counterAccount : null,
    book: isPayment ? null : COUNTERS.find((counter) => BOOK[counter] === book)!,
    amount: String(amount),
    currency: String(currency),
  };
}

/** A funds key as the read model has it. */
function keyBytes(key: Uint32Array): Buffer {
  const bytes = Buffer.alloc(4 * KEY_WORDS);
  for (let word = 0; word < KEY_WORDS; word++) bytes.writeUInt32BE(key[word]!, 4 * word);
  return bytes;
}

/**
 * The account of a name as it is now.
 * @param pointer where the body names it; absent where the path does
 * @throws Problem `HF_NOT_FOUND` where the tenant has none
 */
export async function requireAccount(
  { ledger }: ApiContext,
  names: ObjectNames,
  { tenant }: FastifyRequest['caller'],
  name: string,
  pointer?: string,
): Promise<LiveAccount> {
  const [number] = names.find('acct', tenant.number, name) ?? [];
  const [account] = number === undefined ? [] : await ledger.accounts(tenant.name, [number]);
  if (account) return account;
  if (pointer === undefined) throw notFound();
  throw new Problem('HF_NOT_FOUND', undefined, [
    { pointer, rule: 'exists', text: 'there is no such account' },
  ]);
}

/** @throws Problem where that currency is given, and the account has another */
export function requireCurrency(
  { currencyOf }: ApiContext,
  currency: string | undefined,
  account: LiveAccount,
  pointer = '/currency',
): void {
  if (currency === undefined || Number(currencyOf(currency)?.numeric) === account.currency) return;
  throw notPossible(pointer, 'currency', 'the account has another currency');
}
