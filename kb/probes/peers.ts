import type { ProbedNode, ProbedSite } from '../schemas/probe.ts';

type Peer = ProbedSite['nodes'][number];

/**
 * Whom a node is asked to reach: the next node of the inventory and the one half of the list away, which as a rule is
 * in another rack. Two at most, the same ones every time, so that a batch over all nodes sends two probes a node and
 * never all to all, and every node is also somebody's peer.
 */
export function peersOf(node: ProbedNode, site: ProbedSite): readonly Peer[] {
  const at = site.nodes.findIndex(({ name }) => name === node.name);
  const count = site.nodes.length;
  if (at < 0 || count < 2) return [];
  const places = new Set([(at + 1) % count, (at + Math.max(1, Math.floor(count / 2))) % count]);
  return [...places].flatMap((place) => site.nodes[place] ?? []);
}
