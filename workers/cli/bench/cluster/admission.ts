import type { AlertObservation } from '../../../../workflows/domain/alert.ts';
import { answer, newCluster } from '../../../../workflows/domain/cluster-rules.ts';
import type { IncidentKey, Remains } from '../../../../workflows/domain/phase-data.ts';
import type { Product } from './product.ts';
import { runActivity } from './run-activity.ts';

/** An incident that asks the cluster entity to be opened. */
interface Asking {
  readonly key: IncidentKey;
  readonly alert: AlertObservation;
  readonly remains?: Remains;
}

/** The cluster entity of a site on which nothing is open: whether an incident goes on, or is merged into one that is open. */
export function admissionOf(
  product: Pick<Product, 'planGathering'>,
  name: string,
): (asking: Asking) => Promise<boolean> {
  let state = newCluster(name, 0);
  return async (asking) => {
    const { job, alertAtMs, handlerId } = await runActivity(product.planGathering, asking);
    const { workflowId, runId } = asking.key;
    const nodes = asking.alert.alerts.flatMap(({ labels }) => labels['node'] ?? labels['Hostname'] ?? []);
    const question = { kind: 'open', job, nodes, alertAtMs, about: handlerId } as const;
    const asked = answer(state, { requestId: `${workflowId} ${runId}`, from: { workflowId, runId }, question }, 0);
    ({ state } = asked);
    return asked.reply.answer.kind !== 'merge';
  };
}
