import { BOOK_ACCOUNTS } from '../books.js';
import { KEY_WORDS } from '../command.js';
import { BILLED, CARD, EXPIRES, HELD, POSTED, RECORD } from '../record.js';
import type { TenantState } from '../tenant-state.js';
import type { CopyRows } from './copy-rows.js';
import { BOOK_ACCOUNT_NAMES, CARD_STATUS_NAMES, CHANNEL_SETS, currencyName, RECORD_NAMES } from './names.js';
import type { RecordOrigins } from './record-origins.js';
import type { StreamRows } from './streams.js';

const MS_A_MINUTE = 60_000;

/** Whether a record in that status is of an authorisation that held. */
export function isHold(status: number): boolean {
  return (
    status === RECORD.held ||
    status === RECORD.released ||
    status === RECORD.cleared ||
    status === RECORD.expired
  );
}

/**
 * The rows that say where something stands: accounts, cards, holds and books. What changes in a batch is only marked,
 * and written once at its end; or before a record is forgotten.
 */
export class RowsOfState {
  readonly #tenant: number;
  readonly #state: TenantState;
  readonly #origins: RecordOrigins;
  readonly #rows: StreamRows;
  /** Numbers of what changed, with the sequence number of the journal row that changed it last. */
  readonly #accounts = new Map<number, number>();
  readonly #cards = new Map<number, { readonly token: Uint32Array | null; readonly seq: number }>();
  readonly #books = new Map<number, number>();
  readonly #records = new Set<number>();
  /** Accounts and cards that the tables have already. */
  #accountsBefore!: number;
  #cardsBefore!: number;
  /** Times of the journal rows of the batch, in ms since 1970, and the sequence number of the first. */
  #times: number[] = [];
  #firstSeq = 0;

  constructor(tenant: number, state: TenantState, origins: RecordOrigins, rows: StreamRows) {
    this.#tenant = tenant;
    this.#state = state;
    this.#origins = origins;
    this.#rows = rows;
    this.settle();
  }

  /** A journal row begins. */
  begin(seq: number, at: number): void {
    if (this.#times.length === 0) this.#firstSeq = seq;
    this.#times.push(at);
  }

  account(account: number, seq: number): void {
    this.#accounts.set(account, seq);
  }

  /** @param token the newest of the card, where it got one */
  card(card: number, token: Uint32Array | null, seq: number): void {
    this.#cards.set(card, { token: token?.slice() ?? this.#cards.get(card)?.token ?? null, seq });
  }

  book(currency: number, seq: number): void {
    this.#books.set(currency, seq);
  }

  record(record: number, seq: number): void {
    this.#records.add(record);
    this.#origins.setChanged(record, seq);
  }

  forgotten(record: number, before: number): void {
    if (this.#records.delete(record)) this.#writeHold(record, before);
  }

  /** Writes the rows; those that came by journal row `before` are in the tables, to be changed there. */
  write(before: number): void {
    for (const [account, seq] of this.#accounts) this.#writeAccount(account, seq);
    for (const [card, { token, seq }] of this.#cards) this.#writeCard(card, token, seq);
    for (const record of this.#records) this.#writeHold(record, before);
    for (const [currency, seq] of this.#books) this.#writeBook(currency, seq);
  }

  settle(): void {
    this.#accounts.clear();
    this.#cards.clear();
    this.#books.clear();
    this.#records.clear();
    this.#accountsBefore = this.#state.accounts.length;
    this.#cardsBefore = this.#state.cards.length;
    this.#times = [];
  }

  #writeAccount(account: number, seq: number): void {
    const { accounts } = this.#state;
    const added = account >= this.#accountsBefore;
    const rows = added ? this.#rows.account : this.#rows.changedAccount;
    rows.begin(added ? 8 : 7);
    rows.int2(this.#tenant);
    rows.int4(account);
    if (added) rows.ascii(currencyName(accounts.currency(account)));
    rows.int8(accounts.overdraft(account));
    writeNumber(rows, accounts.holder(account));
    rows.int8(accounts.posted(account));
    rows.int8(accounts.held(account));
    rows.int8(seq);
  }

  #writeCard(card: number, token: Uint32Array | null, seq: number): void {
    const { cards } = this.#state;
    const added = card >= this.#cardsBefore;
    const rows = added ? this.#rows.card : this.#rows.changedCard;
    rows.begin(added ? 10 : 8);
    rows.int2(this.#tenant);
    rows.int4(card);
    if (token === null) rows.null();
    else rows.words(token);
    if (added) {
      rows.int4(cards.account(card));
      if (cards.parent(card) < 0) rows.null();
      else rows.int4(cards.parent(card));
    }
    rows.digits(cards.expiry(card), 4);
    rows.ascii(CARD_STATUS_NAMES[cards.status(card)]!);
    rows.field(CHANNEL_SETS.field(cards.channels(card)));
    writeNumber(rows, cards.group(card));
    rows.int8(seq);
  }

  #writeHold(record: number, before: number): void {
    const { records, cards, accounts } = this.#state;
    if (!isHold(records.status(record))) return;
    const seq = this.#origins.seq(record);
    const added = seq > before;
    const rows = added ? this.#rows.hold : this.#rows.changedHold;
    rows.begin(added ? 14 : 8);
    rows.int2(this.#tenant);
    rows.int8(seq);
    rows.int4(this.#origins.entry(record));
    if (added) {
      const card = records.word(record, CARD) - 1;
      const account = cards.account(card);
      rows.time(this.#times[seq - this.#firstSeq]!);
      rows.words(records.chunk(record), records.at(record), KEY_WORDS);
      rows.int4(card);
      rows.int4(account);
      rows.ascii(currencyName(accounts.currency(account)));
      rows.int8(records.amount(record, BILLED));
    }
    rows.int8(records.amount(record, HELD));
    rows.int8(records.amount(record, POSTED));
    rows.ascii(RECORD_NAMES[records.status(record)]!);
    rows.time(records.word(record, EXPIRES) * MS_A_MINUTE);
    rows.int8(this.#origins.changedBy(record));
  }

  #writeBook(currency: number, seq: number): void {
    const { books } = this.#state;
    const book = books.currencies.indexOf(currency);
    const rows = this.#rows.book;
    for (let account = 0; account < BOOK_ACCOUNTS; account++) {
      rows.begin(5);
      rows.int2(this.#tenant);
      rows.ascii(currencyName(currency));
      rows.ascii(BOOK_ACCOUNT_NAMES[account]!);
      rows.int8(books.balance(book, account));
      rows.int8(seq);
    }
  }
}

/** Of a group or a holder, whose number may be any of 32 bits; null where it is none. */
function writeNumber(rows: CopyRows, number: number): void {
  if (number === 0) rows.null();
  else rows.int8(number);
}
