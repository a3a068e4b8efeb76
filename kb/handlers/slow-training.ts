import type { Handler } from '../schemas/handler.ts';
import { gpuMetrics, hostMetrics, jobMetrics, speedMetrics } from './metric-sets.ts';

/** The job steps, but slowly: look at everybody at the same moment. */
export const slowTraining: Handler = {
  id: 'slow-training',
  summary: 'A training job is slower than it was',
  matches: {
    alertname: /slow|step.?time|straggler|throughput|tokens|mfu|performance|below.?prediction|power.?(low|drop)/i,
  },
  // Half an hour of healthy steps makes a median; one minute after shows that the trouble lasts.
  window: { beforeMs: 30 * 60_000, afterMs: 60_000 },
  logs: ['rank', 'kernel'],
  metrics: [...jobMetrics, ...gpuMetrics, ...hostMetrics, ...speedMetrics],
  firstProbes: ['gpu.clocks', 'gpu.throttle-reasons', 'gpu.processes', 'ib.counters', 'host.load', 'job.environment'],
};
