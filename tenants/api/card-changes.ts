import type { FastifyRequest } from 'fastify';
import type pg from 'pg';
import { REFUSAL } from '../../ledger/admit.js';
import { mayBecome } from '../../ledger/card-status.js';
import { CARD_STATUS, COMMAND, Command, RESPONSE } from '../../ledger/command.js';
import { CommandBatch } from '../../ledger/command-batch.js';
import { LEVEL } from '../../ledger/limits/place.js';
import { singleUseProgram } from '../limits/single-use.js';
import type { ApiContext } from './api.js';
import { audit } from './audit.js';
import type { CallerTenant } from './authentication.js';
import { tokenOf } from './card-issuing.js';
import { CARD_COLUMNS, type CardRow, cardOf, findCard, liveCards, statusName } from './card-rows.js';
import { requireMatch } from './etag.js';
import type { LiveCard } from './ledger-port.js';
import { notFound, Problem } from './problem.js';
import { findToken, TOKEN_COLUMNS, tokenOfApi } from './token-rows.js';

/** What becomes of a card or a wallet token: `status` one of `CARD_STATUS`, `expiry` YYMM. What is absent stays. */
export interface CardChange {
  readonly status?: number;
  readonly channels?: number;
  readonly expiry?: number;
  readonly group?: number;
}

/** What a change needs of the row of a card or a wallet token. */
interface Row {
  readonly id: string;
  readonly hash: Buffer;
}

/** A kind of row in the card table, of which each is one card of the ledger. */
interface Changed<R extends Row, Shown> {
  /** The row, which no other request changes until the transaction ends. */
  readonly find: (client: pg.ClientBase) => Promise<R>;
  readonly shown: (row: R, live: LiveCard) => Shown;
}

/**
 * Changes a card, one request after the other: what stays is as it was a moment before. In force for every message that
 * the ledger takes behind it, once this is answered.
 *
 * @param action for the audit log
 * @param changeOf what is to become of it, as it stands now; throws a Problem where that can't be
 * @returns the card, as it is then
 * @throws Problem where there is no such card, it was changed (If-Match), or can't become that
 */
export async function changeCard(
  context: ApiContext,
  request: FastifyRequest,
  id: string,
  action: string,
  changeOf: (live: LiveCard) => CardChange,
): Promise<ReturnType<typeof cardOf>> {
  const { tenant } = request.caller;
  const names = await context.names(tenant);
  return change(context, request, id, action, changeOf, {
    find: (client) => findCard<CardRow>(client, tenant, id, CARD_COLUMNS, true),
    shown: (row, live) => cardOf(context, names, tenant, row, live),
  });
}

/** Changes a wallet token, in the same way. */
export function changeToken(
  context: ApiContext,
  request: FastifyRequest,
  id: string,
  action: string,
  changeOf: (live: LiveCard) => CardChange,
): Promise<ReturnType<typeof tokenOfApi>> {
  return change(context, request, id, action, changeOf, {
    find: (client) => findToken(client, request.caller.tenant, id, TOKEN_COLUMNS, true),
    shown: tokenOfApi,
  });
}

async function change<R extends Row, Shown>(
  context: ApiContext,
  request: FastifyRequest,
  id: string,
  action: string,
  changeOf: (live: LiveCard) => CardChange,
  { find, shown }: Changed<R, Shown>,
): Promise<Shown> {
  const { tenant } = request.caller;
  return context.database.forTenant(tenant, async (client) => {
    const row = await find(client);
    const [live] = await liveCards(context, tenant, [row]);
    if (!live) throw notFound();
    requireMatch(request, shown(row, live));
    const change = changeOf(live);
    if (!isChange(live, change)) return shown(row, live);
    requireTransition(live.status, change.status);
    await audit(client, request, action, id, changesOf(live, change));
    if (change.expiry !== undefined) {
      await client.query('UPDATE holdfast.card SET expiry = $3 WHERE tenant = $1 AND id = $2', [
        tenant.number,
        row.id,
        String(change.expiry).padStart(4, '0'),
      ]);
    }
    return shown(row, await decideChange(context, tenant, row.hash, live, change));
  });
}

