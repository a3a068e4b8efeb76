import type { Handler } from '../schemas/handler.ts';
import { gpuMetrics, jobMetrics } from './metric-sets.ts';

/** A link, a port or a path between nodes. */
export const network: Handler = {
  id: 'network',
  summary: 'A network port, link or path reports trouble',
  matches: { alertname: /network|link|port|rdma|roce|infiniband|\bib\b|nic|packet|switch/i },
  window: { beforeMs: 20 * 60_000, afterMs: 60_000 },
  logs: ['kernel', 'rank'],
  metrics: [...jobMetrics, ...gpuMetrics],
  firstProbes: ['ib.ports', 'ib.counters'],
};
