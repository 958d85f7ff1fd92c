import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Writable } from 'node:stream';
import pg from 'pg';
import { pino } from 'pino';
import type { Test } from 'tap';
import { BOOK_NAMES } from '../../../ledger/books.js';
import { startEmbeddedPostgres } from '../../../ledger/embedded-postgres.js';
import { EntryReader, type JournalEntry } from '../../../ledger/journal-entry.js';
import { listTenants } from '../../../ledger/list-tenants.js';
import { readJournal } from '../../../ledger/read-journal.js';
import { recover } from '../../../ledger/recover.js';
import type { TenantState } from '../../../ledger/tenant-state.js';
import { verify } from '../../../ledger/verify.js';
import { PanTokeniser, tokenOfHash } from '../../../parsers/pan-token.js';
import type { Config, ConfigFile } from '../../../switch/config-schema.js';
import { embeddedDirectory } from '../../../switch/database.js';
import { type RunningSwitch, startSwitch } from '../../../switch/start.js';
import { type DeclineCard, declineCards, demoCards } from '../../../tenants/demo-cards.js';
import { loadKeys } from '../../../tenants/keys.js';
import type { TenantDocument } from '../../../tenants/tenant.js';
import { authorisation, IsoClient, type PackageMessage } from '../iso-client.js';
import { newConfig, newDirectory, until } from '../running-switch.js';
import { type Balances, balancesOf } from './balances.js';
import { TENANTS, type TenantName } from './tenants.js';

export const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const CARDS = 60;
/** Long enough that no commit is late on any machine. */
const COMMIT_TIMEOUT_MS = 60_000;
/** A merchant category whose holds last an hour, of every tenant: it tells that time was looked at. */
const CANARY_MCC = '9999';

export interface HeldCard {
  readonly tenant: TenantName;
  readonly pan: string;
  readonly expiry: string;
  readonly currency: string;
}

/** Balances of a tenant's books by name, minor units of one currency. */
export type BookBalances = Readonly<Record<(typeof BOOK_NAMES)[number], number>>;

/**
 * A switch with a processor at its first link. It decides by a clock that stands still, at noon of tomorrow, until a
 * test moves it; and it can be stopped and started again.
 */
export class TimedSwitch {
  /** Time by which it decides, in ms since 1970. */
  now = (Math.floor(Date.now() / DAY_MS) + 1.5) * DAY_MS;
  client!: IsoClient;
  running!: RunningSwitch;
  /** What it logged as fatal: that a tenant is quarantined. */
  readonly #fatal: string[] = [];
  readonly #cards = new Map<TenantName, HeldCard[]>();
  #database: pg.Client | null = null;
  #tokeniser: PanTokeniser | null = null;

  private constructor(
    readonly t: Test,
    readonly config: Config,
  ) {}

  /** Starts a switch with the tenants of `tenants.ts`, which is stopped when the test ends. */
  static async start(t: Test, file: ConfigFile = {}): Promise<TimedSwitch> {
    const directory = await newDirectory(t);
    const tenantsDirectory = path.join(directory, 'tenants');
    await mkdir(tenantsDirectory);
    const given = {
      tenantsDirectory,
      cardsPerTenant: CARDS,
      parserThreads: 1,
      commitTimeoutMs: COMMIT_TIMEOUT_MS,
      ...file,
    };
    const system = new TimedSwitch(t, await newConfig(directory, given));
    t.teardown(() => system.#stop());
    for (const name of Object.keys(TENANTS)) await system.configure(name as TenantName, {});
    await system.#start();
    const keys = await loadKeys(system.config.dataDirectory, system.config.keysFile);
    system.#tokeniser = new PanTokeniser(keys.tokenKey);
    for (const tenant of system.running.tenants) {
      const { name, currency } = tenant;
      const cards = demoCards(tenant, CARDS);
      system.#cards.set(
        name as TenantName,
        cards.map(({ pan, expiry }) => ({ tenant: name as TenantName, pan, expiry, currency })),
      );
    }
    return system;
  }

  /** Changes a tenant's document, from the next start on. */
  async configure(name: TenantName, changes: Partial<TenantDocument>): Promise<void> {
    const file = path.join(this.config.tenantsDirectory!, `${name}.json`);
    await writeFile(file, JSON.stringify({ name, ...TENANTS[name], ...changes }));
  }

  /** Stops the switch and starts another on what it left in the database. */
  async restart(): Promise<void> {
    await this.#stop();
    await this.#start();
  }

  /** A card, with 1000 units of its tenant's currency, that nothing else draws on. */
  card(tenant: TenantName = 'bank'): HeldCard {
    const [card] = this.#cards.get(tenant)!.splice(0, 1);
    if (card === undefined) throw new Error(`there are no more cards of ${tenant}`);
    return card;
  }

  /** The card of `bank` that is made to be declined with that DE39. */
  declinedCard(code: DeclineCard['declines']): HeldCard {
    const cards = declineCards(this.running.tenants.find(({ name }) => name === 'bank')!);
    const { pan, expiry } = cards.find(({ declines }) => declines === code)!;
    return { tenant: 'bank', pan, expiry, currency: TENANTS.bank.currency };
  }

