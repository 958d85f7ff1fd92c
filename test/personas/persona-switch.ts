import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import type { Test } from 'tap';
import { EntryReader, type JournalEntry } from '../../ledger/journal-entry.js';
import { listTenants } from '../../ledger/list-tenants.js';
import { readJournal } from '../../ledger/read-journal.js';
import { recover } from '../../ledger/recover.js';
import type { ConfigFile } from '../../switch/config-schema.js';
import type { Channel } from '../../tenants/channel.js';
import { ApiClient } from '../switch/api/api-client.js';
import { authorisation, IsoClient, type PackageMessage } from '../switch/iso-client.js';
import { connectDatabase, startTestSwitch, type TestSwitch } from '../switch/running-switch.js';

/** A card that a test made by the API. */
export interface PersonaCard {
  readonly id: string;
  /** Name of its account. */
  readonly account: string;
  readonly pan: string;
  readonly expiry: string;
  readonly currency: string;
}

/** DE39 of a reply, and the name of the rule that decided by the journal; '' where none did. */
export type Answer = readonly [code: string, rule: string];

/**
 * A switch with the tenants as they ship, a processor at its first link, and a clock that a test sets. Accounts and
 * cards are made by the HTTP API, as their tenant would.
 */
export class PersonaSwitch {
  readonly #rules = new Map<string, ReadonlyMap<number, string>>();

  private constructor(
    readonly system: TestSwitch,
    readonly client: IsoClient,
    readonly tenant: string,
    readonly api: ApiClient,
    readonly database: pg.Client,
    readonly clock: { now: number },
  ) {}

  /** @param at the time that it begins at, as `2026-06-15T12:00Z`; it stands still until a test moves it */
  static async start(t: Test, tenant: string, at: string, file: ConfigFile = {}): Promise<PersonaSwitch> {
    const clock = { now: Date.parse(at) };
    const settings: ConfigFile = {
      cardsPerTenant: 1,
      parserThreads: 1,
      commitTimeoutMs: 60_000,
      projector: { pollMs: 5 },
      ...file,
    };
    const system = await startTestSwitch(t, settings, {}, () => clock.now);
    const client = await IsoClient.connect(t, system.port);
    const api = await ApiClient.of(system, tenant);
    const database = await connectDatabase(t, system.config);
    return new PersonaSwitch(system, client, tenant, api, database, clock);
  }

  /** The same switch, as another tenant uses it. @param database its name, where it is not the default one */
  async as(t: Test, tenant: string, database?: string): Promise<PersonaSwitch> {
    const { system, client, clock } = this;
    const api = await ApiClient.of(system, tenant);
    const connection =
      database === undefined ? this.database : await connectDatabase(t, system.config, database);
    return new PersonaSwitch(system, client, tenant, api, connection, clock);
  }

  /** Moves the clock, which never goes back. */
  at(time: string): void {
    const now = Date.parse(time);
    if (!(now >= this.clock.now)) throw new Error(`${time} is before ${new Date(this.clock.now)}`);
    this.clock.now = now;
  }

  /** Opens an account and puts so many minor units into it. @returns its name */
  async account(minor: number): Promise<string> {
    const { id } = await this.made('/v1/accounts', { currency: 'EUR' });
    if (minor > 0) await this.made(`/v1/accounts/${id}/deposits`, { amount: minor });
    return id;
  }

  /** Issues a card, on an account of its own where none is given; `more` are members of the request. */
  async card(
    account?: string,
    more: { readonly channels?: readonly Channel[] } & Readonly<Record<string, unknown>> = {},
  ): Promise<PersonaCard> {
    const body = { account: account ?? (await this.account(100_000_00)), ...more };
    const card = await this.made('/v1/cards', body);
    const { pan } = (await this.api.get(`/v1/cards/${card.id}/pan`)).body;
    const expiry = `${String(card.exp_year).slice(-2)}${String(card.exp_month).padStart(2, '0')}`;
    return { id: card.id, account: card.account, pan, expiry, currency: '978' };
  }

  /** The resource that a POST makes. */
  // biome-ignore lint/suspicious/noExplicitAny: a test says by its checks what it must be
  async made(path: string, body: object): Promise<any> {
    const response = await this.api.post(path, body, { 'idempotency-key': randomUUID() });
    if (response.status !== 201) throw new Error(`${path}: ${response.text}`);
    return response.body;
  }

  /** Changes a card; it is in force at the next message. */
  async change(card: PersonaCard, change: object): Promise<void> {
    const { status, text } = await this.api.request('PATCH', `/v1/cards/${card.id}`, change);
    if (status !== 200) throw new Error(text);
  }

  /** Pays; what was answered, and which rule decided. */
  async pay(
    card: PersonaCard,
    minor: number,
    changes: PackageMessage = {},
    channel: Channel = 'pos',
  ): Promise<Answer> {
    return this.ask(authorisation(card, minor, changes, channel));
  }

  async ask(message: PackageMessage): Promise<Answer> {
    const { 39: code } = await this.client.request(message);
    const { rule, responseCode } = await this.entryOf(message);
    if (responseCode !== code) throw new Error(`answered ${code}, and the journal says ${responseCode}`);
    return [code!, rule === undefined ? '' : await this.#nameOf(Number(rule))];
  }

  /** What the tenant's journal has of a message, found by its STAN. */
  async entryOf(message: PackageMessage): Promise<JournalEntry> {
    const reader = new EntryReader();
    for await (const page of readJournal(this.database, await this.#id())) {
      for (const row of page) {
        for (const entry of reader.entriesOf(this.tenant, row)) if (entry.stan === message[11]) return entry;
      }
    }
    throw new Error(`the journal of ${this.tenant} has no message ${message[11]}`);
  }

  /** The API's balance of an account, in minor units. */
  async available(account: string): Promise<number> {
    return (await this.api.get(`/v1/accounts/${account}`)).body.balances.available;
  }

  async #id(): Promise<number> {
    const [found] = await listTenants(this.database, this.tenant);
    if (found === undefined) throw new Error(`this database has no tenant ${this.tenant}`);
    return found.id;
  }

  /** Of the rules that are in force by the journal. */
  async #nameOf(number: number): Promise<string> {
    let names = this.#rules.get(this.tenant);
    if (names === undefined) {
      const { state } = await recover(this.database, { id: await this.#id(), name: this.tenant });
      const rules = [...state.rules.attached()].flatMap(([, , set]) => set.rules);
      names = new Map(rules.map((rule) => [rule.number, rule.name]));
      this.#rules.set(this.tenant, names);
    }
    const name = names.get(number);
    if (name === undefined) throw new Error(`no rule of ${this.tenant} has the number ${number}`);
    return name;
  }
}

/** DE43 of a merchant in that country. */
export function acceptorIn(country: string, name = 'A SHOP'): PackageMessage {
  return { 43: `${name.padEnd(25)}${'SOMEWHERE'.padEnd(13)}${country}` };
}

/** What a chip payment has where the cardholder gave a PIN (DE52, an encrypted PIN block). */
export const PIN: PackageMessage = { 52: '0123456789ABCDEF' };
/** DE61 of `iso87-ascii`: 3-D Secure authenticated the cardholder. */
export const STRONG: PackageMessage = { 61: '1000' };

export const APPROVED: Answer = ['00', ''];
