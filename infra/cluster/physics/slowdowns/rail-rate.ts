import { parseHcaPlace } from '../../state/place.ts';
import { findNode, type World, type WorldHca, type WorldNode } from '../../world.ts';
import { hcaBehind } from '../network/fabric.ts';
import { linkShare } from '../network/link-rate.ts';
import type { SlowCause, SlowQuestion } from './slow-cause.ts';

/** Share of the transfer phase in which the network is busy rather than memory; assumed. */
export const networkShare = 0.4;

/** How much longer the transfer phase takes when the network gets so much of its usual throughput through. */
export function transferFactorOf(share: number): number {
  return 1 - networkShare + networkShare / Math.max(0.001, share);
}

/** A link that gets less through: the two GPUs of its rail send their gradients more slowly. */
export const railRate: SlowCause = (question) => {
  const { world, settings, atMs } = question;
  return oddLinks(question).flatMap(({ node, hca }) => {
    const rail = node.hcas.indexOf(hca);
    const transferFactor = transferFactorOf(linkShare(world, settings, node, hca, atMs));
    return [2 * rail, 2 * rail + 1].map((gpu) => ({ node: node.index, gpu, transferFactor }));
  });
};

interface OddLink {
  readonly node: WorldNode;
  readonly hca: WorldHca;
}

const perHca = [
  'ib.rate-share',
  'ib.link-speed',
  'ib.link-width',
  'ib.receive-errors',
  'ib.electrical-errors',
] as const;

/** Every link with something about it that could slow it, once. */
function oddLinks({ world, facts, fact }: SlowQuestion): readonly OddLink[] {
  if (fact({ fact: 'job.transport', place: world.job.name }) !== 'infiniband') return [];
  const here = perHca.flatMap((name) => facts(name)).flatMap(({ place }) => ofPlace(world, place) ?? []);
  const there = facts('switch.port-errors').flatMap(({ place, key }) => {
    const leaf = world.switches.find((one) => one.name === place);
    return (leaf === undefined ? undefined : hcaBehind(world, leaf, Number(key))) ?? [];
  });
  return [...new Map([...here, ...there].map((link) => [link.hca, link])).values()];
}

function ofPlace(world: World, place: string): OddLink | undefined {
  const at = parseHcaPlace(place);
  const node = at === null ? undefined : findNode(world, at.node);
  const hca = node?.hcas.find((one) => one.name === at?.hca);
  return node === undefined || hca === undefined ? undefined : { node, hca };
}
