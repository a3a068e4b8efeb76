import { integer } from '../noise.ts';
import type { Target } from '../state/actions.ts';
import { findNode, type World } from '../world.ts';
import type { Fault } from './fault.ts';

/** A cable was not pushed in far enough: its link goes down every half minute and comes back. */
export const ibPortFlap: Fault = {
  id: 'ib-port-flap',
  summary: 'the InfiniBand link of one HCA goes down for some seconds again and again',
  expects: 'cause',
  category: 'rdma-link-fault',
  draw(world) {
    const node = world.nodes[integer(world.seed, world.nodes.length, 'ib-port-flap', 'node')];
    const hca = node?.hcas[integer(world.seed, node.hcas.length, 'ib-port-flap', 'hca')];
    if (node === undefined || hca === undefined) throw new Error('a cluster has at least one node with an HCA');
    return { node: node.name, hca: hca.name };
  },
  reject: rejectHca,
  apply: (target) => [{ kind: 'cable', ...hcaOf(target), loose: true }],
  undo: (target) => [
    { kind: 'cable', ...hcaOf(target), loose: false },
    { kind: 'port-state', ...hcaOf(target), up: true },
    { kind: 'job-requeue', hold: false, onlyWhenEnded: true },
  ],
  present(settings, target) {
    const { node, hca } = hcaOf(target);
    // A disabled port does not flap, but its cable is as loose as before.
    return settings.links.get(`${node}/${hca}`)?.loose.at(-1)?.toMs === Infinity;
  },
};

function rejectHca(world: World, target: Target): string | null {
  const node = findNode(world, target.node);
  if (node === undefined) return `there is no node ${target.node}`;
  const names = node.hcas.map((hca) => hca.name);
  if (target.hca === undefined) return `name an HCA of ${target.node}: ${names.join(', ')}`;
  return names.includes(target.hca) ? null : `${target.node} has no HCA ${target.hca}`;
}

/** The HCA of a target that `rejectHca` let pass. */
function hcaOf(target: Target): { readonly node: string; readonly hca: string } {
  if (target.hca === undefined) throw new Error(`no HCA in target ${target.node}`);
  return { node: target.node, hca: target.hca };
}
