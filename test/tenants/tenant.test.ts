import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import t, { type Test } from 'tap';
import { CHANNEL } from '../../parsers/batch.js';
import { PERSONAS } from '../../switch/load/personas.js';
import { CHANNELS, channelMask } from '../../tenants/channel.js';
import { loadTenants, PERSONAS_DIRECTORY, TenantError } from '../../tenants/tenant.js';

const GOOD = {
  name: 'lydia',
  description: 'a wallet',
  bins: [['99990102', '99990102']],
  currency: '978',
  limits: { perTransactionMinor: 150_000, perDayMinor: 300_000, perDayCount: 40 },
  channels: ['pos', 'contactless', 'ecommerce'],
  demoBalanceMinor: [5000, 80_000],
};

async function directoryOf(t: Test, files: Record<string, unknown>): Promise<string> {
  const directory = t.testdir();
  for (const [name, content] of Object.entries(files)) {
    await mkdir(directory, { recursive: true });
    const text = typeof content === 'string' ? content : JSON.stringify(content);
    await writeFile(path.join(directory, name), text);
  }
  return directory;
}

async function failure(directory: string): Promise<TenantError> {
  try {
    await loadTenants(directory);
  } catch (error) {
    if (error instanceof TenantError) return error;
    throw error;
  }
  throw new Error('the tenants were loaded');
}

t.test('JSON and YAML documents are tenants, indexed in the order of their names', async (t) => {
  const directory = await directoryOf(t, {
    'z.json': GOOD,
    'b.yaml': [
      'name: acme # the first by name',
      'bins: [["40000000", "40000099"], ["41000000", "41000000"]]',
      'currency: "840"',
      'limits: { perTransactionMinor: 1, perDayMinor: 999999999999, perDayCount: 65535 }',
      'channels: [atm]',
    ].join('\n'),
    'c.yml': JSON.stringify({ ...GOOD, name: 'm', bins: [['99990103', '99990104']] }, null, 1),
    'README.md': 'not a tenant',
  });
  const tenants = await loadTenants(directory);
  t.same(
    tenants.map(({ name, index }) => [name, index]),
    [
      ['acme', 0],
      ['lydia', 1],
      ['m', 2],
    ],
  );
  t.same(tenants[0]!.bins, [
    ['40000000', '40000099'],
    ['41000000', '41000000'],
  ]);
  t.same(tenants[1], { ...GOOD, index: 1 });
});

