import type dns from 'node:dns';
import t from 'tap';
import { AddressGuard, networksOf } from '../../../tenants/outbound/address-guard.js';

t.test('addresses that are not public are refused, whatever they look like', async (t) => {
  const guard = new AddressGuard([]);
  for (const address of [
    '0.0.0.0',
    '10.255.0.1',
    '100.64.0.1',
    '127.0.0.1',
    '169.254.169.254',
    '172.31.255.255',
    '192.168.0.1',
    '198.18.0.1',
    '224.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    '::ffff:127.0.0.1',
    '::ffff:a00:1',
    '64:ff9b::7f00:1',
    'fc00::1',
    'fd12:3456::1',
    'fe80::1',
    'ff02::1',
    '2001:db8::1',
    '2002:7f00:1::',
    'localhost',
    '',
  ]) {
    t.equal(guard.allows(address), false, address);
  }
  for (const address of ['1.1.1.1', '172.32.0.1', '2606:4700::1111', '2a00:1450::1']) {
    t.equal(guard.allows(address), true, address);
  }
});

t.test('networks that are named may be reached, and no others', async (t) => {
  const guard = new AddressGuard(['10.1.0.0/16', 'fd00:1::/32']);
  t.same(
    ['10.1.2.3', '10.2.0.1', 'fd00:1::5', 'fd00:2::5'].map((address) => guard.allows(address)),
    [true, false, true, false],
  );
  for (const wrong of ['10.0.0.0', '10.0.0.0/33', 'host/8', '10.0.0.0/x'])
    t.throws(() => networksOf([wrong]), RangeError);
});

t.test('a name is refused when any address that it leads to is, at the moment of connecting', async (t) => {
  let leadsTo = ['1.1.1.1'];
  const resolve = ((_host: string, _options: object, done: (error: null, found: object[]) => void) =>
    done(
      null,
      leadsTo.map((address) => ({ address, family: 4 })),
    )) as unknown as typeof dns.lookup;
  const guard = new AddressGuard([], resolve);
  const look = (all: boolean) =>
    new Promise((done) =>
      guard.lookup('example.com', { all }, (error, found) => done(error?.message ?? found)),
    );
  t.same(await look(true), [{ address: '1.1.1.1', family: 4 }]);
  t.equal(await look(false), '1.1.1.1');
  leadsTo = ['1.1.1.1', '127.0.0.1'];
  t.equal(await look(true), 'the address is not a public one');
  leadsTo = [];
  t.equal(await look(false), 'the address is not a public one');
});
