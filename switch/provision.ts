import { CARD_STATUS, COMMAND, Command, Decision } from '../ledger/command.js';
import { FencedError } from '../ledger/fenced-error.js';
import { HoldRules } from '../ledger/hold-rules.js';
import type { Journal } from '../ledger/journal.js';
import type { Ledger } from '../ledger/ledger.js';
import type { TenantLedger } from '../ledger/tenant-ledger.js';
import { type PanTokeniser, tokenOfHash } from '../parsers/pan-token.js';
import type { Card, CardTable } from '../tenants/card-table.js';
import { channelMask } from '../tenants/channel.js';
import { type DemoCard, declineCards, demoCards } from '../tenants/demo-cards.js';
import { holdRules } from '../tenants/hold-rules.js';
import type { Tenant } from '../tenants/tenant.js';
import { replacementsOf } from '../tenants/tenant-limits.js';
import { tenantRates } from './tenant-rates.js';

/** Cards that are written to the table in one statement. */
const CARDS_A_STATEMENT = 1000;

export interface ProvisionSettings {
  readonly tenants: readonly Tenant[];
  /** The tenant whose document has the programme's rules; its ledger may be elsewhere. */
  readonly operator: Tenant | undefined;
  readonly ledger: Ledger;
  readonly journal: Pick<Journal, 'commit'>;
  readonly cards: CardTable;
  readonly tokeniser: PanTokeniser;
  /** Time of the commands, in ms since 1970. */
  readonly now: () => number;
  /** Demo cards of each tenant; 0 for none, and none that decline either. */
  readonly demoCardsPerTenant: number;
}

/**
 * Brings each tenant's ledger to what is configured, before the first message: its limits, rules, hold rules and rates
 * where they changed, new tokens for its cards where the key was rotated, its demo cards where they are missing. All by
 * commands, so that the journal alone still tells the state. A start that was cut short is made whole by the next.
 *
 * @throws FencedError when another node took one over meanwhile
 */
export async function provision(settings: ProvisionSettings): Promise<void> {
  for (const tenant of settings.tenants) {
    const ledger = settings.ledger.tenants[tenant.index]!;
    if (ledger.fault !== null) continue;
    const provisioning = new Provisioning(settings, tenant, ledger);
    provisioning.setLimits();
    provisioning.setRules();
    provisioning.setHoldRules();
    provisioning.setRates();
    await provisioning.rotateTokens();
    await provisioning.issueDemoCards();
    // The row before must be durable before the next of the same tenant is closed.
    await provisioning.commit();
  }
}

class Provisioning {
  readonly #settings: ProvisionSettings;
  readonly #tenant: Tenant;
  readonly #ledger: TenantLedger;
  readonly #command = new Command();
  readonly #decision = new Decision();

  constructor(settings: ProvisionSettings, tenant: Tenant, ledger: TenantLedger) {
    this.#settings = settings;
    this.#tenant = tenant;
    this.#ledger = ledger;
  }

