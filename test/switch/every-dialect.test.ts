import { once } from 'node:events';
import t, { type Test } from 'tap';
import { stringify } from 'yaml';
import type { CompiledDialect } from '../../parsers/compiled-dialect.js';
import type { Dialect } from '../../parsers/dialect.js';
import { builtInDocument, DIALECT_NAMES, dialectByName } from '../../parsers/dialects/index.js';
import { FRAMING_NAMES, type FramingSpec } from '../../parsers/framing/index.js';
import type { MessageText } from '../../parsers/writer.js';
import { loadDialect } from '../../switch/dialect-file.js';
import { byEdition } from '../parsers/by-edition.js';
import { DialectClient, fieldsOf } from './dialect-client.js';
import { authorisation, networkMessage, type PackageMessage, reversalOf } from './iso-client.js';
import { cardsOf, metricsOf, startTestSwitch, until } from './running-switch.js';

t.setTimeout(120_000);

const OVERSIZE = 600;
const FRAME_BYTES_MAX = 512;

interface Pair {
  readonly dialect: string;
  readonly framing: FramingSpec;
  /** What loses the framing, in hexadecimal digits; absent where any bytes are a length. */
  readonly lost?: string;
  /** Frames without a message that come back as they are. */
  readonly echoed?: readonly string[];
  /** Frames without a message that nothing comes back for. */
  readonly ignored?: readonly string[];
  /** The transport header of a request, and of its reply. */
  readonly tpdu?: readonly [request: string, reply: string];
  readonly frameBytesMax?: number;
}

const NOT_DIGITS = Buffer.from('GET /x').toString('hex');
const zeros = (digits: number) => Buffer.from('0'.repeat(digits)).toString('hex');

/** Every built-in dialect, and every framing. */
const PAIRS: readonly Pair[] = [
  { dialect: 'iso87-ascii', framing: 'length4' },
  { dialect: 'iso87-ascii-hex', framing: 'ascii4', lost: NOT_DIGITS, ignored: [zeros(4)] },
  {
    dialect: 'iso87-binary',
    framing: { name: 'bcd2', tpdu: '6000120034' },
    lost: '0A00',
    tpdu: ['6000120034', '6000340012'],
  },
  { dialect: 'iso87-ebcdic', framing: 'length2-inclusive', lost: '0001' },
  { dialect: 'iso93-ascii', framing: 'reserved2-length2', lost: '00010010', echoed: ['00000000'] },
  {
    dialect: 'iso93-binary',
    framing: { name: 'length2-header', tpdu: '6000010002' },
    lost: '0004 60000000',
    tpdu: ['6000010002', '6000020001'],
  },
  { dialect: 'iso2003-binary', framing: 'hex4', lost: NOT_DIGITS },
  { dialect: 'postilion', framing: 'length2' },
  { dialect: 'base24', framing: 'base24', lost: '0005 30383030 04', echoed: ['0000'] },
  { dialect: 'visa', framing: 'length2-reserved2', lost: '00100100', echoed: ['00000000'] },
  { dialect: 'mastercard', framing: 'vml', lost: '00100100', echoed: ['00000000', '00030020 010203'] },
  {
    dialect: 'iso87-binary',
    framing: 'ascii2',
    lost: NOT_DIGITS,
    ignored: [zeros(2)],
    frameBytesMax: 90,
  },
  { dialect: 'iso87-ascii', framing: 'ascii3', lost: NOT_DIGITS, ignored: [zeros(3)] },
  { dialect: 'iso93-ascii', framing: 'ascii5', lost: NOT_DIGITS, ignored: [zeros(5)] },
  { dialect: 'iso87-ebcdic', framing: 'ascii6', lost: NOT_DIGITS, ignored: [zeros(6)] },
  { dialect: 'iso87-ascii-hex', framing: 'stx-etx', lost: '30' },
  // What may differ between peers of one framing.
  { dialect: 'iso93-binary', framing: { name: 'bcd2', tpdu: false, polls: 'echo' }, echoed: ['0000'] },
  { dialect: 'visa', framing: { name: 'length2', countsItself: true, polls: 'ignore' }, ignored: ['0002'] },
  { dialect: './mine.json', framing: 'ascii4' },
  { dialect: './theirs.yaml', framing: 'length2' },
];

