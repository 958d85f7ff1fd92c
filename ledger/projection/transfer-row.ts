import { BOOK } from '../books.js';
import { COMMAND, type Command, type Decision, DIRECTION, KEY_WORDS } from '../command.js';
import type { TenantState } from '../tenant-state.js';
import type { CopyRows } from './copy-rows.js';
import type { Place } from './message-row.js';
import { BOOK_ACCOUNT_NAMES, currencyName } from './names.js';

/** Columns of `holdfast_read.transfer`, in the order in which they are written. */
export const TRANSFER_COLUMNS = [
  'tenant',
  'seq',
  'entry',
  'at',
  'kind',
  'key',
  'account',
  'direction',
  'counter_account',
  'book',
  'amount',
  'currency',
  'response_code',
] as const;

/** Writes the row of funds that were decided. */
export function writeTransfer(
  rows: CopyRows,
  place: Place,
  state: TenantState,
  command: Command,
  { responseCode }: Decision,
): void {
  const transfer = command.kind === COMMAND.transferFunds;
  rows.begin(TRANSFER_COLUMNS.length);
  rows.int2(place.tenant);
  rows.int8(place.seq);
  rows.int4(place.entry);
  rows.time(place.at);
  rows.ascii(kindOf(command));
  rows.words(command.key, 0, KEY_WORDS);
  writeAccount(rows, state, command.account);
  rows.ascii(transfer || command.direction === DIRECTION.out ? 'out' : 'in');
  if (transfer) writeAccount(rows, state, command.counterAccount);
  else rows.null();
  if (transfer) rows.null();
  else rows.ascii(BOOK_ACCOUNT_NAMES[command.book]!);
  rows.int8(command.amount);
  rows.ascii(currencyName(command.currency));
  rows.digits(responseCode, 2);
}

function kindOf({ kind, book, direction }: Command): string {
  if (kind === COMMAND.transferFunds) return 'transfer';
  if (book !== BOOK.funding) return 'adjustment';
  return direction === DIRECTION.in ? 'funding' : 'withdrawal';
}

/** One that is not open may be any number, more than the column can hold. */
function writeAccount(rows: CopyRows, { accounts }: TenantState, account: number): void {
  if (account < accounts.length) rows.int4(account);
  else rows.null();
}
