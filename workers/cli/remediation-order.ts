import type { ClusterState } from '../../workflows/domain/cluster-rules.ts';
import type { IncidentDesk, RemediationOrder } from './incident-desk.ts';
import { CommandFailure, exitCodes, paint, plain, renderJson, type Terminal } from './output.ts';

export interface OrderOptions {
  readonly order: RemediationOrder;
  readonly cluster: string;
  readonly by: string;
  readonly reason: string;
  readonly json: boolean;
}

/** How often the entity is looked at until it shows the order, and the pause between. */
export const looksMax = 20;
export const lookPauseMs = 250;

/** Stops or resumes all remediation of a cluster, and reports what the cluster's entity says then. */
export async function orderRemediation(
  terminal: Terminal,
  desk: Pick<IncidentDesk, 'orderRemediation' | 'clusterState'>,
  options: OrderOptions,
  pause: (ms: number) => Promise<void>,
): Promise<void> {
  const { order, cluster, by, reason, json } = options;
  await desk.orderRemediation(cluster, order, by, reason);
  const state = await untilShown(desk, options, pause);
  if (state === null)
    throw new CommandFailure(
      `the order to ${order} is recorded and will not be lost, but no worker has confirmed it yet`,
      `start the workers (\`wardround up\`) and run \`wardround ${order} --cluster ${cluster}\` again to see it confirmed`,
      { exitCode: exitCodes.notProven },
    );
  terminal.out(json ? renderJson(summaryOf(state)) : renderState(terminal, state));
}

async function untilShown(
  desk: Pick<IncidentDesk, 'clusterState'>,
  { order, cluster, by, reason }: OrderOptions,
  pause: (ms: number) => Promise<void>,
): Promise<ClusterState | null> {
  for (let look = 1; look <= looksMax; look += 1) {
    const state = await desk.clusterState(cluster);
    if (state === null) return null;
    const { stopped } = state;
    if (order === 'resume' ? stopped === null : stopped?.by === by && stopped.reason === reason) return state;
    await pause(lookPauseMs);
  }
  return null;
}

function summaryOf(state: ClusterState): unknown {
  const { cluster, stopped, open, leases, unsettled } = state;
  return {
    cluster,
    stopped,
    openIncidents: open.map((incident) => incident.asker.workflowId),
    repairs: leases.map((lease) => ({ workflowId: lease.asker.workflowId, nodes: lease.nodes })),
    unsettledNodes: unsettled.map((entry) => entry.node),
  };
}

function renderState(terminal: Terminal, state: ClusterState): string {
  const { cluster, stopped, open, leases } = state;
  const headline =
    stopped === null
      ? paint(terminal, 'green', `Remediation of ${cluster} may go on.`)
      : paint(
          terminal,
          'yellow',
          `Remediation of ${cluster} is stopped by ${plain(stopped.by)}: ${plain(stopped.reason)}.`,
        );
  const running = leases.map((lease) => `  ${lease.nodes.join(', ')}: ${lease.asker.workflowId}`);
  return [
    headline,
    stopped === null ? '' : 'No new step starts. Diagnosis goes on, and an undo still runs.',
    `Open incidents: ${open.length}. Repairs that hold a lease: ${leases.length}.`,
    ...running.map(plain),
  ]
    .filter((line) => line !== '')
    .join('\n');
}
