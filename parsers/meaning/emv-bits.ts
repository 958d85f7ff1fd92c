import { countryOf } from './countries.js';
import { currencyOf } from './currencies.js';
import { cardVerification } from './cvr.js';
import { entryModeText } from './entry-mode.js';
import { merchantCategory } from './merchant-categories.js';
import { responseText } from './response-codes.js';

/** Names of bits, a byte a row, bit 8 first; '' is for a bit without a use. */
type BitNames = readonly (readonly string[])[];

/** EMV Book 3 annex C5. */
const TVR: BitNames = [
  [
    'offline data authentication not performed',
    'SDA failed',
    'ICC data missing',
    'card on terminal exception file',
    'DDA failed',
    'CDA failed',
    'SDA selected',
    'XDA selected',
  ],
  [
    'different application versions',
    'expired application',
    'application not yet effective',
    'service not allowed for card product',
    'new card',
    '',
    'biometric performed and successful',
    'biometric template format not supported',
  ],
  [
    'cardholder verification not successful',
    'unrecognised CVM',
    'PIN try limit exceeded',
    'PIN pad not present or not working',
    'PIN not entered',
    'online CVM captured',
    'biometric required, capture device not working',
    'biometric required, subtype entry bypassed',
  ],
  [
    'floor limit exceeded',
    'lower consecutive offline limit exceeded',
    'upper consecutive offline limit exceeded',
    'selected at random for online',
    'merchant forced online',
    'biometric try limit exceeded',
    'selected biometric type not supported',
    'XDA signature verification failed',
  ],
  [
    'default TDOL used',
    'issuer authentication failed',
    'script failed before final GENERATE AC',
    'script failed after final GENERATE AC',
    'relay resistance threshold exceeded',
    'relay resistance time limits exceeded',
    'relay resistance performed',
    'relay resistance not supported',
  ],
];

/** EMV Book 3 annex C6. */
const TSI: BitNames = [
  [
    'offline data authentication performed',
    'cardholder verification performed',
    'card risk management performed',
    'issuer authentication performed',
    'terminal risk management performed',
    'script processing performed',
  ],
  [],
];

/** EMV Book 3 annex C1; byte 2 as contactless kernels use it. */
const AIP: BitNames = [
  [
    'XDA supported',
    'SDA supported',
    'DDA supported',
    'cardholder verification supported',
    'terminal risk management to be performed',
    'issuer authentication supported',
    'on-device cardholder verification supported',
    'CDA supported',
  ],
  ['EMV mode supported', '', '', '', '', '', '', 'relay resistance supported'],
];

/** EMV Book 3 annex C2. */
const AUC: BitNames = [
  [
    'domestic cash',
    'international cash',
    'domestic goods',
    'international goods',
    'domestic services',
    'international services',
    'cash machines',
    'terminals other than cash machines',
  ],
  ['domestic cashback', 'international cashback'],
];

/** EMV Book 4 annex A2. */
const TERMINAL_CAPABILITIES: BitNames = [
  ['manual key entry', 'magnetic stripe', 'chip with contacts'],
  ['plaintext PIN', 'enciphered online PIN', 'signature', 'enciphered offline PIN', 'no CVM'],
  ['SDA', 'DDA', 'card capture', '', 'CDA', 'XDA'],
];

/** EMV Book 4 annex A3. */
const ADDITIONAL_CAPABILITIES: BitNames = [
  ['cash', 'goods', 'services', 'cashback', 'inquiry', 'transfer', 'payment', 'administrative'],
  ['cash deposit'],
  ['numeric keys', 'letters and special characters', 'command keys', 'function keys'],
  [
    'print attendant',
    'print cardholder',
    'display attendant',
    'display cardholder',
    '',
    '',
    'code table 10',
    'code table 9',
  ],
  [8, 7, 6, 5, 4, 3, 2, 1].map((table) => `code table ${table}`),
];

/** EMV contactless Book C-3 annex A.2. */
const TTQ: BitNames = [
  [
    'magnetic stripe mode',
    '',
    'EMV mode',
    'EMV contact chip',
    'offline only',
    'online PIN',
    'signature',
    'offline data authentication for online',
  ],
  ['online cryptogram required', 'CVM required', 'offline PIN'],
  ['issuer update processing', 'consumer device CVM'],
  [],
];

/** EMV contactless Book C-3 annex A.3. */
const CTQ: BitNames = [
  [
    'online PIN required',
    'signature required',
    'go online if offline data authentication fails',
    'switch interface if offline data authentication fails',
    'go online if expired',
    'switch interface for cash',
    'switch interface for cashback',
    'not valid for contactless cash machines',
  ],
  ['consumer device CVM performed', 'issuer update processing supported'],
];

const BITS: Readonly<Record<string, BitNames>> = {
  '82': AIP,
  '95': TVR,
  '9B': TSI,
  '9F07': AUC,
  '9F0D': TVR,
  '9F0E': TVR,
  '9F0F': TVR,
  '9F33': TERMINAL_CAPABILITIES,
  '9F40': ADDITIONAL_CAPABILITIES,
  '9F66': TTQ,
  '9F6C': CTQ,
};