const REFUSED: readonly [why: string, document: unknown, code: string, message: RegExp][] = [
  [
    'a misspelt key',
    { ...GOOD, currancy: '978' },
    'HF_TENANT_UNKNOWN_KEY',
    /currancy: unknown key, did you mean 'currency'\?/,
  ],
  [
    'a misspelt key within',
    { ...GOOD, limits: { perTransactionMinor: 1, perDayMinor: 1, perDayCuont: 1 } },
    'HF_TENANT_UNKNOWN_KEY',
    /limits\.perDayCuont: unknown key, did you mean 'perDayCount'\?\n.*limits\.perDayCount: must be given: a whole number from 1 to 65535/,
  ],
  ['a key like no other', { ...GOOD, zebra: 1 }, 'HF_TENANT_UNKNOWN_KEY', /zebra: unknown key$/],
  [
    'a missing key',
    { ...GOOD, bins: undefined },
    'HF_TENANT_MISSING',
    /bins: must be given: a list of 1 to 1000 pairs/,
  ],
  [
    'a misspelt channel',
    { ...GOOD, channels: ['pos', 'ecomerce'] },
    'HF_TENANT_INVALID',
    /channels\[1\]: must be one of pos, .*, not "ecomerce"; did you mean 'ecommerce'\?/,
  ],
  [
    'a channel twice',
    { ...GOOD, channels: ['pos', 'pos'] },
    'HF_TENANT_INVALID',
    /channels: must be a list of 1 to 5, each once, not a list of 2/,
  ],
  [
    'a rule of limits',
    { ...GOOD, rules: { rules: [{ name: 'a', kind: 'blok' }] } },
    'HF_TENANT_INVALID',
    /rules\.rules\[0\]\.kind: must be one of block, .*; did you mean 'block'\?$/,
  ],
  [
    'a contradiction of limits',
    { ...GOOD, cardGroups: [{ name: 'a', number: 1, rules: { rules: [], timeZone: 'Mars' } }] },
    'HF_TENANT_INVALID',
    /cardGroups\[0\]\.rules\.timeZone: there is no time zone 'Mars'/,
  ],
  [
    'two groups of one number',
    { ...GOOD, cardGroups: ['a', 'b'].map((name) => ({ name, number: 1, rules: { rules: [] } })) },
    'HF_TENANT_INVALID',
    /cardGroups\[1\]\.number: 1 is the number of cardGroups\[0\] too/,
  ],
  ['no channel', { ...GOOD, channels: [] }, 'HF_TENANT_INVALID', /channels: must be a list of 1 to 5/],
  [
    'a name in capitals',
    { ...GOOD, name: 'Lydia' },
    'HF_TENANT_INVALID',
    /name: must be a lower-case letter.*, not "Lydia"/,
  ],
  ['a name of 32', { ...GOOD, name: 'a'.repeat(32) }, 'HF_TENANT_INVALID', /name: must be/],
  [
    'a BIN of 6 digits',
    { ...GOOD, bins: [['999901', '999901']] },
    'HF_TENANT_INVALID',
    /bins\[0\]\[0\]: must be 8 digits in quotes, not "999901"/,
  ],
  [
    'a BIN that is a number',
    { ...GOOD, bins: [[99990102, 99990102]] },
    'HF_TENANT_INVALID',
    /bins\[0\]\[0\]: must be 8 digits in quotes, not 99990102/,
  ],
  [
    'a range upside down',
    { ...GOOD, bins: [['99990103', '99990102']] },
    'HF_TENANT_INVALID',
    /bins\[0\]: .*ends before it begins/,
  ],
  [
    'a range of one end',
    { ...GOOD, bins: [['99990103']] },
    'HF_TENANT_INVALID',
    /bins\[0\]: must be a list of 2, not a list of 1/,
  ],
  [
    'a merchant category of three digits',
    { ...GOOD, holds: { rules: [{ mcc: ['581'], hours: 1 }] } },
    'HF_TENANT_INVALID',
    /holds\.rules\[0\]\.mcc\[0\]: must be a merchant category as "5812", .*not "581"/,
  ],
  [
    'categories upside down',
    { ...GOOD, holds: { rules: [{ mcc: ['5812', '3999-3501'], hours: 1 }] } },
    'HF_TENANT_INVALID',
    /holds\.rules\[0\]\.mcc\[1\]: the range 3999-3501 ends before it begins/,
  ],
  [
    'a hold of no time',
    { ...GOOD, holds: { rules: [{ mcc: ['5812'], hours: 0 }] } },
    'HF_TENANT_INVALID',
    /holds\.rules\[0\]\.hours: must be a whole number from 1 to 8784, not 0/,
  ],
  [
    'a scheme that is none',
    { ...GOOD, holds: { scheme: 'vissa' } },
    'HF_TENANT_INVALID',
    /holds\.scheme: must be one of visa, mastercard, plain, not "vissa"; did you mean 'visa'\?/,
  ],
  [
    'a rate that is a number',
    { ...GOOD, rates: [{ from: '840', to: '978', rate: 0.92 }] },
    'HF_TENANT_INVALID',
    /rates\[0\]\.rate: must be a decimal number in quotes.*, not 0\.92/,
  ],
  [
    'a rate of eight digits',
    { ...GOOD, rates: [{ from: '840', to: '978', rate: '1.2345678' }] },
    'HF_TENANT_INVALID',
    /rates\[0\]\.rate: 1\.2345678 is nothing, or has more than seven digits/,
  ],
  [
    'a rate of nothing',
    { ...GOOD, rates: [{ from: '840', to: '978', rate: '0.000' }] },
    'HF_TENANT_INVALID',
    /rates\[0\]\.rate: 0\.000 is nothing/,
  ],
  [
    'an amount of 0',
    { ...GOOD, limits: { ...GOOD.limits, perDayMinor: 0 } },
    'HF_TENANT_INVALID',
    /limits\.perDayMinor: must be a whole number from 1 to 999999999999, not 0/,
  ],
  [
    'an amount with cents',
    { ...GOOD, limits: { ...GOOD.limits, perDayMinor: 19.5 } },
    'HF_TENANT_INVALID',
    /perDayMinor: .*not 19\.5/,
  ],
  [
    'an amount too great',
    { ...GOOD, limits: { ...GOOD.limits, perDayMinor: 1e12 } },
    'HF_TENANT_INVALID',
    /perDayMinor/,
  ],
  [
    'a count of 65,536',
    { ...GOOD, limits: { ...GOOD.limits, perDayCount: 65_536 } },
    'HF_TENANT_INVALID',
    /perDayCount: must be a whole number from 1 to 65535/,
  ],
  [
    'a currency in letters',
    { ...GOOD, currency: 'EUR' },
    'HF_TENANT_INVALID',
    /currency: must be 3 digits in quotes/,
  ],
  [
    'balances upside down',
    { ...GOOD, demoBalanceMinor: [2, 1] },
    'HF_TENANT_INVALID',
    /demoBalanceMinor: the least, 2, is above/,
  ],
  ['a list', [GOOD], 'HF_TENANT_INVALID', /must be a mapping of keys to values, not a list of 1/],
  ['no JSON', '{"name": "lydia",}x', 'HF_TENANT_SYNTAX', /line 1, column \d+: not JSON/],
  [
    'a key given twice',
    '{"name": "lydia",\n "name": "qonto"}',
    'HF_TENANT_SYNTAX',
    /line 2, column 2: a key is given twice/,
  ],
  ['a megabyte', ' '.repeat(1024 * 1024 + 1), 'HF_TENANT_TOO_LARGE', /at most 1048576 bytes, not 1048577/],
];

