import type { GatherPlan } from '../workflows/domain/phase-data.ts';
import { canAsk } from '../kb/probes/can-ask.ts';
import { probeById } from '../kb/probes/index.ts';
import { firstLook, lookMsMax } from '../kb/reasoning/first-look.ts';
import type { Knowledge } from '../kb/reasoning/knowledge.ts';
import type { Handler } from '../kb/schemas/handler.ts';
import type { Inventory } from '../kb/schemas/inventory.ts';

export interface Concerned extends Pick<GatherPlan, 'job' | 'nodes' | 'alertAtMs'> {
  /** Those of the nodes that are looked at first. */
  readonly alerted: ReadonlySet<string>;
  /** Cluster milliseconds; nothing is looked at from before, where that leaves a whole window. */
  readonly notBeforeMs?: number | undefined;
  /** Cluster milliseconds, where that is later than the handler would look. */
  readonly untilMs?: number | undefined;
}

/** What a handler looks at around an alert: whole windows of logs and metrics, and what is read on the nodes first. */
export function planLook(
  inventory: Inventory,
  handler: Handler,
  { job, nodes, alerted, alertAtMs, notBeforeMs, untilMs = 0 }: Concerned,
  knowledge: Knowledge,
): Omit<GatherPlan, 'knowledgeDigest' | 'readyInMs'> {
  const { windowMs } = inventory.logs;
  const windowBefore = (ms: number): number => Math.floor(ms / windowMs) * windowMs;
  const firstWindow =
    notBeforeMs === undefined ? 0 : Math.min(Math.ceil(notBeforeMs / windowMs) * windowMs, windowBefore(alertAtMs));
  return {
    handlerId: handler.id,
    job,
    nodes,
    alertAtMs,
    // Whole windows: an object holds a whole one and is shipped after it has ended.
    fromMs: Math.max(windowBefore(alertAtMs - handler.window.beforeMs), firstWindow),
    toMs: Math.ceil(Math.max(alertAtMs + handler.window.afterMs, untilMs) / windowMs) * windowMs,
    logs: handler.logs,
    metrics: handler.metrics,
    firstProbes: handler.firstProbes,
    firstLook: firstLook(knowledge, {
      handlerProbes: handler.firstProbes,
      nodes: [...nodes.filter((node) => alerted.has(node)), ...nodes.filter((node) => !alerted.has(node))],
      canAsk: canAsk(inventory, probeById),
    }),
    firstLookMsMax: lookMsMax,
  };
}
