import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import t, { type Test } from 'tap';
import { ApiClient } from '../api/api-client.js';
import { authorisation, IsoClient } from '../iso-client.js';
import { cardsOf, startTestSwitch } from '../running-switch.js';
import { holdfast } from './run-tool.js';

t.setTimeout(120_000);
const MESSAGES = 1500;
const DAY = { name: 'a day', kind: 'velocity', window: 'day', amountMinor: 30_000 };
const NO_GAMES = { name: 'no games', kind: 'block', when: { mcc: 'gambling' } };
const system = await startTestSwitch(t, { projector: { enabled: false } });
const { dataDirectory } = system.config;
const settings = [
  ...['--data-directory', dataDirectory],
  ...['--config', path.join(path.dirname(dataDirectory), 'holdfast.json')],
];

/** Lets a real switch write the journal that is tried. @returns the row from which on the rules are in force */
async function recorded(t: Test): Promise<number> {
  const lydia = await ApiClient.of(system, 'lydia');
  const put = { rules: { rules: [DAY, NO_GAMES] } };
  const { sequence } = (await lydia.request('PUT', '/v1/configuration', put)).body;
  const cards = await cardsOf(system, 'lydia');
  const processor = await IsoClient.connect(t, system.port);
  const messages = Array.from({ length: MESSAGES }, (_, number) => ({
    ...authorisation(cards[number % cards.length]!, 100 + ((number * 7919) % 900)),
    11: String(number).padStart(6, '0'),
    18: number % 5 === 0 ? '7995' : '5411',
  }));
  for (let at = 0; at < MESSAGES; at += 500) await processor.requestAll(messages.slice(at, at + 500));
  return sequence;
}

const from = String(await recorded(t));
const backtest = (...args: readonly string[]) =>
  holdfast(['backtest', '--tenant', 'lydia', ...settings, ...args]);

async function draftOf(t: Test, document: unknown): Promise<string> {
  const file = path.join(t.testdir({}), 'draft.yaml');
  await writeFile(file, typeof document === 'string' ? document : JSON.stringify(document));
  return file;
}

t.test('the limits that were in force decide everything as before', async (t) => {
  const said = await backtest('--from', from);
  t.match([said.code, said.err], [0, '']);
  t.match(said.out, /^lydia: rows \d+ to \d+, .*\n1,500 authorisations decided again/);
  t.match(said.out, / newly declined +0\n +newly approved +0\n/);
});

t.test('a draft says what would come of it, by rule, with examples that show no card', async (t) => {
  const draft = await draftOf(t, { rules: [{ ...DAY, amountMinor: 15_000 }] });
  const said = await backtest('--from', from, '--draft', draft);
  t.match([said.code, said.err], [1, '']);
  t.match(said.out, /newly approved +[1-9]/);
  t.match(
    said.out,
    /rule 'a day' decided [\d,]+, of which were approved in full before: [1-9]\d*, [\d.]+ EUR/,
  );
  t.match(said.out, /row \d+ entry \d+, .*: \d\.\d\d EUR at category 7995, 57 → 00 \(newly approved\)/);
  const json = await backtest('--from', from, '--draft', draft, '--json');
  const report = JSON.parse(json.out);
  t.match([json.code, report.messages], [1, MESSAGES]);
  t.equal(report.differences, MESSAGES - report.outcomes.approvedAsBefore - report.outcomes.declinedAsBefore);
  for (const { pan } of await cardsOf(system, 'lydia')) t.notOk(json.out.includes(pan));
});

t.test('what can’t be tried is said, with an exit code', async (t) => {
  const wrong = await draftOf(t, { rules: [{ ...DAY, kind: 'velocty' }] });
  t.match(await backtest('--draft', wrong), { code: 65, err: /draft\.yaml: rules\[0\]\.kind: .*velocity/ });
  t.match(await backtest('--from', '1000000'), { code: 65, err: /there are no rows/ });
  const nobody = await holdfast(['backtest', '--tenant', 'nobody', ...settings]);
  t.match(nobody, { code: 65, err: /nobody/ });
  t.equal((await backtest('--from', 'yesterday')).code, 64);
});
