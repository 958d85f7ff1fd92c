import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import type { Check } from './judge.js';
import type { Mutation } from './mutate.js';

t.setTimeout(240_000);

const SIMULATE = fileURLToPath(new URL('simulate.js', import.meta.url));
const MUTATE = new URL('mutate.js', import.meta.url).href;
/** Within so many each is found; the first of them mostly is enough. */
const SEEDS = 300;

interface Broken extends Mutation {
  readonly what: string;
  /** What finds it, whichever comes first. */
  readonly check: readonly Check[];
}

const BROKEN: readonly Broken[] = [
  {
    what: 'a fence that lets rows of an old epoch in',
    module: '/simulation/postgres/write-statements.js',
    from: 'if (fenced[place])',
    to: 'if (false)',
    check: ['fence'],
  },
  {
    what: 'a partial clearing that gives the rest of its hold back',
    module: '/ledger/clear.js',
    from: 'final ? held : Math.min(held, charged)',
    to: 'held',
    check: ['model'],
  },
  {
    what: 'a hold that is cleared as if nothing had raised it',
    module: '/ledger/hold.js',
    from: 'own + incrementsOf(state, row, BILLED)',
    to: 'own',
    check: ['model'],
  },
  {
    what: 'a card that may spend more than its day allows',
    module: '/ledger/authorise.js',
    from: 'spent + amount > limits.perDay',
    to: 'false',
    check: ['model'],
  },
  {
    what: 'an answer that does not wait for its commit',
    module: '/switch/lane.js',
    from: 'journal.commit(rows, at).then(committed)',
    to: '(committed([]), journal.commit(rows, at))',
    check: ['heard'],
  },
  {
    what: 'a repeat that is taken for a new message',
    module: '/ledger/authorise.js',
    from: 'if (known >= 0 && !blocked)',
    to: 'if (false)',
    check: ['twice'],
  },
  {
    what: 'a request that is answered 91 and not undone',
    module: '/switch/waiting-replies.js',
    from: 'if (group.undoable[group.expired] === 1)',
    to: 'if (false)',
    check: ['heard', 'stranded'],
  },
  {
    what: 'a proof that does not compute hashes',
    module: '/ledger/follow.js',
    from: 'row.hash.equals(hash)',
    to: 'true',
    check: ['verify', 'proof'],
  },
  {
    what: 'a hold that is not in the books',
    module: '/ledger/tenant-state.js',
    from: 'books.move(book, BOOK.cardholders, BOOK.holds, held)',
    to: 'void 0',
    check: ['books', 'proof'],
  },
  {
    what: 'a connection whose answers are waited for, for ever',
    module: '/ledger/node.js',
    from: 'new LastingConnection(settings, undefined, undefined, ANSWER_MS)',
    to: 'new LastingConnection(settings)',
    check: ['liveness'],
  },
  {
    what: 'a snapshot that is trusted without the digest of its checkpoint',
    module: '/ledger/beginning.js',
    from: '!digest.equals(checkpoint.digest)',
    to: 'false',
    check: ['proof', 'replay', 'liveness', 'heard', 'twice'],
  },
  {
    what: 'a prover that does not compare its checkpoint with the one that is there',
    module: '/ledger/tenant-prover.js',
    from: 'written.digest.equals(digest) && written.hash.equals(head.hash)',
    to: 'true',
    check: ['proof'],
  },
  {
    what: 'a proof that does not compare the digests of checkpoints',
    module: '/ledger/verify.js',
    from: 'digest.equals(stateDigest(state))',
    to: 'true',
    check: ['verify'],
  },
  {
    what: 'a prover that waits for its answers for ever',
    module: '/ledger/prover.js',
    from: 'dial(url, snapshots.log, session, ANSWER_MS)',
    to: 'dial(url, snapshots.log, session)',
    check: ['liveness'],
  },
  {
    what: 'a projection whose position is committed before its rows',
    module: '/ledger/projection/load.js',
    from: 'if (rowCount !== batches.length)',
    to: "await this.#client.query('COMMIT'); await this.#client.query('BEGIN'); if (rowCount !== batches.length)",
    check: ['projection'],
  },
  {
    what: 'a projection that goes on where its tables do not stand',
    module: '/ledger/projection/load.js',
    from: 'rowCount !== batches.length',
    to: 'false',
    check: ['projection', 'liveness'],
  },
  {
    what: 'a posting that is not told to whom it is projected',
    module: '/ledger/tenant-state.js',
    from: 'this.effects.entered(account, counter, accounts.currency(account), posted, held)',
    to: 'void 0',
    check: ['projection'],
  },
  {
    what: 'a conversion that is rounded down',
    module: '/ledger/convert.js',
    from: '(2n * numerator + denominator) / (2n * denominator)',
    to: 'numerator / denominator',
    check: ['model'],
  },
];

/** Runs seeds of a broken switch; returns what it printed last. */
async function simulate(mutation: Mutation): Promise<{ code: number | null; output: string }> {
  const child = spawn(
    process.execPath,
    ['--import', MUTATE, SIMULATE, '--workers', '1', '--seeds', String(SEEDS)],
    {
      env: { ...process.env, MUTATION: JSON.stringify(mutation) },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output = (output + text).slice(-4096);
    });
  }
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, output };
}

for (const { what, check, ...mutation } of BROKEN) {
  t.test(`found: ${what}`, async (t) => {
    const { code, output } = await simulate(mutation);
    t.equal(code, 1);
    const [found] = /^seed \d+: .*$/m.exec(output) ?? [output];
    t.match(found, new RegExp(`^seed \\d+: (${check.join('|')}): `));
    t.comment(found);
  });
}

t.test('a mutation that does not apply is an error', async (t) => {
  const { code, output } = await simulate({ module: '/ledger/convert.js', from: 'no such text', to: '' });
  t.equal(code, 1);
  t.match(output, /has 'no such text' 0 times/);
});
