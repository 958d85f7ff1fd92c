import t from 'tap';
import { Follower } from '../../ledger/follow.js';
import type { LeaseStatus } from '../../ledger/lease.js';
import { isDue, type Place, see } from '../../ledger/place.js';

const TTL = 3000;
const STATUS: LeaseStatus = {
  tenant: 1,
  epoch: 4,
  node: 'other',
  endpoint: 'other:8583',
  expiresAt: 0,
  freeForMs: -1000,
  orphaned: false,
  wantedBy: null,
};

function placeOf(status: Partial<LeaseStatus>, followed = true): Place {
  const place: Place = {
    index: 0,
    name: 'one',
    tenant: 1,
    home: false,
    phase: 'away',
    follower: followed ? new Follower(1) : null,
    lease: null,
    status: null,
    orphanedSince: null,
  };
  see(place, { ...STATUS, ...status }, 0);
  return place;
}

const CASES: readonly [what: string, status: Partial<LeaseStatus>, upMs: number, due: boolean][] = [
  ['one that lasts is left alone', {}, 60_000, false],
  ['one that lapsed a moment ago is taken', { freeForMs: 1 }, 60_000, true],
  ['one that lapsed since this node came is taken', { freeForMs: 100 }, 200, true],
  ['one that was free before waits for its home, for the time of a lease', { freeForMs: 9e9 }, 200, false],
  ['and is taken after that', { freeForMs: 9e9 }, TTL, true],
  ['one that is asked for by this node is taken at once', { freeForMs: 9e9, wantedBy: 'me' }, 0, true],
  ['but not while it lasts', { wantedBy: 'me' }, 60_000, false],
  ['one that is for another is left to that', { freeForMs: TTL - 1, wantedBy: 'you' }, 60_000, false],
  ['unless that does not come', { freeForMs: TTL, wantedBy: 'you' }, 60_000, true],
];

for (const [what, status, upMs, due] of CASES) {
  t.test(`a lease: ${what}`, async (t) => {
    t.equal(isDue(placeOf(status), 'me', TTL, upMs, 0), due);
    t.equal(isDue(placeOf(status, false), 'me', TTL, upMs, 0), false, 'never without its journal');
  });
}

t.test('one whose holder has no session is taken when it stays so for a moment', async (t) => {
  const place = placeOf({ orphaned: true });
  t.equal(isDue(place, 'me', TTL, 60_000, 100), false);
  see(place, { ...STATUS, orphaned: true }, 200);
  t.equal(isDue(place, 'me', TTL, 60_000, 200), true);
  see(place, STATUS, 300);
  t.equal(isDue(place, 'me', TTL, 60_000, 300), false, 'it came back');
  see(place, { ...STATUS, orphaned: true }, 400);
  t.equal(isDue(place, 'me', TTL, 60_000, 500), false, 'and is gone anew');
});
