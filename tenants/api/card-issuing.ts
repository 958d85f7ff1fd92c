import type pg from 'pg';
import { REFUSAL } from '../../ledger/admit.js';
import { COMMAND, Command, TOKEN_WORDS } from '../../ledger/command.js';
import { CommandBatch } from '../../ledger/command-batch.js';
import { type Opening, openAccounts } from './account-opening.js';
import type { ApiContext } from './api.js';
import type { CallerTenant } from './authentication.js';
import { generatePan } from './card-numbers.js';
import type { Draw } from './idempotency.js';

/** Cards that are issued at once, in one statement and one message. */
export const CARDS_AT_ONCE = 1000;
/** PANs that are drawn for a card before it is given up: each of the ones before belongs to another card. */
const DRAWS_MAX = 16;

/** A card that is to be issued. `expiry` is YYMM, `status` one of `CARD_STATUS`, `channels` a mask. */
export interface CardOrder {
  /** Its place in the request: what is random in it goes by that. */
  readonly place: number;
  /** The account's number, or one to be opened for it. */
  readonly account: number | Opening;
  /** Null for one to be generated. */
  readonly pan: string | null;
  readonly expiry: string;
  readonly status: number;
  readonly channels: number;
  /** ISO 4217 number, three digits. */
  readonly currency: string;
}

/** What became of an order. `uuid` is in the card's name. */
export type IssuedCard =
  | { readonly outcome: 'issued'; readonly uuid: string; readonly account: number; readonly pan: string }
  | { readonly outcome: 'exists' }
  | { readonly outcome: 'no_account' };

interface Draft {
  readonly order: CardOrder;
  readonly uuid: string;
  readonly pan: string;
  readonly hash: Buffer;
  readonly token: Uint32Array;
}

/**
 * Issues cards: writes each into the card table, then has the ledger decide, so that no card is in force without its
 * PAN. A card that is in the table alone, as a try was cut short, is issued by the next. With the same `draw` the same
 * cards come out.
 *
 * @param onAdded done in the transaction that writes the cards
 */
export async function issueCards(
  context: ApiContext,
  tenant: CallerTenant,
  draw: Draw,
  orders: readonly CardOrder[],
  onAdded: (client: pg.ClientBase, uuids: readonly string[]) => Promise<void>,
): Promise<readonly IssuedCard[]> {
  const results = new Array<IssuedCard>(orders.length);
  const drafts: { readonly draft: Draft; readonly at: number }[] = [];
  const seen = new Set<string>();
  let due = orders.map((order, at) => ({ order, at }));
  for (let drawn = 0; due.length > 0 && drawn < DRAWS_MAX; drawn++) {
    const drawing = due.map(({ order, at }) => ({ at, draft: draft(context, tenant, draw, order, drawn) }));
    const live = await context.ledger.cards(
      tenant.name,
      drawing.map(({ draft: { token } }) => token),
    );
    const taken = drawing.filter((_, index) => live[index] !== null);
    const names = await namesOf(
      context,
      tenant,
      taken.map(({ draft: { hash } }) => hash),
    );
    const again: typeof due = [];
    for (const [index, { draft, at }] of drawing.entries()) {
      const { uuid, pan, order, hash } = draft;
      const known = live[index] ?? null;
      if (known === null && !seen.has(pan)) {
        seen.add(pan);
        drafts.push({ draft, at });
      } else if (known !== null && names.get(hash.toString('hex')) === uuid) {
        results[at] = { outcome: 'issued', uuid, account: known.account, pan };
      } else if (order.pan === null) again.push({ order, at });
      else results[at] = { outcome: 'exists' };
    }
    due = again;
  }
  if (due.length > 0) throw new Error(`no PAN is left in the BIN ranges of ${tenant.name}`);
  if (drafts.length === 0) return results;
  const opened = await openedFor(
    context,
    tenant,
    drafts.map(({ draft }) => draft.order),
  );
  const uuids = await addToTable(
    context,
    tenant,
    drafts.map(({ draft }) => draft),
    opened,
    onAdded,
  );
  const refusals = await decide(
    context,
    tenant,
    drafts.map(({ draft }) => draft),
    opened,
  );
  const raced = drafts.filter((_, index) => refusals[index] === REFUSAL.cardExists);
  if (raced.length > 0)
    await correct(
      context,
      tenant,
      raced.map(({ draft }) => draft),
    );
  for (const [index, { draft, at }] of drafts.entries()) {
    const refusal = refusals[index]!;
    results[at] =
      refusal === REFUSAL.none
        ? { outcome: 'issued', uuid: uuids[index]!, account: opened[index]!, pan: draft.pan }
        : { outcome: refusal === REFUSAL.noSuchAccount ? 'no_account' : 'exists' };
  }
  return results;
}

function draft(
  { hashOf }: ApiContext,
  tenant: CallerTenant,
  draw: Draw,
  order: CardOrder,
  drawn: number,
): Draft {
  const pan = order.pan ?? generatePan(tenant.bins, draw.bytes(`pan ${drawn}`, order.place));
  const hash = Buffer.from(hashOf(pan));
  return { order, pan, hash, token: tokenOf(hash), uuid: randomUuid(draw.bytes('card', order.place)) };
}

