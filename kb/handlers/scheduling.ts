import type { Handler } from '../schemas/handler.ts';
import { gpuMetrics, hostMetrics, jobMetrics } from './metric-sets.ts';

/** The scheduler or the fleet says that nodes or jobs are not where they should be. */
export const scheduling: Handler = {
  id: 'scheduling',
  summary: 'A node is out of service, or a job was stopped or put back into the queue',
  matches: {
    alertname:
      /slurm|drain|mainten|maint\b|requeue|preempt|evict|cordon|unschedulable|node.?(down|lost|not.?ready|unreachable|unhealthy)|target.?down|host.?down|instance.?down/i,
  },
  window: { beforeMs: 30 * 60_000, afterMs: 60_000 },
  logs: ['rank', 'kernel'],
  metrics: [...jobMetrics, ...gpuMetrics, ...hostMetrics],
  firstProbes: [
    'scheduler.reservations',
    'scheduler.jobs',
    'scheduler.node',
    'net.node-reach',
    'bmc.power',
    'bmc.event-log',
  ],
};
