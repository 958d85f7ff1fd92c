import t from 'tap';
import { DIALECT_NAMES, dialectByName } from '../../../parsers/dialects/index.js';
import { framingByName } from '../../../parsers/framing/index.js';
import { guess, likelyFramings } from '../../../parsers/inspect/guess.js';
import { build } from '../../../parsers/writer.js';

const dialects = DIALECT_NAMES.map(dialectByName);
const PAN = '9999010012345677';

function messageOf(name: string): Buffer {
  const dialect = dialectByName(name);
  const late = dialect.version > 0;
  return build(dialect, {
    mti: `${dialect.version}100`,
    fields: {
      2: PAN,
      3: '000000',
      11: '42',
      14: '2912',
      41: 'TERM0001',
      ...(late ? {} : { 7: '1125012330' }),
    },
  });
}

for (const name of [
  'iso87-ascii',
  'iso87-ascii-hex',
  'iso87-binary',
  'iso87-ebcdic',
  'iso93-ascii',
  'base24',
  'visa',
]) {
  t.test(`a message of ${name} is recognised as it is`, (t) => {
    const [best] = guess(messageOf(name), dialects);
    // Some dialects are others with private fields, which a message without these fits just as well.
    const like = guess(messageOf(name), dialects).filter(({ confidence }) => confidence === best!.confidence);
    t.ok(
      like.some(({ dialect }) => dialect.name === name),
      like.map(({ dialect }) => dialect.name).join(),
    );
    t.equal(best!.framing, null);
    t.equal(best!.failure, null);
    t.end();
  });
}

for (const framing of likelyFramings()) {
  t.test(`${framing.name} with a head of ${framing.headBytes} bytes is recognised around messages`, (t) => {
    const message = messageOf('iso87-ascii');
    const stream = Buffer.alloc(5 * (message.length + 16));
    let at = 0;
    for (let count = 0; count < 5; count++) {
      framing.address(stream, at);
      stream.set(message, at + framing.headBytes);
      const total = framing.finish(stream, at, message.length);
      // A bitmap with 03 in it would not fit text.
      t.ok(total > 0);
      at += total;
    }
    const guesses = guess(stream.subarray(0, at), [
      dialectByName('iso87-ascii'),
      dialectByName('iso87-ebcdic'),
    ]);
    const [best] = guesses;
    t.equal(best!.dialect.name, 'iso87-ascii');
    const like = guesses.filter(({ confidence }) => confidence === best!.confidence);
    t.ok(like.some((one) => one.framing?.name === framing.name));
    t.match(best, { messages: 5, read: 5, failure: null });
    t.end();
  });
}

t.test('what does not fit says why', (t) => {
  const message = messageOf('iso87-ascii');
  const frame = Buffer.alloc(message.length + 2);
  message.copy(frame, 2);
  framingByName('length2').finish(frame, 0, message.length);
  const guesses = guess(frame, dialects);
  t.equal(guesses.length, dialects.length * (likelyFramings().length + 1), 'every pair is in the answer');
  const of = (dialect: string, framing: string | null) =>
    guesses.find((one) => one.dialect.name === dialect && (one.framing?.name ?? null) === framing)!;
  t.match(guesses[0], { framing: { name: 'length2' }, failure: null });
  t.match(of('iso87-ascii', null), { confidence: 0, failure: { code: 'HF_ISO_MTI' } });
  t.match(of('iso87-ascii', 'ascii4'), { confidence: 0, failure: { rule: /ascii4: the framing is lost/ } });
  t.match(of('iso87-ascii', 'length4'), { confidence: 0, failure: { rule: /no whole frame/ } });
  t.match(of('iso87-ebcdic', 'length2'), { confidence: 0, messages: 1, read: 0 });
  t.ok(guesses.every(({ confidence }) => confidence >= 0 && confidence <= 1));
  t.end();
});

t.test('bytes at random are no message of any dialect', (t) => {
  const bytes = Buffer.from('Lorem ipsum dolor sit amet, consectetur adipiscing elit.');
  t.ok(guess(bytes, dialects).every(({ confidence }) => confidence === 0));
  t.ok(guess(Buffer.alloc(0), dialects).every(({ confidence }) => confidence === 0));
  t.end();
});
