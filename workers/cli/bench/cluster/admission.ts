import type { AlertObservation } from '../../../../workflows/domain/alert.ts';
import { mendedIn, type MendedCause } from '../../../../workflows/domain/cluster-mended.ts';
import { answer, newCluster, type ClusterState } from '../../../../workflows/domain/cluster-rules.ts';
import type { IncidentKey, Remains } from '../../../../workflows/domain/phase-data.ts';
import type { Product } from './product.ts';
import { runActivity } from './run-activity.ts';

/** An incident that asks the cluster entity to be opened. */
interface Asking {
  readonly key: IncidentKey;
  readonly alert: AlertObservation;
  readonly remains?: Remains;
}

/** What the entity says to an incident; `null`: it is merged into one that is open. */
export type Admission = ReturnType<typeof mendedIn> | null;

/** The cluster entity of a site on which nothing is open, and these causes were mended lately. */
export function admissionOf(
  product: Pick<Product, 'planGathering'>,
  name: string,
  mended: readonly MendedCause[] = [],
): (asking: Asking) => Promise<Admission> {
  let state: ClusterState = { ...newCluster(name, 0), mended };
  return async (asking) => {
    const { job, alertAtMs, handlerId } = await runActivity(product.planGathering, asking);
    const { workflowId, runId } = asking.key;
    const nodes = asking.alert.alerts.flatMap(({ labels }) => labels['node'] ?? labels['Hostname'] ?? []);
    const question = { kind: 'open', job, nodes, alertAtMs, about: handlerId } as const;
    const asked = answer(state, { requestId: `${workflowId} ${runId}`, from: { workflowId, runId }, question }, 0);
    ({ state } = asked);
    return asked.reply.answer.kind === 'merge' ? null : mendedIn(asked.reply.answer);
  };
}
