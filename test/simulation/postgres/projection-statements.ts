import { copiedRows, type ReadRow, type ReadTable, readRow } from './read-model.js';
import { storedRow } from './read-statements.js';
import { refusal } from './server.js';
import type { Transaction } from './session.js';
import type { Request, Result, Statement } from './statements.js';

const NOTHING: Result = { rows: [], rowCount: 0 };
const BATCH_ROWS = 1000;

function result(...found: readonly object[]): readonly Result[] {
  return [{ rows: found, rowCount: found.length }];
}

/** Statements of the same kind, each with its own text. */
function each(name: string, digests: readonly string[], run: Statement['run']): Statement[] {
  return digests.map((digest) => ({ name, digest, run }));
}

/** What projectors ask for, and whoever compares their tables. */
export const projectionStatements: readonly Statement[] = [
  {
    name: 'begin',
    digest: 'a8402858d4f1',
    run: (transaction) => {
      transaction.session.open = transaction;
      return [NOTHING];
    },
  },
  {
    name: 'commit',
    digest: '79663c1d3b43',
    run: (transaction) => {
      transaction.session.open = null;
      if (transaction.failed) transaction.changes.length = 0;
      return [NOTHING];
    },
  },
  {
    name: 'rollback',
    digest: '587fa628a9fe',
    run: (transaction) => {
      transaction.session.open = null;
      transaction.changes.length = 0;
      return [NOTHING];
    },
  },
  {
    name: 'do-not-wait-for-the-disk',
    digest: '00cf910dc76d',
    run: (transaction) => {
      transaction.session.synchronousCommit = false;
      return [NOTHING];
    },
  },
  ...each('make-table-of-session', ['aafbbfde18bc', '08e36f18639a', '65b06a51a8b1', 'a4161b4678cb'], () => [
    NOTHING,
  ]),
  // One table has them all.
  { name: 'add-month', digest: '5d0379abe2ae', run: () => result({ add_month: '' }) },
  {
    name: 'read-lag',
    digest: 'dfb3b5133a75',
    run: ({ server: { tables } }, { values }) => {
      const [names] = values as [string[] | null];
      const found = [...tables.tenants.values()].filter(({ name }) => names?.includes(name) ?? true);
      const lags = found.map(({ id, name }) => {
        const seq = (tables.readRow('position', `${id}`)?.values.seq as number | undefined) ?? 0;
        const behind = tables.journalAfter(id, seq, Number.POSITIVE_INFINITY);
        const head = behind.at(-1) ?? tables.journalAfter(id, 0, Number.POSITIVE_INFINITY).at(-1);
        return { id, name, seq, head: head?.seq ?? 0, nextAt: behind[0]?.at ?? null };
      });
      return result(...lags.sort((one, other) => (one.name < other.name ? -1 : 1)));
    },
  },
  {
    name: 'lock-projections',
    digest: '27546aa5df56',
    run: ({ server, session }, { values }) => {
      const [, ids] = values as [number, number[]];
      return result(
        ...ids.map((id) => ({ id, locked: server.locks.tryRequest(`projection ${id}`, session, 'row') })),
      );
    },
  },
  {
    name: 'unlock-projection',
    digest: '324dfb81b9eb',
    run: ({ server, session }, { values }) => {
      server.locks.release(session, `projection ${values[1]}`);
      return [NOTHING];
    },
  },
  {
    name: 'begin-projections',
    digest: '880dd1696400',
    run: async (transaction, { values }) => {
      for (const tenant of values[0] as number[]) {
        await transaction.lock(`position ${tenant}`, 'row');
        if (transaction.server.tables.readRow('position', `${tenant}`) !== undefined) continue;
        put(transaction, readRow('position', { tenant, seq: 0 }));
      }
      return [NOTHING];
    },
  },
  {
    name: 'read-batch',
    digest: '9ecfaefa23e1',
    run: ({ server: { tables } }, { values }) => {
      const [tenant, after, bytes] = values as [number, number, number];
      let before = 0;
      const batch = tables.journalAfter(tenant, after, BATCH_ROWS).filter(({ body }) => {
        const within = before < bytes;
        before += body.length;
        return within;
      });
      return result(...batch.map(storedRow));
    },
  },
  {
    name: 'move-projection',
    digest: 'e24acd2eb286',
    run: async (transaction, { values }) => {
      const [tenants, befores, seqs] = values as [number[], number[], number[]];
      let moved = 0;
      for (const [place, tenant] of tenants.entries()) {
        await transaction.lock(`position ${tenant}`, 'row');
        // Whoever held the row may have moved it.
        const there = transaction.server.tables.readRow('position', `${tenant}`);
        if (there?.values.seq !== befores[place]) continue;
        put(transaction, readRow('position', { tenant, seq: seqs[place]! }));
        moved++;
      }
      return [{ rows: [], rowCount: moved }];
    },
  },
  {
    name: 'reset-projection',
    digest: 'e860fd240c7b',
    run: async (transaction, { values }) => {
      const [tenant] = values as [number];
      await transaction.lock(`position ${tenant}`, 'row');
      if (transaction.server.tables.readRow('position', `${tenant}`) !== undefined)
        put(transaction, readRow('position', { tenant, seq: 0 }));
      return [NOTHING];
    },
  },
  ...each(
    'empty-table',
    [
      '7799f7c20ef3',
      'b401ff37c25a',
      'e017cf4ffe82',
      '501e4aa6003a',
      '357098524acb',
      'ccc25493b69f',
      '064c5e8ec6eb',
      'eafb97b17b09',
    ],
    async (transaction, { text, values }) => {
      const [, table] = /holdfast_read\.(\w+)/.exec(text)!;
      await transaction.work('empty-table');
      for (const row of transaction.server.tables.readRows(table as ReadTable))
        if (row.values.tenant === values[0]) transaction.change({ table: 'read', row, gone: true });
      return [NOTHING];
    },
  ),
  ...each(
    'copy-rows',
    [
      'da945f9b9377',
      'ea74f7312437',
      'a96551813c2a',
      '193aff794a6b',
      '1922473cf6ec',
      '095dbaf9be17',
      'c231e46a95b4',
      '9419b6596354',
      'f679ef7c9d89',
      '6a1906337066',
      'bcf08bc3aafa',
      '3c764e5382e1',
    ],
    copyIn,
  ),
  ...each('change-rows', ['eea727092541', '73906f56ed54', 'ed19712dee28'], async (transaction, { text }) => {
    const [, table] = /UPDATE holdfast_read\.(\w+)/.exec(text)!;
    await transaction.work('change-rows');
    const { tables } = transaction.server;
    const staged = transaction.session.staged.get(`changed_${table}`) ?? [];
    const there = staged.flatMap((row) => tables.readRow(row.table, row.key) ?? []);
    const changed = new Map(staged.map(({ key, values }) => [key, withToken(values)]));
    for (const { table, key, values } of there)
      put(transaction, { table, key, values: { ...values, ...changed.get(key) } });
    return [{ rows: [], rowCount: there.length }];
  }),
  {
    name: 'put-books',
    digest: '4588a31fa420',
    run: (transaction) => {
      const staged = transaction.session.staged.get('staged_book') ?? [];
      for (const row of staged) put(transaction, row);
      return [{ rows: [], rowCount: staged.length }];
    },
  },
  declare('accounts', 'eb6c8ce4d410', (all, tenant) =>
    of(all('account'), tenant).map(({ account, overdraft, posted, held, ...rest }) => {
      const available = posted - held + overdraft;
      const debt = Math.max(0, -available);
      return { ...rest, number: account, overdraft, posted, held, available, debt };
    }),
  ),
  declare('cards', 'b6cff7c7b99d', (all, tenant) =>
    of(all('card'), tenant).map(({ card, ...rest }) => ({ ...rest, number: card })),
  ),
  declare('books', 'f3ed9c40e2d6', (all, tenant) => of(all('book'), tenant)),
  declare('holds', '215315158b5b', (all, tenant) => {
    const last = new Map<string, Numbers>();
    const holds = of(all('hold'), tenant).sort((a, b) => a.seq - b.seq || a.entry - b.entry);
    for (const hold of holds) last.set(keyOf(hold), hold);
    return [...last.values()];
  }),
  declare('held by account', '77e67fa1e3c1', (all, tenant) => {
    const sums = new Map<number, Pick<Numbers, 'account' | 'held' | 'as_of'>>();
    for (const { account, held, as_of } of of(all('hold'), tenant)) {
      const sum = sums.get(account) ?? { account, held: 0, as_of };
      sums.set(account, { account, held: sum.held + held, as_of: Math.max(sum.as_of, as_of) });
    }
    return [...sums.values()];
  }),
  declare('entered', '7f06d5ca9af7', (all, tenant) => {
    const sums = new Map<number, { account: number; as_of: number; posted: number; held: number }>();
    for (const entry of of(all('entry'), tenant)) {
      const { account, seq, amount, from_book, to_book } = entry;
      if (account === null) continue;
      const sum = sums.get(account) ?? { account, as_of: 0, posted: 0, held: 0 };
      sums.set(account, sum);
      sum.as_of = Math.max(sum.as_of, seq);
      if (to_book === 'holds') sum.held += amount;
      if (from_book === 'holds') sum.held -= amount;
      const posts = ![from_book, to_book].some((book) => book === 'holds' || book === 'stand_in_debt');
      if (posts && to_book === 'cardholders') sum.posted += amount;
      if (posts && from_book === 'cardholders') sum.posted -= amount;
    }
    return [...sums.values()].sort((one, other) => one.account - other.account);
  }),
  declare('flows', '3f732fc536df', (all, tenant) =>
    of(all('entry'), tenant).map(({ seq, ...entry }) => ({ ...entry, as_of: seq })),
  ),
  {
    name: 'fetch',
    digest: '17a167535bac',
    run: ({ session }) => result(...session.cursor.splice(0)),
  },
  { name: 'close', digest: 'ca45ffdb71d7', run: () => [NOTHING] },
];

