import { Counter, Gauge, type Metric, Registry } from 'prom-client';
import { ASKED } from '../ledger/command.js';
import type { Holder } from '../ledger/node-settings.js';
import { RULES } from '../parsers/errors.js';
import { CLOSINGS, type Counters, type Distribution, type Scalar } from './counters.js';
import { nameByDatabase } from './lane-metrics.js';
import { MODES } from './mode.js';
import { PROJECTED } from './projection-metrics.js';
import { PROVED } from './proof-metrics.js';
import { nameByTenant } from './tenant-gauges.js';
import { nameWebhooks } from './webhook-metrics.js';

/** Labels of the row for messages of no tenant. */
const NO_TENANT = '';

const COUNTED: Readonly<Record<string, readonly [Scalar, string]>> = {
  holdfast_connections_accepted_total: ['connectionsAccepted', 'Connections accepted.'],
  holdfast_batches_total: ['batches', 'Batches parsed.'],
  holdfast_messages_total: ['messages', 'Messages taken in, whatever became of them.'],
  holdfast_parser_failures_total: [
    'parserFailures',
    'Batches whose parser thread died; they are parsed again.',
  ],
  holdfast_commits_total: ['commits', 'Commits to the journal.'],
  holdfast_commands_journalled_total: ['commandsJournalled', 'Commands made durable in the journal.'],
  holdfast_settlements_total: [
    'settlements',
    'Times that a lost connection or an unknown commit was settled with the database.',
  ],
  holdfast_voids_total: ['voids', 'Authorisations undone since they were answered 91.'],
};

const MEASURED: Readonly<Record<string, readonly [Scalar, string, scale: number]>> = {
  holdfast_connections_open: ['connectionsOpen', 'Connections open now.', 1],
  holdfast_connections_paused: ['connectionsPaused', 'Connections not read from now, for want of room.', 1],
  holdfast_tenants_quarantined: ['quarantined', 'Tenants whose ledger broke an invariant.', 1],
  holdfast_event_loop_delay_p50_seconds: ['eventLoopDelayP50', 'Delay of the hot event loop, median.', 1e-6],
  holdfast_event_loop_delay_p99_seconds: ['eventLoopDelayP99', 'Delay of the hot event loop, 99th.', 1e-6],
  holdfast_event_loop_delay_max_seconds: ['eventLoopDelayMax', 'Delay of the hot event loop, worst.', 1e-6],
  holdfast_event_loop_utilisation_ratio: ['eventLoopUtilisation', 'How busy the hot event loop is.', 1],
};

/**
 * Names the hot thread's counters for Prometheus; each is read when it is asked for.
 * @param tenants names, by index
 * @param databases names, by the place of their lanes
 * @param holders who holds each of them, as far as is known
 */
