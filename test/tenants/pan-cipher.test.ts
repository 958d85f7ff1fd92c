import { createHash } from 'node:crypto';
import fc from 'fast-check';
import t from 'tap';
import { PanCipher, PanCipherError } from '../../tenants/pan-cipher.js';

const KEYS = new Map([
  [1, new Uint8Array(32).fill(0x11)],
  [2, new Uint8Array(32).fill(0x22)],
]);
const PAN = '9999010212345678';
const HASH = createHash('sha256').update('the card').digest();
const cipher = new PanCipher({ panVersion: 2, panKeys: KEYS });

t.test('a PAN of any length comes back, given as text or as bytes', async () => {
  const pans = fc
    .array(fc.integer({ min: 0, max: 9 }), { minLength: 12, maxLength: 19 })
    .map((digits) => digits.join(''));
  fc.assert(
    fc.property(pans, fc.uint8Array({ minLength: 32, maxLength: 32 }), fc.boolean(), (pan, hash, asBytes) => {
      const bytes = cipher.encrypt(asBytes ? Buffer.from(pan) : pan, hash);
      return bytes.length === 29 + pan.length && bytes[0] === 2 && cipher.decrypt(bytes, hash) === pan;
    }),
    { seed: 38 },
  );
});

t.test('the same PAN encrypted twice looks different, and holds none of its digits', async (t) => {
  const [one, two] = [cipher.encrypt(PAN, HASH), cipher.encrypt(PAN, HASH)];
  t.notSame(one, two);
  t.notSame(one.subarray(1, 13), two.subarray(1, 13), 'the nonces differ');
  t.notMatch(one.toString('latin1'), PAN.slice(6, 12));
});

t.test(
  'what an earlier key hid is still read after the rotation, and by none without that key',
  async (t) => {
    const before = new PanCipher({ panVersion: 1, panKeys: KEYS }).encrypt(PAN, HASH);
    t.equal(cipher.decrypt(before, HASH), PAN);
    const without = new PanCipher({ panVersion: 2, panKeys: new Map([[2, KEYS.get(2)!]]) });
    t.throws(() => without.decrypt(before, HASH), { name: 'PanCipherError', code: 'HF_PAN_CIPHER_KEY' });
    t.throws(() => new PanCipher({ panVersion: 3, panKeys: KEYS }), { code: 'HF_PAN_CIPHER_KEY' });
  },
);

t.test('any bit changed anywhere, and any byte missing, is found out', async (t) => {
  const bytes = cipher.encrypt(PAN, HASH);
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    const changed = Buffer.from(bytes);
    changed[bit >> 3]! ^= 1 << (bit & 7);
    const error = caught(() => cipher.decrypt(changed, HASH));
    if (!(error instanceof PanCipherError)) t.fail(`bit ${bit}: ${error}`);
    else if (bit >= 8 && error.code !== 'HF_PAN_CIPHER_TAMPERED') t.fail(`bit ${bit}: ${error.code}`);
  }
  for (const end of [0, 1, 28, 40, bytes.length - 1]) {
    t.throws(
      () => cipher.decrypt(bytes.subarray(0, end), HASH),
      { code: 'HF_PAN_CIPHER_TAMPERED' },
      `${end} bytes`,
    );
  }
});

t.test('bytes moved to another card don’t decrypt', async (t) => {
  const other = createHash('sha256').update('another card').digest();
  const bytes = cipher.encrypt(PAN, HASH);
  t.throws(() => cipher.decrypt(bytes, other), { code: 'HF_PAN_CIPHER_TAMPERED' });
});

t.test('what is no PAN is not encrypted, nor told', async (t) => {
  for (const text of ['', '12345678901', '12345678901234567890', '99990102 12345678', '9999０10212345678']) {
    const error = caught(() => cipher.encrypt(text, HASH));
    t.type(error, RangeError);
    if (text !== '') t.notMatch(String(error), text);
  }
});

function caught(run: () => unknown): unknown {
  try {
    return run();
  } catch (error) {
    return error;
  }
}
