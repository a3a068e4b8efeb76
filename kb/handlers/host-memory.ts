import type { Handler } from '../schemas/handler.ts';
import { gpuMetrics, hostMetrics, jobMetrics } from './metric-sets.ts';

/** A host runs out of memory, or its kernel has killed for it. */
export const hostMemory: Handler = {
  id: 'host-memory',
  summary: 'A host is short of memory or has killed a process for it',
  matches: { alertname: /oom|out.?of.?memory|memory|swap/i },
  // Memory fills over many steps; half an hour shows the slope.
  window: { beforeMs: 30 * 60_000, afterMs: 60_000 },
  logs: ['kernel', 'rank'],
  metrics: [...jobMetrics, ...gpuMetrics, ...hostMetrics],
  firstProbes: [
    'memory.host',
    'memory.processes',
    'kernel.log',
    'host.oom-kills',
    'cgroup.memory',
    'host.shared-memory',
  ],
};
