import { COMMAND, Command, Decision } from '../../ledger/command.js';
import { BodyReader } from '../../ledger/journal-body.js';

/** An entry of a journal row, as the model and the checks look at it; keys and tokens by the numbers they were made of. */
export interface Entry {
  readonly kind: number;
  readonly key: number;
  readonly originalKey: number;
  readonly token: number;
  readonly account: number;
  readonly amount: number;
  readonly currency: number;
  readonly flags: number;
  readonly kept: number;
  readonly mcc: number;
  readonly processingCode: number;
  readonly fingerprint: number;
  readonly billing: number;
  readonly billingCurrency: number;
  readonly code: number;
  readonly approvalCode: number;
  /** What was billed: the amount, where nothing else was written down. */
  readonly billed: number;
}

const command = new Command();
const decision = new Decision();
const reader = new BodyReader(command, decision);

/** The inverse of what `words` multiplies the first word with, modulo 2^32. */
const INVERSE = 0x0e8b2f51;

/** The number that `words` made words of. */
function numberOf(words: Uint32Array): number {
  return Math.imul(words[0]!, INVERSE) >>> 0;
}

/** The entries of a row's body, in their order. */
export function entriesOf(body: Buffer): readonly Entry[] {
  const entries: Entry[] = [];
  reader.open(body);
  while (reader.next()) {
    const { kind, account, amount, currency, flags, kept, mcc, processingCode, fingerprint } = command;
    const isMessage = kind === COMMAND.authorise || kind === COMMAND.clear || kind === COMMAND.reverse;
    entries.push({
      kind,
      key: isMessage || kind === COMMAND.voidRequest ? numberOf(command.key) : 0,
      originalKey: isMessage ? numberOf(command.originalKey) : 0,
      token: numberOf(command.token),
      account,
      amount,
      currency,
      flags,
      kept,
      mcc,
      processingCode,
      fingerprint,
      billing: command.billing,
      billingCurrency: command.billingCurrency,
      code: decision.responseCode,
      approvalCode: decision.approvalCode,
      billed: decision.billed === 0 && decision.rate === 0 ? amount : decision.billed,
    });
  }
  return entries;
}
