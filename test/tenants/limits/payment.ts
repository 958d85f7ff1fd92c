import { ENTRY, FLAG, TRAIT } from '../../../ledger/command.js';
import { type Channel, channelMask } from '../../../tenants/channel.js';
import { COUNTRY_NUMBERS, CURRENCIES_BY_CODE } from '../../../tenants/limits/iso-codes.js';
import { reasonOf } from '../../../tenants/limits/reason.js';
import { type LimitsDocument, TYPES } from '../../../tenants/limits/schema.js';
import type { Fields } from '../../ledger/commands.js';
import { NOON } from '../../ledger/one-tenant.js';
import type { DocumentedTenant } from './documented-tenant.js';

/** A payment in the words of documents; 10.00 EUR at a terminal in France at noon of 15 June 2026 where nothing is said. */
export interface Payment {
  readonly amount?: number;
  readonly mcc?: number;
  readonly merchant?: string;
  readonly name?: string;
  readonly acquirer?: number;
  readonly country?: string;
  readonly currency?: string;
  readonly channel?: Channel;
  readonly entry?: keyof typeof ENTRY;
  readonly type?: keyof typeof TYPES;
  readonly traits?: readonly (keyof typeof TRAIT)[];
  readonly cashback?: number;
  /** The terminal can take less. */
  readonly partial?: boolean;
  /** Of card 1, 2, …; each has an account of its own. */
  readonly card?: number;
  /** UTC, as 2026-06-15T09:00. */
  readonly at?: string;
}

const IDENTIFIERS_BEFORE_MERCHANT = 20;

function fieldsOf(payment: Payment): Fields {
  const { amount = 1000, mcc = 5999, merchant = '', name = '', acquirer = 0, country = 'FR' } = payment;
  const { currency = 'EUR', channel = 'pos', entry = 'chip', type, traits = [], cashback = 0 } = payment;
  return {
    token: payment.card ?? 1,
    amount,
    mcc,
    cashback,
    acquirer,
    identifiers: Buffer.from(' '.repeat(IDENTIFIERS_BEFORE_MERCHANT) + merchant.padEnd(15), 'latin1'),
    acceptor: Buffer.alloc(40, name.padEnd(40), 'latin1'),
    acceptorLength: name.length,
    country: country === 'unknown' ? 0 : COUNTRY_NUMBERS.get(country)!,
    currency: CURRENCIES_BY_CODE.get(currency)!.number,
    channels: channelMask([channel]),
    entry: ENTRY[entry],
    processingCode: 10_000 * (type === undefined ? 0 : TYPES[type][0]),
    traits: traits.reduce((mask, trait) => mask | TRAIT[trait], 0),
    flags: payment.partial === true ? FLAG.partial : 0,
  };
}

/** What a card was answered: DE39 in two digits, what was approved, and the rule and reason of a decline. */
export interface Answered {
  readonly code: string;
  readonly approved: number;
  readonly rule: string | undefined;
  readonly reason: string | undefined;
}

/** Has a payment authorised. */
export function pay(tenant: DocumentedTenant, document: LimitsDocument, payment: Payment): Answered {
  tenant.now = payment.at === undefined ? Math.max(tenant.now, NOON) : Date.parse(`${payment.at}Z`);
  const fields = fieldsOf(payment);
  const { code } = tenant.authorise(fields);
  const { rule: number, approvedAmount } = tenant.decision;
  const name = [...tenant.compiled.numbers].find(([, one]) => one === number)?.[0];
  const rule = document.rules.find((one) => one.name === name);
  const approved = approvedAmount >= 0 ? approvedAmount : fields.amount!;
  return {
    code: String(code).padStart(2, '0'),
    approved: code === 0 || code === 10 ? approved : 0,
    rule: name,
    reason: rule === undefined ? undefined : reasonOf(rule),
  };
}
