/**
 * Card verification results inside the issuer application data (9F10). Issuers define it; two layouts are
 * published: Visa's (length 06 or more, key index, version, CVR of 4 bytes that begins with its length 03) and
 * M/Chip's (key index, version, CVR of 6 bytes; 18, 20, 26 or 28 bytes in all).
 */
export interface CardVerification {
  readonly layout: 'Visa' | 'M/Chip';
  readonly keyIndex: string;
  readonly cryptogramVersion: string;
  /** What the bits that are set say. */
  readonly results: readonly string[];
}

const SECOND = ['AAC in second GENERATE AC', 'TC in second GENERATE AC', 'second GENERATE AC not requested'];
const FIRST = ['AAC in first GENERATE AC', 'TC in first GENERATE AC', 'ARQC in first GENERATE AC'];

/** Visa Integrated Circuit Card Specification 1.5, appendix A. */
const VISA = [
  [
    'issuer authentication failed',
    'offline PIN verification performed',
    'offline PIN verification failed',
    'unable to go online',
  ],
  [
    'last online transaction not completed',
    'PIN try limit exceeded',
    'velocity counters exceeded',
    'new card',
    'issuer authentication failed on last online transaction',
    'issuer authentication not performed after online authorisation',
    'application blocked, PIN try limit exceeded',
    'offline SDA failed on last transaction',
  ],
  [
    '',
    '',
    '',
    '',
    'script processing failed',
    'offline DDA failed on last transaction',
    'offline DDA performed',
  ],
];

/** M/Chip 4 and M/Chip Advance, as issuers' documentation publishes it; bytes 1, 2, 4 and 5. */
const MCHIP: readonly (readonly string[])[] = [
  ['', 'offline PIN performed', 'enciphered offline PIN performed', 'offline PIN successful'],
  [
    'DDA returned',
    'CDA returned in first GENERATE AC',
    'CDA returned in second GENERATE AC',
    'issuer authentication performed',
  ],
  [],
  [
    'unable to go online',
    'offline PIN not performed',
    'offline PIN failed',
    'PIN try limit exceeded',
    'international',
    'domestic',
    'terminal erroneously considers offline PIN right',
  ],
  [
    'lower consecutive offline limit exceeded',
    'upper consecutive offline limit exceeded',
    'lower cumulative offline limit exceeded',
    'upper cumulative offline limit exceeded',
    'go online on next transaction',
    'issuer authentication failed',
    'script received',
    'script failed',
  ],
];

const MCHIP_BYTES = [18, 20, 26, 28];

/** Reads issuer application data (hexadecimal digits); null where its layout is none of the two. */
export function cardVerification(hex: string): CardVerification | null {
  const bytes = Buffer.from(hex, 'hex');
  if (bytes.length >= 7 && bytes[0]! >= 6 && bytes[0]! < bytes.length && bytes[3] === 3) {
    const results = generated(bytes[4]!);
    for (const [index, names] of VISA.entries()) {
      // The first four bits of byte 2 are the cryptograms.
      results.push(...named(names, bytes[4 + index]!, index === 0 ? 4 : 0));
    }
    const scripts = bytes[6]! >> 4;
    if (scripts > 0) results.push(`${scripts} issuer scripts processed`);
    return { layout: 'Visa', keyIndex: hex.slice(2, 4), cryptogramVersion: hex.slice(4, 6), results };
  }
  if (!MCHIP_BYTES.includes(bytes.length)) return null;
  const results = generated(bytes[2]!);
  for (const [index, names] of MCHIP.entries()) {
    results.push(...named(names, bytes[2 + index]!, index === 0 ? 4 : 0));
  }
  results.push(`${bytes[4]! & 0x0f} PIN tries left`);
  return { layout: 'M/Chip', keyIndex: hex.slice(0, 2), cryptogramVersion: hex.slice(2, 4), results };
}

function generated(byte: number): string[] {
  return [SECOND[byte >> 6], FIRST[(byte >> 4) & 3]].filter((text) => text !== undefined);
}

function named(names: readonly string[], byte: number, skipped: number): string[] {
  return names.filter((name, bit) => name !== '' && (byte & (0x80 >> (bit + skipped))) !== 0);
}
