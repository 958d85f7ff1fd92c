import dns from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';

/** IPv4 that is not of the public Internet (IANA special-purpose registry, RFC 6890). */
const NOT_PUBLIC_4 = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
];
/** All IPv6 that is public is within this (IANA), but for these parts, of which some lead to IPv4. */
const PUBLIC_6 = ['2000::/3'];
const NOT_PUBLIC_6 = ['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20'];

/** An address that a tenant may not have requests sent to. */
export class AddressRefusedError extends Error {
  override readonly name = 'AddressRefusedError';
  readonly code = 'HF_ADDRESS_REFUSED';
  constructor() {
    // Not which it is: nobody shall find out about the network by it.
    super('the address is not a public one');
  }
}

/** Whether a text is a network as CIDR has it, of IPv4 or IPv6. */
export function isNetwork(text: string): boolean {
  const [address = '', prefix = ''] = text.split('/');
  const family = isIP(address);
  return family !== 0 && /^[0-9]{1,3}$/.test(prefix) && Number(prefix) <= (family === 4 ? 32 : 128);
}

/** Networks as CIDR, `10.1.0.0/16`. @throws RangeError where one is none */
export function networksOf(list: readonly string[]): BlockList {
  const networks = new BlockList();
  for (const network of list) {
    if (!isNetwork(network)) throw new RangeError(`'${network}' is no network like 10.1.0.0/16`);
    const [address = '', prefix] = network.split('/');
    networks.addSubnet(address, Number(prefix), isIP(address) === 4 ? 'ipv4' : 'ipv6');
  }
  return networks;
}

const notPublic4 = networksOf(NOT_PUBLIC_4);
const public6 = networksOf(PUBLIC_6);
const notPublic6 = networksOf(NOT_PUBLIC_6);

/**
 * Decides which addresses requests may go to, so that a tenant can't reach what only this machine or its network can
 * (server-side request forgery). Names are looked up when a connection is made, and what they lead to is checked then: a
 * name that leads elsewhere later is no way round.
 */
export class AddressGuard {
  readonly #allowed: BlockList;
  readonly #resolve: typeof dns.lookup;

  /**
   * @param allowed networks that may be reached though they are not public
   * @param resolve how names are looked up
   */
  constructor(allowed: readonly string[], resolve: typeof dns.lookup = dns.lookup) {
    this.#allowed = networksOf(allowed);
    this.#resolve = resolve;
  }

  /** Whether requests may go to an address, IPv4 or IPv6. */
  allows(address: string): boolean {
    const family = isIP(address);
    if (family === 0) return false;
    if (family === 4) return this.#allowed.check(address) || !notPublic4.check(address);
    if (this.#allowed.check(address, 'ipv6')) return true;
    return public6.check(address, 'ipv6') && !notPublic6.check(address, 'ipv6');
  }

  /** Whether a URL's host may be reached as far as that can be told without looking it up. */
  allowsHost(host: string): boolean {
    const bare = host.replace(/^\[|\]$/g, '');
    return isIP(bare) === 0 || this.allows(bare);
  }

  /** For `net.connect`: fails where any of the addresses may not be reached. */
  readonly lookup: LookupFunction = (host, options, done) => {
    this.#resolve(host, { ...options, all: true }, (error, addresses) => {
      if (error !== null) return done(error, [], 0);
      if (addresses.length === 0 || !addresses.every(({ address }) => this.allows(address))) {
        return done(new AddressRefusedError(), [], 0);
      }
      if (options.all) return done(null, addresses);
      done(null, addresses[0]!.address, addresses[0]!.family);
    });
  };
}
