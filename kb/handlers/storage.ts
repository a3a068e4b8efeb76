import type { Handler } from '../schemas/handler.ts';
import { gpuMetrics, jobMetrics } from './metric-sets.ts';

/** File systems, local or shared. */
export const storage: Handler = {
  id: 'storage',
  summary: 'A file system is full, slow or away',
  matches: { alertname: /disk|storage|filesystem|inode|quota|nfs|lustre|gpfs|checkpoint/i },
  window: { beforeMs: 30 * 60_000, afterMs: 60_000 },
  logs: ['rank', 'kernel'],
  metrics: [...jobMetrics, ...gpuMetrics],
  firstProbes: ['disk.space', 'disk.inodes', 'memory.host'],
};