for (const [why, document, code, message] of REFUSED) {
  t.test(`a document with ${why} is refused by file, field and rule`, async (t) => {
    const error = await failure(await directoryOf(t, { 'one.json': document }));
    t.equal(error.code, code);
    t.match(error.message, message);
    t.match(error.message, /one\.json: /);
  });
}

t.test('a PAN where a BIN belongs is not told in clear', async (t) => {
  const pan = '9999010212345678';
  const error = await failure(await directoryOf(t, { 'one.json': { ...GOOD, bins: [[pan, pan]] } }));
  t.notMatch(error.message, pan);
  t.match(error.message, '999901******5678');
});

t.test('two tenants of one name are refused by both files', async (t) => {
  const other = { ...GOOD, bins: [['99990109', '99990109']] };
  const error = await failure(await directoryOf(t, { 'a.json': GOOD, 'b.json': other }));
  t.match(error.message, /b\.json: name: 'lydia' is the name of the tenant in .*a\.json too/);
});

t.test('two programmes are refused by both files, and one is checked as rules are', async (t) => {
  const rules = [{ name: 'embargo', kind: 'block', when: { country: 'KP' } }];
  const other = { ...GOOD, name: 'qonto', bins: [['99990109', '99990109']] };
  const two = { 'a.json': { ...GOOD, programme: { rules } }, 'b.json': { ...other, programme: { rules } } };
  t.match(await failure(await directoryOf(t, two)), {
    code: 'HF_TENANT_INVALID',
    message: /b\.json: programme: only one tenant may have it, and the one in .*a\.json does/,
  });
  const wrong = {
    'a.json': { ...GOOD, programme: { rules: [{ ...rules[0], kind: 'blok' }] } },
    'b.json': other,
  };
  t.match((await failure(await directoryOf(t, wrong))).message, /programme\.rules\[0\]\.kind: .*'block'/);
});

