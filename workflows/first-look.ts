import { CancellationScope, condition, isCancellation } from '@temporalio/workflow';
import { firstLookOf } from './activity-proxies.ts';
import { budgets } from './domain/budgets.ts';
import { degrade } from './domain/incident-view.ts';
import type { GatherPlan, IncidentKey, ProbeBatchResult } from './domain/phase-data.ts';
import type { IncidentChart } from './incident-chart.ts';
import { orWithout } from './or-without.ts';

interface Looking {
  readonly key: IncidentKey;
  readonly plan: GatherPlan;
}

/**
 * Does the work while the nodes are looked at. Where it fails for good, the look is called off and its end waited for:
 * what is tried again later would else meet it on the nodes.
 */
export async function besideFirstLook<T>(
  chart: IncidentChart,
  looking: Looking,
  work: () => Promise<T>,
): Promise<readonly [T, ProbeBatchResult | null]> {
  const working = work();
  const scope = new CancellationScope();
  const look = scope.run(() => lookFirst(chart, looking));
  let isLooking = true;
  const ended = () => {
    isLooking = false;
  };
  look.then(ended, ended);
  try {
    return await Promise.all([working, look]);
  } catch (error) {
    const isBounded = looking.plan.firstLookMsMax !== undefined;
    if (isLooking && isBounded && !isCancellation(error)) {
      scope.cancel();
      await condition(() => !isLooking, budgets.lookEndMsMax, { summary: 'until the first look has ended' });
    }
    throw error;
  }
}

/**
 * Everything cheap is read once on the nodes while the last log windows are still being shipped. Null where the plan has no
 * such look or nobody could be asked: the rounds go on without it.
 */
async function lookFirst(chart: IncidentChart, { key, plan }: Looking): Promise<ProbeBatchResult | null> {
  const { firstLook = [], firstLookMsMax: msMax } = plan;
  if (firstLook.length === 0) return null;
  const probes = firstLook.flatMap((group) => group.probes.map((probeId) => ({ probeId, nodes: group.nodes })));
  const bound = msMax === undefined ? {} : { msMax };
  // Histories of plans without a bound know no look that is called off and waited for.
  const activities = firstLookOf(key.cluster, { endsFirst: msMax !== undefined });
  const result = await orWithout(chart, 'the first look at the nodes', () =>
    activities.runProbeBatch({ key, batch: firstLookBatch, probes, ...bound }),
  );
  if (result === null) return null;
  chart.note((view) => ({ ...view, probeBatches: [...view.probeBatches, { batch: firstLookBatch, result }] }));
  const missing = missingText(result, msMax);
  if (missing !== null) chart.note((view) => degrade(view, missing));
  return result;
}

const firstLookBatch = 'first-look';

/** A tool that a site does not have is nothing to tell; a node of which several readings failed for one reason is. */
const readingsOfOneReasonMin = 3;

function missingText({ failures, unread, overdue = 0 }: ProbeBatchResult, msMax = 0): string | null {
  if (overdue > 0)
    return `the first look was ended after ${msMax / 1_000} s: ${unread} probe reading(s) of it are missing, ${overdue} for want of time`;
  const silent = failures.find(
    ({ node, reason }) =>
      failures.filter((other) => other.node === node && other.reason === reason).length >= readingsOfOneReasonMin,
  );
  return silent === undefined
    ? null
    : `${unread} probe reading(s) of the first look are missing: ${silent.probeId} on ${silent.node}: ${silent.reason}`;
}
