import { type LookupAddress, lookup } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';

/**
 * Addresses that are nobody’s in the Internet (RFC 6890, RFC 4291, RFC 6052): a tenant must not reach what is behind. Those
 * of version 4 also as version 6 writes them (::ffff:0:0/96).
 */
const RESERVED: readonly (readonly [address: string, prefix: number, family: 'ipv4' | 'ipv6'])[] = [
  ['0.0.0.0', 8, 'ipv4'],
  ['10.0.0.0', 8, 'ipv4'],
  ['100.64.0.0', 10, 'ipv4'],
  ['127.0.0.0', 8, 'ipv4'],
  ['169.254.0.0', 16, 'ipv4'],
  ['172.16.0.0', 12, 'ipv4'],
  ['192.0.0.0', 24, 'ipv4'],
  ['192.0.2.0', 24, 'ipv4'],
  ['192.168.0.0', 16, 'ipv4'],
  ['198.18.0.0', 15, 'ipv4'],
  ['198.51.100.0', 24, 'ipv4'],
  ['203.0.113.0', 24, 'ipv4'],
  ['224.0.0.0', 3, 'ipv4'],
  ['::', 96, 'ipv6'],
  ['64:ff9b::', 96, 'ipv6'],
  ['100::', 64, 'ipv6'],
  ['2001:db8::', 32, 'ipv6'],
  ['fc00::', 7, 'ipv6'],
  ['fe80::', 10, 'ipv6'],
  ['ff00::', 8, 'ipv6'],
];

const blocked = new BlockList();
for (const [address, prefix, family] of RESERVED) blocked.addSubnet(address, prefix, family);

/** An address that a tenant's endpoint must not have. */
export class ForbiddenAddressError extends Error {
  override readonly name = 'ForbiddenAddressError';
  readonly code = 'HF_FORBIDDEN_ADDRESS';
  constructor(host: string) {
    super(`${host} is, or leads to, an address that is not of the Internet`);
  }
}

/** Whether an address is of no host in the Internet: private, loopback, link-local, reserved. */
export function isReserved(address: string): boolean {
  return blocked.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');
}

/**
 * Looks a name up like `dns.lookup`, but fails where any of its addresses is reserved: it is asked when a connection is
 * made, so that a name which leads elsewhere by then is of no use.
 */
export const guardedLookup: LookupFunction = (host, options, told) => {
  lookup(host, { ...options, all: true }, (error, addresses: LookupAddress[]) => {
    if (error !== null) return told(error, '', 0);
    if (addresses.some(({ address }) => isReserved(address)))
      return told(new ForbiddenAddressError(host), '', 0);
    if (options.all === true) return told(null, addresses);
    const [first] = addresses;
    told(null, first!.address, first!.family);
  });
};

/** @throws ForbiddenAddressError where a host is written as a reserved address, which is never looked up */
export function requireAllowed(host: string): void {
  const address = host.replace(/^\[|\]$/g, '');
  if (isIP(address) !== 0 && isReserved(address)) throw new ForbiddenAddressError(host);
}