/** A processor with longer terminal numbers, one field of its own, and text in EBCDIC. */
const MINE = {
  name: 'mine',
  extends: 'iso87-binary',
  encodings: { text: 'cp500' },
  fields: {
    41: { name: 'Terminal', length: 12 },
    60: { name: 'Own', max: 40, prefix: { digits: 4, encoding: 'ascii' } },
    61: null,
  },
};
/** Another that has its numbers in text, on top of that. */
const THEIRS = { name: 'theirs', extends: './mine.json', mti: 'cp500', encodings: { n: 'cp500' } };

const system = await startTestSwitch(
  t,
  {
    cardsPerTenant: PAIRS.length,
    links: PAIRS.map(({ dialect, framing, frameBytesMax = FRAME_BYTES_MAX }, index) => ({
      name: `link-${index}`,
      port: 0,
      dialect,
      framing,
      frameBytesMax,
      signOnRequired: true,
    })),
  },
  { 'mine.json': JSON.stringify(MINE), 'theirs.yaml': stringify(THEIRS) },
);
const cards = await cardsOf(system, 'lydia');

/** DE39 of 1987, and what says the same in 1993 and 2003. */
const CODES = {
  approved: ['00', '000', '0000'],
  reversalAccepted: ['00', '400', '4000'],
  networkAccepted: ['00', '800', '8000'],
  noSuchCard: ['14', '111', '1011'],
  inoperative: ['91', '907', '9007'],
};

/** What a message can do without; with all of it, it is longer than two digits say. */
const DISPENSABLE = [12, 13, 18, 22, 25, 37, 41, 42];

function nameOf(framing: FramingSpec): string {
  return typeof framing === 'string' ? framing : framing.name;
}

/** Makes sure that so many more connections are closed for that reason, and waits until they are counted. */
async function closes(reason: string, meanwhile: () => Promise<unknown>): Promise<void> {
  const value = async () => {
    return (await metricsOf(system.running)).get(`holdfast_connections_closed_total{reason="${reason}"}`)!;
  };
  const before = await value();
  await meanwhile();
  await until(`a connection is counted as closed: ${reason}`, async () => (await value()) === before + 1);
}

t.test('every built-in dialect and every framing is in use here', async (t) => {
  t.strictSame(
    DIALECT_NAMES.filter((name) => !PAIRS.some(({ dialect }) => dialect === name)),
    [],
  );
  t.strictSame(
    FRAMING_NAMES.filter((name) => !PAIRS.some(({ framing }) => nameOf(framing) === name)),
    [],
  );
});

