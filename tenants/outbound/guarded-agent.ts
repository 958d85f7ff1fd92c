import { Agent, buildConnector } from 'undici';
import { type AddressGuard, AddressRefusedError } from './address-guard.js';

const KEEP_ALIVE_MS = 30_000;
const HEADER_BYTES_MAX = 16 * 1024;

/**
 * Connections to tenants' endpoints that stay open, and lead to no address that the guard refuses.
 * @param connecting how a connection is made, its time-out in ms included
 * @param options of the agent besides, such as how many connections there may be
 */
export function guardedAgent(
  guard: AddressGuard,
  connecting: buildConnector.BuildOptions,
  options: Agent.Options = {},
): Agent {
  // Addresses that a name leads to; one that is an address by itself is not looked up.
  const connect = buildConnector({ ...connecting, lookup: guard.lookup } as buildConnector.BuildOptions);
  return new Agent({
    connect: (to, done) => {
      if (guard.allowsHost(to.hostname)) connect(to, done);
      else done(new AddressRefusedError(), null);
    },
    keepAliveTimeout: KEEP_ALIVE_MS,
    maxHeaderSize: HEADER_BYTES_MAX,
    ...options,
  });
}
