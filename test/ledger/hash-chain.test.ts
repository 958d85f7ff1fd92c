import { createHash } from 'node:crypto';
import fc from 'fast-check';
import t from 'tap';
import { GENESIS, HASH_BYTES, rowHash } from '../../ledger/hash-chain.js';
import { holds } from '../parsers/property.js';

const number = fc.nat({ max: Number.MAX_SAFE_INTEGER });
const row = fc.record({
  previous: fc.uint8Array({ minLength: HASH_BYTES, maxLength: HASH_BYTES }),
  tenant: fc.nat({ max: 32_767 }),
  seq: number,
  epoch: number,
  at: number,
  body: fc.uint8Array({ minLength: 1, maxLength: 300 }),
});
type Bytes = Uint8Array<ArrayBuffer>;
type Row = typeof row extends fc.Arbitrary<infer Value> ? Value : never;

function hash({ previous, tenant, seq, epoch, at, body }: Row): string {
  return rowHash(previous, tenant, seq, epoch, at, body).toString('hex');
}

t.test('the hash is SHA-256 over the bytes that the journal’s description names', async (t) => {
  const header = Buffer.from('0007' + '0000000000000002' + '0000000000000003' + '0000019ecb1f2a00', 'hex');
  const body = Buffer.from('body');
  const expected = createHash('sha256')
    .update(Buffer.concat([GENESIS, header, body]))
    .digest('hex');
  t.equal(rowHash(GENESIS, 7, 2, 3, 0x019ecb1f2a00, body).toString('hex'), expected);
  t.same(GENESIS, Buffer.alloc(32));
});

t.test('equal rows have equal hashes, and a change of any input another', async (t) => {
  const otherBit = (bytes: Bytes, at: number): Bytes =>
    bytes.map((byte, index) => (index === Math.floor(at / 8) % bytes.length ? byte ^ (1 << (at % 8)) : byte));
  const change = fc.nat();
  holds(
    t,
    fc.property(row, change, (given, at) => {
      const before = hash(given);
      if (hash({ ...given }) !== before) throw new Error('not a function of its inputs');
      const { previous, tenant, seq, epoch, body } = given;
      const changed: Row[] = [
        { ...given, previous: otherBit(previous, at) },
        { ...given, tenant: tenant ^ (1 << (at % 15)) },
        { ...given, seq: other(seq, at) },
        { ...given, epoch: other(epoch, at) },
        { ...given, at: other(given.at, at) },
        { ...given, body: otherBit(body, at) },
        { ...given, body: body.subarray(1) },
        { ...given, body: Uint8Array.of(...body, 0) },
        { ...given, seq: epoch, epoch: seq === epoch ? other(seq, at) : seq },
      ];
      const hashes = new Set(changed.map(hash));
      if (hashes.has(before)) throw new Error('a change is not seen');
    }),
    300,
  );
});

/** Another safe integer: one of the 53 bits is turned over. */
function other(number: number, at: number): number {
  return Number(BigInt(number) ^ (1n << BigInt(at % 53)));
}
