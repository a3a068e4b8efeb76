import { nvlinkSlow, pcieSlow, peermemSlow, prochotSlow, residentSlow } from './gpu-hardware.ts';
import { hostSlowdown } from './host-slowdown.ts';
import { hostWork } from './host-work.ts';
import { gcPauses, recompiles, sequenceSkew, slowShards } from './job-code.ts';
import { jobInput } from './job-input.ts';
import { kernelSlowdown } from './kernel-slowdown.ts';
import { leafUplinks } from './leaf-uplinks.ts';
import { ncclSettings } from './nccl-settings.ts';
import { pcieDetour } from './pcie-detour.ts';
import { railRate } from './rail-rate.ts';
import { roceLoss } from './roce-loss.ts';
import { warmUp } from './warm-up.ts';
import type { SlowCause } from './slow-cause.ts';
import { storageInput } from './storage-input.ts';

/** Everything that makes ranks slow beside their clocks; one file each. */
export const slowCauses: readonly SlowCause[] = [
  warmUp,
  hostWork,
  storageInput,
  slowShards,
  gcPauses,
  recompiles,
  sequenceSkew,
  ncclSettings,
  jobInput,
  kernelSlowdown,
  nvlinkSlow,
  pcieSlow,
  peermemSlow,
  prochotSlow,
  residentSlow,
  hostSlowdown,
  railRate,
  leafUplinks,
  pcieDetour,
  roceLoss,
];
