import t from 'tap';
import { compileDialect } from '../../parsers/compile.js';
import { builtInDocument, DIALECT_NAMES, dialectByName } from '../../parsers/dialects/index.js';
import { MESSAGE_KEYS } from '../../parsers/message-key.js';
import { resolveDialect } from '../../parsers/resolve-dialect.js';
import { requireSwitchable } from '../../parsers/switchable.js';

t.test('the switch can work by every built-in dialect, and know its messages either way', async (t) => {
  for (const name of DIALECT_NAMES) {
    for (const key of MESSAGE_KEYS) t.doesNotThrow(() => requireSwitchable(dialectByName(name), key), name);
  }
});

t.test(
  'a dialect whose amounts, rate or original amount can’t be read is refused by the field',
  async (t) => {
    const requires = (base: string, fields: object) => () => {
      const dialect = resolveDialect({ name: 'odd', extends: base, fields }, builtInDocument);
      requireSwitchable(compileDialect({ ...dialect, profiles: {} }), 'transmission');
    };
    const refused = (path: string) => ({ name: 'IsoError', code: 'HF_ISO_DIALECT', path });
    t.throws(requires('iso87-ascii', { 6: { name: 'Billing', content: 'n', length: 14 } }), refused('6'));
    t.throws(requires('iso87-ascii', { 6: { name: 'Billing', length: 12 } }), refused('6'));
    t.throws(
      requires('iso2003-binary', { 6: { name: 'Billing', content: 'n', max: 16, prefix: 'LL' } }),
      refused('6'),
    );
    t.throws(requires('iso87-ascii', { 10: { name: 'Rate', content: 'n', length: 10 } }), refused('10'));
    t.throws(requires('iso87-ascii', { 51: { name: 'Currency', content: 'b', length: 3 } }), refused('51'));
    t.throws(requires('iso93-ascii', { 30: { name: 'Original', content: 'n', length: 8 } }), refused('30'));
    t.throws(
      requires('iso2003-binary', { 30: { name: 'Original', content: 'n', length: 12 } }),
      refused('30'),
    );
    t.doesNotThrow(
      requires('iso87-ascii', { 6: null, 10: null, 30: null, 51: null, 54: null }),
      'none is needed',
    );
  },
);

t.test('messages can’t be known by a retrieval reference that the dialect has not', async (t) => {
  const document = { name: 'odd', extends: 'iso87-ascii', fields: { 37: null } };
  const dialect = compileDialect({ ...resolveDialect(document, builtInDocument), profiles: {} });
  t.throws(() => requireSwitchable(dialect, 'retrieval'), { name: 'IsoError', path: '37' });
  t.doesNotThrow(() => requireSwitchable(dialect, 'transmission'));
});
