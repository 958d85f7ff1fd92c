import type { FastifyRequest } from 'fastify';
import type { ApiContext } from './api.js';
import { audit } from './audit.js';
import type { CallerTenant } from './authentication.js';
import { findCard, liveCards } from './card-rows.js';
import { lettersOf } from './currency.js';
import type { LiveCard } from './ledger-port.js';
import { cardName } from './object-names.js';
import { notFound } from './problem.js';
import type { SandboxPort, SimulatedMessage, Stamp } from './sandbox-port.js';
import { bookedOf, findOriginal, type OriginalRow } from './simulated-rows.js';

/** A card that a message is to be of. */
export interface UsedCard {
  readonly name: string;
  readonly pan: string;
  /** YYMM */
  readonly expiry: string;
  readonly live: LiveCard;
}

/** By which link a message goes, and how often. */
export interface SendingBody {
  readonly link?: string;
  readonly dialect?: string;
  readonly repeat?: boolean;
}

/**
 * The card of that name, its PAN in clear: for a message, and nothing else.
 * @throws Problem `HF_NOT_FOUND`
 */
export async function useCard(
  context: ApiContext,
  request: FastifyRequest,
  name: string,
  action: string,
): Promise<UsedCard> {
  const { tenant } = request.caller;
  const row = await context.database.forTenant(tenant, async (client) => {
    const found = await findCard<{ hash: Buffer; pan: Buffer }>(client, tenant, name, 'hash, pan');
    await audit(client, request, action, name, request.body as Record<string, unknown>);
    return found;
  });
  const [live] = await liveCards(context, tenant, [row]);
  if (!live) throw notFound();
  const expiry = String(live.expiry).padStart(4, '0');
  return { name, pan: context.cipher.decrypt(row.pan, row.hash), expiry, live };
}

/** An authorization of the tenant's, and its card. @throws Problem `HF_NOT_FOUND` */
export async function useOriginal(
  context: ApiContext,
  request: FastifyRequest,
  name: string,
  action: string,
): Promise<{ readonly row: OriginalRow; readonly card: UsedCard }> {
  const row = await originalOf(context, request.caller.tenant, name);
  return { row, card: await useCard(context, request, cardName(row.uuid), action) };
}

/** @throws Problem `HF_NOT_FOUND` */
export async function originalOf(
  context: ApiContext,
  tenant: CallerTenant,
  name: string,
): Promise<OriginalRow> {
  const names = await context.names(tenant);
  const [seq, entry] = names.require('auth', tenant.number, name);
  return context.database.forTenant(tenant, (client) => findOriginal(client, tenant.number, seq, entry));
}

/** The message that has its place, its card and its currency from an authorization. */
export function messageAbout(
  { row, card }: { readonly row: OriginalRow; readonly card: UsedCard },
  what: Pick<SimulatedMessage, 'kind' | 'amount'> & Partial<SimulatedMessage>,
): SimulatedMessage {
  return {
    advice: false,
    declined: false,
    processingCode: row.processing_code,
    pan: card.pan,
    expiry: card.expiry,
    currency: row.currency,
    cashBack: 0,
    kept: 0,
    indicators: [],
    place: {
      merchant: row.merchant ?? '',
      terminal: row.terminal ?? '',
      category: row.mcc,
      acceptor: null,
      country: row.country,
      condition: null,
    },
    original: {
      advice: row.flags.includes('advice'),
      stan: row.stan,
      transmitted: row.transmitted,
      at: row.at,
      acquirer: row.acquirer === '0' ? null : row.acquirer,
      reference: row.rrn,
      approvalCode: row.approval_code,
      amount: Number(row.amount),
    },
    ...what,
  };
}

/**
 * Sends a message, and tells all that is known of it.
 * @param about the authorization that it is about; null where it is one itself
 */
export async function simulate(
  context: ApiContext,
  sandbox: SandboxPort,
  request: FastifyRequest,
  card: UsedCard,
  message: SimulatedMessage,
  body: SendingBody,
  about: string | null,
) {
  const { tenant } = request.caller;
  const stamp = await stampOf(context, sandbox, request);
  const { link, dialect, repeat = false } = body;
  const sent = await sandbox.send(message, { link, dialect, repeat, stamp });
  const names = await context.names(tenant);
  const known = sent.decided ? await bookedOf(context, names, tenant, card.live.card, sent.key) : null;
  const [first] = sent.exchanges;
  const letters = (currency: string) => lettersOf(context.currencyOf, currency);
  const { balances } = first;
  return {
    object: 'simulation' as const,
    card: card.name,
    authorization: about ?? known?.authorization ?? null,
    link: sent.link,
    dialect: sent.dialect,
    framing: sent.framing,
    key: sent.key.toString('hex'),
    decision: {
      approved: first.approved,
      response_code: first.responseCode,
      meaning: first.meaning,
      approval_code: first.approvalCode,
      amount: first.amount,
      currency: letters(message.currency),
      balances: balances === null ? null : { ...balances, currency: letters(balances.currency) },
    },
    exchanges: sent.exchanges.map((exchange) => ({
      latency_us: exchange.latencyUs,
      response_code: exchange.responseCode,
      request: exchange.request,
      reply: exchange.reply,
    })),
    booked: known?.booked ?? null,
    events: known?.events ?? [],
  };
}

/** What a try before this one sent with, so that the switch takes the same message for a repeat; else something new. */
async function stampOf(context: ApiContext, sandbox: SandboxPort, request: FastifyRequest): Promise<Stamp> {
  const { attempt } = request;
  if (attempt?.note) return attempt.note as Stamp;
  const stamp = sandbox.newStamp();
  if (attempt !== null) await context.idempotency.note(attempt, stamp);
  return stamp;
}
