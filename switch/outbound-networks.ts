import type { Config } from './config-schema.js';

/** Networks that tenants' endpoints may be in though they are not public: in a demo, this machine too. */
export function networksOf({ demo, outbound }: Pick<Config, 'demo' | 'outbound'>): readonly string[] {
  return demo ? [...outbound.networks, '127.0.0.0/8', '::1/128'] : outbound.networks;
}
