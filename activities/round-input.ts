import type { Finding } from '../workflows/domain/finding.ts';
import type { MendedCause } from '../workflows/domain/cluster-mended.ts';
import type { GatherPlan, RoundInput } from '../workflows/domain/phase-data.ts';
import { canAsk } from '../kb/probes/can-ask.ts';
import { probeById } from '../kb/probes/index.ts';
import { wishesOfLook } from '../kb/reasoning/first-look.ts';
import { derivedFindings } from '../kb/reasoning/derived-findings.ts';
import type { Knowledge } from '../kb/reasoning/knowledge.ts';
import type { ReasonInput } from '../kb/reasoning/scene.ts';
import type { MendedBefore } from '../kb/reasoning/mended.ts';
import { splitByTime, type IncidentWindow } from '../kb/reasoning/timeliness.ts';
import { settle, type Attempt } from '../kb/reasoning/unread.ts';
import { toClusterMs, type Inventory } from '../kb/schemas/inventory.ts';
import { expectedSources, keyPlacer } from './log-layout.ts';
import { gpusOf } from './read-findings.ts';

/** What was read for a round. */
export type RoundReading = Pick<ReasonInput, 'findings' | 'recalled' | 'previousGraph' | 'evidence'>;

/** What a round is asked, beside what was read for it. */
export interface RoundAsked extends Pick<RoundInput, 'round' | 'probesRun' | 'looked'> {
  readonly plan: Pick<
    RoundInput['plan'],
    'job' | 'nodes' | 'fromMs' | 'alertAtMs' | 'repairedAtMs' | 'mended' | 'logs' | 'firstProbes' | 'firstLook'
  >;
  /** What came of the readings of each batch, the oldest first; absent where nobody kept it: then all of them count as read. */
  readonly attempts?: readonly (readonly Attempt[])[];
  /** Absent where the job's speed can not be compared (again). */
  readonly speed?: ReasonInput['speed'];
}

/** The readings in the setting of their cluster: its places, its ranks, what can be asked there and what was. */
export function roundInput(
  read: RoundReading,
  { round, plan, probesRun, looked, speed, attempts }: RoundAsked,
  inventory: Inventory | undefined,
  knowledge: Knowledge,
): ReasonInput {
  const { nodes, job } = plan;
  const window = windowOf(plan, inventory);
  const ran = allProbesRun({ plan, probesRun, looked });
  return {
    round,
    ...withDerived(read, { plan, window }, inventory, knowledge),
    nodes,
    gpus: gpusOf(inventory, nodes),
    ranks: ranksOf(inventory, job),
    window,
    ...(inventory === undefined ? {} : { canAsk: canAsk(inventory, probeById) }),
    firstProbes: plan.firstProbes,
    probesRun: ran,
    ...(attempts === undefined ? {} : settle(ran, attempts, knowledge.probes)),
    ...(speed === undefined ? {} : { speed }),
  };
}

function ranksOf(inventory: Inventory | undefined, job: string | null): ReasonInput['ranks'] {
  return inventory?.jobs.find(({ name }) => name === job)?.ranks ?? [];
}

/** Those of the first look, if it was taken, and those of the batches. */
export function allProbesRun({
  plan: { firstLook = [] },
  probesRun,
  looked,
}: {
  readonly plan: Pick<RoundInput['plan'], 'firstLook'>;
  readonly probesRun: RoundInput['probesRun'];
  readonly looked: RoundInput['looked'] | undefined;
}): RoundInput['probesRun'] {
  return [...(looked === true ? wishesOfLook(firstLook) : []), ...probesRun];
}

function windowOf(plan: RoundAsked['plan'], inventory: Inventory | undefined): IncidentWindow {
  const { fromMs, alertAtMs, repairedAtMs, mended } = plan;
  return {
    fromMs,
    alertAtMs,
    ...(repairedAtMs === undefined ? {} : { repairedAtMs }),
    ...(mended === undefined || inventory === undefined ? {} : { mendedBefore: mendedBefore(mended, plan, inventory) }),
  };
}

function mendedBefore(
  mended: readonly MendedCause[],
  plan: Pick<GatherPlan, 'job' | 'nodes' | 'logs'>,
  inventory: Inventory,
): MendedBefore {
  const placed = keyPlacer(inventory, expectedSources(inventory, plan));
  // Another job's trouble elsewhere is none of what was mended here.
  const concerned = new Set([...plan.nodes, ...ranksOf(inventory, plan.job).map(({ node }) => node)]);
  return {
    // The cluster entity knows wall time only.
    causes: mended
      .filter(({ node }) => concerned.has(node))
      .map((cause) => ({ ...cause, atMs: toClusterMs(inventory.clock, cause.atMs) })),
    written: (source) => placed(source) ?? undefined,
  };
}

/** What several findings show together is one beside them. */
function withDerived<Read extends { readonly findings: readonly Finding[] }>(
  read: Read,
  { plan, window }: { readonly plan: RoundAsked['plan']; readonly window: IncidentWindow },
  inventory: Inventory | undefined,
  { kinds }: Knowledge,
): Read {
  const asked = new Set(plan.nodes);
  const nodes = (inventory?.nodes ?? []).filter(({ name }) => asked.has(name));
  // What an event log remembers of months ago is no trouble that nodes share now.
  const { current } = splitByTime(read.findings, kinds, window);
  return { ...read, findings: [...read.findings, ...derivedFindings(current, nodes, plan.alertAtMs)] };
}