/** Columns that are reckoned with. */
type Numbers = Readonly<
  Record<
    'tenant' | 'account' | 'card' | 'overdraft' | 'posted' | 'held' | 'seq' | 'entry' | 'amount' | 'as_of',
    number
  > &
    Record<'from_book' | 'to_book', string>
>;

/** What a card is changed to: it keeps its token where none is given. */
function withToken({ token, ...values }: ReadRow['values']): ReadRow['values'] {
  return token === null || token === undefined ? values : { ...values, token };
}

/** Columns of a tenant's rows, in the order of its numbers. */
function of(rows: Iterable<ReadRow>, tenant: number): Numbers[] {
  return [...rows]
    .map(({ values }) => values as unknown as Numbers)
    .filter((values) => values.tenant === tenant)
    .sort((one, other) => (one.account ?? one.card ?? 0) - (other.account ?? other.card ?? 0));
}

function keyOf(hold: object): string {
  return (hold as { key: Buffer }).key.toString('hex');
}

/** A cursor, whose rows are all fetched at once. */
function declare(
  what: string,
  digest: string,
  rows: (all: (table: ReadTable) => Iterable<ReadRow>, tenant: number) => readonly object[],
): Statement {
  return {
    name: `declare ${what}`,
    digest,
    run: ({ server: { tables }, session }, { values }) => {
      session.cursor = [...rows((table) => tables.readRows(table), values[0] as number)];
      return [NOTHING];
    },
  };
}

