import t from 'tap';
import * as ledger from '../../ledger/command.js';
import * as batch from '../../parsers/batch.js';
import { COUNTRIES } from '../../parsers/meaning/countries.js';
import { CURRENCIES } from '../../parsers/meaning/currencies.js';
import { COUNTRY_NUMBERS, CURRENCIES_BY_CODE } from '../../tenants/limits/iso-codes.js';

t.test(
  'a batch’s flags, entries, traits, keys and tokens are the ledger’s: neither room knows the other',
  async (t) => {
    t.same(batch.FLAG, ledger.FLAG);
    t.same(batch.ENTRY, ledger.ENTRY);
    t.same(batch.TRAIT, ledger.TRAIT);
    t.equal(batch.ACCEPTOR_BYTES, ledger.ACCEPTOR_BYTES);
    t.equal(batch.KEY_WORDS, ledger.KEY_WORDS);
    t.equal(batch.TOKEN_WORDS, ledger.TOKEN_WORDS);
    t.ok(batch.IDENTIFIER_BYTES >= ledger.IDENTIFIER_BYTES);
  },
);

t.test('countries and currencies of limits are those of messages', async (t) => {
  const countries = [...COUNTRIES.values()].map(({ alpha2, numeric }) => [alpha2, Number(numeric)] as const);
  t.same([...COUNTRY_NUMBERS].sort(), countries.sort());
  for (const { numeric, alpha, exponent } of CURRENCIES.values()) {
    const currency = { letters: alpha, number: Number(numeric), decimals: exponent };
    t.same(CURRENCIES_BY_CODE.get(alpha), currency);
    t.same(CURRENCIES_BY_CODE.get(numeric), currency);
  }
  t.equal(CURRENCIES_BY_CODE.size, 2 * CURRENCIES.size);
});
