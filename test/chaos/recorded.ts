import pg from 'pg';
import { COMMAND, Command, Decision } from '../../ledger/command.js';
import { BodyReader } from '../../ledger/journal-body.js';
import type { Answer, Message } from './link.js';

/** What the journal says of a message. */
export interface Entry {
  readonly answer: Answer;
  /** Answered 91 in the end, and undone. */
  voided: boolean;
  times: number;
}

interface Hold {
  readonly account: string;
  amount: bigint;
}

interface Row {
  readonly tenant: number;
  readonly seq: string;
  readonly name: string;
  readonly epoch: string;
  readonly body: Buffer;
}

const PAGE = `SELECT j.tenant, j.seq, t.name, j.epoch, j.body
  FROM holdfast.journal j JOIN holdfast.tenant t ON t.id = j.tenant
  WHERE (j.tenant, j.seq) > ($1, $2) ORDER BY j.tenant, j.seq LIMIT 5000`;

/**
 * The journal of all tenants, read and added up without the ledger's help: what was answered to whom, how often,
 * and what each account has left.
 */
export class Recorded {
  readonly entries = new Map<string, Entry>();
  /** Those that rows were written under. */
  readonly epochs = new Set<number>();
  /** By tenant and account: what came in less what is held, in minor units. */
  readonly #available = new Map<string, bigint>();
  /** By tenant and token, in hexadecimal digits. */
  readonly #accounts = new Map<string, string>();
  readonly #holds = new Map<string, Hold>();
  readonly #command = new Command();
  readonly #decision = new Decision();

  static async read(url: string): Promise<Recorded> {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    try {
      const recorded = new Recorded();
      const reader = new BodyReader(recorded.#command, recorded.#decision);
      let last: Row | undefined;
      do {
        const rows: Row[] = (await client.query<Row>(PAGE, [last?.tenant ?? 0, last?.seq ?? 0])).rows;
        for (const { name, epoch, body } of rows) {
          recorded.epochs.add(Number(epoch));
          reader.open(body);
          while (reader.next()) recorded.#add(name);
        }
        last = rows.at(-1);
      } while (last !== undefined);
      return recorded;
    } finally {
      await client.end();
    }
  }

  of(message: Message): Entry | undefined {
    const { class: messageClass, fields } = message;
    return this.entries.get(`${messageClass} ${fields[11]} ${fields[7]} ${fields[32]}`);
  }

  /** What was decided of an authorisation, by DE11, DE7 and DE32. */
  authorisation(stan: number, dateTime: number, acquirer: number): Entry | undefined {
    return this.entries.get(`authorisation ${digits(stan, 6)} ${digits(dateTime, 10)} ${acquirer}`);
  }

  /** What is left on the account of a tenant's card, by its token; `undefined` where it has none. */
  available(tenant: string, token: Uint32Array): bigint | undefined {
    return this.#available.get(this.#accounts.get(`${tenant} ${hex(token)}`) ?? '');
  }

  #add(tenant: string): void {
    const { kind, account, amount, currency, token, key, originalKey } = this.#command;
    const own = `${tenant} ${account}`;
    switch (kind) {
      case COMMAND.openAccount:
        this.#available.set(own, 0n);
        return;
      case COMMAND.credit:
        this.#move(own, BigInt(amount));
        return;
      case COMMAND.issueCard:
        this.#accounts.set(`${tenant} ${hex(token)}`, own);
        return;
      case COMMAND.authorise: {
        if (!this.#enter(nameOf(key))) return;
        const drawn = this.#accounts.get(`${tenant} ${hex(token)}`);
        if (drawn === undefined) throw new Error(`a card without an account was approved in ${currency}`);
        this.#holds.set(nameOf(key), { account: drawn, amount: BigInt(amount) });
        this.#move(drawn, -BigInt(amount));
        return;
      }
      case COMMAND.reverse:
        if (this.#enter(nameOf(key))) this.#release(nameOf(originalKey));
        return;
      case COMMAND.voidRequest:
        this.entries.get(nameOf(key))!.voided = true;
        this.#release(nameOf(key));
        return;
      case COMMAND.setLimits:
      case COMMAND.setHoldRule:
      case COMMAND.setRate:
      case COMMAND.setRules:
      case COMMAND.advanceTime:
        return;
      default:
        throw new Error(`the journal has a command of kind ${kind}`);
    }
  }

  /** Notes what was decided; whether that was an approval. */
  #enter(name: string): boolean {
    const { responseCode, approvalCode } = this.#decision;
    const code = String(responseCode).padStart(2, '0');
    const approval = approvalCode === 0 ? '' : String(approvalCode).padStart(6, '0');
    const entry = this.entries.get(name);
    if (entry === undefined) this.entries.set(name, { answer: { code, approval }, voided: false, times: 1 });
    else entry.times++;
    return code === '00';
  }

  #release(name: string): void {
    const hold = this.#holds.get(name);
    // Nothing was held, or no more.
    if (hold === undefined) return;
    this.#move(hold.account, hold.amount);
    this.#holds.delete(name);
  }

  #move(account: string, amount: bigint): void {
    this.#available.set(account, this.#available.get(account)! + amount);
  }
}

/** A key of three words as the text that `Recorded.of` makes of a message's own fields. */
function nameOf(key: Uint32Array): string {
  const [head, middle, low] = key as unknown as [number, number, number];
  const messageClass = head >>> 20 === 4 ? 'reversal' : 'authorisation';
  const stan = digits(head & 0xfffff, 6);
  const time = [22, 17, 12, 6, 0].map((shift, part) =>
    digits((middle >>> shift) & [15, 31, 31, 63, 63][part]!, 2),
  );
  const acquirer = (middle >>> 26) * 2 ** 32 + low;
  return `${messageClass} ${stan} ${time.join('')} ${acquirer}`;
}

function digits(value: number, length: number): string {
  return String(value).padStart(length, '0');
}

function hex(words: Uint32Array): string {
  return Array.from(words, (word) => word.toString(16).padStart(8, '0')).join('');
}
