import t from 'tap';
import * as ledger from '../../ledger/command.js';
import * as batch from '../../parsers/batch.js';

t.test('a batch’s flags, keys and tokens are the ledger’s: neither room knows the other', async (t) => {
  t.same(batch.FLAG, ledger.FLAG);
  t.equal(batch.KEY_WORDS, ledger.KEY_WORDS);
  t.equal(batch.TOKEN_WORDS, ledger.TOKEN_WORDS);
  t.ok(batch.IDENTIFIER_BYTES >= ledger.IDENTIFIER_BYTES);
});
