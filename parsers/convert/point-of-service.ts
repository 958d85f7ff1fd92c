/** How the PAN was read, in the one word that the editions have in common. */
type Entry =
  | 'unknown'
  | 'manual'
  | 'stripe'
  | 'bar-code'
  | 'ocr'
  | 'chip'
  | 'contactless'
  | 'contactless-stripe'
  | 'e-commerce'
  | 'on-file';

/** What DE22 of any edition, and DE25 and DE26 of 1987, say of the point of service. */
export interface PointOfService {
  readonly entry: Entry;
  /** Whether the terminal can take a PIN; null where nobody says. */
  readonly pin: boolean | null;
  readonly presence: 'present' | 'absent' | 'mail' | 'telephone' | 'recurring' | 'e-commerce';
  readonly card: boolean;
  readonly attended: boolean;
  /** Digits of a PIN that can be taken; 0 where nobody says. */
  readonly pinDigits: number;
}

/** ISO 8583:1987 table A.7 and 1993 table A.19, each with the networks' additions; the first of a kind is written. */
const ENTRIES: readonly (readonly [entry: Entry, iso87: string, iso93: string, iso2003: number])[] = [
  ['unknown', '00', '0', 0],
  ['manual', '01', '6', 2],
  ['stripe', '90', '2', 4],
  ['stripe', '02', 'B', 4],
  ['stripe', '80', 'B', 4],
  ['bar-code', '03', '3', 3],
  ['ocr', '04', '4', 0],
  ['chip', '05', '5', 5],
  ['contactless', '07', 'M', 7],
  ['contactless', '07', '7', 7],
  ['contactless-stripe', '91', 'A', 7],
  ['contactless-stripe', '91', '8', 7],
  ['e-commerce', '81', 'S', 6],
  ['on-file', '10', '1', 6],
  ['manual', '01', '1', 2],
];

const PRESENCE = ['present', 'absent', 'mail', 'telephone', 'recurring', 'e-commerce'] as const;

/** From DE22 (three digits), DE25 and DE26 of 1987; each may be ''. */
export function pointOfService87(entryMode: string, condition: string, capture: string): PointOfService {
  const found = ENTRIES.find(([, code]) => code === entryMode.slice(0, 2));
  const entry = found?.[0] ?? 'unknown';
  const byCondition: Readonly<Record<string, PointOfService['presence']>> = {
    '01': 'absent',
    '08': 'mail',
    '59': 'e-commerce',
  };
  const presence = byCondition[condition] ?? (entry === 'e-commerce' ? 'e-commerce' : 'present');
  const pin = entryMode[2] === '1' ? true : entryMode[2] === '2' ? false : null;
  return {
    entry,
    pin,
    presence,
    card: presence === 'present' && condition !== '05',
    attended: condition !== '02' && condition !== '27',
    pinDigits: /^(0[4-9]|1[0-2])$/.test(capture) ? Number(capture) : 0,
  };
}

/** DE22, DE25 and DE26 of 1987; DE26 is '' where nobody says it. */
export function pointOfServiceTo87(pos: PointOfService): readonly [string, string, string] {
  const [, code = '00'] = ENTRIES.find(([entry]) => entry === pos.entry) ?? [];
  const pin = pos.pin === true ? '1' : pos.pin === false ? '2' : '0';
  const capture = pos.pinDigits === 0 ? '' : String(pos.pinDigits).padStart(2, '0');
  return [code + pin, conditionOf(pos), capture];
}

function conditionOf({ presence, card, attended }: PointOfService): string {
  if (presence === 'e-commerce') return '59';
  if (presence === 'mail' || presence === 'telephone' || presence === 'recurring') return '08';
  if (presence === 'absent') return '01';
  if (!attended) return '02';
  return card ? '00' : '05';
}

/** DE22 of twelve positions (ISO 8583:1993 annex A.8). */
export function pointOfService93(code: string): PointOfService {
  const at = (position: number) => code[position - 1] ?? '0';
  const length = '456789ABC'.indexOf(at(12));
  return {
    entry: ENTRIES.find(([, , mode]) => mode === at(7))?.[0] ?? 'unknown',
    pin: at(2) === '1' ? true : at(2) === '0' && at(12) === '0' ? false : null,
    presence: PRESENCE[Number(at(5))] ?? 'present',
    card: at(6) === '1',
    attended: at(4) !== '2' && at(4) !== '4',
    pinDigits: length < 0 ? 0 : length + 4,
  };
}

export function pointOfServiceTo93({
  entry,
  pin,
  presence,
  card,
  attended,
  pinDigits,
}: PointOfService): string {
  const [, , mode = '0'] = ENTRIES.find(([one]) => one === entry) ?? [];
  return [
    '0',
    pin === true ? '1' : '0',
    '0',
    attended ? '1' : '2',
    String(PRESENCE.indexOf(presence)),
    card ? '1' : '0',
    mode,
    '0',
    '0',
    '0',
    '0',
    pinDigits > 0 ? '456789ABC'[pinDigits - 4]! : pin === false ? '0' : '1',
  ].join('');
}

const ATTENDED = 1;
const UNATTENDED = 2;
const MAIL_OR_TELEPHONE = 3;
const E_COMMERCE = 4;
const RECURRING = 6;

/** DE22 of 16 bytes (2003), hexadecimal: four words, the first byte of each lowest. */
export function pointOfService2003(hex: string): PointOfService {
  const bytes = Buffer.from(hex, 'hex');
  const readBy = bytes.readUInt32LE(0);
  const environment = bytes.readUInt32LE(8);
  const has = (word: number, bit: number) => (word & (1 << bit)) !== 0;
  const presence = has(environment, E_COMMERCE)
    ? 'e-commerce'
    : has(environment, MAIL_OR_TELEPHONE)
      ? 'mail'
      : has(environment, RECURRING)
        ? 'recurring'
        : 'present';
  const byBit = ENTRIES.find(([, , , bit]) => bit > 0 && has(readBy, bit))?.[0] ?? 'unknown';
  return {
    entry:
      presence === 'e-commerce' && byBit === 'e-commerce'
        ? byBit
        : byBit === 'e-commerce'
          ? 'on-file'
          : byBit,
    pin: null,
    presence,
    card: presence === 'present',
    attended: !has(environment, UNATTENDED),
    pinDigits: 0,
  };
}

export function pointOfServiceTo2003({ entry, presence, attended }: PointOfService): string {
  const bytes = Buffer.alloc(16);
  const bit = ENTRIES.find(([one]) => one === entry)?.[3] ?? 0;
  const where = {
    present: attended ? ATTENDED : UNATTENDED,
    absent: MAIL_OR_TELEPHONE,
    mail: MAIL_OR_TELEPHONE,
    telephone: MAIL_OR_TELEPHONE,
    recurring: RECURRING,
    'e-commerce': E_COMMERCE,
  }[presence];
  bytes.writeUInt32LE((1 << bit) >>> 0, 0);
  // Who verified the cardholder, and how the line is secured, nothing that was converted says.
  bytes.writeUInt32LE(1, 4);
  bytes.writeUInt32LE((1 << where) >>> 0, 8);
  bytes.writeUInt32LE(1, 12);
  return bytes.toString('hex').toUpperCase();
}
