import { ascii, BY_HAND, document, type Vector } from '../vector.js';

const FIELD = { 2: { name: 'Value', length: 1 } };
const BITMAP = '4000000000000000 31';
const MTI = 'ISO 8583, message type identifier: version, class, function, origin';
const VISA =
  'Visa header: 22 bytes, the first their count, bytes 4 and 5 the length of all; public description';

const mti = (name: string, changes: object, wire: string, text: string): Vector => ({
  name,
  source: MTI,
  dialect: document(FIELD, changes),
  hex: `${wire} ${BITMAP}`,
  mti: text,
  fields: { 2: '1' },
});

/** What stands after the length in a Visa header of a message of so many bytes. */
const visaHeader = (bytes: number, all: number, rest: string): string =>
  `${bytes.toString(16).padStart(2, '0')}0102${all.toString(16).padStart(4, '0')}${rest}`.padEnd(
    2 * bytes,
    '0',
  );

const header = (name: string, source: string, kind: object, bytes: string): Vector => ({
  name,
  source,
  dialect: document(FIELD, { header: kind }),
  hex: `${bytes} 30313030 ${BITMAP}`,
  header: bytes,
  fields: { 2: '1' },
});

export const HEADER_VECTORS: readonly Vector[] = [
  mti('an MTI of 1987 in ASCII', {}, '30323230', '0220'),
  mti('an MTI of 1993 in ASCII', { version: '1993' }, '31313030', '1100'),
  mti('an MTI of 2003 in ASCII', { version: '2003' }, '32383034', '2804'),
  mti('a packed MTI', { mti: 'bcd' }, '0810', '0810'),
  mti('a packed MTI of 1993', { mti: 'bcd', version: '1993' }, '1804', '1804'),
  mti('an MTI in EBCDIC, CP037', { mti: 'cp037' }, 'F0F1F0F0', '0100'),
  mti('an MTI in EBCDIC, CP500', { mti: 'cp500' }, 'F0F4F2F0', '0420'),
  mti('an MTI in EBCDIC, CP1047', { mti: 'cp1047', version: '2003' }, 'F2F1F0F0', '2100'),
  header('a header of fixed length', BY_HAND, { kind: 'fixed', bytes: 5 }, '6000010002'),
  header(
    'a BASE24 header',
    'BASE24 external message header: ISO, product, release, status, originator, responder; public description',
    { kind: 'base24' },
    ascii('ISO026000070'),
  ),
  header('a Visa header', VISA, { kind: 'visa' }, visaHeader(22, 35, '400001123456')),
  header(
    'the longer Visa header of a rejected message',
    VISA,
    { kind: 'visa' },
    visaHeader(26, 39, '400001123456'),
  ),
];
