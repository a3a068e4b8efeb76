/** How places are written in facts: `node-07`, `node-07/gpu3`, `node-07/mlx5_2`, `rack-02`, `pdu-03`, `leaf-01`, a job's name, `pretrain-13b/rank-17`. */

interface Named {
  readonly name: string;
}

/** The place of facts about the cluster as a whole. */
export const clusterPlace = 'cluster';

export function gpuPlace(node: Named | string, gpu: number | { readonly index: number }): string {
  return `${nameOf(node)}/gpu${typeof gpu === 'number' ? gpu : gpu.index}`;
}

export function hcaPlace(node: Named | string, hca: Named | string): string {
  return `${nameOf(node)}/${nameOf(hca)}`;
}

export function rankPlace(job: Named | string, rank: number): string {
  return `${nameOf(job)}/rank-${rank}`;
}

/** The node of `node-07/gpu3` and the index 3; null for what is no GPU. */
export function parseGpuPlace(place: string): { readonly node: string; readonly gpu: number } | null {
  const match = /^(.+)\/gpu(\d+)$/.exec(place);
  return match === null ? null : { node: match[1] ?? '', gpu: Number(match[2]) };
}

export function parseHcaPlace(place: string): { readonly node: string; readonly hca: string } | null {
  const match = /^(.+)\/(mlx\d+_\d+)$/.exec(place);
  return match === null ? null : { node: match[1] ?? '', hca: match[2] ?? '' };
}

export function parseRankPlace(place: string): { readonly job: string; readonly rank: number } | null {
  const match = /^(.+)\/rank-(\d+)$/.exec(place);
  return match === null ? null : { job: match[1] ?? '', rank: Number(match[2]) };
}

/** Whether a place is another or a part of it: `node-07` and everything in it. */
export function isWithin(place: string, whole: string): boolean {
  return place === whole || place.startsWith(`${whole}/`);
}

function nameOf(named: Named | string): string {
  return typeof named === 'string' ? named : named.name;
}
