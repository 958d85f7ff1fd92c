import { CHANNEL_NAMES, ENTRY_NAMES, TRAIT_NAMES } from '../../ledger/projection/names.js';
import { countryOf } from '../../parsers/meaning/countries.js';
import { currencyOf } from '../../parsers/meaning/currencies.js';
import type { AskedMessage } from './decision-messages.js';

/** Three digits, as ISO 4217 and ISO 3166-1 write their numbers. */
function digits(number: number): string {
  return String(number).padStart(3, '0');
}

/** Six digits of DE3. */
const PROCESSING_CODE_DIGITS = 6;

/**
 * An authorisation as its tenant is told of it, by the names that the API has.
 * @param card the card's name in the API; null where it has none
 */
export function authorizationDocument(card: string | null, message: AskedMessage) {
  const { amount, currency, cashback, country, channels, entry, traits, mcc } = message;
  const known = currencyOf(digits(currency));
  return {
    card,
    merchant_amount: amount,
    merchant_currency: known?.alpha ?? digits(currency),
    cashback_amount: cashback,
    partial_approval: message.partial,
    processing_code: String(message.processingCode).padStart(PROCESSING_CODE_DIGITS, '0'),
    channel: CHANNEL_NAMES.find((_, bit) => channels === 1 << bit) ?? null,
    entry: ENTRY_NAMES[entry] ?? null,
    traits: TRAIT_NAMES.of(traits),
    merchant: {
      id: message.merchant === '' ? null : message.merchant,
      terminal: message.terminal === '' ? null : message.terminal,
      descriptor: message.acceptor === '' ? null : message.acceptor,
      category_code: String(mcc).padStart(4, '0'),
      country: country === 0 ? null : (countryOf(digits(country))?.alpha2 ?? digits(country)),
    },
    network: {
      rrn: message.retrievalReference === '' ? null : message.retrievalReference,
      acquirer: message.acquirer === 0 ? null : String(message.acquirer),
    },
  };
}
