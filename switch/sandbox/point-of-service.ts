import type { CompiledDialect } from '../../parsers/compiled-dialect.js';
import type { FieldValue } from '../../parsers/writer.js';
import type { Entry, PointOfSale } from '../../tenants/api/sandbox-port.js';

type Condition = NonNullable<PointOfSale['condition']>;

/** The first two digits of DE22: PAN entry mode (ISO 8583:1987 table A.7 with the networks' additions). */
const ENTRY_87: Readonly<Record<Entry, string>> = {
  chip: '05',
  contactless: '07',
  contactless_magstripe: '91',
  magstripe: '90',
  fallback: '80',
  manual: '01',
  ecommerce: '81',
  credential_on_file: '10',
};
/** DE25 (table A.6): normal, not a person's terminal, mail or telephone order, electronic commerce. */
const CONDITION_87: Readonly<Record<Condition['channel'], string>> = {
  pos: '00',
  contactless: '00',
  atm: '02',
  moto: '08',
  ecommerce: '59',
};
/** Position 7 of DE22: card data input mode (ISO 8583:1993 annex A.8 with the networks' additions). */
const ENTRY_93: Readonly<Record<Entry, string>> = {
  chip: '5',
  contactless: 'M',
  contactless_magstripe: 'A',
  magstripe: '2',
  fallback: '9',
  manual: '1',
  ecommerce: 'S',
  credential_on_file: '7',
};
/** Position 5: the cardholder is there, ordered by telephone, or by electronic commerce. */
const CARDHOLDER_93: Readonly<Record<Condition['channel'], string>> = {
  pos: '0',
  contactless: '0',
  atm: '0',
  moto: '3',
  ecommerce: '5',
};
/** Whose number is read from the card itself. */
const FROM_CARD: readonly Entry[] = ['chip', 'contactless', 'contactless_magstripe', 'magstripe', 'fallback'];

/** Whether the card is there, so that the message has its track 2. */
export function isFromCard(entry: Entry): boolean {
  return FROM_CARD.includes(entry);
}

/** DE22 and DE25 as a dialect has them; nothing in 2003, whose public descriptions do not agree on DE22. */
export function writeCondition(
  { version, table }: CompiledDialect,
  condition: Condition,
  fields: Record<number, FieldValue>,
): void {
  const { channel, entry, pin } = condition;
  const units = table.fields[22]?.units ?? 0;
  if (version === 0) {
    // A terminal that can take a PIN, or none; some networks have a fourth digit, which says nothing.
    const mode = `${ENTRY_87[entry]}${isFromCard(entry) ? '1' : '2'}`;
    if (units >= mode.length) fields[22] = mode.padEnd(units, '0');
    if (table.fields[25]?.units === 2) fields[25] = CONDITION_87[channel];
    return;
  }
  if (version !== 1 || units !== 12) return;
  const present = isFromCard(entry);
  fields[22] =
    // What the terminal can do: chip, PIN, no capture; where it stands.
    `${present ? '510' : '100'}${channel === 'atm' ? '2' : present ? '1' : '0'}` +
    CARDHOLDER_93[channel] +
    (present ? '1' : '0') +
    ENTRY_93[entry] +
    // How the cardholder was authenticated, and by whom: PIN by us, signature by the merchant, not at all.
    (pin ? '13' : present ? '54' : '00') +
    '344';
}
