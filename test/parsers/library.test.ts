import t from 'tap';
import { dialectRows, diffDialects } from '../../parsers/dialect-table.js';
import { DIALECT_NAMES, dialectByName } from '../../parsers/dialects/index.js';
import * as library from '../../parsers/index.js';
import {
  FRAMING_NAMES,
  type FramingSpec,
  framingFromText,
  framingText,
  LIKELY_FRAMINGS,
} from '../../parsers/index.js';
import { samples } from '../../parsers/samples.js';

t.test('the package exports the library under its name', async (t) => {
  // By the name that users write; a constant would be looked for before anything is compiled.
  const name = ['holdfast', 'parsers'].join('/');
  t.equal((await import(name)).parse, library.parse);
});

t.test('framings as one word', (t) => {
  const specs: FramingSpec[] = [
    ...FRAMING_NAMES,
    ...LIKELY_FRAMINGS,
    { name: 'bcd2', tpdu: '6000010002', polls: 'echo' },
  ];
  for (const spec of specs) t.same(framingFromText(framingText(spec)), spec);
  for (const text of ['', 'length3', 'length2,x', 'length2,polls=never']) {
    t.throws(() => framingFromText(text), { code: 'HF_ISO_FRAMING' }, text);
  }
  t.end();
});

t.test('rank finds the dialect and framing of each sample set', (t) => {
  const framing = library.framingByName('length2');
  for (const name of DIALECT_NAMES) {
    const bytes = Buffer.concat(
      samples(dialectByName(name)).map((one) => library.frameMessage(framing, one.bytes)),
    );
    const pieces = [{ bytes, source: '', stream: true }];
    const ranked = library.rank(pieces, DIALECT_NAMES.map(dialectByName));
    const best = ranked.filter(({ confidence }) => confidence === ranked[0]!.confidence);
    t.ok(
      best.some((one) => one.dialect.name === name && one.framing === 'length2'),
      name,
    );
    t.ok(
      ranked.every(({ framing }) => framing !== null),
      'a stream has frames',
    );
  }
  t.end();
});

t.test('a dialect as a table, and what two have otherwise', (t) => {
  for (const name of DIALECT_NAMES) t.ok(dialectRows(dialectByName(name)).length > 60, name);
  const rows = new Map(dialectRows(dialectByName('visa')).map((row) => [row.path, row]));
  t.match(rows.get('2'), { content: 'n …19', encoding: 'bcd', prefix: '1 binary', class: 'pan' });
  t.match(rows.get('55'), { inside: 'tlv', class: 'icc' });
  t.ok(rows.has('55.01.9F26') || rows.has('55.01'));
  t.same(diffDialects(dialectByName('base24'), dialectByName('base24')), []);
  const differences = diffDialects(dialectByName('iso87-ascii'), dialectByName('iso87-ascii-hex'));
  t.match(differences, [{ what: 'bitmap', a: /^binary/, b: /^hex/ }]);
  t.end();
});
