import fc from 'fast-check';
import t from 'tap';
import { DIALECT_NAMES, dialectByName } from '../../../parsers/dialects/index.js';
import { IsoError } from '../../../parsers/errors.js';
import { annotate, guess, inspect, listFields, recogniseInput } from '../../../parsers/inspect/index.js';
import { build } from '../../../parsers/writer.js';
import { holds } from '../property.js';

const PAN = '9999010012345677';
const dialects = DIALECT_NAMES.map(dialectByName);
const messages = dialects.map((dialect) => ({
  dialect,
  bytes: build(dialect, {
    mti: `${dialect.version}100`,
    fields: { 2: PAN, 3: '000000', 11: '42', 35: `${PAN}=29122011234500000`, 41: 'TERM0001' },
  }),
}));
const anyDamaged = fc
  .tuple(
    fc.constantFrom(...messages),
    fc.array(fc.tuple(fc.nat(300), fc.nat(255)), { maxLength: 5 }),
    fc.nat(90),
  )
  .map(([{ dialect, bytes }, changes, cut]) => {
    const damaged = Buffer.from(bytes.subarray(0, Math.max(0, bytes.length - (cut > 60 ? cut - 60 : 0))));
    for (const [at, byte] of changes) if (damaged.length > 0) damaged[at % damaged.length] = byte;
    return { dialect, bytes: damaged };
  });

t.test(
  'a damaged message is shown as far as it can be read, and never throws anything but its error',
  (t) => {
    holds(
      t,
      fc.property(anyDamaged, ({ dialect, bytes }) => {
        const lines = annotate(bytes, dialect);
        const lenient = inspect(bytes, dialect, { lenient: true });
        const listed = listFields(bytes, dialect, { lenient: true });
        let strict = true;
        try {
          inspect(bytes, dialect);
        } catch (error) {
          if (!(error instanceof IsoError)) throw error;
          strict = false;
        }
        const said = lines.some((line) => line.startsWith('! '));
        return listed.length > 0 && strict === !said && strict === (lenient.issues === undefined);
      }),
      4000,
    );
    t.end();
  },
);

t.test('any input is some kind of input, and is guessed at without an error', (t) => {
  holds(
    t,
    fc.property(
      fc.oneof(
        fc.uint8Array({ maxLength: 200 }),
        fc.string({ maxLength: 200 }).map((text) => Buffer.from(text)),
      ),
      (input) => {
        const { pieces } = recogniseInput(input);
        return pieces.every(({ bytes }) => guess(bytes, dialects).every(({ confidence }) => confidence <= 1));
      },
    ),
    300,
  );
  t.end();
});
