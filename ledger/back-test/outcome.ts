/** How a message came out in a back-test beside what was decided at the time. */
export const OUTCOMES = [
  'approvedAsBefore',
  'declinedAsBefore',
  'newlyDeclined',
  'newlyApproved',
  /** Approved both times, of another amount. */
  'otherAmount',
  /** Declined both times, for another reason. */
  'otherReason',
] as const;

export type Outcome = (typeof OUTCOMES)[number];

/** A message, as the journal has it, with both decisions; amounts in minor units of the account's currency. */
export interface Example {
  readonly seq: number;
  readonly entry: number;
  /** ms since 1970 */
  readonly at: number;
  readonly outcome: Outcome;
  /** The card's token, in hexadecimal. */
  readonly token: string;
  readonly mcc: number;
  /** Of the message, in minor units of its currency (ISO 4217 number). */
  readonly amount: number;
  readonly currency: number;
  readonly before: Told;
  readonly after: Told;
}

/** What was decided: DE39, what was billed, and the number of the rule that decided; 0 for none. */
export interface Told {
  readonly responseCode: number;
  readonly billed: number;
  readonly rule: number;
}

/** Messages, and what they were billed by account currency (ISO 4217 number). */
export interface Sum {
  readonly messages: number;
  readonly billed: Readonly<Record<string, number>>;
}

export interface RuleCount {
  /** The rule's number, and its name. */
  readonly rule: number;
  readonly name: string;
  /** Messages that it declined or approved in part. */
  readonly decided: number;
  /** Of these, such as were approved in full before. */
  readonly newly: number;
  /** What these had been billed, by account currency. */
  readonly billedBefore: Readonly<Record<string, number>>;
}

/** What a back-test found. */
export interface BackTestReport {
  readonly tenant: string;
  /** Rows of the journal that were decided again. */
  readonly from: number;
  readonly to: number;
  /** Times of the first and the last of them, in ms since 1970; null where there was none. */
  readonly began: number | null;
  readonly ended: number | null;
  /** Requests: what the network decided elsewhere is booked whatever rules say. */
  readonly messages: number;
  readonly outcomes: Readonly<Record<Outcome, number>>;
  /** Requests that came out otherwise. */
  readonly differences: number;
  readonly approvedBefore: Sum;
  readonly approvedAfter: Sum;
  readonly rules: readonly RuleCount[];
  readonly examples: readonly Example[];
  readonly seconds: number;
}
