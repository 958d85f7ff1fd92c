import fc from 'fast-check';
import t from 'tap';
import {
  luhnValid,
  mask,
  maskHidden,
  maskOfClass,
  maskPan,
  maskTrack1,
  maskTrack2,
} from '../../../parsers/mask.js';
import { holds } from '../property.js';

// 9999010012345677 has a right check digit.
const PAN = '9999010012345677';

t.test('of a PAN the first six and the last four digits are shown', (t) => {
  t.equal(maskPan(PAN), '999901******5677');
  t.equal(maskPan('9999010012345677123'), '999901*********7123');
  t.equal(maskPan('999901001234567F'), '999901*****4567F', 'a filler is no digit');
  t.equal(maskPan('999901001234'), '********1234', 'of a short one only the last four');
  t.equal(maskPan('9999'), '****');
  t.equal(maskPan(''), '');
  t.end();
});

t.test('of tracks the PAN is masked and all else is hidden', (t) => {
  t.equal(maskTrack2(`${PAN}=29122011234500000000`), `999901******5677=${'*'.repeat(20)}`);
  t.equal(maskTrack2(`${PAN}D2912201123F`), `999901******5677D${'*'.repeat(11)}`);
  t.equal(maskTrack1(`B${PAN}^DOE/JANE^29122011234`), 'B999901******5677^********^***********');
  t.equal(maskTrack1('anything else'), '*************');
  t.equal(mask('pin', '0123456789ABCDEF'), '****************');
  t.equal(mask(maskOfClass('track3'), '0159'), '****');
  t.equal(mask(maskOfClass('stan'), '000123'), '000123');
  t.end();
});

t.test('a PAN where none should be is masked, in text and in bytes', (t) => {
  t.equal(maskHidden(`ref ${PAN}, ok`, false), 'ref 999901******5677, ok');
  t.equal(
    maskHidden('ref 9999010012345678, ok', false),
    'ref 9999010012345678, ok',
    'the check digit is wrong',
  );
  t.equal(maskHidden(`1${PAN}123`, false), `1${PAN}123`, 'not a number of its own');
  const ascii = Buffer.from(`x${PAN}y`).toString('hex').toUpperCase();
  t.equal(maskHidden(ascii, true), `78${'393939393031'}${'*'.repeat(12)}${'35363737'}79`);
  const ebcdic = `C1${[...PAN].map((digit) => `F${digit}`).join('')}C1`;
  t.equal(maskHidden(ebcdic, true), `C1F9F9F9F9F0F1${'*'.repeat(12)}F5F6F7F7C1`);
  t.equal(maskHidden(`AB${PAN}CD`, true), 'AB999901******5677CD', 'packed');
  t.equal(maskHidden(`9F1001005A08${PAN}5F3401`, true), '9F1001005A08999901******56775F3401', 'in an object');
  t.equal(
    maskHidden(`5713${PAN}D29122011234500F`, true),
    `5713999901******5677D${'*'.repeat(14)}F`,
    'in a track',
  );
  t.equal(maskHidden(`;${PAN}=29122011234?`, false), `;999901******5677=${'*'.repeat(11)}?`);
  t.end();
});

t.test('a check digit is right for one of ten last digits', (t) => {
  holds(
    t,
    fc.property(fc.stringMatching(/^\d{11,18}$/), (digits) => {
      const right = [...'0123456789'].filter((digit) => luhnValid(digits + digit));
      return right.length === 1;
    }),
    500,
  );
  t.end();
});
