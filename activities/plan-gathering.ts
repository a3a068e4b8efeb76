import type { ObservedAlert } from '../workflows/domain/alert.ts';
import type { GatherPlan, PlanGatheringInput } from '../workflows/domain/phase-data.ts';
import { selectHandler } from '../kb/handlers/index.ts';
import type { Handler } from '../kb/schemas/handler.ts';
import { knowledgeSnapshot } from '../kb/reasoning/knowledge-snapshot.ts';
import type { Knowledge } from '../kb/reasoning/knowledge.ts';
import { toClusterMs, toWallMs, wallDuration, type Inventory } from '../kb/schemas/inventory.ts';
import { alertTime, remainsTime } from './alert-time.ts';
import { inventoryOf } from './inventory-of.ts';
import { jsonDigest } from './json-evidence.ts';
import { planLook } from './plan-look.ts';
import { rethrow } from './port-failure.ts';
import type { Clock } from './ports.ts';

// A plan stands in the history; larger jobs are looked at from their alerted nodes outwards.
const nodesMax = 1000;

/** Which handler, which job and nodes, which windows: from the alert's labels and the inventory. */
export function createPlanGathering(ports: {
  readonly inventories: ReadonlyMap<string, Inventory>;
  readonly knowledge: Knowledge;
  readonly clock: Clock;
}) {
  const knowledgeDigest = jsonDigest(knowledgeSnapshot(ports.knowledge));
  return async function planGathering({
    key,
    alert,
    remains,
    untilMs: wallUntilMs,
  }: PlanGatheringInput): Promise<GatherPlan> {
    try {
      const inventory = inventoryOf(ports.inventories, key.cluster);
      const firing = alert.alerts.filter(({ status }) => status === 'firing');
      const telling = firing.length > 0 ? firing : alert.alerts;
      const handler = handlerFor(telling.map(({ labels }) => ({ ...alert.groupLabels, ...labels })));
      const { job, nodes, alerted } = concerned(inventory, alert.groupLabels, telling);
      // Alert times are cluster time.
      const { alertAtMs, notBeforeMs, doubts } =
        remains === undefined ? alertTime(alert, telling, inventory.clock) : remainsTime(remains, inventory.clock);
      const untilMs = wallUntilMs === undefined ? undefined : toClusterMs(inventory.clock, wallUntilMs);
      const concern = { job, nodes, alerted, alertAtMs, notBeforeMs, untilMs };
      const look = planLook(inventory, handler, concern, ports.knowledge);
      const { shippingLagMs } = inventory.logs;
      const nowMs = toClusterMs(inventory.clock, ports.clock.nowMs());
      const wallUntil = (ms: number): number => Math.ceil(wallDuration(inventory.clock, ms - nowMs));
      const looks = laterLooks(handler, alertAtMs).filter((ms) => ms > (untilMs ?? alertAtMs));
      return {
        ...look,
        knowledgeDigest,
        readyInMs: Math.max(0, wallUntil(look.toMs + shippingLagMs)),
        ...(looks.length === 0 ? {} : { looksAgainAtMs: looks.map((ms) => Math.ceil(toWallMs(inventory.clock, ms))) }),
        ...(notBeforeMs === undefined ? {} : { repairedAtMs: notBeforeMs }),
        ...(doubts.length === 0 ? {} : { doubts }),
      };
    } catch (error) {
      return rethrow(error);
    }
  };
}

/** Cluster milliseconds. */
function laterLooks({ looksAgainAfterMs = [] }: Handler, alertAtMs: number): readonly number[] {
  return looksAgainAfterMs.map((afterMs) => alertAtMs + afterMs);
}

/** A group of several alerts is looked at by the first handler that is made for one of them, not by the one for all. */
function handlerFor(labelSets: readonly Readonly<Record<string, string>>[]): Handler {
  const chosen = labelSets.map((labels) => selectHandler(labels));
  return chosen.find(({ matches }) => Object.keys(matches).length > 0) ?? selectHandler({});
}

// Prometheus' own `job` label names a scrape target more often than a training job, so only names that the
// inventory knows count.
const jobLabels = ['training_job', 'job_name', 'job', 'exported_job', 'slurm_job'] as const;
const nodeLabels = ['node', 'Hostname', 'hostname', 'host', 'instance', 'kubernetes_node', 'nodename'] as const;

function concerned(
  inventory: Inventory,
  groupLabels: Readonly<Record<string, string>>,
  alerts: readonly ObservedAlert[],
): { readonly job: string | null; readonly nodes: readonly string[]; readonly alerted: ReadonlySet<string> } {
  const sets = [groupLabels, ...alerts.map(({ labels }) => labels)];
  const known = new Set(inventory.nodes.map(({ name }) => name));
  const alerted = new Set(sets.flatMap((labels) => nodeLabels.flatMap((label) => nodeName(labels[label], known))));
  const named = sets.flatMap((labels) => jobLabels.map((label) => labels[label]));
  const job =
    inventory.jobs.find(({ name }) => named.includes(name)) ??
    onlyOne(inventory.jobs.filter(({ ranks }) => ranks.some(({ node }) => alerted.has(node)))) ??
    (alerted.size === 0 ? onlyOne(inventory.jobs) : undefined);
  const nodes = new Set([...alerted, ...(job?.ranks.map(({ node }) => node) ?? [])]);
  // An alert that names neither looks at the whole cluster.
  const all = nodes.size > 0 ? [...nodes] : [...known];
  return { job: job?.name ?? null, nodes: all.slice(0, nodesMax).toSorted(), alerted };
}

/** `node-07:9400` and `node-07.site.example` are node-07 where the inventory has that name. */
function nodeName(value: string | undefined, known: ReadonlySet<string>): readonly string[] {
  if (value === undefined) return [];
  const host = value.replace(/:\d+$/, '').toLowerCase();
  return [host, host.split('.')[0] ?? ''].filter((name) => known.has(name)).slice(0, 1);
}

function onlyOne<T>(items: readonly T[]): T | undefined {
  return items.length === 1 ? items[0] : undefined;
}
