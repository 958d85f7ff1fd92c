import { asList } from './names.js';
import type { Conditions } from './schema.js';

const CHANNEL_TEXT: Readonly<Record<string, string>> = {
  pos: 'at a terminal',
  contactless: 'made contactless',
  ecommerce: 'on the internet',
  moto: 'by mail or telephone order',
  atm: 'at a cash machine',
  wallet: 'with a wallet',
};
const TYPE_TEXT: Readonly<Record<string, string>> = {
  purchase: 'for goods and services',
  cash: 'in cash',
  quasiCash: 'in quasi-cash',
  cheque: 'by cheque',
  accountFunding: 'that fund an account',
};
/** What is so, and what is not. */
const TRAIT_TEXT = {
  cardPresent: ['with the card present', 'without the card present'],
  cardholderPresent: ['with the cardholder present', 'without the cardholder present'],
  strongAuthentication: ['with strong authentication', 'without strong authentication'],
  pin: ['with a PIN', 'without a PIN'],
  recurring: ['that recur', 'that do not recur'],
  wallet: ['with a wallet', 'without a wallet'],
  credentialOnFile: ['by a stored number', 'not by a stored number'],
  cashback: ['with cashback', 'without cashback'],
} as const;
const TRAIT_NAMES = Object.keys(TRAIT_TEXT) as (keyof typeof TRAIT_TEXT)[];

/** Which payments `when` and `unless` mean, to follow the word; begins with a space where it says anything. */
export function phraseOf(
  when: Conditions | undefined,
  unless: Conditions | undefined,
  home: string | undefined,
  money: (minor: number) => string,
): string {
  const wanted = partsOf(when ?? {}, home, money)
    .map((part) => ` ${part}`)
    .join('');
  const not = partsOf(unless ?? {}, home, money).join(' or ');
  return not === '' ? wanted : `${wanted} (unless ${not})`;
}

function partsOf(
  conditions: Conditions,
  home: string | undefined,
  money: (minor: number) => string,
): string[] {
  const { mcc, merchant, name, acquirer, country, location, currency, entry, channel, type, amount } =
    conditions;
  const parts: string[] = [];
  const list = (value: string | number | readonly (string | number)[] | undefined, before: string) => {
    if (value !== undefined) parts.push(`${before} ${asList<string | number>(value).join(' or ')}`);
  };
  const texts = (value: string | readonly string[] | undefined, known: Readonly<Record<string, string>>) => {
    if (value !== undefined)
      parts.push(
        asList<string>(value)
          .map((word) => known[word] ?? word)
          .join(' or '),
      );
  };
  texts(type, TYPE_TEXT);
  if (amount !== undefined) parts.push(bandText(amount, money));
  texts(channel, CHANNEL_TEXT);
  list(entry, 'entered by');
  list(mcc, 'at merchants of');
  list(merchant, 'at merchant');
  if (name !== undefined)
    parts.push(
      `at acceptors named ${asList<string>(name)
        .map((one) => `“${one}”`)
        .join(' or ')}`,
    );
  list(acquirer, 'through acquirer');
  list(country, 'in');
  if (location !== undefined) {
    parts.push(
      location === 'domestic' ? `in ${home ?? 'the home country'}` : `outside ${home ?? 'the home country'}`,
    );
  }
  list(currency, 'in');
  for (const trait of TRAIT_NAMES) {
    const is = conditions[trait];
    if (is !== undefined) parts.push(TRAIT_TEXT[trait][is ? 0 : 1]);
  }
  return parts;
}

function bandText({ from, to }: NonNullable<Conditions['amount']>, money: (minor: number) => string): string {
  if (to === undefined) return from === undefined ? 'of any amount' : `of ${money(from)} or more`;
  return from === undefined ? `of ${money(to)} or less` : `of ${money(from)} to ${money(to)}`;
}