for (const [index, pair] of PAIRS.entries()) {
  const { framing } = pair;
  const port = system.running.ports[index]!;
  const card = cards[index]!;

  /** A message of 1987 as this link has it. */
  const wordsOf = (dialect: CompiledDialect, message: PackageMessage): MessageText => {
    const fields: Record<number, string> = {};
    for (const [key, value] of Object.entries(message)) {
      const field = Number(key);
      const dispensable = nameOf(framing) === 'ascii2' && DISPENSABLE.includes(field);
      if (field > 0 && !dispensable) fields[field] = value;
    }
    return byEdition(dialect, { mti: message[0]!, fields });
  };

  const open = async (t: Test) => {
    const dialect = await loadDialect(system.config.links[index]!.dialect);
    const client = await DialectClient.connect(t, port, dialect, framing);
    const ask = (message: PackageMessage) => client.request(wordsOf(dialect, message));
    const code = (of: keyof typeof CODES) => CODES[of][dialect.version];
    return { dialect, client, ask, code };
  };

  t.test(`${pair.dialect} in ${JSON.stringify(framing)}`, async (t) => {
    const { dialect, client, ask, code } = await open(t);
    const request = authorisation(card, 1250);
    const available = async () =>
      (await cardsOf(system, 'lydia')).find(({ pan }) => pan === card.pan)!.available - card.available;

    await t.test('signs on, authorises, declines, repeats, reverses, echoes', async (t) => {
      t.equal((await ask(request)).fields[39], code('inoperative'), 'not before the sign-on');
      const signedOn = await ask(networkMessage('001'));
      t.same([signedOn.mti, signedOn.fields[39]], [`${dialect.version}810`, code('networkAccepted')]);

      const approval = await ask(request);
      t.same([approval.mti, approval.fields[39]], [`${dialect.version}110`, code('approved')]);
      t.match(approval.fields[38], /^[0-9]{6}$/);
      const sent = client.frame(wordsOf(dialect, request));
      const { headBytes, tailBytes } = client.framing;
      const asked = fieldsOf(dialect, sent.subarray(headBytes, sent.length - tailBytes));
      const { 38: _approvalCode, 39: _responseCode, ...echoed } = approval.fields;
      t.match(asked.fields, echoed, 'what is echoed is as it was sent');
      for (const field of [2, 3, 4, 7, 11]) t.ok(echoed[field], `with DE${field}`);
      t.equal(await available(), -1250);

      const unknown = `${card.pan.slice(0, -1)}${(Number(card.pan.at(-1)) + 1) % 10}`;
      t.equal((await ask(authorisation({ ...card, pan: unknown }, 1250))).fields[39], code('noSuchCard'));

      const repeat = await ask({ ...request, 0: '0101' });
      t.same([repeat.fields[39], repeat.fields[38]], [code('approved'), approval.fields[38]]);
      t.equal(await available(), -1250, 'a repeat moves nothing');

      const reversed = await ask(reversalOf(request));
      t.same([reversed.mti, reversed.fields[39]], [`${dialect.version}410`, code('reversalAccepted')]);
      t.equal(await available(), 0);

      const echo = await ask(networkMessage('301'));
      t.same([echo.mti, echo.fields[39]], [`${dialect.version}810`, code('networkAccepted')]);
    });

    if (pair.tpdu !== undefined) {
      await t.test('swaps the addresses of the transport header', async (t) => {
        const [sent, expected] = pair.tpdu!;
        const frame = client.frame(wordsOf(dialect, networkMessage('301')));
        const at = client.framing.headBytes;
        t.equal(frame.toString('hex', at - 5, at), sent);
        t.equal((await client.send(frame)).frame.toString('hex', at - 5, at), expected);
      });
    }

    await t.test('reads frames that come byte by byte, and many that come at once', async (t) => {
      const slow = authorisation(card, 100);
      t.equal((await client.trickle(client.frame(wordsOf(dialect, slow)))).fields[39], code('approved'));
      t.equal(
        (await client.trickle(client.frame(wordsOf(dialect, reversalOf(slow))))).fields[39],
        code('reversalAccepted'),
      );
      const echoes = Array.from({ length: 20 }, () => networkMessage('301'));
      client.socket.write(Buffer.concat(echoes.map((echo) => client.frame(wordsOf(dialect, echo)))));
      for (const echo of echoes) t.match((await client.next()).fields[11], new RegExp(`${echo[11]}$`));
    });

    for (const poll of pair.echoed ?? []) {
      await t.test(`sends the poll ${poll} back`, async (t) => {
        const bytes = Buffer.from(poll.replaceAll(' ', ''), 'hex');
        const answer = await client.send(
          Buffer.concat([bytes, client.frame(wordsOf(dialect, networkMessage('301')))]),
        );
        t.same([answer.poll, answer.frame.toString('hex')], [true, bytes.toString('hex')]);
        t.equal((await client.next()).fields[39], code('networkAccepted'), 'and goes on');
        t.equal(
          (await client.trickle(bytes)).frame.toString('hex'),
          bytes.toString('hex'),
          'byte by byte too',
        );
      });
    }

    for (const poll of pair.ignored ?? []) {
      await t.test(`passes the keep-alive ${poll} over`, async (t) => {
        const bytes = Buffer.from(poll, 'hex');
        const echo = client.frame(wordsOf(dialect, networkMessage('301')));
        const answer = await client.send(Buffer.concat([bytes, bytes, echo, bytes]));
        t.same([answer.poll, answer.fields[39]], [false, code('networkAccepted')]);
      });
    }

    if (pair.lost !== undefined) {
      await t.test('closes a connection whose framing is lost, and that one only', async (t) => {
        const other = await open(t);
        await closes('framing_lost', async () => {
          const closed = once(other.client.socket, 'close');
          other.client.socket.write(Buffer.from(pair.lost!.replaceAll(' ', ''), 'hex'));
          await closed;
        });
        t.equal((await ask(networkMessage('301'))).fields[39], code('networkAccepted'));
      });
    }

    await t.test('closes a connection whose frame is too long, and that one only', async (t) => {
      const other = await open(t);
      const { headBytes, tailBytes } = other.client.framing;
      const length = pair.frameBytesMax === undefined ? OVERSIZE : pair.frameBytesMax + 1;
      const frame = Buffer.alloc(headBytes + length + tailBytes, 0x30);
      t.ok(other.client.framing.finish(frame, 0, length) > 0);
      await closes('frame_too_long', async () => {
        const closed = once(other.client.socket, 'close');
        other.client.socket.write(frame.subarray(0, frame.length - tailBytes));
        await closed;
      });
      t.equal((await ask(networkMessage('301'))).fields[39], code('networkAccepted'));
    });
  });
}

