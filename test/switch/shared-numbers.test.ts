import t from 'tap';
import * as ledger from '../../ledger/command.js';
import * as batch from '../../parsers/batch.js';

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
