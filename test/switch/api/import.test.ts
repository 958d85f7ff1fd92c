import t from 'tap';
import { luhnDigit } from '../../../tenants/luhn.js';
import { authorisation, IsoClient } from '../iso-client.js';
import { startTestSwitch } from '../running-switch.js';
import { ApiClient } from './api-client.js';

t.setTimeout(120_000);
const system = await startTestSwitch(t, { projector: { enabled: false } });
const lydia = await ApiClient.of(system, 'lydia');

async function imported(lines: string, type = 'application/x-ndjson', headers = {}) {
  const response = await lydia.request('POST', '/v1/cards/import', lines, {
    'content-type': type,
    ...headers,
  });
  const reports =
    response.status === 200
      ? response.text
          .trim()
          .split('\n')
          .map((line) => JSON.parse(line))
      : [];
  return { ...response, reports };
}

function pan(serial: number): string {
  const body = `99990102${String(9_000_000 + serial)}`;
  return body + luhnDigit(body);
}

t.test('each line has its report, and a wrong one stops no other', async (t) => {
  const { body: account } = await lydia.post('/v1/accounts', { currency: 'USD', overdraft: 1000 });
  const lines = [
    { pan: pan(1), account: account.id, exp_month: 3, exp_year: 2030 },
    { pan: pan(1), exp_month: 3, exp_year: 2030 },
    { pan: pan(2).slice(0, -1) },
    { currency: 'EUR', overdraft: 700, exp_month: 5, exp_year: 2031, channels: ['pos'] },
    { account: `acct_${'0'.repeat(32)}` },
    { account: account.id, color: 'red', exp_month: 13 },
  ].map((line) => JSON.stringify(line));
  const { status, text, reports } = await imported([...lines, '', '{"pan": 12', 'null'].join('\n'));
  t.equal(status, 200);
  t.notMatch(text, /\b\d{12,19}\b/, 'no PAN');
  t.match(reports, [
    { line: 1, status: 'issued', account: account.id, first6: '999901', last4: pan(1).slice(-4) },
    { line: 2, status: 'exists' },
    { line: 3, status: 'refused', errors: [{ pointer: '/pan', rule: 'luhn' }] },
    { line: 4, status: 'issued', card: /^card_/ },
    { line: 5, status: 'refused', errors: [{ pointer: '/account', rule: 'exists' }] },
    {
      line: 6,
      status: 'refused',
      errors: [{ pointer: '/color' }, { pointer: '/exp_month', rule: 'maximum' }],
    },
    { line: 7, status: 'refused', errors: [{ rule: 'syntax' }] },
    { line: 8, status: 'refused', errors: [{ rule: 'type' }] },
  ]);
  t.equal(reports.length, 8);
  const card = (await lydia.get(`/v1/cards/${reports[3].card}`)).body;
  t.match(card, { currency: 'EUR', exp_month: 5, exp_year: 2031, channels: ['pos'], status: 'active' });
  t.equal((await lydia.get(`/v1/accounts/${card.account}`)).body.overdraft, 700);
  const processor = await IsoClient.connect(t, system.port);
  const plastic = { pan: pan(1), expiry: '3003', currency: '840' };
  t.equal((await processor.request(authorisation(plastic, 900)))[39], '00');
});

t.test('CSV has a header, and quotes', async (t) => {
  const csv = [
    'pan,exp_month,exp_year,channels,overdraft',
    `"${pan(11)}",07,2032,"pos ecommerce",500`,
    `${pan(12)},7,2032,,`,
    `${pan(13)},7,2032`,
    `${pan(14)},"7`,
    `${pan(15)},soon,2032,,`,
  ].join('\r\n');
  const { reports } = await imported(csv, 'text/csv; charset=utf-8');
  t.match(reports, [
    { line: 1, status: 'issued' },
    { line: 2, status: 'issued' },
    { line: 3, status: 'issued' },
    { line: 4, status: 'refused', errors: [{ rule: 'syntax' }] },
    { line: 5, status: 'refused', errors: [{ pointer: '/exp_month', rule: 'type' }] },
  ]);
  const card = (await lydia.get(`/v1/cards/${reports[0].card}`)).body;
  t.match(card, { exp_month: 7, channels: ['pos', 'ecommerce'] });
});

t.test('sent again with its key, it makes no card twice', async (t) => {
  const lines = Array.from({ length: 30 }, () => '{"currency":"EUR"}').join('\n');
  const key = { 'idempotency-key': 'an import' };
  const first = await imported(lines, undefined, key);
  t.equal(new Set(first.reports.map(({ card }) => card)).size, 30);
  const again = await imported(lines, undefined, key);
  t.same(again.reports, first.reports);
  const other = await imported(lines);
  t.not(other.reports[0].card, first.reports[0].card);
});

t.test('thousands at once, while a card is answered in between', async (t) => {
  const cards = 5000;
  const lines = Array.from({ length: cards }, () => '{}').join('\n');
  const [listed] = (
    await imported(JSON.stringify({ pan: pan(21), overdraft: 1000, exp_month: 1, exp_year: 2033 }))
  ).reports;
  t.equal(listed.status, 'issued');
  const processor = await IsoClient.connect(t, system.port);
  const plastic = { pan: pan(21), expiry: '3301', currency: '978' };
  let done = false;
  const importing = imported(lines).finally(() => {
    done = true;
  });
  let answered = 0;
  while (!done && answered < 30) {
    t.equal((await processor.request(authorisation(plastic, 1)))[39], '00');
    answered++;
  }
  t.ok(answered > 5, `${answered} answers`);
  const { reports } = await importing;
  t.equal(reports.filter(({ status }) => status === 'issued').length, cards);
  t.equal(new Set(reports.map(({ card }) => card)).size, cards);
});

t.test('what is no such stream is refused', async (t) => {
  const json = await imported('{}', 'application/json');
  t.match(json, { status: 415, body: { code: 'HF_MEDIA_TYPE' } });
  const long = await imported(`{"pan":"${'9'.repeat(5000)}"}`);
  t.match(long, { status: 413, body: { code: 'HF_TOO_LARGE' } });
});