/** The names of the bits that a value (hexadecimal digits) has set. */
export function bitNames(tag: string, hex: string): readonly string[] {
  const names: string[] = [];
  for (const [index, row] of (BITS[tag] ?? []).entries()) {
    const byte = Number.parseInt(hex.slice(2 * index, 2 * index + 2), 16);
    for (let bit = 0; bit < 8; bit++) {
      if ((byte & (0x80 >> bit)) === 0) continue;
      names.push(row[bit] || `byte ${index + 1} bit ${8 - bit}, reserved`);
    }
  }
  return names;
}

/** EMV Book 3 annex C3: bits 6 to 1 of the first byte. */
const CVM: Readonly<Record<number, string>> = {
  0: 'CVM processing failed',
  1: 'plaintext PIN verified by the card',
  2: 'enciphered PIN verified online',
  3: 'plaintext PIN verified by the card, and signature',
  4: 'enciphered PIN verified by the card',
  5: 'enciphered PIN verified by the card, and signature',
  30: 'signature',
  31: 'no CVM required',
  63: 'no CVM performed',
};

const CVM_CONDITIONS: Readonly<Record<number, string>> = {
  0: 'always',
  1: 'if unattended cash',
  2: 'if not cash or cashback',
  3: 'if supported by the terminal',
  4: 'if manual cash',
  5: 'if cashback',
  6: 'if under amount X',
  7: 'if over amount X',
  8: 'if under amount Y',
  9: 'if over amount Y',
};

const CVM_RESULTS: Readonly<Record<number, string>> = { 0: 'unknown', 1: 'failed', 2: 'successful' };

/** EMV Book 4 annex A4. */
export function cvmResults(hex: string): string {
  const [method = 0, condition = 0, result = 0] = Buffer.from(hex, 'hex');
  const next = (method & 0x40) !== 0 && method !== 0x3f ? ', else the next' : '';
  return [
    `${CVM[method & 0x3f] ?? 'private method'}${next}`,
    CVM_CONDITIONS[condition] ?? 'private condition',
    CVM_RESULTS[result] ?? 'reserved result',
  ].join(', ');
}

const CRYPTOGRAMS = ['AAC, declined', 'TC, approved', 'ARQC, online', 'reserved'] as const;
const REASONS: Readonly<Record<number, string>> = {
  1: 'service not allowed',
  2: 'PIN try limit exceeded',
  3: 'issuer authentication failed',
};

/** EMV Book 3 table 15: cryptogram information data. */
export function cryptogramInformation(hex: string): string {
  const byte = Number.parseInt(hex.slice(0, 2), 16);
  const parts: string[] = [CRYPTOGRAMS[byte >> 6]!];
  if ((byte & 0x08) !== 0) parts.push('advice required');
  const reason = REASONS[byte & 0x07];
  if (reason !== undefined) parts.push(reason);
  return parts.join(', ');
}

/** EMV Book 4 annex A1. */
export function terminalType(code: string): string {
  const owner = ['financial institution', 'merchant', 'cardholder'][Number(code[0]) - 1];
  const kind = ['online only', 'offline with online', 'offline only'][(Number(code[1]) - 1) % 3];
  if (owner === undefined || kind === undefined || code[1] === '0' || Number(code[1]) > 6) return 'reserved';
  return `${owner}, ${Number(code[1]) <= 3 ? 'attended' : 'unattended'}, ${kind}`;
}

const TRANSACTION_TYPES: Readonly<Record<string, string>> = {
  '00': 'goods and services',
  '01': 'cash',
  '09': 'cashback',
  '20': 'refund',
  '30': 'available funds inquiry',
  '31': 'balance inquiry',
};

/** What a data object's value says; '' where it says nothing that its digits don't. `hex` is its bytes. */
export function emvMeaning(tag: string, hex: string): string {
  if (hex === '') return '';
  if (BITS[tag] !== undefined) return bitNames(tag, hex).join(', ') || 'none set';
  switch (tag) {
    case '9F34':
      return cvmResults(hex);
    case '9F27':
      return cryptogramInformation(hex);
    case '9F35':
      return terminalType(hex);
    case '9C':
      return TRANSACTION_TYPES[hex] ?? '';
    case '8A':
      return responseText(Buffer.from(hex, 'hex').toString('latin1'));
    case '5F2A':
    case '9F3C':
    case '9F42': {
      const currency = currencyOf(hex.slice(-3));
      return currency === undefined ? '' : `${currency.alpha}, ${currency.name}`;
    }
    case '5F28':
    case '9F1A':
    case '9F57':
      return countryOf(hex.slice(-3))?.name ?? '';
    case '9F10': {
      const found = cardVerification(hex);
      if (found === null) return '';
      return `${found.layout} CVN ${found.cryptogramVersion}, key ${found.keyIndex}: ${found.results.join(', ')}`;
    }
    case '9F15':
      return merchantCategory(hex);
    case '9F39':
      return entryModeText(`${hex} `);
    case '9A':
    case '5F24':
    case '5F25':
      return /^\d{6}$/.test(hex) ? `20${hex.slice(0, 2)}-${hex.slice(2, 4)}-${hex.slice(4, 6)}` : '';
    case '9F21':
      return /^\d{6}$/.test(hex) ? `${hex.slice(0, 2)}:${hex.slice(2, 4)}:${hex.slice(4, 6)}` : '';
    case '9F36':
      return String(Number.parseInt(hex, 16));
    default:
      return '';
  }
}
