import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, chmod, mkdir, mkdtemp, readFile, realpath, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import t, { type Test } from 'tap';
import {
  type EmbeddedPostgres,
  EmbeddedPostgresError,
  startEmbeddedPostgres,
} from '../../ledger/embedded-postgres.js';

t.setTimeout(120_000);

const silent = () => {};
const noProc = process.platform === 'linux' ? false : 'reads /proc';
const noProcess = 2 ** 22 + 1; // above the kernel's largest process number

/** A directory that an unprivileged server can enter; removed in the end, with whatever server is left in it. */
async function newDirectory(t: Test): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'holdfast-postgres-'));
  await chmod(root, 0o755);
  const directory = join(root, 'postgres');
  // Registered first, so it runs last: the servers have stopped by then.
  t.teardown(async () => {
    const moved = await realpath(directory).catch(() => directory);
    await rm(moved, { recursive: true, force: true });
    await rm(root, { recursive: true, force: true });
  });
  return directory;
}

async function start(t: Test, directory: string): Promise<EmbeddedPostgres> {
  const postgres = await startEmbeddedPostgres({ directory, log: silent });
  t.teardown(() => postgres.stop());
  return postgres;
}

async function query(postgres: EmbeddedPostgres, text: string): Promise<unknown[][]> {
  const client = new pg.Client({ connectionString: postgres.url });
  await client.connect();
  try {
    return (await client.query<unknown[]>({ text, rowMode: 'array' })).rows;
  } finally {
    await client.end();
  }
}

const OWNER = `
  const { startEmbeddedPostgres } = await import(process.argv[1]);
  const { pid } = await startEmbeddedPostgres({ directory: process.argv[2], log: () => {} });
  console.log(pid);
  setInterval(() => {}, 60_000);
`;