/** Has the ledger decide a change; returns the card as it is then. */
async function decideChange(
  context: ApiContext,
  tenant: CallerTenant,
  hash: Buffer,
  live: LiveCard,
  change: CardChange,
): Promise<LiveCard> {
  const commands = new CommandBatch();
  commands.add(changeCommand(hash, live, change));
  const { refusals, responseCodes } = await context.ledger.decide(tenant.name, commands);
  if (refusals[0] === REFUSAL.noSuchTransition) throw noTransition(live.status, change.status!);
  requireDecided(refusals, responseCodes);
  return (await liveCards(context, tenant, [{ hash }]))[0]!;
}

/** What a card that was issued inactive is to be besides. */
export interface Finish {
  readonly status: number;
  readonly group: number;
  readonly singleUse: boolean;
}

/**
 * Makes a card that was issued as inactive what it is to be, its rule before it may pay. Done again, it changes nothing of
 * what others have made of the card since.
 */
export async function finishCard(
  context: ApiContext,
  tenant: CallerTenant,
  hash: Buffer,
  { status, group, singleUse }: Finish,
): Promise<void> {
  const [live] = await liveCards(context, tenant, [{ hash }]);
  if (!live) throw new Error('a card that was issued is not there');
  if (live.status !== CARD_STATUS.inactive) return;
  const commands = new CommandBatch();
  if (singleUse) {
    const rules = new Command();
    rules.kind = COMMAND.setRules;
    rules.level = LEVEL.card;
    rules.entity = live.card;
    rules.program = singleUseProgram();
    commands.add(rules);
  }
  commands.add(changeCommand(hash, live, { status, group }));
  const { refusals, responseCodes } = await context.ledger.decide(tenant.name, commands);
  requireDecided(refusals, responseCodes);
}

function changeCommand(hash: Buffer, live: LiveCard, change: CardChange): Command {
  const command = new Command();
  command.kind = COMMAND.changeCard;
  command.token.set(tokenOf(hash));
  command.status = change.status ?? live.status;
  command.channels = change.channels ?? live.channels;
  command.expiry = change.expiry ?? live.expiry;
  command.group = change.group ?? live.group;
  return command;
}

function requireDecided(refusals: Uint8Array, responseCodes: Uint8Array): void {
  const decided =
    refusals.every((refusal) => refusal === REFUSAL.none) &&
    responseCodes.every((code) => code === RESPONSE.approved);
  if (!decided)
    throw new Error(`a card could not be changed: refused ${refusals}, answered ${responseCodes}`);
}

function isChange(live: LiveCard, change: CardChange): boolean {
  return Object.entries(change).some(
    ([member, value]) => value !== undefined && value !== live[member as keyof CardChange],
  );
}

/** For the audit log: what was, and what is to be. */
function changesOf(live: LiveCard, change: CardChange): Record<string, unknown> {
  const named = (member: string, value: number) => (member === 'status' ? statusName(value) : value);
  return Object.fromEntries(
    Object.entries(change)
      .filter(([member, value]) => value !== undefined && value !== live[member as keyof CardChange])
      .map(([member, value]) => [
        member,
        { from: named(member, live[member as keyof CardChange]), to: named(member, value) },
      ]),
  );
}

/** @throws Problem `HF_CARD_TRANSITION` where a card of that status can't become another */
function requireTransition(status: number, next: number | undefined): void {
  if (next !== undefined && !mayBecome(status, next)) throw noTransition(status, next);
}

/** A card of that status can't become another, or not by that request. */
export function noTransition(status: number, next: number): Problem {
  const text = `a card that is ${statusName(status)} can’t become ${statusName(next)}`;
  return new Problem('HF_CARD_TRANSITION', text, [{ pointer: '/status', rule: 'transition', text }]);
}
