import fc from 'fast-check';
import t from 'tap';
import { authorisation, IsoClient } from '../iso-client.js';
import { get, startTestSwitch, until } from '../running-switch.js';
import { ApiClient } from './api-client.js';

t.setTimeout(180_000);
const RUNS_AN_OPERATION = Number(process.env.HOLDFAST_TEST_FUZZ_RUNS ?? 60);
const system = await startTestSwitch(t, {
  projector: { pollMs: 20 },
  http: { requestsPerMinute: 1_000_000 },
});
const lydia = await ApiClient.of(system, 'lydia');
const card = (await lydia.get('/v1/cards?limit=1')).body.data[0];
/** Names that there are, so that some requests get further. */
const NAMES: readonly string[] = [
  card.id,
  card.account,
  await authorized(),
  'EUR',
  'FR',
  'default',
  'iso87-ascii',
];

/** The name of an authorization, behind some others. */
async function authorized(): Promise<string> {
  const { pan } = (await lydia.get(`/v1/cards/${card.id}/pan`)).body;
  const expiry = `${card.exp_year % 100}${String(card.exp_month).padStart(2, '0')}`;
  const processor = await IsoClient.connect(t, system.port);
  for (let each = 0; each < 3; each++)
    await processor.request(authorisation({ pan, expiry, currency: '978' }, 1));
  const list = async () => (await lydia.get('/v1/authorizations')).body.data;
  await until('they are in the read model', async () => (await list()).length === 3);
  return (await list())[0].id;
}

interface Schema {
  readonly $ref?: string;
  readonly type?: string;
  readonly pattern?: string;
  readonly format?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly Schema[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
}
interface Parameter {
  readonly in: string;
  readonly name: string;
  readonly required?: boolean;
  readonly schema: Schema;
}
interface Operation {
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> };
  readonly responses: Readonly<Record<string, unknown>>;
}

const document = JSON.parse((await get(system.running, '/openapi.json')).text) as {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
};

const HOSTILE_TEXT = [
  '',
  ' ',
  '\u0000',
  'a\u0000b',
  '\ud800',
  '\udfff\ud800',
  "'; DROP TABLE holdfast.card; --",
  '$1',
  '../../etc/passwd',
  '%00',
  '%',
  '%ff',
  '{"a":1}',
  '__proto__',
  'constructor',
  '💳'.repeat(50),
  'ﷺ',
  '٠١٢٣',
  '9'.repeat(400),
  '-1',
  'NaN',
  'null',
  '1e999',
  '0x10',
  '2026-02-30T00:00:00Z',
  '9999-12-31T23:59:60Z',
  '0000-01-01T00:00:00+23:59',
  'A'.repeat(10_000),
];
const hostileText = fc.oneof(fc.constantFrom(...HOSTILE_TEXT), fc.string({ unit: 'binary', maxLength: 40 }));
const hostile = fc.oneof(
  hostileText,
  fc.constantFrom(0, -0, -1, 1.5, 2 ** 31, 2 ** 53, 2 ** 64, 1e308, -1e308, 5e-324),
  fc.boolean(),
  fc.constant(null),
  fc.constant({ __proto__: null, constructor: 1 }),
  fc.jsonValue({ maxDepth: 3 }),
  fc.array(fc.string(), { maxLength: 300 }),
);

/** A value of a schema. */
function valid(schema: Schema): fc.Arbitrary<unknown> {
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
  if (schema.anyOf !== undefined) return fc.oneof(...schema.anyOf.map(valid));
  switch (schema.type) {
    case 'integer':
      return fc.integer({ min: schema.minimum ?? 0, max: Math.min(schema.maximum ?? 1e6, 2 ** 31 - 1) });
    case 'null':
      return fc.constant(null);
    case 'boolean':
      return fc.boolean();
    case 'array':
      return fc.uniqueArray(valid(schema.items!), { maxLength: 5 });
    case 'object':
      return object(schema, valid);
    case 'string': {
      const text =
        schema.format === 'date-time'
          ? fc
              .date({ min: new Date('1990-01-01'), max: new Date('2090-01-01'), noInvalidDate: true })
              .map((date) => date.toISOString())
          : schema.pattern === undefined
            ? fc.string({ minLength: schema.minLength ?? 0, maxLength: 30 })
            : fc.stringMatching(new RegExp(schema.pattern, 'u'));
      const fitting = NAMES.filter((name) => new RegExp(schema.pattern ?? '^$').test(name));
      return fitting.length === 0 ? text : fc.oneof(fc.constantFrom(...fitting), text);
    }
    default:
      throw new Error(`the fuzz does not know ${JSON.stringify(schema)}`);
  }
}

/** What a schema takes, mostly; anything else, at times. */
function odd(schema: Schema): fc.Arbitrary<unknown> {
  const inner = schema.type === 'object' ? object(schema, odd) : valid(schema);
  return fc.oneof({ weight: 8, arbitrary: inner }, { weight: 1, arbitrary: hostile });
}

function object(schema: Schema, of: (schema: Schema) => fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  const properties = Object.entries(schema.properties ?? {}).map(([name, one]) => [name, of(one)] as const);
  const requiredKeys = of === odd ? [] : [...(schema.required ?? [])];
  return fc.record(Object.fromEntries(properties), { requiredKeys }) as fc.Arbitrary<unknown>;
}

