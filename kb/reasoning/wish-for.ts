import type { ProbeWish } from '../../workflows/domain/finding.ts';
import type { AskableProbe } from './knowledge.ts';
import { nodesPerWishMax, openNodes, wishCostMs } from './probe-choice.ts';
import type { Scene } from './scene.ts';

/** A probe that is asked for by name, of those of the nodes that it can be asked about; null where there are none. */
export function wishFor(probeId: string, nodes: readonly string[], why: string, scene: Scene): ProbeWish | null {
  const probe = scene.knowledge.probes.find(({ id }) => id === probeId);
  return probe === undefined || (probe.impact === 'load' && scene.choice.load !== true)
    ? null
    : wishOf(probe, nodes, why, scene);
}

export function wishOf(
  probe: AskableProbe,
  nodes: readonly string[],
  why: string,
  { choice }: Pick<Scene, 'choice'>,
): ProbeWish | null {
  const open = openNodes(choice).among(probe, nodes).slice(0, nodesPerWishMax);
  if (open.length === 0) return null;
  return { probeId: probe.id, nodes: open, why, gainBits: 0, costMs: wishCostMs(probe, open.length) };
}

/** What was read once, once more: of the nodes of which it was, and which can still be asked. */
export function wishAgain(
  probe: AskableProbe,
  nodes: readonly string[],
  why: string,
  { choice, input }: Pick<Scene, 'choice' | 'input'>,
): ProbeWish | null {
  const times = (node: string): number =>
    input.probesRun.filter((run) => run.probeId === probe.id && run.nodes.includes(node)).length;
  return wishOf(
    probe,
    nodes.filter((node) => times(node) === 1),
    why,
    { choice: { ...choice, ran: new Set() } },
  );
}