t.test('BIN ranges that overlap are refused, also within a third and within one tenant', async (t) => {
  const bins = (name: string, ...bins: string[][]) => ({ ...GOOD, name, bins });
  const wide = await directoryOf(t, {
    'a.json': bins('a', ['10000000', '19999999']),
    'b.json': bins('b', ['11000000', '11000000']),
    'c.json': bins('c', ['19999999', '20000000']),
  });
  const { problems } = await failure(wide);
  t.same(
    problems.map(({ source, path: place }) => [path.basename(source), place]),
    [
      ['b.json', 'bins[0]'],
      ['c.json', 'bins[0]'],
    ],
  );
  t.match(problems[1]!.text, /19999999–20000000 overlaps 10000000–19999999 \(bins\[0\] of .*a\.json\)/);
  const own = await directoryOf(t, {
    'd.json': bins('d', ['30000000', '30000001'], ['30000001', '30000002']),
  });
  t.match((await failure(own)).message, /bins\[1\]: .*overlaps/);
});

t.test('every problem of every document is told at once', async (t) => {
  const error = await failure(
    await directoryOf(t, {
      'a.json': { ...GOOD, name: 1 },
      'b.yaml': 'name: [',
      'c.json': { ...GOOD, x: 1 },
    }),
  );
  t.same(
    [...new Set(error.problems.map(({ source }) => path.basename(source)))],
    ['a.json', 'b.yaml', 'c.json'],
  );
});

t.test('a directory without a document, and no directory, are refused', async (t) => {
  const directory = t.testdir({ 'notes.txt': '' });
  t.equal((await failure(directory)).code, 'HF_TENANT_MISSING');
  t.equal((await failure(path.join(directory, 'none'))).code, 'HF_TENANT_UNREADABLE');
});

t.test('YAML aliases cannot fill memory', async (t) => {
  const laughs = ['a: &a [x, x, x, x, x, x, x, x, x, x]'];
  for (const [one, next] of ['ab', 'bc', 'cd', 'de', 'ef', 'fg']) {
    laughs.push(`${next}: &${next} [${Array(10).fill(`*${one}`).join(', ')}]`);
  }
  t.equal(
    (await failure(await directoryOf(t, { 'laughs.yaml': laughs.join('\n') }))).code,
    'HF_TENANT_SYNTAX',
  );
});

t.test(
  'the demo tenants are those of the traffic generator, each in its test BIN and usable at a shop',
  async (t) => {
    const tenants = await loadTenants(PERSONAS_DIRECTORY);
    t.same(
      tenants.map(({ name }) => name),
      Object.keys(PERSONAS).sort(),
    );
    for (const tenant of tenants) {
      t.match(tenant.bins[0]![0], /^9999010[1-9]$/);
      t.ok(tenant.channels.includes('pos'), tenant.name);
      t.equal(tenant.currency, '978');
    }
  },
);

t.test(
  'most of what the traffic generator buys is within the demo tenants’ channels and limits',
  async (t) => {
    for (const tenant of await loadTenants(PERSONAS_DIRECTORY)) {
      const { purchases } = PERSONAS[tenant.name]!;
      let within = 0;
      let all = 0;
      for (const { weight, processingCode, entryMode, amountMin, amountMax } of purchases) {
        const channel =
          processingCode === '010000'
            ? 'atm'
            : ({ '051': 'pos', '071': 'contactless', '812': 'ecommerce' } as const)[entryMode]!;
        t.ok(tenant.channels.includes(channel), `${tenant.name} on ${channel}`);
        const limit = tenant.limits.perTransactionMinor;
        within += weight * Math.min(1, Math.max(0, (limit - amountMin) / (amountMax - amountMin)));
        all += weight;
      }
      t.ok(within / all > 0.7, `${tenant.name}: ${within / all}`);
    }
  },
);

t.test('a mask of channels has the bits of the parsers’ records', async (t) => {
  for (const channel of CHANNELS) t.equal(channelMask([channel]), CHANNEL[channel]);
  t.equal(channelMask(['atm', 'pos', 'pos']), CHANNEL.atm | CHANNEL.pos);
  t.same([...CHANNELS].sort(), Object.keys(CHANNEL).sort());
});
