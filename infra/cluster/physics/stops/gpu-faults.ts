import { dimmRule } from '../dimm.ts';
import { remapRule, sramRule } from '../gpu-ram.ts';
import { integer } from '../../noise.ts';
import type { RankDeath, StopCause } from '../job.ts';
import { fabricRule, gspRule, nvlinkRule } from '../gpu-strikes.ts';
import { stopByStrike } from '../strikes.ts';
import { cudaError } from './cuda-error.ts';

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
