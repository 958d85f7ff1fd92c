import { writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import t, { type Test } from 'tap';
import { DIALECT_NAMES } from '../../parsers/dialects/index.js';
import { ConfigError, type ConfigSources, loadConfig } from '../../switch/config.js';

const load = (sources: Partial<ConfigSources>) =>
  loadConfig({ flags: {}, environment: {}, cwd: '/nowhere', ...sources });

async function failure(loading: Promise<unknown>): Promise<ConfigError> {
  const error = await loading.then(
    () => new Error('the configuration was loaded'),
    (error: unknown) => error,
  );
  if (error instanceof ConfigError) return error;
  throw error;
}

async function fileWith(t: Test, content: unknown, name = 'holdfast.json'): Promise<string> {
  const file = path.join(t.testdir(), name);
  await writeFile(file, typeof content === 'string' ? content : JSON.stringify(content));
  return file;
}

t.test('with nothing said, every setting has its default', async (t) => {
  t.same(await load({ environment: { PATH: '/bin' } }), {
    dataDirectory: '/nowhere/.holdfast',
    tenantsDirectory: undefined,
    demo: true,
    cardsPerTenant: 1000,
    database: undefined,
    databases: { second: { url: undefined, tenants: ['xpollens'] } },
    host: '0.0.0.0',
    http: { host: '0.0.0.0', port: 8580, requestsPerMinute: 6000 },
    outbound: { networks: [] },
    links: [
      {
        name: 'default',
        host: '0.0.0.0',
        port: 8583,
        dialect: 'iso87-ascii',
        framing: 'length2',
        signOnRequired: false,
        messageKey: 'transmission',
        duplicateWindowHours: 168,
        frameBytesMax: 4096,
        idleFrameMs: 10_000,
        connectionsMax: 5000,
      },
    ],
    commitTimeoutMs: 1000,
    parserThreads: Math.max(1, availableParallelism() - 1),
    batch: { count: 16, messages: 512, bytes: 131_072 },
    writeBacklogBytesMax: 4 * 1024 * 1024,
    writeBacklogMsMax: 30_000,
    drainMs: 8000,
    prover: { enabled: true, everyCommands: 100_000, everySeconds: 60 },
    projector: { enabled: true, pollMs: 200, batchBytes: 262_144 },
    webhooks: {
      enabled: true,
      pollMs: 200,
      timeoutMs: 15_000,
      retrySeconds: [5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400],
      disableAfterHours: 120,
    },
    logLevel: 'info',
    keysFile: undefined,
    node: undefined,
    leaseTtlMs: 3000,
    tenants: undefined,
    shared: false,
  });
  t.same(await load({}), await load({}), 'and none is changed by another loading');
});

t.test('flags come before environment, environment before file, file before defaults', async (t) => {
  const file = await fileWith(t, {
    host: '10.0.0.1',
    http: { port: 1 },
    links: [{ name: 'visa', port: 2 }],
    cardsPerTenant: 3,
    logLevel: 'warn',
    drainMs: 4,
  });
  const config = await load({
    flags: { config: file, httpPort: '11', port: '12' },
    environment: { HOLDFAST_PORT: '22', HOLDFAST_CARDS_PER_TENANT: '23', HOLDFAST_LOG_LEVEL: 'debug' },
  });
  t.match(config, {
    http: { port: 11 },
    links: [{ port: 12 }],
    cardsPerTenant: 23,
    logLevel: 'debug',
    drainMs: 4,
  });
  t.equal(config.commitTimeoutMs, 1000);
});

t.test('each flag and variable sets its own key', async (t) => {
  const expected = {
    dataDirectory: '/nowhere/d',
    links: [{ port: 0 }],
    http: { port: 2 },
    cardsPerTenant: 3,
    database: 'postgres://a@b/c',
    host: '::1',
    logLevel: 'trace',
    node: 'n1',
  };
  const flags = {
    dataDirectory: 'd',
    port: '0',
    httpPort: '2',
    cardsPerTenant: '3',
    database: 'postgres://a@b/c',
    host: '::1',
    logLevel: 'trace',
    node: 'n1',
  };
  t.match(await load({ flags }), expected);
  const environment = {
    HOLDFAST_DATA_DIRECTORY: 'd',
    HOLDFAST_PORT: '0',
    HOLDFAST_HTTP_PORT: '2',
    HOLDFAST_CARDS_PER_TENANT: '3',
    HOLDFAST_DATABASE_URL: 'postgres://a@b/c',
    HOLDFAST_HOST: '::1',
    HOLDFAST_LOG_LEVEL: 'trace',
    HOLDFAST_COMMIT_TIMEOUT_MS: '250',
    HOLDFAST_PARSER_THREADS: '7',
    HOLDFAST_NODE: 'n1',
    HOLDFAST_LEASE_TTL_MS: '900',
    HOLDFAST_SHARED: 'true',
  };
  const more = { commitTimeoutMs: 250, parserThreads: 7, leaseTtlMs: 900, shared: true };
  t.match(await load({ environment }), { ...expected, ...more });
  t.match(await load({ environment: { HOLDFAST_SHARED: 'false' } }), { shared: false });
  t.match(await load({ environment: { HOLDFAST_PORT: '' } }), { links: [{ port: 8583 }] }, 'empty is absent');
});

t.test('the file is named by flag, else by variable, in JSON or YAML', async (t) => {
  const yaml = [
    '# a link for each processor',
    'links:',
    '  - name: visa',
    '    port: 8600',
    '    dialect: iso87-ascii-hex',
  ];
  const file = await fileWith(t, yaml.join('\n'), 'holdfast.yaml');
  const [link] = (
    await load({ environment: { HOLDFAST_CONFIG: path.basename(file) }, cwd: path.dirname(file) })
  ).links;
  t.match(link, {
    name: 'visa',
    port: 8600,
    dialect: 'iso87-ascii-hex',
    host: '0.0.0.0',
    frameBytesMax: 4096,
  });
  const flags = { config: file };
  const environment = { HOLDFAST_CONFIG: '/no/such/file' };
  t.equal((await load({ flags, environment })).links[0].name, 'visa');
  await writeFile(file, '# nothing yet\n');
  t.equal((await load({ flags })).links[0].name, 'default');
});

t.test(
  'paths in a file start at the file, those of flags and variables at the working directory',
  async (t) => {
    const file = await fileWith(t, {
      dataDirectory: 'data',
      tenantsDirectory: '/etc/tenants',
      keysFile: '../k',
    });
    const directory = path.dirname(file);
    t.match(await load({ flags: { config: file } }), {
      dataDirectory: path.join(directory, 'data'),
      tenantsDirectory: '/etc/tenants',
      keysFile: path.join(directory, '../k'),
    });
    t.equal((await load({ flags: { config: file, dataDirectory: 'data' } })).dataDirectory, '/nowhere/data');
  },
);

t.test('host is for the listeners that name none', async (t) => {
  const links = [
    { name: 'a', port: 1 },
    { name: 'b', port: 2, host: '10.1.1.1' },
  ];
  const file = await fileWith(t, { host: '127.0.0.1', http: { host: '10.2.2.2' }, links });
  const config = await load({ flags: { config: file } });
  t.same([config.http.host, ...config.links.map(({ host }) => host)], ['10.2.2.2', '127.0.0.1', '10.1.1.1']);
});

const REFUSED_FILES: readonly [why: string, content: unknown, code: string, message: RegExp][] = [
  [
    'a misspelt key',
    { databse: 'postgres://u:hush@h/d' },
    'HF_CONFIG_UNKNOWN_KEY',
    /databse: unknown key, did you mean 'database'\?/,
  ],
  [
    'a database that is neither embedded nor elsewhere',
    { databases: { second: { tenants: ['lydia'] } } },
    'HF_CONFIG_INVALID',
    /databases\.second: must have either 'url' or 'embedded: true'/,
  ],
  [
    'a database that is both',
    { databases: { second: { embedded: true, url: 'postgres://u:hush@h/d', tenants: ['lydia'] } } },
    'HF_CONFIG_INVALID',
    /databases\.second: must have either 'url' or 'embedded: true'/,
  ],
  [
    'a database of a name that none may have',
    { databases: { default: { embedded: true, tenants: ['lydia'] } } },
    'HF_CONFIG_INVALID',
    /databases\.default: the name must be .*, but not 'default'/,
  ],
  [
    'a tenant in two databases',
    {
      databases: {
        one: { embedded: true, tenants: ['lydia'] },
        two: { embedded: true, tenants: ['qonto', 'lydia'] },
      },
    },
    'HF_CONFIG_INVALID',
    /databases\.two\.tenants\[1\]: 'lydia' is in databases\.one too/,
  ],
  [
    'two databases at one URL',
    {
      databases: {
        one: { url: 'postgres://u:hush@h/d', tenants: ['lydia'] },
        two: { url: 'postgres://u:hush@h/d', tenants: ['qonto'] },
      },
    },
    'HF_CONFIG_INVALID',
    /databases\.two\.url: is the URL of databases\.one too/,
  ],
  [
    'a database at the URL of the default one',
    {
      database: 'postgres://u:hush@h/d',
      databases: { one: { url: 'postgres://u:hush@h/d', tenants: ['lydia'] } },
    },
    'HF_CONFIG_INVALID',
    /databases\.one\.url: must not be that of `database`/,
  ],
  [
    'a database without tenants',
    { databases: { one: { embedded: true, tenants: [] } } },
    'HF_CONFIG_INVALID',
    /databases\.one\.tenants/,
  ],
  [
    'a misspelt key of a link',
    { links: [{ name: 'a', port: 1, singOnRequired: true }] },
    'HF_CONFIG_UNKNOWN_KEY',
    /links\[0\]\.singOnRequired: unknown key, did you mean 'signOnRequired'\?/,
  ],
  [
    'a dialect that there is not',
    { links: [{ name: 'a', port: 1, dialect: 'iso87ascii' }] },
    'HF_CONFIG_INVALID',
    new RegExp(
      `links\\[0\\]\\.dialect: must be one of ${DIALECT_NAMES.join(', ')}, or a file of a dialect \\(./mine.json\\), not "iso87ascii"; did you mean 'iso87-ascii'`,
    ),
  ],
  [
    'a key of messages that there is not',
    { links: [{ name: 'a', port: 1, messageKey: 'retreival' }] },
    'HF_CONFIG_INVALID',
    /links\[0\]\.messageKey: must be one of transmission, retrieval, not "retreival"; did you mean 'retrieval'/,
  ],
  [
    'a window of duplicates of no time',
    { links: [{ name: 'a', port: 1, duplicateWindowHours: 0 }] },
    'HF_CONFIG_INVALID',
    /links\[0\]\.duplicateWindowHours/,
  ],
  [
    'a window of duplicates of more than a year',
    { links: [{ name: 'a', port: 1, duplicateWindowHours: 8761 }] },
    'HF_CONFIG_INVALID',
    /links\[0\]\.duplicateWindowHours/,
  ],
  [
    'a framing that there is not',
    { links: [{ name: 'a', port: 1, framing: 'lenght2' }] },
    'HF_CONFIG_INVALID',
    /links\[0\]\.framing: must be .*length2, .*, not "lenght2"; did you mean 'length2'/,
  ],
  [
    'a framing’s misspelt option',
    { links: [{ name: 'a', port: 1, framing: { name: 'length2', tpud: true } }] },
    'HF_CONFIG_UNKNOWN_KEY',
    /links\[0\]\.framing\.tpud: unknown key, did you mean 'tpdu'\?/,
  ],
  [
    'a framing’s option of another kind',
    { links: [{ name: 'a', port: 1, framing: { name: 'length2', tpdu: '60' } }] },
    'HF_CONFIG_INVALID',
    /links\[0\]\.framing\.tpdu: must be/,
  ],
  [
    'a port too great',
    { http: { port: 65_536 } },
    'HF_CONFIG_INVALID',
    /http\.port: must be a whole number from 0 to 65535, not 65536/,
  ],
  ['no link', { links: [] }, 'HF_CONFIG_INVALID', /links: must be a list of 1 to 255, not a list of 0/],
  [
    'a link without port',
    { links: [{ name: 'a' }] },
    'HF_CONFIG_MISSING',
    /links\[0\]\.port: must be given: a whole number/,
  ],
  ['text for a truth', { demo: 'no' }, 'HF_CONFIG_INVALID', /demo: must be true or false, not "no"/],
  [
    'a log level that there is not',
    { logLevel: 'wran' },
    'HF_CONFIG_INVALID',
    /logLevel: must be one of fatal, .*did you mean 'warn'/,
  ],
  [
    'a database by another protocol',
    { database: 'mysql://u:hush@h/d' },
    'HF_CONFIG_INVALID',
    /database: must be a URL like postgres:\/\/user@host:5432\/database$/,
  ],
  [
    'a node’s name that fits in no session',
    { node: 'a b' },
    'HF_CONFIG_INVALID',
    /node: must be up to 40 letters, digits and . _ : -, not "a b"/,
  ],
  ['a list', [], 'HF_CONFIG_INVALID', /must be a mapping/],
  [
    'an unclosed brace',
    '{"database": "postgres://u:hush@h/d"',
    'HF_CONFIG_SYNTAX',
    /line 1, column \d+: not JSON/,
  ],
  [
    'a port twice',
    { http: { port: 9 }, links: [{ name: 'a', port: 9 }] },
    'HF_CONFIG_INVALID',
    /links\[0\]\.port: must not be 9, which is the port of http too/,
  ],
  [
    'a link’s name twice',
    {
      links: [
        { name: 'a', port: 1 },
        { name: 'a', port: 2 },
      ],
    },
    'HF_CONFIG_INVALID',
    /links\[1\]\.name: 'a' is the name of another link too/,
  ],
  [
    'a batch too small for a frame',
    { batch: { bytes: 2048 } },
    'HF_CONFIG_INVALID',
    /batch\.bytes: must hold a frame of links\[0\], which is up to 4096 bytes/,
  ],
];

for (const [why, content, code, message] of REFUSED_FILES) {
  t.test(`a file with ${why} is refused by key and rule`, async (t) => {
    const file = await fileWith(t, content);
    const error = await failure(load({ flags: { config: file } }));
    t.equal(error.code, code);
    t.match(error.message, message);
    t.notMatch(error.message, 'hush');
  });
}

t.test('a file’s problem names the file, and one that is not there is told', async (t) => {
  const file = await fileWith(t, { drainMs: -1 });
  t.match((await failure(load({ flags: { config: file } }))).message, `${file}: drainMs: must be`);
  const missing = await failure(load({ environment: { HOLDFAST_CONFIG: 'none.json' } }));
  t.match(missing, {
    code: 'HF_CONFIG_UNREADABLE',
    message: /\/nowhere\/none\.json: can't be read \(ENOENT\)/,
  });
});

t.test('a misspelt variable is refused with the one that was meant', async (t) => {
  const error = await failure(load({ environment: { HOLDFAST_DATABASE: 'postgres://u:hush@h/d' } }));
  t.equal(error.code, 'HF_CONFIG_UNKNOWN_KEY');
  t.match(
    error.message,
    /environment: HOLDFAST_DATABASE: unknown variable, did you mean 'HOLDFAST_DATABASE_URL'\?/,
  );
  t.notMatch(error.message, 'hush');
});

t.test('a wrong variable and a wrong flag are told with source, key and rule, all at once', async (t) => {
  const error = await failure(
    load({
      flags: { port: '-1', database: 'postgres://u:hush@h:port/d', logLevel: 'loud' },
      environment: { HOLDFAST_PARSER_THREADS: '2.5', HOLDFAST_HTTP_PORT: '99999' },
    }),
  );
  t.same(error.message.replace(/^HF_CONFIG_INVALID /, '').split('\n'), [
    'environment HOLDFAST_HTTP_PORT: http.port: must be a whole number from 0 to 65535, not 99999',
    'environment HOLDFAST_PARSER_THREADS: parserThreads: must be a whole number from 1 to 256, not "2.5"',
    'flag --port: links[0].port: must be a whole number from 0 to 65535, not "-1"',
    'flag --database: database: must be a URL like postgres://user@host:5432/database',
    'flag --log-level: logLevel: must be one of fatal, error, warn, info, debug, trace, silent, not "loud"',
  ]);
});

t.test('ports collide only on the same host, and 0 never does', async (t) => {
  const hosts = async (http: string, link: string, port: number) => {
    const links = [{ name: 'a', host: link, port }];
    return load({ flags: { config: await fileWith(t, { http: { host: http, port }, links }) } });
  };
  t.ok(await hosts('127.0.0.1', '127.0.0.2', 9));
  t.ok(await hosts('127.0.0.1', '127.0.0.1', 0));
  t.match((await failure(hosts('127.0.0.1', '0.0.0.0', 9))).message, /links\[0\]\.port/);
  const flags = { port: '8580' };
  t.match((await failure(load({ flags }))).message, /configuration: links\[0\]\.port: must not be 8580/);
});