/** Without the half characters that no URL can have. */
function inUrl(value: unknown): string {
  const text = String(typeof value === 'object' ? JSON.stringify(value) : value);
  return encodeURIComponent(Buffer.from(text).toString());
}

interface Request {
  readonly path: string;
  readonly body: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
}

/** A request to an operation that is right in part. */
function requestOf(
  template: string,
  { parameters = [], requestBody }: Operation,
  cursors: readonly string[],
): fc.Arbitrary<Request> {
  const where = (place: string) => parameters.filter((parameter) => parameter.in === place);
  const path = fc.record(Object.fromEntries(where('path').map(({ name, schema }) => [name, odd(schema)])));
  // A cursor that is none is refused before anything else is looked at.
  const ofQuery = ({ name, schema }: Parameter) =>
    name === 'cursor'
      ? fc.oneof({ weight: 8, arbitrary: fc.constantFrom(...cursors) }, odd(schema))
      : odd(schema);
  const query = fc.record(Object.fromEntries(where('query').map((one) => [one.name, ofQuery(one)])), {
    requiredKeys: [],
  });
  const more = fc.oneof(
    { weight: 8, arbitrary: fc.constant(null) },
    { weight: 1, arbitrary: fc.tuple(hostileText, hostileText) },
  );
  const [type, content] = Object.entries(requestBody?.content ?? {})[0] ?? [];
  const body =
    content === undefined
      ? fc.constant(undefined)
      : type === 'application/json'
        ? fc.oneof(
            { weight: 6, arbitrary: odd(content.schema).map((value) => JSON.stringify(value)) },
            { weight: 1, arbitrary: hostileText },
          )
        : fc.array(fc.oneof(fc.json({ maxDepth: 2 }), hostileText)).map((lines) => lines.join('\n'));
  const key = fc.option(fc.string({ minLength: 1, maxLength: 300 }), { freq: 3 });
  const types = fc.oneof(
    { weight: 8, arbitrary: fc.constant(type ?? '') },
    fc.constantFrom('text/plain', 'a/b'),
  );
  return fc.record({ path, query, more, body, key, type: types }).map((drawn) => {
    const pairs = Object.entries(drawn.query as Record<string, unknown>);
    if (drawn.more !== null) pairs.push(drawn.more);
    const filled = template.replace(/\{(\w+)\}/g, (_, name: string) =>
      inUrl((drawn.path as Record<string, unknown>)[name]),
    );
    // A header can't have more than these.
    const sent = drawn.key?.replace(/[^ -~]/g, '').trim();
    return {
      path: `${filled}?${pairs.map(([name, value]) => `${inUrl(name)}=${inUrl(value)}`).join('&')}`,
      body: drawn.body,
      headers: {
        ...(drawn.body === undefined || drawn.type === '' ? {} : { 'content-type': drawn.type }),
        ...(sent ? { 'idempotency-key': sent } : {}),
      },
    };
  });
}

for (const [path, methods] of Object.entries(document.paths)) {
  for (const [method, operation] of Object.entries(methods)) {
    t.test(`${method.toUpperCase()} ${path} answers whatever comes`, async (t) => {
      const statuses = new Map<number, number>();
      const answers = async ({ path, body, headers }: Request) => {
        const response = await lydia.request(method.toUpperCase(), path, body, headers);
        const { status } = response;
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
        if (status >= 500) throw new Error(`${status}: ${response.text}`);
        if (!(status in operation.responses) && status !== 413)
          throw new Error(`${status} is not in the document`);
        if (status < 400) return;
        const type = response.headers.get('content-type');
        if (type !== 'application/problem+json; charset=utf-8') throw new Error(`${status} is ${type}`);
        if (!/^HF_[A-Z_]+$/.test(response.body.code) || response.body.status !== status) {
          throw new Error(`no problem: ${response.text}`);
        }
      };
      const list = path.includes('{') ? undefined : (await lydia.get(`${path}?limit=1`)).body?.next_cursor;
      const requests = requestOf(path, operation, [list ?? 'none']);
      await fc.assert(fc.asyncProperty(requests, answers), { numRuns: RUNS_AN_OPERATION });
      t.comment([...statuses].map(([status, count]) => `${status}: ${count}`).join(', '));
      t.pass('no answer but those of the document');
    });
  }
}

t.test('paths that are none, and methods that are not there', async (t) => {
  for (const path of ['/v1', '/v1/', '/v1/nothing', '/v1/cards/%', '/v1/cards/%ff']) {
    const response = await lydia.get(path);
    t.match([response.status, response.body?.code], [404, 'HF_NOT_FOUND'], path);
  }
  for (const path of ['/v1/cards/', '/v1/cards/a%2fb', `/v1/cards/${'a'.repeat(500)}`]) {
    t.match(await lydia.get(path), { status: 400, body: { code: 'HF_INVALID_REQUEST' } }, path);
  }
  t.equal((await lydia.request('PUT', '/v1/cards', '{}')).status, 404);
  const huge = await lydia.post('/v1/accounts', { currency: 'A'.repeat(70_000) });
  t.match(huge, { status: 413, body: { code: 'HF_TOO_LARGE' } });
});

t.test('nothing failed inside, and nothing secret was logged', async (t) => {
  t.same(
    system.logged.filter((line) => line.includes('"level":50') || line.includes('"level":60')),
    [],
  );
  t.equal((await get(system.running, '/health/ready')).status, 200);
});
