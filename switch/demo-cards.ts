import type pg from 'pg';
import type { Logger } from 'pino';
import type { Snapshots } from '../ledger/beginning.js';
import { listTenants } from '../ledger/list-tenants.js';
import { migrate } from '../ledger/migrate.js';
import { recover } from '../ledger/recover.js';
import { tokenOfHash } from '../parsers/pan-token.js';
import { demoKey } from '../tenants/api/demo-keys.js';
import { CardTable } from '../tenants/card-table.js';
import { declineCards, requireTestBins } from '../tenants/demo-cards.js';
import { type Keys, loadKeys } from '../tenants/keys.js';
import { PanCipher } from '../tenants/pan-cipher.js';
import { loadTenants, PERSONAS_DIRECTORY, type Tenant } from '../tenants/tenant.js';
import type { Config } from './config-schema.js';
import { snapshotsOf, withDatabase } from './database.js';

/** A demo card as the command line lists it; `expiry` is YYMM, `available` in minor units of `currency`. */
export interface ListedCard {
  readonly tenant: string;
  readonly pan: string;
  readonly expiry: string;
  readonly currency: string;
  readonly available: number;
  /** DE39 that it is made to be declined with, on that channel. */
  readonly declines?: string;
  readonly channel?: string;
  readonly note?: string;
}

/** The demo cards asked for can't be listed; `code` says why. */
export class DemoCardsError extends Error {
  override readonly name = 'DemoCardsError';
  constructor(
    readonly code: 'HF_DEMO_OFF' | 'HF_DEMO_TENANT',
    rule: string,
  ) {
    super(`${code}: ${rule}`);
  }
}

/**
 * Lists demo cards in clear, as the database has them: those that can be used, or with `declined` those that are
 * made to be declined. `available` comes from replaying the journal, so it is right while a switch runs.
 *
 * @throws DemoCardsError outside demo data, or for a tenant that is not there
 * @throws TenantError where a BIN is not a test BIN
 */
export async function listDemoCards(
  config: Config,
  asked: { readonly tenant?: string | undefined; readonly declined: boolean },
  log: Logger,
): Promise<readonly ListedCard[]> {
  const tenants = await demoTenants(config, asked.tenant);
  const keys = await loadKeys(config.dataDirectory, config.keysFile);
  return withDatabase(config, log, async (client) => {
    await migrate(client);
    const listed: ListedCard[] = [];
    const snapshots = snapshotsOf(config, log);
    for (const tenant of tenants)
      listed.push(...(await cardsOf(client, keys, tenant, asked.declined, snapshots)));
    return listed;
  });
}

/**
 * The demo tenants' keys for the HTTP API, which a start makes. They are derived from the keys file, so no database is
 * asked.
 *
 * @throws DemoCardsError outside demo data, or for a tenant that is not there
 */
export async function listDemoKeys(
  config: Config,
  tenant: string | undefined,
): Promise<readonly { readonly tenant: string; readonly key: string }[]> {
  const tenants = await demoTenants(config, tenant);
  const { tokenKey } = await loadKeys(config.dataDirectory, config.keysFile);
  return tenants.map(({ name }) => ({ tenant: name, key: demoKey(tokenKey, name).text }));
}

async function demoTenants(config: Config, asked: string | undefined): Promise<readonly Tenant[]> {
  if (!config.demo) throw new DemoCardsError('HF_DEMO_OFF', 'this configuration has demo: false');
  const all = await loadTenants(config.tenantsDirectory ?? PERSONAS_DIRECTORY);
  const tenants = asked === undefined ? all : all.filter(({ name }) => name === asked);
  if (tenants.length === 0) {
    throw new DemoCardsError(
      'HF_DEMO_TENANT',
      `a tenant is one of ${all.map(({ name }) => name).join(', ')}`,
    );
  }
  for (const tenant of tenants) requireTestBins(tenant);
  return tenants;
}

async function cardsOf(
  client: pg.Client,
  keys: Keys,
  tenant: Tenant,
  declined: boolean,
  snapshots: Snapshots,
): Promise<readonly ListedCard[]> {
  const [known] = await listTenants(client, tenant.name);
  // A switch that never started with this tenant gave it no cards.
  if (known === undefined) return [];
  const { id } = known;
  const { state } = await recover(client, known, snapshots);
  const table = new CardTable(client, new PanCipher(keys), keys.tokenVersion);
  const declining = new Map(declineCards(tenant).map((card) => [card.pan, card]));
  const listed: ListedCard[] = [];
  for (const { pan, hash, expiry, currency } of await table.list(id)) {
    const card = state.cardOf(tokenOfHash(hash));
    const reason = declining.get(pan);
    // A start that was cut short may have left a card without its commands; the next one issues it.
    if (card < 0 || (reason !== undefined) !== declined) continue;
    const available = state.accounts.available(state.cards.account(card));
    const line = { tenant: tenant.name, pan, expiry, currency, available };
    listed.push(reason === undefined ? line : { ...line, ...whyDeclined(reason) });
  }
  if (declined) {
    const unknown = [...declining.values()].filter(({ declines }) => declines === '14');
    for (const card of unknown) {
      const { pan, expiry } = card;
      listed.push({
        tenant: tenant.name,
        pan,
        expiry,
        currency: tenant.currency,
        available: 0,
        ...whyDeclined(card),
      });
    }
  }
  return listed;
}

function whyDeclined(card: { declines: string; channel: string; note: string }) {
  return { declines: card.declines, channel: card.channel, note: card.note };
}
