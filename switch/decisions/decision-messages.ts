/** What crosses between the thread that decides and the one that asks tenants' endpoints. */

/** When a tenant is asked, and what is decided where it does not answer; of one that has an endpoint. */
export interface DecisionPolicy {
  /** How long it may take, in ms. */
  readonly deadlineMs: number;
  /** Messages that may be asked about at once. */
  readonly concurrency: number;
  /** Messages of less are not asked about, in minor units of their currency. */
  readonly leastAmount: number;
  /** DE39 of the fallback, 0 to approve what limits and balance leave, up to `fallbackMost` minor units. */
  readonly fallbackCode: number;
  readonly fallbackMost: number;
}

/** A message that is asked about. */
export interface DecisionAsked {
  /** Its place, and which message it is of those that had the place. */
  readonly slot: number;
  readonly generation: number;
  /** Index of the tenant. */
  readonly tenant: number;
  readonly deadlineMs: number;
  readonly message: AskedMessage;
}

/** What the tenant is told of it; amounts in minor units, currencies and countries as numbers. */
export interface AskedMessage {
  /** The first 16 bytes of the card's hash, in hexadecimal. */
  readonly token: string;
  readonly amount: number;
  readonly currency: number;
  readonly cashback: number;
  readonly processingCode: number;
  readonly mcc: number;
  readonly country: number;
  readonly channels: number;
  readonly entry: number;
  readonly traits: number;
  readonly acquirer: number;
  readonly partial: boolean;
  /** DE37, DE41, DE42 and DE43, without the spaces at their ends. */
  readonly retrievalReference: string;
  readonly terminal: string;
  readonly merchant: string;
  readonly acceptor: string;
}

/** How that came out: one of `ASKED`, DE39, and of an approval the amount that is agreed to. */
export interface DecisionTold {
  readonly slot: number;
  readonly generation: number;
  readonly asked: number;
  readonly verdict: number;
  readonly verdictAmount: number;
}

export type DecisionThreadSaid =
  | {
      readonly kind: 'policies';
      readonly policies: readonly (readonly [tenant: number, policy: DecisionPolicy | null])[];
    }
  | { readonly kind: 'told'; readonly told: DecisionTold }
  | { readonly kind: 'failed'; readonly text: string; readonly error: unknown };
