import { ascii, type Vector } from '../vector.js';

const BY_TABLE = 'put together by hand from the table of data elements';
const PAN = '9999000000000001';
const SIGN_ON = { 7: '0102030405', 11: '000001', 70: '001' };

/** Digits, capital letters and spaces in EBCDIC: runs of F0–F9, C1–C9, D1–D9, E2–E9; 40 is the space. */
function cp037(text: string): string {
  const runs = { ABCDEFGHI: 0xc1, JKLMNOPQR: 0xd1, STUVWXYZ: 0xe2, '0123456789': 0xf0, ' ': 0x40 };
  const codes = [...text].map((character) => {
    const [run, first] = Object.entries(runs).find(([letters]) => letters.includes(character))!;
    return first + run.indexOf(character);
  });
  return Buffer.from(codes).toString('hex');
}

/** Whole messages of the built-in dialects. */
export const MESSAGE_VECTORS: readonly Vector[] = [
  {
    name: 'iso87-ascii: an authorization request',
    source: `ISO 8583:1987, ${BY_TABLE}`,
    dialect: 'iso87-ascii',
    hex: `${ascii('0100')} 7220000000808000 ${ascii(`16${PAN}`)} ${ascii('000000' + '000000001250' + '0102030405' + '000001' + '12345678' + '978')}`,
    mti: '0100',
    fields: {
      2: PAN,
      3: '000000',
      4: '000000001250',
      7: '0102030405',
      11: '000001',
      41: '12345678',
      49: '978',
    },
  },
  {
    name: 'iso87-ascii: replacement amounts',
    source: `ISO 8583:1987 (DE95), ${BY_TABLE}`,
    dialect: 'iso87-ascii',
    hex: `${ascii('0420')} 8000000000000000 0000000200000000 ${ascii('000000000500' + '000000000000' + 'D00000010' + 'C00000000')}`,
    mti: '0420',
    fields: { 95: { fields: { 1: '000000000500', 2: '000000000000', 3: 'D00000010', 4: 'C00000000' } } },
  },
  {
    name: 'iso87-ascii-hex: a sign-on',
    source: `ISO 8583:1987, ${BY_TABLE}`,
    dialect: 'iso87-ascii-hex',
    hex: ascii('0800' + '82200000000000000400000000000000' + '0102030405' + '000001' + '001'),
    mti: '0800',
    fields: SIGN_ON,
  },
  {
    name: 'iso87-binary: a financial request with a track of odd length and a fee',
    source: `ISO 8583:1987, ${BY_TABLE}`,
    dialect: 'iso87-binary',
    hex: `0200 2000001020808000 003000 44 00000025 15 99990012D301200F ${ascii('12345678')} 0978`,
    mti: '0200',
    fields: { 3: '003000', 28: 'D00000025', 35: '99990012=301200', 41: '12345678', 49: '978' },
  },
  {
    name: 'iso87-binary: a reversal whose original has packed institutions of eleven digits',
    source: `ISO 8583:1987 (DE90), ${BY_TABLE}`,
    dialect: 'iso87-binary',
    hex: '0400 8020000000000000 0000004000000000 000002 0200 000001 0102030405 0000001234500000000000',
    mti: '0400',
    fields: {
      11: '000002',
      90: { fields: { 1: '0200', 2: '000001', 3: '0102030405', 4: '00000012345', 5: '00000000000' } },
    },
  },
  {
    name: 'iso87-ebcdic: a response with a merchant and additional amounts',
    source: `ISO 8583:1987 (DE43, DE54), ${BY_TABLE}`,
    dialect: 'iso87-ebcdic',
    hex: [
      cp037('0110'),
      '0000000002200400',
      cp037('00'),
      cp037('CORNER SHOP            LISBON         PT'),
      cp037('020' + '0002978C000000001250'),
    ].join(' '),
    mti: '0110',
    fields: {
      39: '00',
      43: { fields: { 1: 'CORNER SHOP            ', 2: 'LISBON       ', 3: '  ', 4: 'PT' } },
      54: { fields: { '1.1': '00', '1.2': '02', '1.3': '978', '1.4': 'C000000001250' } },
    },
  },
  {
    name: 'iso93-ascii: an authorization request',
    source: `ISO 8583:1993, ${BY_TABLE}`,
    dialect: 'iso93-ascii',
    hex: `${ascii('1100')} 1030054000008000 ${ascii('000000001250' + '000001' + '261125012345' + '211101213144' + '100' + '5411' + '978')}`,
    mti: '1100',
    fields: {
      4: '000000001250',
      11: '000001',
      12: '261125012345',
      22: '211101213144',
      24: '100',
      26: '5411',
      49: '978',
    },
  },
  {
    name: 'iso93-binary: a reversal whose original has the length of its institution',
    source: `ISO 8583:1993 (DE56), ${BY_TABLE}`,
    dialect: 'iso93-binary',
    hex: '1420 0030010000000100 000002 261125012346 0400 29 011000000012611250123450512345',
    mti: '1420',
    fields: {
      11: '000002',
      12: '261125012346',
      24: '400',
      56: { fields: { 1: '1100', 2: '000001', 3: '261125012345', 4: '12345' } },
    },
  },
  {
    name: 'iso2003-binary: a request whose amount has its currency and exponent',
    source: `ISO 8583:2003 after public descriptions, ${BY_TABLE}`,
    dialect: 'iso2003-binary',
    hex: [
      '2100 1030050000000000',
      '9782 000000001250 000000000001 20261125012345',
      '00112233445566778899AABBCCDDEEFF 0100',
    ].join(' '),
    mti: '2100',
    fields: {
      4: { fields: { 1: '978', 2: '2', 3: '000000001250' } },
      11: '000000000001',
      12: '20261125012345',
      22: '00112233445566778899AABBCCDDEEFF',
      24: '100',
    },
  },
  {
    name: 'iso2003-binary: a merchant behind a bitmap',
    source: `ISO 8583:2003 after public descriptions, ${BY_TABLE}`,
    dialect: 'iso2003-binary',
    hex: `2110 0000000002200000 0000 0016 4200000000000000 04 ${ascii('SHOP')} ${ascii('PRT')}`,
    mti: '2110',
    fields: { 39: '0000', 43: { fields: { 2: 'SHOP', 7: 'PRT' } } },
  },
  {
    name: 'postilion: a switch key and structured data in DE127',
    source: 'Postilion DE127 (bitmap inside, six digits of length); public description',
    dialect: 'postilion',
    hex: [
      `${ascii('0200')} 8020000000000000 0000000000000002 ${ascii('000001')}`,
      `${ascii('000020')} 4000040000000000 ${ascii('03KEY')} ${ascii('00002AB')}`,
    ].join(' '),
    mti: '0200',
    fields: { 11: '000001', 127: { fields: { 2: 'KEY', 22: 'AB' } } },
  },
  {
    name: 'base24: a sign-on behind its header',
    source: 'BASE24 external message (header, hexadecimal bitmaps); public description',
    dialect: 'base24',
    header: ascii('ISO006000010'),
    hex: ascii(
      'ISO006000010' + '0800' + '82200000000000000400000000000000' + '0102030405' + '000001' + '001',
    ),
    mti: '0800',
    fields: SIGN_ON,
  },
  {
    name: 'base24: chip data in hexadecimal digits, counted in bytes',
    source: 'BASE24 external message (bytes as hexadecimal digits); public description',
    dialect: 'base24',
    header: ascii('ISO026000070'),
    hex: ascii('ISO026000070' + '0210' + '0020000000000200' + '000001' + '008' + '9F2701808A023030'),
    mti: '0210',
    fields: { 11: '000001', 55: { fields: { '9F27': '80', '8A': '3030' } } },
  },
  {
    name: 'visa: chip data, payment service fields and a tertiary bitmap',
    source: 'Visa V.I.P. (22-byte header, lengths of one byte, DE55, DE62, DE63); public description',
    dialect: 'visa',
    header: `160102005D${'00'.repeat(17)}`,
    hex: [
      `160102005D${'00'.repeat(17)}`,
      '0100 8020000000000206 8000000000000000 2000000000000000 000001',
      '0C 01 0009 9F27 01 80 9A 03 261125',
      '11 C000000000000000 C5 0123456789012345',
      '05 800000 0002',
      '0000008000',
    ].join(' '),
    mti: '0100',
    fields: {
      11: '000001',
      55: { fields: { '01': { fields: { '9F27': '80', '9A': '261125' } } } },
      62: { fields: { 1: 'E', 2: '123456789012345' } },
      63: { fields: { 1: '0002' } },
      131: '0000008000',
    },
  },
  {
    name: 'mastercard: subelements in DE48 behind the category code',
    source: 'Mastercard DE48 (TCC, two digits tag, two digits length); public description',
    dialect: 'mastercard',
    hex: `${cp037('0100')} 0020000000010000 ${cp037('000001')} ${cp037(`025R33200216${PAN}`)}`,
    mti: '0100',
    fields: { 11: '000001', 48: { fields: { head: 'R', 33: { fields: { '02': PAN } } } } },
  },
  {
    name: 'mastercard: private data subelements in DE62',
    source: 'Mastercard PDS (four digits tag, three digits length); public description',
    dialect: 'mastercard',
    hex: `${cp037('0110')} 0020000002000004 ${cp037('000001')} ${cp037('00')} ${cp037('020' + '0023003CT1' + '0148003978')}`,
    mti: '0110',
    fields: { 11: '000001', 39: '00', 62: { fields: { '0023': 'CT1', '0148': '978' } } },
  },
];