t.test('one message decided, whichever dialect it comes by', async (t) => {
  const card = cards[0]!;
  const ask = async (index: number, message: PackageMessage) => {
    const dialect = dialectByName(PAIRS[index]!.dialect);
    const client = await DialectClient.connect(
      t,
      system.running.ports[index]!,
      dialect,
      PAIRS[index]!.framing,
    );
    const fields = Object.fromEntries(Object.entries(message).filter(([field]) => field !== '0'));
    const words = byEdition(dialect, { mti: message[0]!, fields });
    const signOn = networkMessage('001');
    await client.request(
      byEdition(dialect, { mti: '0800', fields: { 7: signOn[7]!, 11: signOn[11]!, 70: '001' } }),
    );
    return client.request(words);
  };
  const request = authorisation(card, 700);
  const [ascii, ebcdic, visa] = ['iso87-ascii', 'iso87-ebcdic', 'visa'].map((name) =>
    PAIRS.findIndex(({ dialect }) => dialect === name),
  ) as [number, number, number];
  const first = await ask(ascii, request);
  const repeat = await ask(ebcdic, { ...request, 0: '0101' });
  t.match(first.fields[38], /^[0-9]{6}$/);
  t.same([repeat.fields[39], repeat.fields[38]], ['00', first.fields[38]], 'a repeat by another link is one');
  t.equal((await ask(visa, reversalOf(request))).fields[39], '00');
  const { available } = (await cardsOf(system, 'lydia')).find(({ pan }) => pan === card.pan)!;
  t.equal(available, card.available);
});

t.test('what can’t be had or worked by is refused at start, by link, file, field and rule', async (t) => {
  const failure = async (dialect: string, files: Record<string, string> = {}) => {
    const links = [
      { name: 'good', port: 0 },
      { name: 'odd', port: 0, dialect },
    ];
    return t.rejects(startTestSwitch(t, { links }, files), { name: 'IsoError' });
  };
  const refused = async (dialect: string, message: RegExp, files: Record<string, string> = {}) => {
    const error = (await failure(dialect, files)) as unknown as Error;
    t.match(error.message, message);
    t.notMatch(error.message, /\[object|undefined/);
  };
  const odd = (changes: object) => JSON.stringify({ name: 'odd', extends: 'iso87-ascii', ...changes });

  const whole = builtInDocument('iso87-ascii') as Dialect;
  const { 4: _amount, ...withoutAmount } = whole.fields;

  await refused('./none.json', /^HF_ISO_UNKNOWN_DIALECT: link odd, dialect .*none\.json: .*ENOENT/);
  await refused('./odd.json', /^HF_ISO_DIALECT: link odd, dialect .*odd\.json: .*JSON/, {
    'odd.json': '{"name": ',
  });
  await refused('./odd.yaml', /^HF_ISO_DIALECT: link odd, dialect .*odd\.yaml/, { 'odd.yaml': 'name: [' });
  await refused('./odd.json', /field extends: .*there is no dialect 'iso86'/, {
    'odd.json': odd({ extends: 'iso86' }),
  });
  await refused('./odd.json', /fields\.2\.prefx unknown key, did you mean 'prefix'/, {
    'odd.json': odd({ fields: { 2: { name: 'PAN', max: 19, prefx: 'LL' } } }),
  });
  await refused(
    './odd.json',
    /^HF_ISO_DIALECT field 4: link odd, dialect .*odd\.json: iso87-ascii: the switch needs it/,
    {
      'odd.json': JSON.stringify({ ...whole, profiles: {}, fields: withoutAmount }),
    },
  );
  await refused('./odd.json', /^HF_ISO_DIALECT field 11: .*length of 6 to/, {
    'odd.json': odd({ fields: { 11: { name: 'STAN', content: 'n', length: 4 } } }),
  });
  await refused('./odd.json', /^HF_ISO_DIALECT field 4: .*reads it as n, not an/, {
    'odd.json': odd({ fields: { 4: { name: 'Amount', content: 'an', length: 12 } } }),
  });
  await refused('./odd.json', /^HF_ISO_DIALECT field 38: .*six characters/, {
    'odd.json': odd({ fields: { 38: { name: 'Approval', length: 8 } } }),
  });
  await refused('./odd.json', /^HF_ISO_DIALECT field 39: .*first bitmap/, {
    'odd.json': odd({
      bitmap: { encoding: 'binary', bytes: 4, count: 3 },
      fields: { 33: null },
    }),
  });
  await refused('./odd.json', /goes in a circle/, { 'odd.json': odd({ extends: './odd.json' }) });
});
