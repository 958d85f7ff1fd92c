import { Readable } from 'node:stream';
import t from 'tap';
import { csvFields, csvObject, linesOf } from '../../../tenants/api/import-lines.js';

async function lines(...chunks: readonly (string | Buffer)[]): Promise<string[]> {
  const found: string[] = [];
  const bytes = chunks.map((chunk) => Buffer.from(chunk));
  for await (const line of linesOf(Readable.from(bytes))) found.push(line);
  return found;
}

t.test('lines are the same however the stream is cut', async (t) => {
  const text = '\n{"a":"é"}\r\n\r\n two \n💳\nlast';
  const expected = ['{"a":"é"}', 'two', '💳', 'last'];
  t.same(await lines(text), expected);
  t.same(await lines(...[...Buffer.from(text)].map((byte) => Buffer.of(byte))), expected);
  t.same(await lines(), []);
});

t.test('a line without end is refused, before it is in memory', async (t) => {
  await t.rejects(lines('a'.repeat(4097)), { code: 'HF_TOO_LARGE' });
  await t.rejects(lines(...Array<string>(5000).fill('a')), { code: 'HF_TOO_LARGE' });
  t.equal((await lines('a'.repeat(4096)))[0]!.length, 4096);
});

t.test('fields of CSV, as RFC 4180 has them', async (t) => {
  for (const [line, fields] of [
    ['a,b', ['a', 'b']],
    ['a, b ,', ['a', 'b', '']],
    ['', ['']],
    ['"a,b","say ""hi""",""', ['a,b', 'say "hi"', '']],
    ['a"b', ['a"b']],
    ['"a', undefined],
    ['"a"b,c', undefined],
  ] as const) {
    t.same(csvFields(line), fields, line);
  }
  const header = ['pan', 'exp_month', 'channels', 'account'];
  t.same(csvObject(header, ['9999', '07', 'pos atm', '']), {
    pan: '9999',
    exp_month: 7,
    channels: ['pos', 'atm'],
  });
  t.same(csvObject(header, ['', 'soon', '', '', 'more']), { exp_month: 'soon', 'column 5': 'more' });
});
