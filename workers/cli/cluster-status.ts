import type { ClusterStatus, FaultListing } from '../../infra/cluster/control-client.ts';
import { placeOf } from './fault-place.ts';
import { age, paint, renderTable, type Terminal } from './output.ts';

const actionsShownMax = 10;

/** The simulated cluster at a glance: speed of the job, faults, alerts, latest actions. */
export async function renderStatus(terminal: Terminal, status: ClusterStatus): Promise<string> {
  const { job, faults, alerts, unplugged, actions, clusterMs } = status;
  const since = (sinceMs: number) => age(clusterMs - sinceMs);
  const speed = job.relativeSpeed === null ? 'not started' : `${Math.round(job.relativeSpeed * 100)} % of its speed`;
  const lines = [
    `${paint(terminal, 'bold', status.cluster)}: ${status.nodes} nodes, ${status.gpus} GPUs, ${status.clusterTime} (${status.rate} × wall time)`,
    `Job ${job.name} (${job.state}): iteration ${job.iteration}, ${speed}`,
    ...faults.map((fault) =>
      paint(terminal, 'red', `Fault ${fault.id} on ${placeOf(fault)} since ${since(fault.sinceMs)}`),
    ),
    ...unplugged.map((node) => paint(terminal, 'yellow', `${node} is unplugged`)),
    ...alerts.map((alert) => `Alert ${alert.alertname} ${alert.state} since ${since(alert.sinceMs)}`),
  ];
  if (faults.length === 0) lines.push(paint(terminal, 'green', 'No fault is active.'));
  if (actions.length === 0) return lines.join('\n');
  const rows = actions
    .slice(-actionsShownMax)
    .map((action) => [action.clusterTime, action.by, action.fault ?? '-', action.text]);
  return `${lines.join('\n')}\n\n${await renderTable(terminal, ['CLUSTER TIME', 'BY', 'FAULT', 'ACTION'], rows)}`;
}

export function renderFaults(terminal: Terminal, faults: readonly FaultListing[]): Promise<string> {
  const rows = faults.map(({ id, summary, active }) => [
    id,
    active.length === 0 ? '-' : { text: active.map(placeOf).join(', '), style: 'red' as const },
    summary,
  ]);
  return renderTable(terminal, ['FAULT', 'ACTIVE ON', 'WHAT IT DOES'], rows);
}
