/** CP037 (EBCDIC, USA and Canada) to ISO/IEC 8859-1, byte by byte; IBM's character data representation. */
const CP037 = [
  '000102039c09867f978d8e0b0c0d0e0f101112139d8508871819928f1c1d1e1f',
  '80818283840a171b88898a8b8c050607909116939495960498999a9b14159e1a',
  '20a0e2e4e0e1e3e5e7f1a22e3c282b7c26e9eaebe8edeeefecdf21242a293bac',
  '2d2fc2c4c0c1c3c5c7d1a62c255f3e3ff8c9cacbc8cdcecfcc603a2340273d22',
  'd8616263646566676869abbbf0fdfeb1b06a6b6c6d6e6f707172aabae6b8c6a4',
  'b57e737475767778797aa1bfd0dddeae5ea3a5b7a9a7b6bcbdbe5b5dafa8b4d7',
  '7b414243444546474849adf4f6f2f3f57d4a4b4c4d4e4f505152b9fbfcf9faff',
  '5cf7535455565758595ab2d4d6d2d3d530313233343536373839b3dbdcd9da9f',
].join('');

/** Where the other code pages differ from CP037: EBCDIC byte, then the character. */
const CP500 = '4a5b 4f21 5a5d 5f5e b0a2 baac bb7c';
const CP1047 = '5f5e ad5b b0ac badd bba8 bd5d';

/** Both directions of a code page, each 256 bytes; every byte has exactly one partner. */
export interface CodePage {
  readonly toLatin1: Uint8Array;
  readonly fromLatin1: Uint8Array;
}

function codePage(differences: string): CodePage {
  const toLatin1 = Uint8Array.from(Buffer.from(CP037, 'hex'));
  for (const pair of differences === '' ? [] : differences.split(' ')) {
    toLatin1[Number.parseInt(pair.slice(0, 2), 16)] = Number.parseInt(pair.slice(2), 16);
  }
  const fromLatin1 = new Uint8Array(256);
  for (const [byte, character] of toLatin1.entries()) fromLatin1[character] = byte;
  return { toLatin1, fromLatin1 };
}

export const EBCDIC = { cp037: codePage(''), cp500: codePage(CP500), cp1047: codePage(CP1047) } as const;
