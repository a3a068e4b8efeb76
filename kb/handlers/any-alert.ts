import type { Handler } from '../schemas/handler.ts';
import { gpuMetrics, hostMetrics, jobMetrics } from './metric-sets.ts';

/** The last resort: a little of everything. */
export const anyAlert: Handler = {
  id: 'any-alert',
  summary: 'Any other alert',
  matches: {},
  window: { beforeMs: 30 * 60_000, afterMs: 60_000 },
  logs: ['rank', 'kernel'],
  metrics: [...jobMetrics, ...gpuMetrics, ...hostMetrics],
  firstProbes: ['gpu.presence', 'gpu.clocks', 'ib.ports', 'kernel.log', 'scheduler.node', 'disk.space'],
};
