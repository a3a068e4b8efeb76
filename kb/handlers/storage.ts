import type { Handler } from '../schemas/handler.ts';
import { gpuMetrics, hostMetrics, jobMetrics } from './metric-sets.ts';

/** File systems, local or shared. */
export const storage: Handler = {
  id: 'storage',
  summary: 'A file system is full, slow or away',
  matches: {
    alertname:
      /disk|storage|file.?system|volume|inode|quota|nfs|lustre|gpfs|checkpoint|no.?space|out.?of.?space|almost.?full/i,
  },
  window: { beforeMs: 30 * 60_000, afterMs: 60_000 },
  logs: ['rank', 'kernel'],
  metrics: [...jobMetrics, ...gpuMetrics, ...hostMetrics],
  firstProbes: ['disk.space', 'disk.inodes', 'memory.host', 'fs.mounts', 'fs.stale', 'disk.io-latency'],
};
