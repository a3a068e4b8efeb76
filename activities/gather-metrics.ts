import { toClusterMs, type Inventory } from '../kb/schemas/inventory.ts';
import type { GatheredMetrics, GatherInput, GatherPlan } from '../workflows/domain/phase-data.ts';
import { withHeartbeats } from './heartbeats.ts';
import { inventoryOf, type Inventories } from './inventory-of.ts';
import { putJson } from './json-evidence.ts';
import { metricRange } from './metric-range.ts';
import { rethrow } from './port-failure.ts';
import type { Clock, EvidenceStore, MetricsSource } from './ports.ts';

export interface GatherMetricsPorts {
  readonly inventories: Inventories;
  /** The metrics of one cluster; `null` where none are configured. */
  readonly metrics: (inventory: Inventory) => MetricsSource | null;
  readonly evidence: EvidenceStore;
  readonly clock?: Clock;
}

/** Takes a range of each metric that the plan names; what has no series is listed as missing. */
export function createGatherMetrics(ports: GatherMetricsPorts): (input: GatherInput) => Promise<GatheredMetrics> {
  return async ({ key, plan, untilNow }) => {
    let asked = 0;
    return withHeartbeats(
      () => ({ asked }),
      async (signal) => {
        const inventory = inventoryOf(ports.inventories, key.cluster);
        const wanted = untilNow === true ? prolonged(plan, inventory, (ports.clock ?? wallClock).nowMs()) : plan;
        const range = await metricRange(ports.metrics(inventory), inventory, wanted, signal, () => (asked += 1));
        return {
          range: await putJson(ports.evidence, 'metric-range', key.cluster, range, signal),
          series: range.series.length,
          missing: range.missing,
        };
      },
    ).catch(rethrow);
  };
}

const wallClock: Clock = { nowMs: Date.now };
// A day of healthy steps is more than any detector looks at; an incident may wait for people for longer.
const prolongedMsMax = 24 * 3_600_000;

/** The plan's range until now, wall milliseconds. Its beginning moves only where the range would be longer than a day. */
export function prolonged<Plan extends Pick<GatherPlan, 'fromMs' | 'toMs'>>(
  plan: Plan,
  inventory: Inventory,
  nowMs: number,
): Plan {
  const toMs = Math.max(plan.toMs, Math.floor(toClusterMs(inventory.clock, nowMs)));
  return { ...plan, toMs, fromMs: Math.max(plan.fromMs, toMs - prolongedMsMax) };
}
