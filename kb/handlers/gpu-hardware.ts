import type { Handler } from '../schemas/handler.ts';
import { gpuMetrics, hostMetrics, jobMetrics } from './metric-sets.ts';

/** A GPU reports trouble itself. */
export const gpuHardware: Handler = {
  id: 'gpu-hardware',
  summary: 'A GPU reports an error, heat or a lost link',
  matches: {
    alertname:
      /gpu|\bxid|xid(?:error|s)?\b|ecc|nvlink|nvswitch|dcgm|nvidia|row.?remap|remapped.?row|\bdbe\b|page.?retire|thermal|temperature|clock(?!.?skew)|throttl/i,
  },
  window: { beforeMs: 20 * 60_000, afterMs: 60_000 },
  logs: ['kernel', 'rank'],
  metrics: [...gpuMetrics, ...jobMetrics, ...hostMetrics],
  firstProbes: ['gpu.presence', 'gpu.ecc', 'gpu.row-remap', 'gpu.dcgm-health', 'nvlink.errors', 'pcie.aer'],
};
