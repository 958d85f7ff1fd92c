import type pg from 'pg';
import { REFUSAL } from '../../ledger/admit.js';
import { CARD_STATUS, COMMAND, Command, RESPONSE } from '../../ledger/command.js';
import { CommandBatch } from '../../ledger/command-batch.js';
import type { ApiContext } from './api.js';
import type { CallerTenant } from './authentication.js';
import { randomUuid, tokenOf } from './card-issuing.js';
import { generatePan } from './card-numbers.js';
import type { Draw } from './idempotency.js';
import { notFound } from './problem.js';

/** Numbers that are drawn for a token before it is given up. */
const DRAWS_MAX = 16;

/** A second number of a card that is to be: `expiry` YYMM, `channels` a mask. */
export interface TokenOrder {
  readonly card: { readonly id: string; readonly hash: Buffer };
  readonly expiry: string;
  readonly channels: number;
  /** Number of its card's account, and of that account's currency (ISO 4217, three digits). */
  readonly account: number;
  readonly currency: string;
  readonly wallet: string;
}

/**
 * Gives a card a second number in the tenant's BIN ranges: written to the card table, then put in force by the ledger. With
 * the same `draw` the same token comes out.
 *
 * @param onAdded done in the transaction that writes it
 * @returns its UUID
 */
export async function issueWalletToken(
  context: ApiContext,
  tenant: CallerTenant,
  draw: Draw,
  order: TokenOrder,
  onAdded: (client: pg.ClientBase, uuid: string) => Promise<void>,
): Promise<string> {
  const uuid = randomUuid(draw.bytes('token'));
  for (let drawn = 0; drawn < DRAWS_MAX; drawn++) {
    const pan = generatePan(tenant.bins, draw.bytes(`token pan ${drawn}`));
    const hash = Buffer.from(context.hashOf(pan));
    if (!(await isOurs(context, tenant, { order, uuid, pan, hash }, onAdded))) continue;
    const command = new Command();
    command.kind = COMMAND.issueToken;
    command.token.set(tokenOf(hash));
    command.originalToken.set(tokenOf(order.card.hash));
    command.expiry = Number(order.expiry);
    command.status = CARD_STATUS.active;
    command.channels = order.channels;
    const commands = new CommandBatch();
    commands.add(command);
    const { refusals, responseCodes } = await context.ledger.decide(tenant.name, commands);
    if (refusals[0] === REFUSAL.noSuchCard) throw notFound();
    // The number is ours: a try that was cut short had come so far.
    const isIssued = refusals[0] === REFUSAL.cardExists || responseCodes[0] === RESPONSE.approved;
    if (!isIssued) throw new Error(`a token was answered ${responseCodes[0]}`);
    return uuid;
  }
  throw new Error(`no number is left in the BIN ranges of ${tenant.name}`);
}

interface Draft {
  readonly order: TokenOrder;
  readonly uuid: string;
  readonly pan: string;
  readonly hash: Buffer;
}

/** Writes it to the table; false where the number belongs to something else. */
async function isOurs(
  { database, cipher, tokenVersion }: ApiContext,
  tenant: CallerTenant,
  { order, uuid, pan, hash }: Draft,
  onAdded: (client: pg.ClientBase, uuid: string) => Promise<void>,
): Promise<boolean> {
  const { card, expiry, currency, account, wallet } = order;
  return database.forTenant(tenant, async (client) => {
    const { rowCount } = await client.query(
      `INSERT INTO holdfast.card
         (tenant, hash, token_version, first6, last4, pan, expiry, currency, account, id, type, parent, wallet)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 'virtual', $11, $12)
       ON CONFLICT (tenant, hash) DO NOTHING`,
      [
        tenant.number,
        hash,
        tokenVersion,
        pan.slice(0, 6),
        pan.slice(-4),
        cipher.encrypt(pan, hash),
        expiry,
        currency,
        account,
        uuid,
        card.id,
        wallet,
      ],
    );
    if (rowCount === 1) {
      await onAdded(client, uuid);
      return true;
    }
    const { rows } = await client.query<{ id: string }>(
      'SELECT id FROM holdfast.card WHERE tenant = $1 AND hash = $2',
      [tenant.number, hash],
    );
    return rows[0]?.id === uuid;
  });
}
