import type { Beginning } from '../beginning.js';
import { BOOK } from '../books.js';
import { COMMAND, type Command, type Decision } from '../command.js';
import type { Effects } from '../effects.js';
import { Follower, type RowObserver } from '../follow.js';
import type { TenantId } from '../list-tenants.js';
import type { StoredRow } from '../read-journal.js';
import { CARD, RECORD } from '../record.js';
import type { TenantState } from '../tenant-state.js';
import { type EventFacts, eventsOfCommand, writeEvent } from './event-row.js';
import { type Original, type Place, writeMessage, writeVoid } from './message-row.js';
import { BOOK_ACCOUNT_NAMES, currencyName } from './names.js';
import type { RecordOrigins } from './record-origins.js';
import { RowsOfState } from './rows-of-state.js';
import { newStreamRows, type StreamRows } from './streams.js';
import { writeTransfer } from './transfer-row.js';

/**
 * One tenant's replica, which follows its journal and proves it on the way, and the rows of the read model that
 * what it took last comes to. Those are the next batch, from after row `before` to row `seq`.
 */
export class TenantProjection implements Effects, RowObserver {
  readonly state: TenantState;
  readonly rows: StreamRows = newStreamRows();
  /** First days of the months that the rows are in, in ms since 1970. */
  readonly months = new Set<number>();
  readonly #follower: Follower;
  readonly #origins: RecordOrigins;
  readonly #changed: RowsOfState;
  /** The command that is being applied. */
  readonly #place: { -readonly [Member in keyof Place]: Place[Member] };
  readonly #original: { -readonly [Member in keyof Original]: Original[Member] } = { seq: 0, entry: 0 };
  #postings = 0;
  #events = 0;
  /** By how much the account was last held less, in minor units. */
  #lowered = 0;
  /** Holds that the command let expire, as long as it is not known to be of time alone. */
  #expired: EventFacts[] = [];
  #writes = true;
  /** End of the month of the row that was taken last, in ms since 1970. */
  #monthEnd = 0;
  #before: number;

  /**
   * @param begun the state that the tables are level with, or behind which rows are to be replayed first
   * @param origins of the records in it
   */
  constructor({ id }: TenantId, { state, head }: Omit<Beginning, 'commands'>, origins: RecordOrigins) {
    this.state = state;
    this.#origins = origins;
    this.#place = { tenant: id, seq: head.seq, entry: 0, at: head.at };
    this.#before = head.seq;
    this.#changed = new RowsOfState(id, state, origins, this.rows);
    this.#follower = new Follower(id, state, head, this);
    state.effects = this;
  }

  /** Where the tables stand, when the batch before this one is in them. */
  get before(): number {
    return this.#before;
  }

  /** The journal row that was taken last. */
  get seq(): number {
    return this.#place.seq;
  }

  /** Its time, in ms since 1970; 0 before the first. */
  get at(): number {
    return this.#place.at;
  }

  /**
   * Applies the next rows of the journal, and writes down what they come to.
   * @throws InvariantError that names the first row that does not fit; nothing is to be taken from this any more then
   */
  take(rows: readonly StoredRow[]): void {
    this.#follower.take(rows);
  }

  /** Applies rows that are in the tables already. @throws InvariantError as {@link take} does */
  replay(rows: readonly StoredRow[]): void {
    this.#writes = false;
    this.take(rows);
    this.#writes = true;
    this.settle();
  }

  /** Completes the batch: by where everything stands that changed. */
  close(): void {
    this.#changed.write(this.#before);
  }

  /** The batch is in the tables, or was before: begins the next one. */
  settle(): void {
    for (const rows of Object.values(this.rows)) rows.clear();
    this.months.clear();
    this.#monthEnd = 0;
    this.#before = this.seq;
    this.#changed.settle();
  }

  entered(account: number, counter: number, currency: number, posted: number, held: number): void {
    const { accounts } = this.state;
    this.#changed.account(account, this.seq);
    this.#lowered = -held;
    const available = accounts.available(account);
    const debt = Math.max(0, -available) - Math.max(0, -(available - posted + held));
    this.#posting(account, counter, BOOK.cardholders, currency, posted);
    this.#posting(account, BOOK.cardholders, BOOK.holds, currency, held);
    this.#posting(account, BOOK.standInDebt, BOOK.cardholders, currency, debt);
  }

  indebted(account: number, currency: number, debt: number): void {
    this.#posting(account, BOOK.standInDebt, BOOK.cardholders, currency, debt);
  }

  moved(from: number, to: number, currency: number, amount: number): void {
    this.#posting(-1, from, to, currency, amount);
  }