/** A UUID of version 4 (RFC 9562 clause 5.4) of random bytes. */
function randomUuid(random: Buffer): string {
  random[6] = (random[6]! & 0x0f) | 0x40;
  random[8] = (random[8]! & 0x3f) | 0x80;
  const hex = random.toString('hex', 0, 16);
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

/** The token in a keyed hash of a PAN: its first 128 bits. */
export function tokenOf(hash: Buffer): Uint32Array {
  return Uint32Array.from({ length: TOKEN_WORDS }, (_, word) => hash.readUInt32BE(4 * word));
}

async function namesOf(
  { database }: ApiContext,
  tenant: CallerTenant,
  hashes: readonly Buffer[],
): Promise<ReadonlyMap<string, string>> {
  if (hashes.length === 0) return new Map();
  const { rows } = await database.forTenant(tenant, (client) =>
    client.query<{ hash: string; id: string }>(
      "SELECT encode(hash, 'hex') AS hash, id FROM holdfast.card WHERE tenant = $1 AND hash = ANY ($2)",
      [tenant.number, hashes],
    ),
  );
  return new Map(rows.map(({ hash, id }) => [hash, id]));
}

async function openedFor(
  context: ApiContext,
  tenant: CallerTenant,
  orders: readonly CardOrder[],
): Promise<readonly number[]> {
  const openings = orders.flatMap(({ account }) => (typeof account === 'number' ? [] : [account]));
  const opened = openings.length === 0 ? [] : [...(await openAccounts(context, tenant, openings))];
  return orders.map(({ account }) => (typeof account === 'number' ? account : opened.shift()!));
}

/** @returns their UUIDs: those of before where a try that was cut short had added them */
async function addToTable(
  { database, cipher, tokenVersion }: ApiContext,
  tenant: CallerTenant,
  drafts: readonly Draft[],
  accounts: readonly number[],
  onAdded: (client: pg.ClientBase, uuids: readonly string[]) => Promise<void>,
): Promise<readonly string[]> {
  return database.forTenant(tenant, async (client) => {
    const { rows } = await client.query<{ hash: Buffer; id: string }>(
      `INSERT INTO holdfast.card (tenant, hash, token_version, first6, last4, pan, expiry, currency, account, id)
       SELECT $1, hash, $2, first6, last4, pan, expiry, currency, account, id
       FROM unnest($3::bytea[], $4::text[], $5::text[], $6::bytea[], $7::text[], $8::text[], $9::int[], $10::uuid[])
         AS card (hash, first6, last4, pan, expiry, currency, account, id)
       ON CONFLICT (tenant, hash) DO UPDATE SET account = excluded.account, expiry = excluded.expiry
       RETURNING hash, id`,
      [
        tenant.number,
        tokenVersion,
        drafts.map(({ hash }) => hash),
        drafts.map(({ pan }) => pan.slice(0, 6)),
        drafts.map(({ pan }) => pan.slice(-4)),
        drafts.map(({ pan, hash }) => cipher.encrypt(pan, hash)),
        drafts.map(({ order }) => order.expiry),
        drafts.map(({ order }) => order.currency),
        accounts,
        drafts.map(({ uuid }) => uuid),
      ],
    );
    const ids = new Map(rows.map(({ hash, id }) => [hash.toString('hex'), id]));
    const uuids = drafts.map(({ hash }) => ids.get(hash.toString('hex'))!);
    await onAdded(client, uuids);
    return uuids;
  });
}

/** Puts into the table how cards stand that another request issued at the same moment. */
async function correct(
  { ledger, database }: ApiContext,
  tenant: CallerTenant,
  drafts: readonly Draft[],
): Promise<void> {
  const live = await ledger.cards(
    tenant.name,
    drafts.map(({ token }) => token),
  );
  await database.forTenant(tenant, (client) =>
    client.query(
      `UPDATE holdfast.card SET account = live.account, expiry = live.expiry
       FROM unnest($2::bytea[], $3::int[], $4::text[]) AS live (hash, account, expiry)
       WHERE card.tenant = $1 AND card.hash = live.hash`,
      [
        tenant.number,
        drafts.map(({ hash }) => hash),
        live.map((card) => card!.account),
        live.map((card) => String(card!.expiry).padStart(4, '0')),
      ],
    ),
  );
}

async function decide(
  { ledger }: ApiContext,
  tenant: CallerTenant,
  drafts: readonly Draft[],
  accounts: readonly number[],
): Promise<Uint8Array> {
  const commands = new CommandBatch();
  const command = new Command();
  command.kind = COMMAND.issueCard;
  for (const [index, { token, order }] of drafts.entries()) {
    command.token.set(token);
    command.account = accounts[index]!;
    command.expiry = Number(order.expiry);
    command.status = order.status;
    command.channels = order.channels;
    commands.add(command);
  }
  return (await ledger.decide(tenant.name, commands)).refusals;
}
