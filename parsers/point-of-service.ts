import { ENTRY, TRAIT } from './batch.js';
import { givesPin } from './cvm-results.js';
import type { Edition } from './edition.js';
import { indicated } from './indicators.js';
import type { MessageView } from './view.js';

const PIN_DATA = 52;
/** Positions of the point of service data code (ISO 8583:1993 annex A.8), from 0. */
const CARDHOLDER = 4;
const CARD = 5;
const INPUT = 6;
const AUTHENTICATION = 7;
const ZERO = 0x30;
const ONE = 0x31;
/** Absent, standing order. */
const FOUR = 0x34;
const SEVEN = 0x37;
const PRESENT = TRAIT.cardPresent | TRAIT.cardholderPresent;
const ALL = 0xffff;

/** By the PAN entry mode, digits 1 and 2 of DE22: ISO 8583:1987 table A.7, with the networks' additions. */
const ENTRIES_87 = entries({
  1: ENTRY.manual,
  2: ENTRY.magstripe,
  5: ENTRY.chip,
  6: ENTRY.manual,
  7: ENTRY.contactless,
  // Electronic commerce with chip data.
  9: ENTRY.ecommerce,
  10: ENTRY.credentialOnFile,
  // A chip that could not be read: typed in, from the stripe, no more said.
  79: ENTRY.fallback,
  80: ENTRY.fallback,
  81: ENTRY.ecommerce,
  // By the server of an issuer or a wallet.
  82: ENTRY.ecommerce,
  83: ENTRY.contactlessMagstripe,
  85: ENTRY.fallback,
  90: ENTRY.magstripe,
  91: ENTRY.contactlessMagstripe,
  95: ENTRY.chip,
});

/** By the card data input mode, position 7 of DE22: ISO 8583:1993 table A.19, with the networks' additions. */
const ENTRIES_93 = entries({
  [code('1')]: ENTRY.manual,
  [code('2')]: ENTRY.magstripe,
  [code('5')]: ENTRY.chip,
  [code('6')]: ENTRY.manual,
  [code('7')]: ENTRY.contactless,
  [code('8')]: ENTRY.contactlessMagstripe,
  [code('9')]: ENTRY.fallback,
  [code('A')]: ENTRY.contactlessMagstripe,
  [code('B')]: ENTRY.magstripe,
  // Chip, decided online and offline.
  [code('C')]: ENTRY.chip,
  [code('F')]: ENTRY.chip,
  [code('M')]: ENTRY.contactless,
  // Electronic commerce: with chip data, without, by the server of an issuer or a wallet.
  [code('R')]: ENTRY.ecommerce,
  [code('S')]: ENTRY.ecommerce,
  [code('T')]: ENTRY.ecommerce,
});

/** How the card is there where DE25 does not say: the number was read from it, or it was not. */
const PRESENCE_BY_ENTRY = entries({
  [ENTRY.magstripe]: PRESENT,
  [ENTRY.chip]: PRESENT,
  [ENTRY.contactless]: PRESENT,
  [ENTRY.contactlessMagstripe]: PRESENT,
  [ENTRY.fallback]: PRESENT,
});

/** A condition that does not say who was there. */
const UNSAID = 0x80;
/** Traits by DE25, ISO 8583:1987 table A.6, with the networks' additions. */
const BY_CONDITION = entries(
  {
    // Normal, unattended, suspicious, by a cash register, identity verified, unattended, stripe unreadable.
    0: PRESENT,
    2: PRESENT,
    3: PRESENT,
    4: PRESENT,
    10: PRESENT,
    27: PRESENT,
    71: PRESENT,
    5: TRAIT.cardholderPresent,
    // Not present, mail or telephone order, the customer's own terminal, electronic commerce.
    1: 0,
    8: 0,
    15: 0,
    59: 0,
    // Standing order, and a later one of a series by a wallet's token.
    40: TRAIT.recurring,
    73: TRAIT.recurring,
  },
  UNSAID,
);

/** How the card's number was read, one of `ENTRY`. @param entryMode the first three digits of DE22 (1987) */
export function entryOf(view: MessageView, { responseDigits }: Edition, entryMode: number): number {
  if (responseDigits === 2) return ENTRIES_87[Math.floor(entryMode / 10) & 0xff]!;
  // The public descriptions of 2003 do not agree on the bits of its DE22.
  if (responseDigits !== 3 || !view.has(22) || view.units[22]! <= INPUT) return ENTRY.unknown;
  const input = view.character(22, INPUT);
  // A network has 7 for a credential on file, where no card can have been tapped.
  if (input === SEVEN && view.character(22, CARD) === ZERO) return ENTRY.credentialOnFile;
  return ENTRIES_93[input]!;
}

/** What the message says of card, cardholder and authentication; bits of `TRAIT`. @param entry one of `ENTRY` */
export function traitsOf(view: MessageView, { responseDigits }: Edition, entry: number): number {
  let traits = indicated(view, view.dialect!.traits, ALL);
  if (responseDigits === 2) traits |= presence87(view, entry);
  else if (responseDigits === 3) traits |= presence93(view);
  if (entry === ENTRY.credentialOnFile) traits |= TRAIT.credentialOnFile;
  if ((traits & TRAIT.pin) === 0 && (view.has(PIN_DATA) || givesPin(view))) traits |= TRAIT.pin;
  const byChip = entry === ENTRY.chip || entry === ENTRY.contactless;
  return byChip && (traits & TRAIT.pin) !== 0 ? traits | TRAIT.strongAuthentication : traits;
}

/** Of DE25, else by how the number was read. */
function presence87(view: MessageView, entry: number): number {
  const said = view.has(25) ? BY_CONDITION[view.number(25) & 0xff]! : UNSAID;
  if (said === UNSAID) return PRESENCE_BY_ENTRY[entry]!;
  // Many have 00 for whatever else they do not say.
  return entry === ENTRY.ecommerce || entry === ENTRY.credentialOnFile ? said & ~PRESENT : said;
}

/** Of positions 5, 6 and 8 of the point of service data code; nothing of one that is cut short. */
function presence93(view: MessageView): number {
  if (!view.has(22) || view.units[22]! <= AUTHENTICATION) return 0;
  const cardholder = view.character(22, CARDHOLDER);
  let traits = view.character(22, CARD) === ONE ? TRAIT.cardPresent : 0;
  if (cardholder === ZERO) traits |= TRAIT.cardholderPresent;
  else if (cardholder === FOUR) traits |= TRAIT.recurring;
  return view.character(22, AUTHENTICATION) === ONE ? traits | TRAIT.pin : traits;
}

function entries(values: Readonly<Record<number, number>>, others = 0): Uint8Array {
  const table = new Uint8Array(256).fill(others);
  for (const [at, value] of Object.entries(values)) table[Number(at)] = value;
  return table;
}

function code(character: string): number {
  return character.charCodeAt(0);
}
