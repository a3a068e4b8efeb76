import { median } from 'simple-statistics';
import type { GpuValue } from '../../metrics/series.ts';
import type { GpuGroups } from './gpu-group.ts';
import { robustSigma } from '../../metrics/robust-sigma.ts';

/** A GPU apart from the GPUs that do the same work at the same moment. */
export interface PeerOutlier extends GpuValue {
  readonly likeMedian: number;
  readonly likes: number;
  /** Distance in robust standard deviations of all GPUs from their groups' medians. */
  readonly sigmas: number;
}

export type PeerComparison =
  | { readonly kind: 'none' }
  /** Single GPUs, the furthest first. */
  | { readonly kind: 'single'; readonly outliers: readonly PeerOutlier[] }
  /** All busy GPUs of these nodes are apart; `outliers` are theirs. */
  | { readonly kind: 'nodes'; readonly nodes: readonly string[]; readonly outliers: readonly PeerOutlier[] }
  /** Two populations: too many are apart for a fault of a single device. */
  | { readonly kind: 'split'; readonly outliers: readonly PeerOutlier[]; readonly of: number };

export interface PeerRule {
  readonly direction: 'below' | 'above';
  /** The least share of the group's median that a GPU must be apart. */
  readonly apartMin: number;
  readonly sigmas: number;
}

// Fewer siblings give no median that one faulty GPU could not move.
const likesMin = 3;
// More apart than this share of all is no outlier but another kind of GPU, of work or of setting.
const outlierShareMax = 0.25;
// A node counts as apart as a whole when no fewer of its busy GPUs are; two GPUs may be two faults.
const wholeNodeMin = 3;
// Digits of a gauge: clocks step by 15 MHz, which is 1 % of 1410 MHz.
const spreadMin = 0.005;

/**
 * Robust outliers among like ranks: the centre is the group's median, the spread that of all GPUs around their groups'
 * medians, so that groups of four are judged as surely as groups of eighty. Values are compared as shares of the median.
 */
export function comparePeers(values: readonly GpuValue[], groups: GpuGroups, rule: PeerRule): PeerComparison {
  const busy = values.filter((gpu) => groups.isBusy(gpu));
  const residuals = [...Map.groupBy(busy, groups.groupOf).values()].flatMap(residualsOf);
  if (residuals.length === 0) return { kind: 'none' };
  const spread = Math.max(spreadMin, robustSigma(residuals.map(({ apart }) => apart)));
  const sign = rule.direction === 'below' ? -1 : 1;
  const distance = Math.max(rule.apartMin, rule.sigmas * spread);
  const outliers = residuals
    .filter(({ apart }) => sign * apart > distance)
    .toSorted((a, b) => sign * (b.apart - a.apart))
    .map(({ gpu, likeMedian, likes, apart }) => ({ ...gpu, likeMedian, likes, sigmas: Math.abs(apart) / spread }));
  if (outliers.length === 0) return { kind: 'none' };
  const nodes = wholeNodes(outliers, busy);
  if (
    nodes.length > 0 &&
    outliers.every(({ node }) => nodes.includes(node)) &&
    isMinority(nodes.length, countNodes(busy))
  )
    return { kind: 'nodes', nodes, outliers };
  return isMinority(outliers.length, residuals.length)
    ? { kind: 'single', outliers }
    : { kind: 'split', outliers, of: residuals.length };
}

interface Residual {
  readonly gpu: GpuValue;
  readonly likeMedian: number;
  readonly likes: number;
  readonly apart: number;
}

function residualsOf(group: readonly GpuValue[]): readonly Residual[] {
  if (group.length < likesMin + 1) return [];
  const likeMedian = median(group.map(({ value }) => value));
  if (!(likeMedian > 0)) return [];
  return group.map((gpu) => ({
    gpu,
    likeMedian,
    likes: group.length - 1,
    apart: (gpu.value - likeMedian) / likeMedian,
  }));
}

/** One of four is a minority, and one alone always is. */
function isMinority(count: number, of: number): boolean {
  return count === 1 || count <= outlierShareMax * of;
}

function wholeNodes(outliers: readonly PeerOutlier[], busy: readonly GpuValue[]): readonly string[] {
  const busyOn = Map.groupBy(busy, ({ node }) => node);
  return [...Map.groupBy(outliers, ({ node }) => node)]
    .filter(([node, out]) => out.length >= wholeNodeMin && out.length === busyOn.get(node)?.length)
    .map(([node]) => node);
}

function countNodes(busy: readonly GpuValue[]): number {
  return new Set(busy.map(({ node }) => node)).size;
}
