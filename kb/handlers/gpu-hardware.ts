import type { Handler } from '../schemas/handler.ts';
import { gpuMetrics, jobMetrics } from './metric-sets.ts';

/** A GPU reports trouble itself. */
export const gpuHardware: Handler = {
  id: 'gpu-hardware',
  summary: 'A GPU reports an error, heat or a lost link',
  matches: { alertname: /gpu|xid|ecc|nvlink|nvswitch|dcgm|thermal|temperature|clock|throttl/i },
  window: { beforeMs: 20 * 60_000, afterMs: 60_000 },
  logs: ['kernel', 'rank'],
  metrics: [...gpuMetrics, ...jobMetrics],
  firstProbes: ['gpu.presence', 'gpu.ecc', 'gpu.clocks'],
};
