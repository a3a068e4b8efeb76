import type { WorkerOptions } from '@temporalio/worker';
import { taskQueues } from '../../workflows/domain/ids.ts';
import { ConfigError, type Config } from '../config.ts';

/** What a worker of one queue runs. */
export type QueueParts = Pick<WorkerOptions, 'activities' | 'workflowsPath' | 'workflowBundle'>;

/** Composition roots: a role's file is the only one loaded, so a process holds no more than it needs. */
const roles = {
  orchestrator: async (config: Config, workflowBundle: string | null) =>
    (await import('./orchestrator.ts')).orchestratorParts(config, workflowBundle),
  model: async (config: Config) => (await import('./model.ts')).modelParts(config),
  logs: async (config: Config) => (await import('./logs.ts')).logParts(config),
  probes: async (config: Config) => (await import('./probes.ts')).probeParts(config),
  remediation: async (config: Config) => (await import('./remediation.ts')).remediationParts(config),
};

export type QueueRole = keyof typeof roles;

/** `workflowBundle`: a file of workflow code made before; `null`: made from the sources at each start. */
export function workerParts(
  role: QueueRole,
  config: Config,
  workflowBundle: string | null,
): Promise<(queue: string) => QueueParts> {
  return roles[role](config, workflowBundle);
}

export function rolesOfQueues(queues: readonly string[]): readonly QueueRole[] {
  return [...new Set(queues.map(roleOfQueue))];
}

export function roleOfQueue(queue: string): QueueRole {
  if (queue === taskQueues.incidents || queue === taskQueues.reasoning) return 'orchestrator';
  if (queue === taskQueues.logs) return 'logs';
  if (queue === taskQueues.model) return 'model';
  if (queue.startsWith(taskQueues.probes(''))) return 'probes';
  if (queue.startsWith(taskQueues.remediation(''))) return 'remediation';
  throw new ConfigError([`--queues: no worker serves "${queue}"`]);
}
