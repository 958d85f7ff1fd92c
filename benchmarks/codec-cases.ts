import type { CompiledDialect } from '../parsers/compiled-dialect.js';
import { dialectByName } from '../parsers/dialects/index.js';
import { build, type MessageText } from '../parsers/writer.js';
import { SeededRandom } from '../switch/load/random.js';

/** Messages of one shape, that differ in card, numbers and amount: one message again and again is too easy. */
export interface CodecCase {
  readonly name: string;
  readonly dialect: CompiledDialect;
  readonly messages: readonly MessageText[];
  readonly frames: readonly Buffer[];
  /** A field whose inside is read too when the message is. */
  readonly inside: number | null;
  /** Whether `iso_8583` has all that the message has. */
  readonly inPackage: boolean;
}

const VARIANTS = 64;
const SEED = 8583;

/** The 0100 that is 173 bytes in ASCII with a binary bitmap. */
function authorisation(random: SeededRandom): Record<number, string> {
  const digits = (count: number) => Array.from({ length: count }, () => random.below(10)).join('');
  return {
    2: `999901${digits(10)}`,
    3: '000000',
    4: digits(6).padStart(12, '0'),
    7: '1125010203',
    11: digits(6),
    12: '010203',
    13: '1125',
    14: '3012',
    18: '5411',
    22: '051',
    25: '00',
    32: digits(6),
    37: digits(12),
    41: `TERM${digits(4)}`,
    42: `MERCHANT${digits(7)}`,
    43: "CAFE DE L'EUROPE       AMSTERDAM    NHNL",
    49: '978',
  };
}

/** What a chip card sends for an authorisation: EMV Book 3 annex A. */
function chipData(random: SeededRandom): string {
  const bytes = (count: number) =>
    Array.from({ length: count }, () => random.below(256).toString(16).padStart(2, '0')).join('');
  return [
    `5F2A020978`,
    `5F340101`,
    `82023900`,
    `8407A0000000041010`,
    `950500000080 00`,
    `9A03261125`,
    `9C0100`,
    `9F02060000${bytes(4)}`,
    `9F0306000000000000`,
    `9F090200 02`,
    `9F1012${bytes(18)}`,
    `9F1A020528`,
    `9F1E083132333435363738`,
    `9F2608${bytes(8)}`,
    `9F270180`,
    `9F3303E0F8C8`,
    `9F34031E0300`,
    `9F350122`,
    `9F3602${bytes(2)}`,
    `9F3704${bytes(4)}`,
    `9F4104${bytes(4)}`,
    `9F5301 52`,
  ]
    .join('')
    .replaceAll(' ', '')
    .toUpperCase();
}

type Fields = MessageText['fields'];

function codecCase(
  name: string,
  dialect: string,
  fields: (random: SeededRandom) => Fields,
  { inside = null, inPackage = false }: { inside?: number | null; inPackage?: boolean } = {},
): CodecCase {
  const random = new SeededRandom(SEED);
  const compiled = dialectByName(dialect);
  const made = Array.from({ length: VARIANTS }, () => ({ mti: '0100', fields: fields(random) }));
  // As a program gets them: put together here, values would be strings that still lie in pieces.
  const messages: MessageText[] = JSON.parse(JSON.stringify(made));
  const frames = messages.map((message) => build(compiled, message));
  return { name, dialect: compiled, messages, frames, inside, inPackage };
}

/** The shapes that are measured. */
export function codecCases(): readonly CodecCase[] {
  return [
    codecCase('0100, ASCII, binary bitmap', 'iso87-ascii', authorisation, { inPackage: true }),
    codecCase(
      'chip: DE55 of 22 tags, each read',
      'iso87-ascii',
      (random) => ({ ...authorisation(random), 55: chipData(random) }),
      { inside: 55 },
    ),
    codecCase('Mastercard-shaped: EBCDIC, DE48, DE61', 'mastercard', (random) => ({
      ...authorisation(random),
      48: 'R42071032122000000000000000',
      61: '0000000000300528     1234',
    })),
    codecCase('Visa-shaped: packed, header, three bitmaps', 'visa', (random) => {
      const { 22: _entryMode, ...fields } = authorisation(random);
      return {
        ...fields,
        22: '0510',
        130: '002000',
        131: '0000000080',
        136: '0102030405060708',
        147: '000000001234',
      };
    }),
  ];
}
