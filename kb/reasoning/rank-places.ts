import type { Finding } from '../../workflows/domain/finding.ts';
import type { FindingKind } from '../schemas/finding-kind.ts';
import type { Category } from '../taxonomy.ts';

/** Where the inventory has put a rank. */
export interface RankPlace {
  readonly rank: number;
  readonly node: string;
  readonly gpu: number;
}

/**
 * Gives what a rank says of its own GPU the place of that GPU. The index in such a line counts the devices that the
 * process was shown (CUDA_VISIBLE_DEVICES), so the placement outweighs it; a bus id in the line outweighs both. The host
 * in such a line may be that of a container: a name that is none of `nodes` gives way to the placement as well.
 */
export function placeRanks(
  findings: readonly Finding[],
  { ranks, nodes }: { readonly ranks: readonly RankPlace[]; readonly nodes: readonly string[] },
  kinds: ReadonlyMap<string, FindingKind>,
): readonly Finding[] {
  const byRank = new Map(ranks.map((place) => [place.rank, place]));
  const known = new Set([...nodes, ...ranks.map(({ node }) => node)]);
  return findings.map((found) => {
    const finding = withShortName(found, known);
    const place = finding.rank === undefined ? undefined : byRank.get(finding.rank);
    if (place === undefined) return finding;
    const placed = finding.node === undefined || !known.has(finding.node) ? { ...finding, node: place.node } : finding;
    const kind = kinds.get(finding.kind);
    const device = finding.device;
    const open = device === undefined || (device.kind === 'gpu' && device.name === undefined);
    if (!open || placed.node !== place.node || kind === undefined || !tellsOfOwnGpu(kind)) return placed;
    return { ...placed, device: { kind: 'gpu', index: place.gpu } };
  });
}

/** `node-03.site.example` is node-03 where the inventory has that name. */
function withShortName(finding: Finding, known: ReadonlySet<string>): Finding {
  const short = finding.node?.split('.')[0];
  if (short === undefined || short === finding.node || !known.has(short)) return finding;
  return { ...finding, node: short };
}

const ofOneGpu: readonly Category[] = ['gpu-ecc-uncorrectable', 'gpu-oom', 'gpu-fell-off-bus', 'gpu-driver-bug'];
// The scale of Kass & Raftery 1995 calls odds of 20 to 1 strong: a line that says less does not point at one device.
const tellingWeightMin = Math.log(20);

function tellsOfOwnGpu({ role, weighs }: FindingKind): boolean {
  return role === 'cause' && ofOneGpu.some((category) => (weighs[category] ?? 0) >= tellingWeightMin);
}
