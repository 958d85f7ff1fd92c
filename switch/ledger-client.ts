import type { MessagePort } from 'node:worker_threads';
import type { CommandBatch } from '../ledger/command-batch.js';
import { ACCOUNT_COLUMNS, CARD_COLUMNS, LOOK_ROWS_MAX, type Look } from '../ledger/look.js';
import {
  type Decided,
  type LedgerPort,
  LedgerUnavailableError,
  type LiveAccount,
  type LiveCard,
} from '../tenants/api/ledger-port.js';
import type { Told } from './asking.js';
import type { AskedMessage, ToldMessage } from './ledger-channel.js';

/** Questions to the ledgers of one database without an answer yet; more are refused. */
const PENDING_MAX = 256;
/** After which it is not known what became of it. */
const ANSWER_MS = 10_000;

interface Pending {
  readonly database: number;
  readonly resolve: (told: Told) => void;
  readonly reject: (error: LedgerUnavailableError) => void;
  readonly timer: NodeJS.Timeout;
}

/** What is asked, without what every message has. */
type Question = { readonly body: Uint8Array<ArrayBuffer> } | { readonly look: Look };

/** The end of the channel on a thread that asks. */
export class LedgerClient implements LedgerPort {
  readonly #port: MessagePort;
  readonly #indexes: ReadonlyMap<string, number>;
  /** By index of the tenant, the place of its database. */
  readonly #databaseOf: readonly number[];
  /** By database: how many are pending. */
  readonly #waiting: number[] = [];
  readonly #pending = new Map<number, Pending>();
  #lastId = 0;

  /** @param tenants by index */
  constructor(port: MessagePort, tenants: readonly { readonly name: string; readonly database: number }[]) {
    this.#port = port;
    this.#indexes = new Map(tenants.map(({ name }, index) => [name, index]));
    this.#databaseOf = tenants.map(({ database }) => database);
    port.on('message', (message: ToldMessage) => this.#told(message));
    // Whoever asks waits by its own promise.
    port.unref();
  }

  async decide(tenant: string, commands: CommandBatch): Promise<Decided> {
    return (await this.#ask(tenant, { body: commands.body() })) as Decided;
  }

  async accounts(tenant: string, numbers: readonly number[]): Promise<readonly (LiveAccount | null)[]> {
    requireRows(numbers.length);
    return this.#look(tenant, { of: 'accounts', numbers }, accountAt, ACCOUNT_COLUMNS.length);
  }

  async accountsBelow(tenant: string, below: number, limit: number): Promise<readonly LiveAccount[]> {
    requireRows(limit);
    const look = { of: 'accountsBelow', below, limit } as const;
    const accounts = await this.#look(tenant, look, accountAt, ACCOUNT_COLUMNS.length);
    return accounts.filter((account) => account !== null);
  }

  async cards(tenant: string, tokens: readonly Uint32Array[]): Promise<readonly (LiveCard | null)[]> {
    requireRows(tokens.length);
    const words = Uint32Array.from(tokens.flatMap((token) => [...token]));
    return this.#look(tenant, { of: 'cards', tokens: words }, cardAt, CARD_COLUMNS.length);
  }

  async #look<T>(
    tenant: string,
    look: Look,
    rowAt: (rows: Float64Array, at: number) => T,
    width: number,
  ): Promise<readonly (T | null)[]> {
    const { rows } = (await this.#ask(tenant, { look })) as { readonly rows: Float64Array };
    return Array.from({ length: rows.length / width }, (_, row) => {
      const at = width * row;
      return rows[at]! < 0 ? null : rowAt(rows, at);
    });
  }

  #ask(tenant: string, question: Question): Promise<Told> {
    const index = this.#indexes.get(tenant);
    if (index === undefined) return Promise.reject(new LedgerUnavailableError('NOT_HELD'));
    const database = this.#databaseOf[index]!;
    const waiting = this.#waiting[database] ?? 0;
    if (waiting >= PENDING_MAX) return Promise.reject(new LedgerUnavailableError('BUSY'));
    return new Promise((resolve, reject) => {
      const id = ++this.#lastId;
      const timer = setTimeout(
        () => this.#settle(id)?.reject(new LedgerUnavailableError('UNKNOWN')),
        ANSWER_MS,
      );
      this.#pending.set(id, { database, resolve, reject, timer });
      this.#waiting[database] = waiting + 1;
      const message = { id, tenant: index, ...question } satisfies AskedMessage;
      this.#port.postMessage(message, 'body' in question ? [question.body.buffer] : []);
    });
  }

  #told(message: ToldMessage): void {
    // One that was given up is not waited for any more.
    const pending = this.#settle(message.id);
    if ('failure' in message) pending?.reject(new LedgerUnavailableError(message.failure));
    else pending?.resolve(message);
  }

  #settle(id: number): Pending | undefined {
    const pending = this.#pending.get(id);
    if (pending === undefined) return undefined;
    this.#pending.delete(id);
    this.#waiting[pending.database]!--;
    clearTimeout(pending.timer);
    return pending;
  }
}

function requireRows(rows: number): void {
  if (rows > LOOK_ROWS_MAX) throw new RangeError(`at most ${LOOK_ROWS_MAX} rows at once, not ${rows}`);
}

function accountAt(rows: Float64Array, at: number): LiveAccount {
  return {
    account: rows[at]!,
    currency: rows[at + 1]!,
    posted: rows[at + 2]!,
    held: rows[at + 3]!,
    overdraft: rows[at + 4]!,
  };
}

function cardAt(rows: Float64Array, at: number): LiveCard {
  return {
    card: rows[at]!,
    account: rows[at + 1]!,
    currency: rows[at + 2]!,
    status: rows[at + 3]!,
    expiry: rows[at + 4]!,
    channels: rows[at + 5]!,
  };
}
