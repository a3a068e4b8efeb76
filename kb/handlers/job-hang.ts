import type { Handler } from '../schemas/handler.ts';
import { gpuMetrics, jobMetrics } from './metric-sets.ts';

/** No step ends any more: the last lines of every rank and the kernel's view of every node. */
export const jobHang: Handler = {
  id: 'job-hang',
  summary: 'A training job hangs or has stopped',
  matches: { alertname: /hang|hung|stall|stuck|no.?progress|timeout|watchdog|job.?(failed|down|dead)/i },
  // NCCL's watchdog gives up after 10 to 30 minutes, so what it waited for began that much earlier.
  window: { beforeMs: 45 * 60_000, afterMs: 60_000 },
  logs: ['rank', 'kernel'],
  metrics: [...jobMetrics, ...gpuMetrics],
  firstProbes: ['gpu.presence', 'gpu.processes', 'ib.ports'],
};