  changed(record: number): void {
    this.#changed.record(record, this.seq);
    if (this.state.records.status(record) === RECORD.expired) this.#noteExpired(record);
  }

  matched(original: number): void {
    this.#original.seq = this.#origins.seq(original);
    this.#original.entry = this.#original.seq === 0 ? 0 : this.#origins.entry(original);
  }

  forgotten(record: number): void {
    this.#changed.forgotten(record, this.#before);
    this.#origins.forget(record);
  }

  began({ seq, at }: StoredRow): void {
    Object.assign(this.#place, { seq, at });
    this.#noteMonth(at);
    this.#changed.begin(seq, at);
    this.#nextEntry(1);
  }

  /** Writes down what `apply` does not tell: what the command itself says. */
  applied(command: Command, decision: Decision): void {
    this.#note(command, decision);
    this.#nextEntry(this.#place.entry + 1);
  }

  #nextEntry(entry: number): void {
    this.#place.entry = entry;
    this.#postings = 0;
    this.#events = 0;
    this.#expired = [];
    this.#original.seq = 0;
  }

  #note(command: Command, decision: Decision): void {
    const { state } = this;
    switch (command.kind) {
      case COMMAND.authorise:
      case COMMAND.clear:
      case COMMAND.reverse: {
        const record = state.records.find(command.key);
        this.#origins.set(record, this.seq, this.#place.entry);
        if (!this.#writes) return;
        const { authorisation } = this.rows;
        writeMessage(authorisation, this.#place, this.#original, state, record, command, decision);
        return;
      }
      case COMMAND.voidRequest: {
        if (!this.#writes) return;
        const record = state.records.find(command.key);
        this.matched(record);
        writeVoid(this.rows.authorisation, this.#place, this.#original, state, record, command);
        return;
      }
      case COMMAND.openAccount:
        this.#changed.book(command.currency, this.seq);
        this.#changed.account(command.account, this.seq);
        break;
      case COMMAND.setOverdraft:
      case COMMAND.setHolder:
        this.#changed.account(command.account, this.seq);
        break;
      case COMMAND.postFunds:
      case COMMAND.transferFunds:
        if (this.#writes) writeTransfer(this.rows.transfer, this.#place, state, command, decision);
        break;
      case COMMAND.changeCard:
        this.#changed.card(state.cardOf(command.token), null, this.seq);
        break;
      case COMMAND.issueCard:
      case COMMAND.issueToken:
      case COMMAND.aliasCard:
        this.#changed.card(state.cardOf(command.token), command.token, this.seq);
        break;
      default:
    }
    if (!this.#writes) return;
    if (command.kind === COMMAND.advanceTime || command.kind === COMMAND.expireHold) {
      for (const facts of this.#expired) writeEvent(this.rows.event, this.#place, ++this.#events, facts);
      return;
    }
    for (const event of eventsOfCommand(state, command, decision)) {
      writeEvent(this.rows.event, this.#place, ++this.#events, event);
    }
  }

  /** Before the record may be forgotten, by the same command even. */
  #noteExpired(record: number): void {
    if (!this.#writes) return;
    const { records, cards, accounts } = this.state;
    const card = records.word(record, CARD) - 1;
    const account = cards.account(card);
    const about = { seq: this.#origins.seq(record), entry: this.#origins.entry(record) };
    const amount = this.#lowered;
    this.#expired.push({
      type: 'hold.expired',
      card,
      account,
      amount,
      currency: accounts.currency(account),
      about,
    });
    this.#lowered = 0;
  }

  #posting(account: number, from: number, to: number, currency: number, amount: number): void {
    if (amount === 0 || !this.#writes) return;
    this.#changed.book(currency, this.seq);
    const { entry } = this.rows;
    entry.begin(10);
    entry.int2(this.#place.tenant);
    entry.int8(this.#place.seq);
    entry.int4(this.#place.entry);
    entry.int4(++this.#postings);
    entry.time(this.#place.at);
    if (account < 0) entry.null();
    else entry.int4(account);
    entry.ascii(BOOK_ACCOUNT_NAMES[amount > 0 ? from : to]!);
    entry.ascii(BOOK_ACCOUNT_NAMES[amount > 0 ? to : from]!);
    entry.ascii(currencyName(currency));
    entry.int8(Math.abs(amount));
  }

  #noteMonth(at: number): void {
    if (at < this.#monthEnd) return;
    const date = new Date(at);
    this.months.add(Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), 1));
    this.#monthEnd = Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 1);
  }
}
