import fc from 'fast-check';
import t from 'tap';
import { Decision } from '../../ledger/command.js';
import { checkInvariants } from '../../ledger/invariants.js';
import { CHUNK_ROWS } from '../../ledger/rows.js';
import { IMAGE_VERSION, imageOf, restoreState, stateDigest } from '../../ledger/state-image.js';
import { TenantState } from '../../ledger/tenant-state.js';
import { holds } from '../parsers/property.js';
import { anyStep, applyAny, type Step, stateAfter } from './arbitrary-commands.js';
import { commandOf } from './commands.js';
import { NOON } from './one-tenant.js';
import { contentOf } from './state-content.js';

const YEAR_MS = 31_536_000_000;

function imageAs(state: TenantState): Buffer {
  return Buffer.concat([...imageOf(state)]);
}

/** The state of an image; bytes that are missing are an error of the reader's source. */
function restored(image: Buffer): TenantState {
  const restoring = restoreState();
  let from = 0;
  for (let step = restoring.next(); ; step = restoring.next()) {
    if (step.done === true) return step.value.state;
    const to = from + step.value.length;
    if (to > image.length) throw new Error('torn');
    step.value.set(image.subarray(from, to));
    from = to;
  }
}

const steps = (length: number) => fc.array(anyStep, { maxLength: length, size: 'max' });

t.test('a state that was restored is the same, and goes on as if it never had been away', async (t) => {
  holds(
    t,
    fc.property(steps(120), steps(60), (before, after) => {
      const state = stateAfter(before);
      const copy = restored(imageAs(state));
      if (!stateDigest(copy).equals(stateDigest(state))) throw new Error('another digest');
      const [one, other] = [new Decision(), new Decision()];
      let at = NOON + YEAR_MS;
      for (const { asked, waitMs } of after) {
        at += waitMs;
        applyAny(state, asked, at, one);
        applyAny(copy, asked, at, other);
        if (JSON.stringify(one) !== JSON.stringify(other))
          throw new Error(`another decision of ${asked.kind}`);
      }
      if (!imageAs(copy).equals(imageAs(state))) throw new Error('another image in the end');
      if (contentOf(copy) !== contentOf(state)) throw new Error('another content in the end');
      checkInvariants(copy);
    }),
    100,
  );
});

t.test('rows that were removed are free in a copy too, and taken in the same order', async (t) => {
  const asked = (key: number): Step['asked'] => ({
    kind: 'authorise',
    key,
    token: 1,
    amount: 1,
    currency: 978,
    windowHours: 1,
    processingCode: 310_000,
    channels: 1,
  });
  const state = stateAfter([
    ...[1, 2, 3, 4, 5].map((key) => ({ asked: asked(key), waitMs: 0 })),
    { asked: { kind: 'advanceTime' }, waitMs: 7_200_000 },
    { asked: asked(6), waitMs: 0 },
  ]);
  t.equal(state.records.size, 1);
  const copy = restored(imageAs(state));
  t.same([...copy.records.free()], [...state.records.free()]);
  t.equal(copy.records.inserted, 6);
  t.equal(copy.records.find(commandOf(asked(6)).key), state.records.find(commandOf(asked(6)).key));
  t.equal(copy.records.find(commandOf(asked(1)).key), -1);
});

t.test('tokens that came in another order give the same digest', async (t) => {
  const numbers = Array.from({ length: 3000 }, (_, number) => number);
  const [one, other] = [new TenantState(), new TenantState()];
  // Of each four tokens the first word is the same.
  const token = (number: number) =>
    Uint32Array.of(Math.imul(number >> 2, 0x9e3779b1), 0, number & 1, number & 2);
  for (const number of numbers) one.tokens.add(token(number), number);
  for (const number of numbers.toReversed()) other.tokens.add(token(number), number);
  t.ok(stateDigest(one).equals(stateDigest(other)));
  const copy = restored(imageAs(one));
  t.same(
    numbers.filter((number) => copy.tokens.find(token(number)) !== number),
    [],
  );
  t.equal(copy.tokens.length, numbers.length);
  t.equal(copy.tokens.find(token(-1)), -1);
});

