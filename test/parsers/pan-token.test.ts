import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import t from 'tap';
import { PanTokeniser, tokenOfHash } from '../../parsers/pan-token.js';
import { holds } from './property.js';

// RFC 4231 has no vector with a key of 32 bytes, so the other implementation is Node's own.
const expected = (key: Uint8Array, pan: string) => createHmac('sha256', key).update(pan, 'latin1').digest();
const keys = fc.uint8Array({ minLength: 32, maxLength: 32 });
const pans = fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: 8, maxLength: 19 });

t.test('a hash is the HMAC-SHA-256 of the PAN, and a token its first 128 bits', async (t) => {
  const property = fc.property(keys, fc.array(pans, { minLength: 1, maxLength: 8 }), (key, several) => {
    const tokeniser = new PanTokeniser(key);
    const words = new Uint32Array(4 * several.length);
    // All with one tokeniser, hashes between tokens: nothing of one PAN may stay for the next.
    for (const [index, pan] of several.entries()) {
      const digits = Buffer.from(pan);
      const hash = expected(key, pan);
      tokeniser.write(digits, words, 4 * index);
      assert.deepEqual(Buffer.from(tokeniser.hash(digits)), hash);
      assert.deepEqual(tokenOfHash(hash), words.slice(4 * index, 4 * index + 4));
      assert.equal(words[4 * index], hash.readUInt32BE(0));
      assert.equal(words[4 * index + 3], hash.readUInt32BE(12));
    }
  });
  holds(t, property, 300);
});

t.test('digits are taken out of shared memory, and only the words asked for are written', async (t) => {
  const key = new Uint8Array(32).fill(7);
  const shared = new Uint8Array(new SharedArrayBuffer(64)).fill(0x39);
  shared.set(Buffer.from('9999010012345678'), 20);
  const words = new Uint32Array(6).fill(1);
  new PanTokeniser(key).write(shared.subarray(20, 36), words, 1);
  const hash = expected(key, '9999010012345678');
  t.same([...words], [1, ...[0, 4, 8, 12].map((at) => hash.readUInt32BE(at)), 1]);
});

t.test('a hash is read wherever it stands in its buffer', async (t) => {
  const hash = expected(new Uint8Array(32), '99990100');
  const amid = Buffer.concat([Buffer.alloc(5), hash]).subarray(5);
  t.same(tokenOfHash(amid), tokenOfHash(Uint8Array.from(hash)));
});

t.test('a key of another length is refused', async (t) => {
  for (const length of [0, 16, 31, 33, 64]) {
    t.throws(() => new PanTokeniser(new Uint8Array(length)), { name: 'RangeError' }, `${length} bytes`);
  }
});
