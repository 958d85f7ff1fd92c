import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Counters } from './counters.js';

const HEARTBEAT_MS = 100;
const LOOP_RESOLUTION_MS = 10;

/**
 * Tells the other threads, by the counters, that this one lives, and how busy and how late it is.
 * @returns what ends it
 */
export function startHeartbeat(counters: Counters): () => void {
  const delays = monitorEventLoopDelay({ resolution: LOOP_RESOLUTION_MS });
  delays.enable();
  let before = performance.eventLoopUtilization();
  // The histogram is of the times between two ticks, so without any delay each is the resolution.
  const delayUs = (ns: number) => Math.max(0, ns / 1000 - 1000 * LOOP_RESOLUTION_MS);
  const beat = (): void => {
    counters.set('heartbeatAt', Date.now());
    const now = performance.eventLoopUtilization();
    counters.set('eventLoopUtilisation', performance.eventLoopUtilization(now, before).utilization);
    before = now;
    counters.set('eventLoopDelayP50', delayUs(delays.percentile(50)));
    counters.set('eventLoopDelayP99', delayUs(delays.percentile(99)));
    counters.set('eventLoopDelayMax', delayUs(delays.max));
  };
  beat();
  const timer = setInterval(beat, HEARTBEAT_MS);
  return () => {
    clearInterval(timer);
    delays.disable();
  };
}