t.test('more rows than a chunk has come back', async (t) => {
  const state = new TenantState();
  for (let account = 0; account <= CHUNK_ROWS; account++) {
    state.openAccount(978, 0);
    state.enter(account, 6, account, 0);
  }
  const copy = restored(imageAs(state));
  t.equal(copy.accounts.length, CHUNK_ROWS + 1);
  t.equal(copy.accounts.posted(CHUNK_ROWS), CHUNK_ROWS);
  t.doesNotThrow(() => checkInvariants(copy));
  t.equal(copy.openAccount(978, 0), CHUNK_ROWS + 1);
});

t.test('the digest tells two states apart that differ in one thing', async (t) => {
  const seen = new Set<string>();
  const differences: ((state: TenantState) => void)[] = [
    () => {},
    ({ limits }) => Object.assign(limits, { perDay: 1 }),
    ({ holdRules }) => holdRules.tolerance.fill(1, 9999),
    ({ rates }) => rates.set(978, 840, { rate: 1, exponents: 0, spread: 0 }),
    ({ books }) => books.of(392),
    ({ balances }) => Object.assign(balances, { low: 1 }),
    ({ accounts }) => accounts.setBalances(0, 1, 0),
    ({ cards }) => cards.setDay(0, 1, 0, 0),
    ({ tokens }) => tokens.add(Uint32Array.of(1, 2, 3, 4), 0),
    ({ records }) => records.insert(Uint32Array.of(1, 2, 3)),
    ({ records }) => records.remove(records.insert(Uint32Array.of(1, 2, 3))),
    ({ due }) => due.restore([[1, 1]]),
  ];
  for (const differ of differences) {
    const state = stateAfter([]);
    differ(state);
    seen.add(stateDigest(state).toString('hex'));
  }
  t.equal(seen.size, differences.length);
});

t.test('of an image with a flipped bit, wherever it is, there is no state', async (t) => {
  const image = imageAs(stateAfter(fc.sample(anyStep, { seed: 8583, numRuns: 60 })));
  const codes = new Set<string>();
  for (let at = 0; at < image.length; at += 11) {
    const damaged = Buffer.from(image);
    damaged[at]! ^= 1 << (at % 8);
    codes.add(codeOf(damaged));
  }
  codes.delete('torn');
  t.same([...codes].sort(), ['HF_IMAGE_DAMAGED', 'HF_IMAGE_VERSION']);
});

t.test('an image that ends early is no image, wherever it ends', async (t) => {
  const image = imageAs(stateAfter(fc.sample(anyStep, { seed: 8583, numRuns: 20 })));
  const codes = new Set<string>();
  for (let length = 0; length < image.length; length += 13) codes.add(codeOf(image.subarray(0, length)));
  codes.add(codeOf(image.subarray(0, -1)));
  t.same([...codes], ['torn']);
});

t.test('an image of another version, and what is no image, are told', async (t) => {
  const image = imageAs(new TenantState());
  const version = Buffer.from(image);
  version.writeDoubleLE(IMAGE_VERSION + 1, 24);
  t.throws(() => restored(version), {
    code: 'HF_IMAGE_VERSION',
    message: new RegExp(`version ${IMAGE_VERSION + 1}, not ${IMAGE_VERSION}`),
  });
  t.throws(() => restored(image.swap64()), { code: 'HF_IMAGE_VERSION', message: /no image/ });
  t.throws(() => restored(Buffer.alloc(4096, 'text')), { code: 'HF_IMAGE_VERSION' });
});

/** How an image is refused; throws where it isn't. */
function codeOf(image: Buffer): string {
  try {
    restored(image);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    if ('code' in error && error.name === 'ImageError') return String(error.code);
    if (error.message === 'torn') return 'torn';
    throw error;
  }
  throw new Error('it is a state');
}