async function copyIn(transaction: Transaction, { text, values }: Request): Promise<readonly Result[]> {
  const [, schema, into, columns] = /COPY (\w+)\.(\w+) \(([^)]*)\)/.exec(text)!;
  const { session, server } = transaction;
  await transaction.work('copy-rows');
  const table = into!.replace(/^(changed|staged)_/, '') as ReadTable;
  const rows = copiedRows(table, columns!.split(', '), values[0] as Buffer);
  if (schema === 'pg_temp') session.staged.set(into!, rows);
  else {
    for (const row of rows) {
      const known = transaction.changes.some((change) => change.table === 'read' && isSame(change.row, row));
      if (known || server.tables.readRow(table, row.key) !== undefined)
        throw refusal('23505', `duplicate key value violates unique constraint "${table}_pkey"`);
      put(transaction, row);
    }
  }
  return [{ rows: [], rowCount: rows.length }];
}

function isSame(one: ReadRow, other: ReadRow): boolean {
  return one.table === other.table && one.key === other.key;
}

function put(transaction: Transaction, row: ReadRow): void {
  const { held } = row.values;
  if (typeof held === 'number' && held < 0)
    throw refusal('23514', `new row for relation "${row.table}" violates check constraint "held"`);
  transaction.change({ table: 'read', row });
}