export function metricsOf(
  counters: Counters,
  tenants: readonly string[],
  databases: readonly string[],
  holders: () => readonly (Holder | null)[],
): Registry {
  const registry = new Registry();
  const registers = [registry];
  new Counter({
    name: 'holdfast_decisions_total',
    help: 'Messages that their tenant was to be asked about, by how that ended.',
    labelNames: ['result'],
    registers,
    collect() {
      this.reset();
      for (const [result, asked] of Object.entries(ASKED)) {
        if (asked !== ASKED.no) this.inc({ result }, counters.askings[asked]!);
      }
    },
  });
  for (const [name, [scalar, help]] of Object.entries(COUNTED)) {
    new Counter({
      name,
      help,
      registers,
      collect() {
        this.reset();
        this.inc(counters.get(scalar));
      },
    });
  }
  for (const [name, [scalar, help, scale]] of Object.entries(MEASURED)) {
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(counters.get(scalar) * scale);
      },
    });
  }
  new Gauge({
    name: 'holdfast_mode',
    help: 'What the switch is doing: 1 for the mode it is in.',
    labelNames: ['mode'],
    registers,
    collect() {
      for (const mode of MODES) this.set({ mode }, counters.mode === mode ? 1 : 0);
    },
  });
  nameByDatabase(registry, databases, counters.lanes);
  new Counter({
    name: 'holdfast_responses_total',
    help: 'Answers by tenant and response code (DE39).',
    labelNames: ['tenant', 'code'],
    registers,
    collect() {
      this.reset();
      for (const [index, tenant] of [...tenants, NO_TENANT].entries()) {
        for (let code = 0; code < 100; code++) {
          const count = counters.answers(index, code);
          if (count > 0) this.inc({ tenant, code: String(code).padStart(2, '0') }, count);
        }
      }
    },
  });
  new Gauge({
    name: 'holdfast_tenant_epoch',
    help: 'Epoch under which a tenant is held here; 0 where it is not.',
    labelNames: ['tenant'],
    registers,
    collect() {
      for (const [index, tenant] of tenants.entries()) this.set({ tenant }, counters.epochs[index]!);
    },
  });
  new Gauge({
    name: 'holdfast_tenant_holder',
    help: 'Which node holds a tenant, and where it listens: 1 for that.',
    labelNames: ['tenant', 'node', 'endpoint'],
    registers,
    collect() {
      this.reset();
      for (const [index, holder] of holders().entries()) {
        if (holder !== null) this.set({ tenant: tenants[index]!, ...holder }, 1);
      }
    },
  });
  new Counter({
    name: 'holdfast_not_held_total',
    help: 'Messages answered 91 since their tenant is not held here.',
    labelNames: ['tenant'],
    registers,
    collect() {
      this.reset();
      for (const [index, tenant] of tenants.entries()) this.inc({ tenant }, counters.notHeld[index]!);
    },
  });
  nameByTenant(registry, tenants, PROVED, (index) => counters.proof.of(index));
  nameByTenant(registry, tenants, PROJECTED, (index) => counters.projection.of(index));
  nameWebhooks(registry, tenants, counters.webhooks);
  new Counter({
    name: 'holdfast_frames_refused_total',
    help: 'Messages that can not be read, by the rule they break.',
    labelNames: ['reason'],
    registers,
    collect() {
      this.reset();
      for (const [rule, { reason }] of RULES.entries()) {
        if (rule > 0) this.inc({ reason }, counters.refusals[rule]!);
      }
    },
  });
  new Counter({
    name: 'holdfast_connections_closed_total',
    help: 'Connections closed, by reason.',
    labelNames: ['reason'],
    registers,
    collect() {
      this.reset();
      for (const [index, reason] of CLOSINGS.entries()) this.inc({ reason }, counters.closings[index]!);
    },
  });
  const { replyUs, commitUs, groupCommands, askedUs } = counters;
  register(
    registry,
    'holdfast_decision_seconds',
    'How long tenants were waited for that decide in real time.',
    askedUs,
    1e6,
  );
  register(registry, 'holdfast_reply_seconds', 'From message read to reply written.', replyUs, 1e6);
  register(registry, 'holdfast_commit_seconds', 'Time of a commit to the journal.', commitUs, 1e6);
  register(registry, 'holdfast_commit_commands', 'Commands in a commit.', groupCommands, 1);
  return registry;
}

/** prom-client's own histogram can only observe values, not take over counts; its registry takes any metric. */
function register(
  registry: Registry,
  name: string,
  help: string,
  distribution: Distribution,
  perUnit: number,
): void {
  const get = async () => {
    const { bounds, cells } = distribution;
    let count = 0;
    const values: { metricName: string; labels: Record<string, string>; value: number }[] = [];
    for (let bucket = 0; bucket <= bounds.length; bucket++) {
      count += cells[bucket]!;
      const le = bucket === bounds.length ? '+Inf' : String(bounds[bucket]! / perUnit);
      values.push({ metricName: `${name}_bucket`, labels: { le }, value: count });
    }
    values.push({ metricName: `${name}_sum`, labels: {}, value: cells[bounds.length + 1]! / perUnit });
    values.push({ metricName: `${name}_count`, labels: {}, value: count });
    return { name, help, type: 'histogram', aggregator: 'sum', values };
  };
  registry.registerMetric({ name, help, get, reset() {}, remove() {} } as unknown as Metric);
}
