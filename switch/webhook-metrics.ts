import { Counter, type Registry } from 'prom-client';
import type { WebhookBoard, WebhookProgress } from '../tenants/events/webhook-board.js';
import { nameByTenant, type TenantGauges } from './tenant-gauges.js';

const WAITING: TenantGauges<WebhookProgress> = {
  holdfast_webhook_deliveries_waiting: [
    'Deliveries of a tenant that wait or are under way.',
    ({ waiting }) => waiting,
  ],
  holdfast_webhook_lag_seconds: [
    'Age of the oldest event that a webhook endpoint of a tenant lacks.',
    ({ oldest }) => (oldest === 0 ? 0 : Math.max(0, Date.now() - oldest) / 1000),
  ],
};

/** Names what becomes of webhooks for Prometheus. */
export function nameWebhooks(registry: Registry, tenants: readonly string[], board: WebhookBoard): void {
  nameByTenant(registry, tenants, WAITING, (index) => board.of(index));
  const registers = [registry];
  new Counter({
    name: 'holdfast_webhook_attempts_total',
    help: 'Attempts to deliver a webhook, by outcome.',
    labelNames: ['tenant', 'outcome'],
    registers,
    collect() {
      this.reset();
      for (const [index, tenant] of tenants.entries()) {
        const known = board.of(index);
        if (known === null) continue;
        this.inc({ tenant, outcome: 'delivered' }, known.delivered);
        this.inc({ tenant, outcome: 'failed' }, known.failed);
      }
    },
  });
  new Counter({
    name: 'holdfast_webhook_dead_letters_total',
    help: 'Deliveries that were given up after their last attempt.',
    labelNames: ['tenant'],
    registers,
    collect() {
      this.reset();
      for (const [index, tenant] of tenants.entries()) this.inc({ tenant }, board.of(index)?.dead ?? 0);
    },
  });
}
