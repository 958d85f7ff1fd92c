import fc from 'fast-check';
import t from 'tap';
import { KeyedRows } from '../../ledger/keyed-rows.js';
import { holds } from '../parsers/property.js';

const ROWS = 200_000;

t.test('rows are found by their keys as in a map', async (t) => {
  const word = fc.oneof(fc.constantFrom(0, 1, 0xffffffff), fc.integer({ min: 0, max: 0xffffffff }));
  const key = fc.tuple(word, word, word);
  holds(
    t,
    fc.property(fc.array(key, { maxLength: 300, size: 'max' }), fc.array(key), (keys, strangers) => {
      const rows = new KeyedRows(3, 2);
      const map = new Map<string, number>();
      for (const words of keys) {
        if (map.has(words.join())) continue;
        const row = rows.insert(Uint32Array.from(words));
        if (row !== map.size) throw new Error(`row ${row} is not the next`);
        map.set(words.join(), row);
      }
      if (rows.length !== map.size) throw new Error('length');
      for (const words of [...keys, ...strangers]) {
        if (rows.find(Uint32Array.from(words)) !== (map.get(words.join()) ?? -1)) throw new Error(`${words}`);
      }
    }),
    300,
  );
});

t.test('200,000 rows are found, with their words, over the growth of chunks and of the index', async (t) => {
  const rows = new KeyedRows(2, 1);
  const key = new Uint32Array(2);
  const set = (row: number): Uint32Array => {
    key[0] = row >>> 4;
    key[1] = row & 0xf;
    return key;
  };
  let early = 0;
  let wrong = 0;
  for (let row = 0; row < ROWS; row++) {
    if (rows.find(set(row)) !== -1) early++;
    if (rows.insert(set(row)) !== row) wrong++;
    rows.chunk(row)[rows.at(row) + 2] = ~row;
    // One from long ago, while the tables grow.
    if (rows.find(set(row >>> 1)) !== row >>> 1) wrong++;
  }
  t.equal(early, 0, 'no key is found before it is inserted');
  for (let row = 0; row < ROWS; row++) {
    if (rows.find(set(row)) !== row || rows.chunk(row)[rows.at(row) + 2] !== ~row >>> 0) wrong++;
  }
  t.equal(wrong, 0, 'each key leads to its row');
  t.equal(rows.length, ROWS);
  t.not(rows.chunk(0), rows.chunk(ROWS - 1));
});

t.test('a new row is all 0 besides its key', async (t) => {
  const rows = new KeyedRows(1, 4);
  const row = rows.insert(Uint32Array.of(7));
  t.same([...rows.chunk(row).subarray(rows.at(row), rows.at(row) + rows.stride)], [7, 0, 0, 0, 0]);
});

t.test('keys that all have one hash are told apart', async (t) => {
  const rows = new KeyedRows(3, 0);
  const keys = Array.from({ length: 1000 }, (_, number) => collidingKey(number, ~number));
  for (const key of keys) rows.insert(key);
  t.same(
    keys.map((key) => rows.find(key)),
    keys.map((_, number) => number),
  );
  t.equal(rows.find(collidingKey(1000, ~1000)), -1);
  t.equal(rows.find(Uint32Array.of(1000, ~1000, 0)), -1);
});

t.test('keys that differ in one bit are told apart', async (t) => {
  const rows = new KeyedRows(4, 0);
  const keys = Array.from({ length: 128 }, (_, bit) => {
    const key = new Uint32Array(4);
    key[bit >>> 5] = 1 << (bit & 31);
    return key;
  });
  const zero = new Uint32Array(4);
  t.equal(rows.find(zero), -1);
  rows.insert(zero);
  for (const key of keys) rows.insert(key);
  t.equal(rows.find(zero), 0);
  t.same(
    keys.map((key) => rows.find(key)),
    keys.map((_, bit) => bit + 1),
  );
});

/** A key whose last word takes Murmur3's state to 0 whatever the first two made of it. */
function collidingKey(first: number, second: number): Uint32Array {
  let hash = 0x9747b28c;
  for (const word of [first, second]) {
    hash ^= Math.imul(rotate(Math.imul(word, 0xcc9e2d51), 15), 0x1b873593);
    hash = Math.imul(rotate(hash, 13), 5) + 0xe6546b64;
  }
  const third = Math.imul(rotate(Math.imul(hash, inverse(0x1b873593)), 17), inverse(0xcc9e2d51));
  return Uint32Array.of(first, second, third);
}

function rotate(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}

/** Of an odd number modulo 2^32; each of Newton's steps doubles the bits that are right. */
function inverse(odd: number): number {
  let result = odd;
  for (let step = 0; step < 5; step++) result = Math.imul(result, 2 - Math.imul(odd, result));
  return result;
}
