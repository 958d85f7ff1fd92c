import path from 'node:path';
import t from 'tap';
import { listDemoKeys } from '../../../switch/demo-cards.js';
import { newConfig, newDirectory, until } from '../running-switch.js';
import { startProcess } from '../switch-process.js';
import { ApiClient, type ApiResponse } from './api-client.js';

t.setTimeout(120_000);
const REQUESTS = 36;
/** Responses that have come when it is killed. */
const HEARD = 8;

t.test('kill -9 while requests are under way: sent again with its key, each is done once', async (t) => {
  const directory = await newDirectory(t);
  const config = await newConfig(directory, { projector: { enabled: false } });
  const at = ['--config', path.join(directory, 'holdfast.json'), '--data-directory', config.dataDirectory];
  const start = () => startProcess(t, [...at, '--http-port', '0']);
  const { key } = (await listDemoKeys(config, 'lydia'))[0]!;
  const first = await start();
  const before = await everything(new ApiClient(first, key));
  const { account } = before.cards[0]!;
  const postedBefore = await posted(new ApiClient(first, key), account);

  const open = (api: ApiClient, request: number) =>
    api.post('/v1/accounts', { currency: 'EUR', overdraft: 3 }, { 'idempotency-key': `account ${request}` });
  const issue = (api: ApiClient, request: number) =>
    api.post(
      '/v1/cards',
      { account, exp_month: 1, exp_year: 2032 },
      { 'idempotency-key': `card ${request}` },
    );
  const deposit = (api: ApiClient, request: number) =>
    api.post(
      `/v1/accounts/${account}/deposits`,
      { amount: 2 ** request },
      { 'idempotency-key': `deposit ${request}` },
    );
  const heard = new Map<string, ApiResponse>();
  const api = new ApiClient(first, key);
  const asked = Array.from({ length: REQUESTS }, (_, request) => request).flatMap((request) => [
    open(api, request).then((response) => heard.set(`account ${request}`, response)),
    issue(api, request).then((response) => heard.set(`card ${request}`, response)),
    deposit(api, request).then((response) => heard.set(`deposit ${request}`, response)),
  ]);
  const answers = Promise.allSettled(asked);
  await until('some are answered', () => heard.size >= HEARD);
  first.child.kill('SIGKILL');
  await answers;
  await first.ended;
  t.ok(heard.size < 3 * REQUESTS, `${heard.size} were answered`);

  const second = await start();
  const again = new ApiClient(second, key);
  const names = new Set<string>();
  const carriedOn = async (name: string, send: () => Promise<ApiResponse>) => {
    let response = await send();
    await until(`${name} is done`, async () => {
      if (response.status === 201) return true;
      t.equal(response.status, 409, `${name}: ${response.text}`);
      response = await send();
      return false;
    });
    names.add(response.body.id);
    const known = heard.get(name);
    if (known !== undefined) t.same([known.status, response.text], [201, known.text], name);
  };
  await Promise.all(
    Array.from({ length: REQUESTS }, async (_, request) => {
      await carriedOn(`account ${request}`, () => open(again, request));
      await carriedOn(`card ${request}`, () => issue(again, request));
      await carriedOn(`deposit ${request}`, () => deposit(again, request));
    }),
  );
  t.equal(names.size, 3 * REQUESTS, 'each its own');
  const after = await everything(again);
  t.equal(after.accounts.length, before.accounts.length + REQUESTS);
  t.equal(after.cards.length, before.cards.length + REQUESTS);
  // Each is another power of two, so that no two that were lost or done twice make up for each other.
  t.equal((await posted(again, account)) - postedBefore, 2 ** REQUESTS - 1);
});

async function posted(api: ApiClient, account: string): Promise<number> {
  return (await api.get(`/v1/accounts/${account}`)).body.balances.posted;
}

/** All accounts and cards that a tenant has. */
async function everything(api: ApiClient) {
  const all = async (list: string) => {
    const found: { id: string; account: string }[] = [];
    for (let cursor = ''; ; ) {
      const { body } = await api.get(`/v1/${list}?limit=100${cursor}`);
      found.push(...body.data);
      if (!body.has_more) return found;
      cursor = `&cursor=${body.next_cursor}`;
    }
  };
  return { accounts: await all('accounts'), cards: await all('cards') };
}
