/** Of DE3's first two digits (ISO 8583:1987 table A.5): 00–19 debits, 20–29 credits, 30–39 inquiries. */
const CREDITS = 20;
const INQUIRIES = 30;
const CASH = 1;

/** What a transaction does to the cardholder's account. */
export const TRANSACTION = { debit: 0, credit: 1, inquiry: 2 } as const;

/** One of {@link TRANSACTION}, by a processing code of six digits. */
export function transactionOf(processingCode: number): number {
  const type = Math.floor(processingCode / 10_000);
  if (type < CREDITS) return TRANSACTION.debit;
  return type < INQUIRIES ? TRANSACTION.credit : TRANSACTION.inquiry;
}

/** Whether all of it is paid out in cash, so that a part of it is of no use. */
export function isCash(processingCode: number): boolean {
  return Math.floor(processingCode / 10_000) === CASH;
}
