import { randomUUID } from 'node:crypto';
import t from 'tap';
import { connectDatabase, stall, startTestSwitch, until } from '../running-switch.js';
import { ApiClient, type ApiResponse } from './api-client.js';

t.setTimeout(90_000);
const system = await startTestSwitch(t, { projector: { enabled: false } });
const lydia = await ApiClient.of(system, 'lydia');
const database = await connectDatabase(t, system.config);
const ACCOUNT = { currency: 'EUR', overdraft: 100 };

const keyed = (key: string) => ({ 'idempotency-key': key });
const replayed = ({ headers }: ApiResponse) => headers.get('idempotent-replayed');
const newest = async () => (await lydia.get('/v1/accounts?limit=1')).body.data[0].id;

t.test('a repeat gets the same answer, and nothing is done again', async (t) => {
  const key = randomUUID();
  const first = await lydia.post('/v1/accounts', ACCOUNT, keyed(key));
  const again = await lydia.post('/v1/accounts', ACCOUNT, keyed(key));
  t.same([first.status, again.status, again.text], [201, 201, first.text]);
  t.same([replayed(first), replayed(again)], [null, 'true']);
  t.equal(await newest(), first.body.id);

  const card = { account: first.body.id };
  const issued = await lydia.post('/v1/cards', card, keyed(`${key} card`));
  t.equal((await lydia.post('/v1/cards', card, keyed(`${key} card`))).text, issued.text);
  t.equal((await lydia.get(`/v1/cards?account=${first.body.id}`)).body.data.length, 1);
});

t.test('a key that was used for another request is refused', async (t) => {
  const key = randomUUID();
  await lydia.post('/v1/accounts', ACCOUNT, keyed(key));
  const other = await lydia.post('/v1/accounts', { ...ACCOUNT, overdraft: 200 }, keyed(key));
  t.match(other, { status: 422, body: { code: 'HF_IDEMPOTENCY_KEY_REUSED' } });
  const elsewhere = await lydia.post('/v1/api-keys', { name: 'x', role: 'read' }, keyed(key));
  t.equal(elsewhere.status, 422);
});

t.test('what was refused is refused again, in the same words', async (t) => {
  const key = randomUUID();
  const first = await lydia.post('/v1/accounts', { currency: 'QQQ' }, keyed(key));
  const again = await lydia.post('/v1/accounts', { currency: 'QQQ' }, keyed(key));
  t.same([first.status, again.status, again.text, replayed(again)], [422, 422, first.text, 'true']);
  t.match(again.headers.get('content-type'), /^application\/problem\+json/);
});

t.test('what is shown once is answered again, but not kept in clear', async (t) => {
  const key = randomUUID();
  const body = { name: 'kept', role: 'read' };
  const first = await lydia.post('/v1/api-keys', body, keyed(key));
  t.equal((await lydia.post('/v1/api-keys', body, keyed(key))).text, first.text);
  const { rows } = await database.query<{ body: Buffer }>('SELECT body FROM holdfast.idempotency');
  const secret = first.body.secret.split('_')[3];
  t.ok(rows.length > 3 && rows.every(({ body }) => !body.includes(secret) && !body.includes(first.body.id)));
});

t.test('of two at once one is done', async (t) => {
  const key = randomUUID();
  const release = await stall(database);
  const first = lydia.post('/v1/accounts', ACCOUNT, keyed(key));
  // The first is at the ledger once its key is taken.
  const other = await connectDatabase(t, system.config);
  await until('the key is taken', async () => {
    return (
      (await other.query('SELECT FROM holdfast.idempotency WHERE status IS NULL AND note IS NOT NULL'))
        .rowCount === 1
    );
  });
  const second = await lydia.post('/v1/accounts', ACCOUNT, keyed(key));
  t.match(second, { status: 409, body: { code: 'HF_IN_PROGRESS' } });
  await release();
  t.equal((await first).status, 201);
  t.equal((await lydia.post('/v1/accounts', ACCOUNT, keyed(key))).text, (await first).text);
  t.equal(await newest(), (await first).body.id);
});

t.test('one that was cut short behind the ledger is carried on, and nothing is done twice', async (t) => {
  /** Takes back what a request wrote after the ledger had decided: as if it had died there. */
  async function cutShort(table: string): Promise<void> {
    await database.query(
      `UPDATE holdfast.idempotency SET status = NULL, body = NULL, claimed_until = now() - interval '1 s'
       WHERE created_at = (SELECT max(created_at) FROM holdfast.idempotency)`,
    );
    if (table === '') return;
    await database.query(
      `DELETE FROM holdfast.${table} WHERE opened_at = (SELECT max(opened_at) FROM holdfast.${table})`,
    );
  }
  const key = randomUUID();
  const account = await lydia.post('/v1/accounts', { currency: 'SEK', overdraft: 7 }, keyed(key));
  await cutShort('opened_account');
  const again = await lydia.post('/v1/accounts', { currency: 'SEK', overdraft: 7 }, keyed(key));
  t.same([again.status, again.body, replayed(again)], [201, account.body, null]);
  t.equal(await newest(), account.body.id);

  const body = { account: account.body.id, exp_month: 12, exp_year: 2030 };
  const card = await lydia.post('/v1/cards', body, keyed(`${key} card`));
  await cutShort('');
  const carried = await lydia.post('/v1/cards', body, keyed(`${key} card`));
  t.same([carried.status, carried.body, replayed(carried)], [201, card.body, null]);
  t.equal((await lydia.get(`/v1/cards?account=${account.body.id}`)).body.data.length, 1);
});

t.test('keys of two tenants have nothing to do with each other', async (t) => {
  const key = randomUUID();
  const qonto = await ApiClient.of(system, 'qonto');
  const first = await lydia.post('/v1/accounts', ACCOUNT, keyed(key));
  const other = await qonto.post('/v1/accounts', { currency: 'USD' }, keyed(key));
  t.same([first.status, other.status, replayed(other)], [201, 201, null]);
});