  setLimits(): void {
    const { currency, channels, limits } = this.#tenant;
    const wanted = {
      currency: Number(currency),
      channels: channelMask(channels),
      perTransaction: limits.perTransactionMinor,
      perDay: limits.perDayMinor,
      perDayCount: limits.perDayCount,
    };
    const now = this.#ledger.state.limits;
    if (Object.entries(wanted).every(([key, value]) => now[key as keyof typeof wanted] === value)) return;
    Object.assign(this.#command, wanted);
    this.#decide(COMMAND.setLimits);
  }

  setRules(): void {
    const { rules } = this.#ledger.state;
    const { operator } = this.#settings;
    const year = new Date(this.#settings.now()).getUTCFullYear();
    // All that is to be attached, before any of it is: numbers go on from those that are in force.
    for (const { level, entity, text } of [...replacementsOf(this.#tenant, operator, rules, year)]) {
      Object.assign(this.#command, { level, entity, program: text });
      this.#decide(COMMAND.setRules);
    }
  }

  /** All of them anew where one is another: rules of ranges hide each other. */
  setHoldRules(): void {
    const wanted = holdRules(this.#tenant);
    const state = new HoldRules();
    for (const rule of wanted) state.set(rule);
    if (state.equals(this.#ledger.state.holdRules)) return;
    for (const rule of wanted) {
      Object.assign(this.#command, rule);
      this.#decide(COMMAND.setHoldRule);
    }
  }

  setRates(): void {
    const { rates } = this.#ledger.state;
    const wanted = tenantRates(this.#tenant);
    const dropped = rates
      .all()
      .filter((old) => !wanted.some(({ from, to }) => from === old.from && to === old.to));
    for (const rate of [...wanted, ...dropped.map((old) => ({ ...old, rate: 0 }))]) {
      const now = rates.of(rate.from, rate.to);
      if (now?.rate === rate.rate && now.exponents === rate.exponents && now.spread === rate.spread) continue;
      const { from: currency, to: billingCurrency, exponents, spread } = rate;
      Object.assign(this.#command, { currency, billingCurrency, rate: rate.rate, exponents, spread });
      this.#decide(COMMAND.setRate);
    }
  }

  async rotateTokens(): Promise<void> {
    const { cards, tokeniser } = this.#settings;
    const { lease, state } = this.#ledger;
    const outdated = await cards.listOutdated(lease.tenant);
    if (outdated.length === 0) return;
    const hashes = outdated.map(({ pan }) => tokeniser.hash(Buffer.from(pan, 'latin1')));
    for (const [index, card] of outdated.entries()) {
      this.#command.token.set(tokenOfHash(hashes[index]!));
      this.#command.originalToken.set(tokenOfHash(card.hash));
      if (state.cardOf(this.#command.token) < 0) this.#decide(COMMAND.aliasCard);
    }
    await this.commit();
    for (const [index, card] of outdated.entries()) await cards.rehash(lease.tenant, card, hashes[index]!);
  }

  async issueDemoCards(): Promise<void> {
    const count = this.#settings.demoCardsPerTenant;
    if (count === 0) return;
    const tenant = this.#tenant;
    const issued = declineCards(tenant).filter(({ declines }) => declines !== '14');
    const missing = [...demoCards(tenant, count), ...issued]
      .map((card) => ({ card, hash: this.#settings.tokeniser.hash(Buffer.from(card.pan, 'latin1')) }))
      .filter(({ hash }) => this.#ledger.state.cardOf(tokenOfHash(hash)) < 0);
    for (let at = 0; at < missing.length; at += CARDS_A_STATEMENT) {
      const some = missing.slice(at, at + CARDS_A_STATEMENT);
      const firstAccount = this.#ledger.state.accounts.length;
      const rows = some.map(
        ({ card: { pan, expiry }, hash }, index): Card => ({
          pan,
          hash,
          expiry,
          currency: tenant.currency,
          account: firstAccount + index,
        }),
      );
      await this.#settings.cards.add(this.#ledger.lease.tenant, rows);
      for (const { card, hash } of some) this.#issue(card, hash);
      // Any number of cards, in rows of a size that is bounded.
      await this.commit();
    }
  }

  async commit(): Promise<void> {
    const { ledger, journal } = this.#settings;
    if (!ledger.gathered) return;
    const { rows, at } = ledger.closeGroup();
    const fenced = await journal.commit(rows, at);
    if (fenced.length > 0) throw new FencedError(this.#tenant.name);
  }

  #issue(card: DemoCard, hash: Uint8Array): void {
    const command = this.#command;
    command.account = this.#ledger.state.accounts.length;
    command.currency = Number(this.#tenant.currency);
    command.overdraft = 0;
    this.#decide(COMMAND.openAccount);
    command.amount = card.balanceMinor;
    this.#decide(COMMAND.credit);
    command.token.set(tokenOfHash(hash));
    command.expiry = Number(card.expiry);
    command.channels = card.channels;
    command.status = CARD_STATUS[card.status];
    this.#decide(COMMAND.issueCard);
  }

  #decide(kind: number): void {
    this.#command.kind = kind;
    const { ledger } = this.#settings;
    ledger.decide(this.#tenant.index, this.#command, this.#settings.now(), this.#decision);
    if (this.#ledger.fault !== null) throw this.#ledger.fault;
  }
}
