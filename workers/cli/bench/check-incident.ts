import pLimit from 'p-limit';
import { createS3Client } from '../../../activities/adapters/s3-client.ts';
import { createS3Evidence } from '../../../activities/adapters/s3-evidence.ts';
import { evidenceClosure } from '../../../activities/audit/evidence-closure.ts';
import type { ClusterStatus } from '../../../infra/cluster/control-client.ts';
import { openSecrets } from '../../../infra/stack/secrets.ts';
import { closingText } from '../../../workflows/domain/closing.ts';
import type { ClusterState } from '../../../workflows/domain/cluster-rules.ts';
import { clusterWorkflowId } from '../../../workflows/domain/ids.ts';
import type { IncidentView } from '../../../workflows/domain/incident-view.ts';
import path from 'node:path';
import { untilHealthy, type BenchIncident } from './bench-incident.ts';
import type { BenchStack } from './bench-stack.ts';
import { gateJournals, type JournalEntry } from './gate-journals.ts';
import { patiently } from './patiently.ts';

/** What the world looks like after an incident. */
export interface Aftermath {
  /** Journal entries that were not there before. */
  readonly journal: readonly JournalEntry[];
  /** Changes on nodes that no fault made, since the injection. */
  readonly actions: readonly string[];
  readonly cluster: ClusterState;
  readonly healthy: boolean;
  /** Evidence that cannot be read with its hash. */
  readonly lost: readonly string[];
  readonly evidence: number;
}

const healthyMsMax = 120_000;
const serverMsMax = 60_000;
const readsAtOnceMax = 8;

export async function observeAftermath(
  stack: BenchStack,
  incident: BenchIncident,
  journalBefore: ReadonlySet<string>,
): Promise<Aftermath> {
  const healthy = await untilHealthy(stack, healthyMsMax).then(
    () => true,
    () => false,
  );
  const { actions } = await patiently('the cluster', serverMsMax, () => stack.control.status());
  const cluster = await patiently('the cluster entity', serverMsMax, (deadlineMs) =>
    stack.client.withDeadline(deadlineMs, async () => {
      const state = await stack.client.workflow
        .getHandle(clusterWorkflowId(stack.cluster))
        .query<ClusterState>('clusterState');
      // The release is a signal and may still be on its way.
      if (state.leases.length > 0 && Date.now() < deadlineMs - 2_000) throw new Error('a lease is held');
      return state;
    }),
  );
  return {
    journal: gateJournals(stack.stateDir).filter(({ token }) => !journalBefore.has(token)),
    actions: actionsSince(actions, incident.fault.since),
    cluster,
    healthy,
    ...(await readEvidence(stack, incident)),
  };
}

function actionsSince(actions: ClusterStatus['actions'], since: string): readonly string[] {
  return actions
    .filter(({ by, clusterTime }) => by !== 'fault' && clusterTime >= since)
    .map(({ by, text }) => `${by}: ${text}`);
}

/** With the account that made the buckets, so that no role's rights are in the way. */
async function readEvidence(
  { stack, stateDir }: BenchStack,
  { executions }: BenchIncident,
): Promise<Pick<Aftermath, 'lost' | 'evidence'>> {
  const { s3 } = stack;
  const client = createS3Client({
    endpoint: s3.endpoint,
    region: s3.region,
    ...openSecrets(path.join(stateDir, 'secrets')).s3.root,
  });
  try {
    const store = createS3Evidence(client, s3.evidenceBucket, 'orchestrator');
    const histories = executions.map(({ history }) => history);
    const buckets = new Set([s3.evidenceBucket, s3.logsBucket]);
    const { evidence, unreadable } = await evidenceClosure(histories, store, buckets);
    const limit = pLimit(readsAtOnceMax);
    const lost = await Promise.all(
      evidence.map((ref) =>
        limit(() =>
          store.get(ref).then(
            () => [],
            (error: unknown) => [error instanceof Error ? error.message : String(error)],
          ),
        ),
      ),
    );
    return { evidence: evidence.length, lost: [...new Set([...unreadable.map(({ key }) => key), ...lost.flat()])] };
  } finally {
    client.destroy();
  }
}

/** What is not as it should be after an incident whose fault can be repaired; empty when all is well. */
export function incidentProblems(
  fault: { readonly node: string; readonly gpu: number | null },
  view: IncidentView,
  after: Aftermath,
  killedWhenDone: boolean,
): readonly string[] {
  const causes = view.verdict?.kind === 'attributed' ? view.verdict.causes : [];
  const [cause] = causes;
  const right =
    cause !== undefined &&
    causes.length === 1 &&
    cause.category === 'gpu-clock-throttle' &&
    cause.node === fault.node &&
    cause.device?.index === fault.gpu;
  const steps = view.repair?.steps ?? [];
  const forward = steps.filter(({ direction }) => direction === 'forward');
  const failed = steps.filter(({ outcome }) => outcome.kind !== 'done' || outcome.exitCode !== 0);
  const replayed = forward.some(({ outcome }) => outcome.kind === 'done' && outcome.replayed);
  const open = after.journal.filter(({ begun, ended }) => !begun || !ended);
  const asked = after.cluster.open.filter(({ asker }) => asker.workflowId === view.workflowId);
  return [
    ...(view.closing?.kind === 'repaired'
      ? []
      : [`it ended otherwise: ${view.closing === null ? 'not at all' : closingText(view.closing)}`]),
    ...(right
      ? []
      : [`the verdict is not the fault: ${causes.map(({ category, node }) => `${category} on ${node}`).join(', ')}`]),
    ...(forward.length === 1 ? [] : [`${forward.length} forward steps are in the report, not 1`]),
    ...(failed.length === 0 ? [] : [`${failed.length} step(s) did not end well`]),
    ...(after.journal.length === steps.length
      ? []
      : [`the gates' journals have ${after.journal.length} new entries for ${steps.length} step(s)`]),
    ...(open.length === 0 ? [] : [`${open.length} journal entry without its end`]),
    ...(after.actions.length === steps.length
      ? []
      : [`${after.actions.length} change(s) on the nodes for ${steps.length} step(s): ${after.actions.join(', ')}`]),
    ...(killedWhenDone && !replayed ? ['the repeated step was not answered from the journal'] : []),
    ...(after.healthy ? [] : ['the cluster is not healthy']),
    ...(after.cluster.leases.length === 0 ? [] : ['a lease was not given back']),
    ...(after.cluster.unsettled.length === 0 ? [] : ['a node is left unsettled']),
    ...(asked.length === 0 ? [] : ['the cluster entity still has it open']),
    ...(after.evidence > 0 ? [] : ['the histories name no evidence']),
    ...(after.lost.length === 0 ? [] : [`${after.lost.length} piece(s) of evidence cannot be read: ${after.lost[0]}`]),
  ];
}
