import type { Handler } from '../schemas/handler.ts';
import { gpuMetrics, hostMetrics, jobMetrics } from './metric-sets.ts';

/** A link, a port or a path between nodes. */
export const network: Handler = {
  id: 'network',
  summary: 'A network port, link or path reports trouble',
  matches: {
    alertname:
      /network|link|(?<!re|sup|ex|im|trans)port(?!al)|flap|carrier|rdma|roce|infiniband|\bib\b|\bib(?=[A-Z_])|hca|mlx5|nic(?![a-z])|packet|switch/i,
  },
  window: { beforeMs: 20 * 60_000, afterMs: 60_000 },
  logs: ['kernel', 'rank'],
  metrics: [...jobMetrics, ...gpuMetrics, ...hostMetrics],
  firstProbes: ['ib.ports', 'ib.counters', 'net.mtu', 'ib.links', 'net.counters', 'ib.switch-counters'],
};
