import type { LookGroup } from '../../workflows/domain/phase-data.ts';
import type { Knowledge } from './knowledge.ts';
import { rereadingProbes } from './rereading.ts';

/** Probes of the first look cost a node at most so many milliseconds each: what takes longer is asked for with a reason. */
const lookCostMsMax = 7_000;
/** Readings of the first look: as many as one batch takes. */
export const lookReadingsMax = 2_000;

/**
 * For the whole of it, wall milliseconds. The usual half minute four times over: one more would only be spent on a tool or a
 * management network that hangs, while the logs have been there for long.
 */
export const lookMsMax = 120_000;

export interface FirstLookInput {
  /** The handler's own, which are asked first. */
  readonly handlerProbes: readonly string[];
  /** Those that the alert names first: where a job is larger than a batch, its other nodes are the siblings. */
  readonly nodes: readonly string[];
  readonly canAsk: (probeId: string, node: string) => boolean;
}

/**
 * What is read on every node while logs are still being shipped: all passive probes that are cheap. Misconfigured nodes
 * say nothing in a log, so nothing in a log can lead to the probe that shows them; one look at all of it costs less than
 * to guess which (docs/decisions/0015-a-first-look-at-everything-cheap.md).
 */
export function firstLook(
  knowledge: Knowledge,
  { handlerProbes, nodes, canAsk }: FirstLookInput,
): readonly LookGroup[] {
  const rereading = rereadingProbes(knowledge);
  const cheap = knowledge.probes.filter(
    ({ id, impact, costMs }) => impact === 'passive' && costMs <= lookCostMsMax && !rereading.has(id),
  );
  const rank = new Map(handlerProbes.map((id, at) => [id, at]));
  const inOrder = cheap.toSorted((a, b) => (rank.get(a.id) ?? rank.size) - (rank.get(b.id) ?? rank.size));
  if (inOrder.length === 0) return [];
  const looked = withinReadings(
    nodes,
    inOrder.map(({ id }) => id),
    canAsk,
  );
  const groups = new Map<string, { probes: string[]; nodes: readonly string[] }>();
  for (const { id } of inOrder) {
    const asked = looked.filter((node) => canAsk(id, node));
    if (asked.length === 0) continue;
    const key = asked.join(' ');
    const group = groups.get(key) ?? { probes: [], nodes: asked };
    group.probes.push(id);
    groups.set(key, group);
  }
  return [...groups.values()];
}

/** The nodes of which all that they can be asked fits; what a site has not got takes no room. */
function withinReadings(
  nodes: readonly string[],
  probeIds: readonly string[],
  canAsk: FirstLookInput['canAsk'],
): readonly string[] {
  let room = lookReadingsMax;
  const over = nodes.findIndex((node) => {
    room -= probeIds.filter((id) => canAsk(id, node)).length;
    return room < 0;
  });
  return over === -1 ? nodes : nodes.slice(0, over);
}

/** One entry a probe. */
export function wishesOfLook(
  groups: readonly LookGroup[],
): readonly { readonly probeId: string; readonly nodes: readonly string[] }[] {
  return groups.flatMap(({ probes, nodes }) => probes.map((probeId) => ({ probeId, nodes })));
}
