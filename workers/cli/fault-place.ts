import type { ActiveFaultView } from '../../infra/cluster/control-client.ts';

/** "node-07 gpu 3", "node-04 mlx5_2" */
export function placeOf({ node, gpu, hca }: Pick<ActiveFaultView, 'node' | 'gpu' | 'hca'>): string {
  const device = gpu === null ? hca : `gpu ${gpu}`;
  return device === undefined ? node : `${node} ${device}`;
}
