import t from 'tap';
import { EndpointClient } from '../../../tenants/outbound/endpoint-client.js';
import { guardedLookup, isReserved, requireAllowed } from '../../../tenants/outbound/guarded-lookup.js';
import { DecisionEndpointServer } from '../../switch/decision-endpoint.js';

t.test('addresses that are of no host in the Internet', async (t) => {
  for (const address of [
    '0.0.0.0',
    '10.1.2.3',
    '100.64.0.1',
    '127.0.0.1',
    '127.255.255.255',
    '169.254.169.254',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.1.1',
    '198.18.0.1',
    '224.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    'fc00::1',
    'fd12:3456::1',
    'fe80::1',
    'ff02::1',
    '::ffff:127.0.0.1',
    '::ffff:10.0.0.1',
    '64:ff9b::a00:1',
    '2001:db8::1',
  ]) {
    t.equal(isReserved(address), true, address);
  }
  for (const address of [
    '1.1.1.1',
    '8.8.8.8',
    '172.32.0.1',
    '172.15.255.255',
    '193.0.0.1',
    '2606:4700::1111',
    '2a00::1',
  ]) {
    t.equal(isReserved(address), false, address);
  }
});

t.test('a name that leads to one is not looked up', async (t) => {
  const found = new Promise((resolve) => {
    guardedLookup('localhost', { all: true }, (error, addresses) => resolve(error ?? addresses));
  });
  t.match(await found, { code: 'HF_FORBIDDEN_ADDRESS' });
  t.throws(() => requireAllowed('127.0.0.1'), { code: 'HF_FORBIDDEN_ADDRESS' });
  t.throws(() => requireAllowed('[::1]'), { code: 'HF_FORBIDDEN_ADDRESS' });
  t.doesNotThrow(() => requireAllowed('example.org'));
});

t.test('an endpoint at such an address is not asked, by its name or its number', async (t) => {
  const endpoint = await DecisionEndpointServer.start(t);
  const client = new EndpointClient({ privateAddresses: false });
  t.teardown(() => client.close());
  const { port } = new URL(endpoint.origin);
  for (const host of ['localhost', '127.0.0.1', '[::1]', '2130706433', '0x7f000001', '127.1']) {
    await t.rejects(client.post(`http://${host}:${port}/`, '{}', {}, 5000), host);
  }
  t.equal(endpoint.requests.length, 0);
});