/** Another process that starts the server and then does nothing; `pid` is the server's. */
async function startOwner(t: Test, directory: string): Promise<{ owner: ChildProcess; pid: number }> {
  const module = new URL('../../ledger/embedded-postgres.js', import.meta.url).href;
  const owner = spawn(process.execPath, ['--input-type=module', '--eval', OWNER, module, directory], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.teardown(() => owner.kill('SIGKILL'));
  const [line] = (await once(owner.stdout, 'data')) as [Buffer];
  return { owner, pid: Number(line.toString()) };
}

t.test('one cluster through its life', async (t) => {
  const directory = await newDirectory(t);
  const postgres = await start(t, directory);
  const url = postgres.url;

  await t.test('the first start makes a durable UTF-8 cluster behind a password', async (t) => {
    const names = ['fsync', 'synchronous_commit', 'full_page_writes', 'server_encoding', 'listen_addresses'];
    const shown = await query(postgres, `SELECT ${names.map((name) => `current_setting('${name}')`)}`);
    t.same(shown, [['on', 'on', 'on', 'UTF8', '127.0.0.1']]);
    t.equal((await stat(join(directory, 'password'))).mode & 0o777, 0o600);

    const wrong = new URL(url);
    wrong.password = 'guess';
    const client = new pg.Client({ connectionString: wrong.href });
    await t.rejects(client.connect(), { code: '28P01' });
  });

  await t.test('the server is not in our process group', { skip: noProc }, async (t) => {
    const group = (await readFile(`/proc/${postgres.pid}/stat`, 'utf8')).split(') ')[1]?.split(' ')[2];
    t.equal(Number(group), postgres.pid);
  });

  await t.test('data and address survive a stop', async (t) => {
    await query(postgres, 'CREATE TABLE kept (value int)');
    await query(postgres, 'INSERT INTO kept VALUES (1)');
    const before = postgres.pid;
    await postgres.stop();
    t.throws(() => process.kill(before, 0), { code: 'ESRCH' });
    await postgres.stop(); // a second stop has nothing to do

    const again = await start(t, directory);
    t.equal(again.url, url);
    t.not(again.pid, before);
    t.same(await query(again, 'SELECT value FROM kept'), [[1]]);
  });

  await t.test('what was committed survives kill -9 of the server', async (t) => {
    await postgres.ensureRunning();
    await query(postgres, 'INSERT INTO kept VALUES (2)');
    const before = postgres.pid;
    process.kill(before, 'SIGKILL');
    await Promise.all([postgres.ensureRunning(), postgres.ensureRunning()]);
    t.not(postgres.pid, before);
    t.equal(postgres.url, url);
    t.same(await query(postgres, 'SELECT value FROM kept ORDER BY value'), [[1], [2]]);
  });

  await t.test('a running server is left alone', async (t) => {
    const before = postgres.pid;
    await postgres.ensureRunning();
    t.equal(postgres.pid, before);
  });

  await t.test('a server whose owner was killed is adopted by the next', async (t) => {
    await postgres.stop();
    const { owner, pid } = await startOwner(t, directory);
    owner.kill('SIGKILL');
    await once(owner, 'exit');

    const next = await startEmbeddedPostgres({ directory, log: silent });
    t.equal(next.pid, pid);
    t.equal(next.url, url);
    t.same(await query(next, 'SELECT count(*)::int FROM kept'), [[2]]);

    // Not our child: nobody may have collected it when its number is looked at.
    process.kill(pid, 'SIGKILL');
    await next.ensureRunning();
    t.not(next.pid, pid);
    await next.stop();
    await t.rejects(query(next, 'SELECT 1'), { code: 'ECONNREFUSED' });
  });

  await t.test('where the last port is taken, a new owner listens on another', async (t) => {
    await postgres.stop();
    const squatter = createServer().listen(Number(new URL(url).port), '127.0.0.1');
    await once(squatter, 'listening');
    const next = await start(t, directory);
    t.not(next.url, url);
    t.same(await query(next, 'SELECT count(*)::int FROM kept'), [[2]]);
    await t.rejects(postgres.ensureRunning(), { code: 'HF_POSTGRES_PORT' });
    await next.stop();
    squatter.close();
    await once(squatter, 'close');
  });

  await t.test(
    'a left-over postmaster.pid that names another process of the same user is overcome',
    async (t) => {
      await postgres.stop();
      const { uid, gid } = await stat(join(directory, 'data'));
      const other = spawn('sleep', ['600'], { ...(process.getuid?.() === 0 ? { uid, gid } : {}), cwd: '/' });
      t.teardown(() => other.kill());
      await once(other, 'spawn');
      const pidFile = join(directory, 'data', 'postmaster.pid');
      const port = new URL(url).port;
      await writeFile(
        pidFile,
        `${other.pid}\n${join(directory, 'data')}\n1\n${port}\n\n127.0.0.1\n1 1\nready   \n`,
      );

      await postgres.ensureRunning();
      t.not(postgres.pid, other.pid);
      t.equal(other.exitCode ?? other.signalCode, null, 'the other process lives');
      t.same(await query(postgres, 'SELECT count(*)::int FROM kept'), [[2]]);
    },
  );

  await t.test('a broken start says why, with the end of the log', async (t) => {
    await postgres.stop();
    const configuration = join(directory, 'data', 'postgresql.conf');
    const whole = await readFile(configuration);
    await appendFile(configuration, "\nno_such_setting = 'x'\n");
    await t.rejects(postgres.ensureRunning(), { code: 'HF_POSTGRES_START', message: /no_such_setting/ });
    await writeFile(configuration, whole);
    await postgres.ensureRunning();
  });

  await t.test('a lost password is reported, not replaced', async (t) => {
    await rm(join(directory, 'password'));
    await t.rejects(startEmbeddedPostgres({ directory, log: silent }), { code: 'HF_POSTGRES_PASSWORD' });
  });
});

t.test('a first start that was killed half-way is begun afresh', async (t) => {
  const directory = await newDirectory(t);
  const halfMade = join(directory, `data.new-${noProcess}`);
  await mkdir(halfMade, { recursive: true });
  await writeFile(join(halfMade, 'PG_VERSION'), '18\n');
  const postgres = await start(t, directory);
  t.same(await query(postgres, 'SELECT 1'), [[1]]);
  await t.rejects(stat(halfMade), { code: 'ENOENT' });
});

t.test('two first starts at the same time end with one server', async (t) => {
  const directory = await newDirectory(t);
  const [one, other] = await Promise.all([startOwner(t, directory), startOwner(t, directory)]);
  const postgres = await start(t, directory);
  t.same([one.pid, other.pid], [postgres.pid, postgres.pid]);
});

t.test('a directory with other files in it is refused and left as it was', async (t) => {
  const directory = await newDirectory(t);
  await mkdir(directory, { mode: 0o755 });
  await writeFile(join(directory, 'letter.txt'), 'mine');
  const before = await stat(directory);
  const refused = startEmbeddedPostgres({ directory, log: silent });
  await t.rejects(
    refused,
    new EmbeddedPostgresError(
      'HF_POSTGRES_DIRECTORY',
      `${directory} holds other files; give an empty directory`,
    ),
  );
  const after = await stat(directory);
  t.same([after.mode, after.uid], [before.mode, before.uid]);
});

const notRoot =
  process.getuid?.() === 0 ? false : 'only root can have a directory that the server may not enter';
t.test('below a directory closed to the server, the cluster moves out', { skip: notRoot }, async (t) => {
  const directory = await newDirectory(t);
  await chmod(join(directory, '..'), 0o700);
  const postgres = await start(t, directory);
  t.same(await query(postgres, 'SELECT 1'), [[1]]);

  const home = await realpath(directory);
  t.match(home, /^\/var\/lib\/holdfast\/[0-9a-f]{16}$/);
  t.equal((await stat(`/proc/${postgres.pid}`)).uid, (await stat(join(directory, 'data'))).uid);

  const adopted = await startEmbeddedPostgres({ directory, log: silent });
  t.equal(adopted.pid, postgres.pid);
});
