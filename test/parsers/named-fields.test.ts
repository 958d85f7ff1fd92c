import t from 'tap';
import { DIALECT_NAMES, dialectByName } from '../../parsers/dialects/index.js';
import { fieldNamed } from '../../parsers/view.js';

t.test('fields are found by what they mean, in every dialect', async (t) => {
  for (const name of DIALECT_NAMES) {
    const dialect = dialectByName(name);
    const found = ['pan', 'amount', 'stan', 'track2', 'response-code'].map((of) => fieldNamed(dialect, of));
    t.same(found, [2, 4, 11, 35, 39], name);
  }
});

t.test('fields are found by their name, in whatever case; what there is not is refused', async (t) => {
  const dialect = dialectByName('iso87-ascii');
  t.equal(fieldNamed(dialect, 'Retrieval reference number'), 37);
  t.equal(fieldNamed(dialect, 'RETRIEVAL REFERENCE NUMBER'), 37);
  t.throws(() => fieldNamed(dialect, 'shoe size'), { code: 'HF_ISO_UNKNOWN_FIELD', path: 'shoe size' });
});
