import type { ActiveFaultView } from '../../infra/cluster/control-client.ts';

/** "node-07 gpu 3", "node-04 mlx5_2", "leaf-01", "pretrain-13b rank 17" */
export function placeOf({ node, gpu, hca, place }: Pick<ActiveFaultView, 'node' | 'gpu' | 'hca' | 'place'>): string {
  // What is no part of one node has a name of its own.
  if (place !== undefined && !place.startsWith(node)) return place;
  const device = gpu === null ? hca : `gpu ${gpu}`;
  return device === undefined ? node : `${node} ${device}`;
}
