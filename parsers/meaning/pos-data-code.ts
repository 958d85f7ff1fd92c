interface Position {
  readonly name: string;
  readonly values: Readonly<Record<string, string>>;
}

/** DE22 of twelve positions: ISO 8583:1993 tables A.13 to A.24 (POS data code). */
export const POS_DATA_CODE: readonly Position[] = [
  {
    name: 'card data input capability',
    values: {
      '0': 'unknown',
      '1': 'manual, no terminal',
      '2': 'magnetic stripe',
      '3': 'bar code',
      '4': 'optical character reading',
      '5': 'chip',
      '6': 'key entry',
      '7': 'contactless chip',
      '8': 'contactless magnetic stripe',
      '9': 'hybrid',
      A: 'contactless magnetic stripe',
      B: 'magnetic stripe and key entry',
      C: 'magnetic stripe, chip and key entry',
      D: 'magnetic stripe and chip',
      E: 'chip and key entry',
      M: 'contactless chip',
    },
  },
  {
    name: 'cardholder authentication capability',
    values: {
      '0': 'none',
      '1': 'PIN',
      '2': 'signature analysis',
      '3': 'biometrics',
      '4': 'biographics',
      '5': 'inoperative',
      '6': 'other',
    },
  },
  { name: 'card capture capability', values: { '0': 'none', '1': 'captures cards' } },
  {
    name: 'operating environment',
    values: {
      '0': 'no terminal',
      '1': 'on the acceptor’s premises, attended',
      '2': 'on the acceptor’s premises, unattended',
      '3': 'off the acceptor’s premises, attended',
      '4': 'off the acceptor’s premises, unattended',
      '5': 'on the cardholder’s premises, unattended',
      '6': 'off the cardholder’s premises, unattended',
    },
  },
  {
    name: 'cardholder presence',
    values: {
      '0': 'present',
      '1': 'absent, unspecified',
      '2': 'absent, mail order',
      '3': 'absent, telephone',
      '4': 'absent, standing order',
      '5': 'absent, electronic order',
    },
  },
  { name: 'card presence', values: { '0': 'absent', '1': 'present' } },
  {
    name: 'card data input mode',
    values: {
      '0': 'unspecified',
      '1': 'manual, no terminal',
      '2': 'magnetic stripe',
      '3': 'bar code',
      '4': 'optical character reading',
      '5': 'chip',
      '6': 'key entered',
      '7': 'contactless chip',
      '8': 'contactless magnetic stripe',
      A: 'contactless magnetic stripe',
      M: 'contactless chip',
      S: 'electronic commerce',
    },
  },
  {
    name: 'cardholder authentication method',
    values: {
      '0': 'none',
      '1': 'PIN',
      '2': 'signature analysis',
      '3': 'biometrics',
      '4': 'biographics',
      '5': 'manual signature',
      '6': 'other manual verification',
      S: 'electronic commerce authentication',
    },
  },
  {
    name: 'cardholder authentication entity',
    values: {
      '0': 'none',
      '1': 'chip',
      '2': 'terminal',
      '3': 'authorising agent',
      '4': 'merchant',
      '5': 'other',
    },
  },
  {
    name: 'card data output capability',
    values: { '0': 'unknown', '1': 'none', '2': 'magnetic stripe', '3': 'chip' },
  },
  {
    name: 'terminal output capability',
    values: { '0': 'unknown', '1': 'none', '2': 'printing', '3': 'display', '4': 'printing and display' },
  },
  {
    name: 'PIN capture capability',
    values: {
      '0': 'none',
      '1': 'unknown',
      '4': '4 digits',
      '5': '5 digits',
      '6': '6 digits',
      '7': '7 digits',
      '8': '8 digits',
      '9': '9 digits',
      A: '10 digits',
      B: '11 digits',
      C: '12 digits',
    },
  },
];

/** Each position of a POS data code of 1993 with what it says. */
export function posDataCode(code: string): readonly { readonly name: string; readonly value: string }[] {
  return POS_DATA_CODE.slice(0, code.length).map(({ name, values }, index) => ({
    name,
    value: values[code[index]!] ?? 'private use',
  }));
}

/** DE22 of 2003: four words of 32 bits, first byte lowest, as jPOS's `PosDataCode` documents them publicly. */
const WORDS: readonly { readonly name: string; readonly bits: Readonly<Record<number, string>> }[] = [
  {
    name: 'read by',
    bits: {
      0: 'unknown',
      1: 'not from a card',
      2: 'key entry',
      3: 'bar code',
      4: 'magnetic stripe',
      5: 'chip',
      6: 'data on file',
      7: 'contactless chip',
      11: 'chip failed',
      12: 'magnetic stripe failed',
      13: 'fallback',
      27: 'track 1 present',
      28: 'track 2 present',
    },
  },
  {
    name: 'verified by',
    bits: {
      0: 'unknown',
      1: 'nothing',
      2: 'signature',
      3: 'online PIN',
      4: 'offline PIN in clear',
      5: 'offline PIN, enciphered',
      6: 'signature analysis',
      7: 'biometrics',
      8: 'manual verification',
      9: 'biographics',
      10: 'account-based signature',
      11: 'public-key signature',
    },
  },
  {
    name: 'environment',
    bits: {
      0: 'unknown',
      1: 'attended',
      2: 'unattended',
      3: 'mail or telephone order',
      4: 'electronic commerce',
      5: 'mobile commerce',
      6: 'recurring',
      7: 'stored details',
      8: 'cardholder-activated terminal',
      9: 'cash machine at a bank',
      10: 'cash machine off bank premises',
      11: 'deferred',
      12: 'instalment',
    },
  },
  {
    name: 'security',
    bits: {
      0: 'unknown',
      1: 'private network',
      2: 'open network',
      3: 'channel MAC',
      4: 'end-to-end MAC',
      5: 'channel encryption',
      6: 'end-to-end encryption',
      7: 'private encryption',
      8: 'public-key encryption',
      9: 'private MAC',
      10: 'standard MAC',
    },
  },
];

/** The bits that are set in a POS data code of 2003: 32 hexadecimal digits. */
export function posBitsText(hex: string): string {
  const bytes = Buffer.from(hex, 'hex');
  return WORDS.map(({ name, bits }, word) => {
    const value = bytes.readUInt32LE(4 * word);
    const set = Object.entries(bits).filter(([bit]) => (value & (1 << Number(bit))) !== 0);
    return set.length === 0 ? '' : `${name}: ${set.map(([, meaning]) => meaning).join(', ')}`;
  })
    .filter((text) => text !== '')
    .join('; ');
}
