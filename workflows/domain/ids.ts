import { formatFencingToken, type FencingToken } from './lease.ts';

/** One incident per cluster and alert group. `groupHash` is hex. */
export function incidentWorkflowId(cluster: string, groupHash: string): string {
  return `incident/${cluster}/${groupHash}`;
}

export function repairWorkflowId(firstRunId: string, proposalNumber: number): string {
  return `repair/${firstRunId}/${proposalNumber}`;
}

/** One archive of an incident run and of its repairs. */
export function archiveWorkflowId(runId: string): string {
  return `archive/${runId}`;
}

/** One recovery of one lease, so that no lease is recovered twice. */
export function recoverWorkflowId(cluster: string, fencing: FencingToken): string {
  return `recover/${cluster}/${formatFencingToken(fencing)}`;
}

/** One watch over the speed of one job. */
export function watchWorkflowId(cluster: string, job: string): string {
  return `watch/${cluster}/${job}`;
}

export function clusterWorkflowId(cluster: string): string {
  return `cluster/${cluster}`;
}

/** Names of workflow types and queues are stored in histories: never renamed. */
export const workflowTypes = {
  incident: 'incident',
  repair: 'repair',
  cluster: 'cluster',
  recover: 'recover',
  archive: 'archive',
  perfWatch: 'perfWatch',
} as const;

export const taskQueues = {
  incidents: 'incidents',
  reasoning: 'reasoning',
  logs: 'logs',
  model: 'model',
  probes: (cluster: string) => `probes.${cluster}`,
  remediation: (cluster: string) => `remediation.${cluster}`,
} as const;

/** What a round may wish for beside the probes of nodes: the comparison of a job's speed. Stored in histories. */
export const performanceCompareId = 'performance.compare';

/** Cluster, node and job names that may enter ids, keys and command lines. */
export const namePattern = /^[a-z0-9]([a-z0-9.-]{0,61}[a-z0-9])?$/;
