import { findNode } from '../../world.ts';
import { dimmRule } from '../dimm.ts';
import { remapRule, sramRule } from '../gpu-ram.ts';
import { integer } from '../../noise.ts';
import type { RankDeath, StopCause } from '../job.ts';
import { fabricRule, gspRule, nvlinkRule } from '../gpu-strikes.ts';
import { stopByStrike } from '../strikes.ts';
import { cudaError } from './cuda-error.ts';
import { unitState } from '../driver-state.ts';

function dies(atMs: number, node: number, gpu: number, lastWords: RankDeath['lastWords'], exitCode = 1): RankDeath {
  return { atMs, node, gpu, exitCode, slurmState: 'FAILED', lastWords };
}

/** The driver ends who used the bad memory; `cudaErrorECCUncorrectable` is what the next call says. */
const eccWords = cudaError('uncorrectable ECC error encountered');
export const sramStop: StopCause = stopByStrike(sramRule, ({ atMs }, { node, gpu }) =>
  dies(atMs, node, gpu ?? 0, eccWords),
);
export const remapStop: StopCause = stopByStrike(remapRule, ({ atMs }, { node, gpu }) =>
  dies(atMs, node, gpu ?? 0, eccWords),
);

/** A link that goes away in the middle of a transfer. */
export const nvlinkStop: StopCause = stopByStrike(nvlinkRule, ({ atMs }, { node, gpu }) =>
  dies(atMs, node, gpu ?? 0, cudaError('uncorrectable NVLink error detected during the execution')),
);

/** A fatal error of a switch takes the traffic of all eight GPUs with it; any of them notices first. */
export const fabricStop: StopCause = stopByStrike(fabricRule, ({ atMs, key, attempt }, { node }) =>
  dies(
    atMs,
    node,
    integer(0, 8, 'sxid-first', Number(key), attempt.number),
    cudaError('uncorrectable NVLink error detected during the execution'),
  ),
);

/** A call into the driver waits for an answer of the firmware that does not come. */
export const gspStop: StopCause = stopByStrike(gspRule, ({ atMs }, { node, gpu }) => ({
  kind: 'hangs',
  atMs,
  node,
  gpu: gpu ?? 0,
  stack: 'gpu-kernel',
}));

/** The kernel kills who has the poisoned page mapped: SIGBUS. */
export const dimmStop: StopCause = stopByStrike(dimmRule, ({ atMs, attempt, place }, { node }) =>
  dies(atMs, node, integer(0, 8, 'mce-rank', node, attempt.number, place.length), () => [], -7),
);

/** From the fabric manager's end to that of the CUDA processes: it tears the fabric down (`ABORT_CUDA_JOBS_ON_FM_EXIT=1`). */
const abortedMs = 1_900;

/** A fabric manager that ends takes the CUDA jobs of its node with it. */
export const fabricManagerStop: StopCause = ({ world, settings, attempt, fromMs, facts }) => {
  const causes = [...facts('host.service'), ...facts('driver.fabricmanager'), ...facts('driver.stale-module')];
  const stopped = causes.flatMap(({ place, key, sinceMs }): readonly RankDeath[] => {
    const node = findNode(world, place);
    if (node === undefined || !attempt.nodes.includes(node.index)) return [];
    if (key !== undefined && key !== 'nvidia-fabricmanager') return [];
    if (unitState(settings, place, 'nvidia-fabricmanager', fromMs) === 'active') return [];
    if (sinceMs < attempt.launchMs) return [];
    const gpu = integer(world.seed, world.gpusPerNode, 'fm-exit', node.index, attempt.number);
    return [
      dies(Math.max(sinceMs, attempt.runMs) + abortedMs, node.index, gpu, cudaError('unspecified launch failure')),
    ];
  });
  return stopped.toSorted((a, b) => a.atMs - b.atMs)[0] ?? null;
};
