import { readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import t from 'tap';
import { type ListedCard, listDemoKeys } from '../../switch/demo-cards.js';
import { luhnDigit } from '../../tenants/luhn.js';
import { ApiClient } from './api/api-client.js';
import {
  authorisation,
  IsoClient,
  networkMessage,
  type PackageMessage,
  pack,
  reversalOf,
} from './iso-client.js';
import { connectDatabase, get, metricsOf, newConfig, newDirectory } from './running-switch.js';
import { type Ended, holdfast, startProcess } from './switch-process.js';

t.setTimeout(90_000);

/** A PAN in the forms in which one may slip out: digits, their bytes in hexadecimal, packed two to a byte. */
function formsOf(pan: string): readonly Buffer[] {
  const digits = Buffer.from(pan, 'latin1');
  const hex = Buffer.from(digits.toString('hex'), 'latin1');
  return [digits, hex, Buffer.from(pan, 'hex'), Buffer.from(`${pan.slice(0, 8)} ${pan.slice(8)}`)];
}

/** The PANs that `bytes` hold in any form, as their positions in `pans`. */
function found(bytes: Buffer, pans: readonly string[]): number[] {
  return pans.flatMap((pan, at) => (formsOf(pan).some((form) => bytes.includes(form)) ? [at] : []));
}

/** Every file below a directory. */
async function filesBelow(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath, entry.name));
}

t.test('the search itself finds a PAN in every form', async (t) => {
  const [pan, other] = ['9999010212345678', '9999010287654321'];
  for (const form of formsOf(pan)) {
    const hidden = Buffer.concat([Buffer.from([0, 1, 2]), form, Buffer.from('=3012')]);
    t.same(found(hidden, [other, pan]), [1]);
  }
  t.same(found(Buffer.from(`999901******5678 ${pan.slice(0, 15)}`), [pan]), []);
});

