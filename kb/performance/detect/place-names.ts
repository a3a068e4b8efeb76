import type { GpuValue } from '../../metrics/series.ts';
import { gpuKey } from '../../metrics/series.ts';
import { median } from 'simple-statistics';

// Host names, addresses with a port, `mlx5_0`: anything else in a label is nobody's name and would go into texts.
const namePattern = /^[\w.:-]{1,253}$/;

/** May a label's value be shown and compared as the name of a node or device? */
export function isPlaceName(name: string): boolean {
  return namePattern.test(name);
}

/** One value a GPU: two exporters, or one that was restarted with other labels, tell of the same GPU twice. */
export function onePerGpu(values: readonly GpuValue[]): readonly GpuValue[] {
  const byGpu = Map.groupBy(
    values.filter(({ node }) => isPlaceName(node)),
    gpuKey,
  );
  return [...byGpu.values()].flatMap((same) => {
    const [first] = same;
    return first === undefined ? [] : [{ ...first, value: median(same.map(({ value }) => value)) }];
  });
}
