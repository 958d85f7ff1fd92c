import { Gauge, type Registry } from 'prom-client';

/** By name: what it is, and its value of what is known of a tenant. */
export type TenantGauges<Known> = Readonly<
  Record<string, readonly [help: string, value: (known: Known) => number]>
>;

/** Names numbers of each tenant for Prometheus; one of which nothing is known yet has no value. */
export function nameByTenant<Known>(
  registry: Registry,
  tenants: readonly string[],
  gauges: TenantGauges<Known>,
  of: (index: number) => Known | null,
): void {
  for (const [name, [help, value]] of Object.entries(gauges)) {
    new Gauge({
      name,
      help,
      labelNames: ['tenant'],
      registers: [registry],
      collect() {
        for (const [index, tenant] of tenants.entries()) {
          const known = of(index);
          if (known !== null) this.set({ tenant }, value(known));
        }
      },
    });
  }
}