t.test('no PAN leaves the switch, whatever happens to it', async (t) => {
  const directory = await newDirectory(t);
  const config = await newConfig(directory);
  const at = ['--config', path.join(directory, 'holdfast.json'), '--data-directory', config.dataDirectory];
  const process = await startProcess(t, [...at, '--http-port', '0', '--log-level', 'trace']);
  const run = async (...args: string[]): Promise<Ended> => holdfast(t, args).ended;
  const list = async (...args: string[]) =>
    JSON.parse((await run('demo', 'cards', '--json', ...at, ...args)).stdout) as ListedCard[];
  const cards = (await list('--tenant', 'lydia')).slice(0, 6);
  const declined = await list('--tenant', 'lydia', '--declined');
  const pans = [...cards, ...declined].map(({ pan }) => pan);
  const client = await IsoClient.connect(t, process.port);
  const spoken: Buffer[] = [];

  await t.test('messages good, declined and malformed', async (t) => {
    const codes = new Set<string>();
    const ask = async (message: PackageMessage) => codes.add((await client.request(message))[39]!);
    for (const card of cards) {
      const request = authorisation(card, 100);
      await ask(request);
      await ask({ ...request, 4: '000000000200' });
      await ask(reversalOf(request));
      await ask(authorisation(card, 100, { 2: '', 35: `${card.pan}=${card.expiry}1010000000000` }));
      await ask(authorisation(card, 100, { 43: card.pan.padEnd(40), 48: card.pan, 14: '3013' }));
    }
    for (const card of declined) await ask(authorisation(card, 100, {}, card.channel));
    t.same([...codes].sort(), ['00', '14', '30', '41', '43', '51', '54', '57', '62', '78', '94']);

    for (const { pan, expiry } of cards) {
      for (const body of brokenMessages(pan, expiry)) {
        const header = Buffer.alloc(2);
        header.writeUInt16BE(body.length);
        client.socket.write(Buffer.concat([header, body]));
      }
    }
    await ask(networkMessage('301'));
    const loud = await IsoClient.connect(t, process.port);
    const closed = new Promise((resolve) => loud.socket.on('close', resolve));
    // Taken for a length of 14,649, it closes the connection.
    loud.socket.write(pans[0]!);
    await closed;
  });

  await t.test('the API', async (t) => {
    const api = new ApiClient(process, (await listDemoKeys(config, 'lydia'))[0]!.key);
    const body = '999901027654321';
    const pan = body + luhnDigit(body);
    const account = (await api.post('/v1/accounts', { currency: 'EUR' })).body.id;
    const asked = [
      [201, await api.post('/v1/cards', { account, pan }, { 'idempotency-key': pan })],
      [409, await api.post('/v1/cards', { account, pan })],
      [422, await api.post('/v1/cards', { account, pan: `${body}${(luhnDigit(body) + 1) % 10}` })],
      [400, await api.post('/v1/cards', { account, pan: `${pan}X` })],
      [400, await api.post('/v1/cards', { account, [pan]: pan })],
      [400, await api.get(`/v1/cards/${pan}`)],
      [400, await api.get(`/v1/cards?cursor=${pan}`)],
      [404, await api.get(`/v1/${pan}`)],
      [
        200,
        await api.request('POST', '/v1/cards/import', `{"pan":"${pan}"}\n${pan}\n{"pan":${pan}`, {
          'content-type': 'application/x-ndjson',
        }),
      ],
    ] as const;
    for (const [status, response] of asked) {
      t.equal(response.status, status);
      spoken.push(Buffer.from(response.text));
    }
    pans.push(pan);
    t.equal(
      (await api.get(`/v1/cards/${asked[0][1].body.id}/pan`)).body.pan,
      pan,
      'but where it is asked for',
    );
  });

  await t.test('commands', async (t) => {
    const to = ['--to', `127.0.0.1:${process.port}`];
    const file = path.join(directory, 'cards.json');
    await writeFile(file, JSON.stringify(cards));
    const pan = pans[0]!;
    const track = `35=${pan}=30121010000000000`;
    const fields = ['3=000000', '4=100', '49=978', '22=051'];
    const asked = [
      [0, ['send', '0100', `2=${pan}`, ...fields, ...to]],
      [0, ['send', '0100', `2=${pan}`, ...fields, '--json', ...to]],
      [1, ['send', '0100', track, ...fields, '14=2001', ...to]],
      [2, ['send', '0100', `2=${pan}X`, ...fields, ...to]],
      [2, ['send', '0100', `3=${pan}`, ...to]],
      [2, ['send', pan, `2=${pan}`, ...to]],
      [2, ['send', '--message', `{"mti":"0100","fields":{"2":${pan}}}`, ...to]],
      [2, ['send', '--message', `{"mti":"0100","fields":{"2":"${pan}"`, ...to]],
      [0, ['simulate', '--rate', '300', '--for', '1', '--cards', file, ...to]],
    ] as const;
    for (const [code, args] of asked) {
      const ended = await run(...args);
      t.equal(ended.code, code, `${args[0]} ${ended.stderr}`);
      spoken.push(Buffer.from(`${ended.stdout}\n${ended.stderr}`));
    }
    t.match(Buffer.concat(spoken).toString(), /\d{6}\*{6}\d{4}/, 'what is shown is masked');
  });

  await t.test('the tables', async (t) => {
    const database = await connectDatabase(t, config);
    for (const table of ['journal', 'card', 'tenant', 'lease', 'token_key', 'audit', 'idempotency']) {
      const { rows } = await database.query<unknown[]>({
        text: `SELECT * FROM holdfast.${table}`,
        rowMode: 'array',
      });
      t.ok(rows.length > 0, `${table} has ${rows.length} rows`);
      const values = rows.flat().map((value) => (Buffer.isBuffer(value) ? value : Buffer.from(`${value}\0`)));
      t.same(found(Buffer.concat(values), pans), [], table);
    }
  });

  await t.test('metrics, and what the process wrote', async (t) => {
    const metrics = await get(process, '/metrics');
    t.ok((await metricsOf(process)).get('holdfast_frames_refused_total{reason="bad_content"}')! > 0);
    process.child.kill('SIGTERM');
    const { code, stdout, stderr } = await process.ended;
    t.equal(code, 0);
    t.match(stderr, /message refused/);
    spoken.push(Buffer.from(`${metrics.text}\n${stdout}\n${stderr}`));
    t.same(found(Buffer.concat(spoken), pans), []);
  });

  await t.test('every file of the data directory: tables, write-ahead log, server log', async (t) => {
    const files = await filesBelow(config.dataDirectory);
    t.ok(files.some((file) => file.endsWith('.log')));
    t.ok(files.some((file) => file.includes('pg_wal')));
    const holding: string[] = [];
    for (const file of files) if (found(await readFile(file), pans).length > 0) holding.push(file);
    t.same(holding, []);
    const planted = path.join(config.dataDirectory, 'planted');
    await writeFile(planted, `x${pans[0]}x`);
    t.same(found(await readFile(planted), pans), [0], 'and would be found');
  });
});

/** Messages with a PAN that are refused for different reasons, at different places. */
function brokenMessages(pan: string, expiry: string): Buffer[] {
  const card = { pan, expiry, currency: '978' };
  const whole = pack(authorisation(card, 100)).subarray(2);
  const letter = Buffer.from(whole);
  letter[letter.indexOf(pan) + 15] = 0x58;
  const bitmap = (...bytes: number[]) => Buffer.from([...bytes, ...Array(8 - bytes.length).fill(0)]);
  const text = (value: string) => Buffer.from(value, 'latin1');
  return [
    letter,
    text(pan),
    text(`0100${pan}${pan}`),
    whole.subarray(0, whole.length - 4),
    Buffer.concat([whole, text(pan)]),
    Buffer.concat([text('0100'), bitmap(0x40), text(`99${pan}`)]),
    Buffer.concat([text('0100'), bitmap(0x20), text(pan)]),
    Buffer.concat([text('0100'), bitmap(0, 0, 0, 0, 0x20), text(`21${pan}D${expiry}X`)]),
    Buffer.concat([text('0800'), bitmap(0, 0x20), text(pan)]),
    Buffer.concat([text('0110'), bitmap(0x40), text(`16${pan}`)]),
  ];
}
