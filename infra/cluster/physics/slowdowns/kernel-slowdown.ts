import { parseGpuPlace } from '../../state/place.ts';
import { findNode } from '../../world.ts';
import type { SlowCause } from './slow-cause.ts';

/** A board that computes slower than its clock says. */
export const kernelSlowdown: SlowCause = ({ world, facts }) =>
  facts('gpu.kernel-slowdown').flatMap(({ place, value }) => {
    const at = parseGpuPlace(place);
    const node = at === null ? undefined : findNode(world, at.node);
    return at === null || node === undefined ? [] : [{ node: node.index, gpu: at.gpu, computeFactor: value }];
  });