  ask(message: PackageMessage): Promise<PackageMessage> {
    return this.client.request(message);
  }

  /** DE39 of the reply. */
  async codeOf(message: PackageMessage): Promise<string> {
    return (await this.ask(message))[39]!;
  }

  /** What a balance inquiry says (DE54). */
  async told(card: HeldCard): Promise<Balances> {
    const reply = await this.ask(inquiry(card));
    if (reply[39] !== '00') throw new Error(`a balance inquiry is answered ${reply[39]}`);
    return balancesOf(reply[54]!);
  }

  /**
   * Where a card's money is, by a balance inquiry.
   * @throws when the journal, replayed on its own, says otherwise
   */
  async money(card: HeldCard): Promise<Pick<Balances, 'ledger' | 'available'>> {
    const { ledger, available } = await this.told(card);
    const { cards, accounts, tokens } = await this.replayed(card.tenant);
    const hash = this.#tokeniser!.hash(Buffer.from(card.pan, 'latin1'));
    const account = cards.account(tokens.find(tokenOfHash(hash)));
    const replayed = { ledger: accounts.posted(account), available: accounts.available(account) };
    if (replayed.ledger !== ledger || replayed.available !== available) {
      throw new Error(`the switch says ${ledger}, ${available}; its journal ${JSON.stringify(replayed)}`);
    }
    return { ledger, available };
  }

  /** What a tenant's journal says, replayed into a state of its own. */
  async replayed(tenant: TenantName): Promise<TenantState> {
    return (await recover(await this.database(), { id: await this.#idOf(tenant), name: tenant })).state;
  }

  /** What a tenant's journal has of a message, by its STAN: of one that was repeated, one entry. */
  async entriesOf(message: PackageMessage, tenant: TenantName = 'bank'): Promise<readonly JournalEntry[]> {
    const reader = new EntryReader();
    const entries: JournalEntry[] = [];
    for await (const page of readJournal(await this.database(), await this.#idOf(tenant))) {
      for (const row of page) entries.push(...reader.entriesOf(tenant, row));
    }
    return entries.filter(({ stan }) => stan === message[11]);
  }

  /** The books of a tenant by its journal. */
  async books(tenant: TenantName = 'bank', currency = 978): Promise<BookBalances> {
    const { books } = await this.replayed(tenant);
    const book = books.currencies.indexOf(currency);
    const balances = BOOK_NAMES.map((name, account) => [name, book < 0 ? 0 : books.balance(book, account)]);
    return Object.fromEntries(balances) as BookBalances;
  }

  /** Lets hours go by, one at least, and waits until the switch has looked at what is due. */
  async pass(hours: number): Promise<void> {
    const canaries = [...this.#cards.values()].map((cards) => cards.at(-1)!);
    const available = async () =>
      (await Promise.all(canaries.map((card) => this.told(card)))).map((told) => told.available).join();
    const before = await available();
    for (const card of canaries) await this.ask(authorisation(card, 1, { 18: CANARY_MCC }));
    if ((await available()) === before) throw new Error('a hold of the canaries is not there');
    this.now += hours * HOUR_MS;
    await until('what is due expires', async () => (await available()) === before);
  }

  /** Proves every journal, and that every book of every tenant sums to zero; nothing was quarantined. */
  async prove(t: Test): Promise<void> {
    for await (const { tenant, fault, commands } of verify(await this.database())) {
      t.equal(fault, null, `the journal of ${tenant}`);
      t.ok(commands > 0);
      const { books } = await this.replayed(tenant as TenantName);
      t.same(
        books.currencies.map((_, book) => books.sum(book)),
        books.currencies.map(() => 0),
      );
    }
    t.same(this.#fatal, []);
  }

  /** A connection to its database. */
  async database(): Promise<pg.Client> {
    if (this.#database === null) {
      this.#database = new pg.Client({ connectionString: await this.#databaseUrl() });
      await this.#database.connect();
    }
    return this.#database;
  }

  async #databaseUrl(): Promise<string> {
    if (this.config.database !== undefined) return this.config.database;
    const directory = embeddedDirectory(this.config);
    return (await startEmbeddedPostgres({ directory, log: () => {} })).url;
  }

  /** The number of a tenant in the database. */
  async #idOf(tenant: TenantName): Promise<number> {
    const [found] = await listTenants(await this.database(), tenant);
    if (found === undefined) throw new Error(`the database has no tenant ${tenant}`);
    return found.id;
  }

  async #start(): Promise<void> {
    const write = (line: unknown, _encoding: string, done: () => void) => {
      this.#fatal.push(String(line));
      done();
    };
    const log = pino({ level: 'fatal' }, new Writable({ write }));
    const { signal } = new AbortController();
    this.running = await startSwitch(this.config, log, signal, () => this.now);
    this.client = await IsoClient.connect(this.t, this.running.ports[0]!);
  }

  async #stop(): Promise<void> {
    await this.#database?.end();
    this.#database = null;
    await this.running?.stop();
  }
}

/** A balance inquiry (DE3 = 31…), which says neither amount nor currency. */
export function inquiry(card: HeldCard, changes: PackageMessage = {}): PackageMessage {
  return authorisation(card, 0, { 3: '310000', 4: '', 49: '', ...changes });
}
