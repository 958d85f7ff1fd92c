import type { CompiledDialect } from './compiled-dialect.js';
import { convert } from './convert/convert.js';
import { dialectByName } from './dialects/index.js';
import { build, type MessageText } from './writer.js';

/** What there is a sample of. */
export const SAMPLE_NAMES = ['purchase', 'approval', 'decline', 'reversal', 'network', 'chip'] as const;
export type SampleName = (typeof SAMPLE_NAMES)[number];

export interface Sample {
  readonly name: SampleName;
  /** The message without a frame. */
  readonly bytes: Buffer;
}

/** A card of a test BIN. */
const PAN = '9999010212345675';
const PURCHASE = {
  2: PAN,
  3: '000000',
  4: '000000001250',
  7: '0607110000',
  11: '000042',
  12: '130000',
  13: '0607',
  32: '123456',
  37: '615811000042',
  41: 'TERM0001',
  42: 'MERCHANT0000001',
  49: '978',
} as const;
const SHOP = {
  14: '3105',
  18: '5812',
  22: '051',
  25: '00',
  43: 'CAFE DE LA PAIX        PARIS          FR',
} as const;
/** EMV Book 3: AIP, TVR, date, type, amounts, IAD, countries, currency, capabilities, CVM results, ATC, cryptogram. */
const CHIP =
  '82023800950500000080009A032606079C01009F02060000000012509F03060000000000009F100706010A03A00000' +
  '9F1A0202505F2A0209789F3303E0F8C89F34031E03009F360200159F37049BADBCAB9F26081122334455667788' +
  '9F2701805F340101';

const MESSAGES: Readonly<Record<SampleName, MessageText>> = {
  purchase: { mti: '0100', fields: { ...PURCHASE, ...SHOP, 22: '901', 35: `${PAN}=31052010000000000` } },
  approval: { mti: '0110', fields: { ...PURCHASE, 38: '123456', 39: '00' } },
  decline: { mti: '0110', fields: { ...PURCHASE, 39: '51' } },
  reversal: {
    mti: '0400',
    fields: {
      ...PURCHASE,
      7: '0607110007',
      11: '000043',
      90: `01000000420607110000${'123456'.padStart(11, '0')}${'0'.repeat(11)}`,
    },
  },
  network: { mti: '0800', fields: { 7: '0607110000', 11: '000001', 12: '130000', 13: '0607', 70: '301' } },
  chip: { mti: '0100', fields: { ...PURCHASE, ...SHOP, 23: '001', 55: CHIP } },
};
/** The day of the samples, so that dates that have a year have theirs. */
const DAY = new Date('2026-06-07T11:00:00Z');

/** Messages to try things out with: the same purchase of 12.50 € in every dialect, on cards that are nobody's. */
export function samples(dialect: CompiledDialect): Sample[] {
  const base = dialectByName('iso87-ascii');
  return SAMPLE_NAMES.map((name) => {
    const { bytes } = convert(build(base, MESSAGES[name]), base, dialect, DAY);
    return { name, bytes };
  });
}
