import { gpuModelOf } from '../../catalog/hardware.ts';
import { gpuKey, gpuValues, type GpuValue } from '../../metrics/series.ts';
import type { MetricRange } from '../../schemas/metric.ts';
import type { GpuGroups, ModelOf } from './gpu-group.ts';
import { onePerGpu } from './place-names.ts';
import { comparePeers, type PeerComparison, type PeerRule } from './peers.ts';
import type { AlarmPolicy } from './policy.ts';
import type { PeerReadings } from './scene.ts';

// Identical GPUs differ by 1 to 5 % in the clock that they sustain (ml-engineering, accelerator chapter).
const clockApartMin = 0.08;
// Memory clocks are steps, not a range: healthy ones are equal.
const memoryClockApartMin = 0.05;
// Silicon and place in the rack move power by a tenth.
const powerApartMin = 0.15;
const activityApartMin = 0.2;
const throughputApartMin = 0.25;

/** Like GPUs beside each other in everything that tells of speed. */
export function peerReadings(
  range: MetricRange,
  groups: GpuGroups,
  modelOf: ModelOf,
  policy: AlarmPolicy,
): PeerReadings {
  const { sigmas } = policy.peers;
  const read = (metric: string): readonly GpuValue[] => onePerGpu(gpuValues(range, metric));
  // A busy GPU has a clock: 0 is a reading that failed.
  const readClock = (metric: string): readonly GpuValue[] => read(metric).filter(({ value }) => value > 0);
  const compare = (values: readonly GpuValue[], direction: PeerRule['direction'], apartMin: number): PeerComparison =>
    comparePeers(values, groups, { direction, apartMin, sigmas });
  // Clocks do not depend on the stage: where all like ranks stand on one node, the model's other GPUs are the measure.
  const ofModel: GpuGroups = { isBusy: groups.isBusy, groupOf: (gpu) => modelOf(gpu) ?? '' };
  const acrossRanks = (values: readonly GpuValue[], apartMin: number): PeerComparison => {
    const among = compare(values, 'below', apartMin);
    return among.kind === 'none' ? comparePeers(values, ofModel, { direction: 'below', apartMin, sigmas }) : among;
  };
  const clocks = readClock('DCGM_FI_DEV_SM_CLOCK').filter((gpu) => groups.isBusy(gpu));
  const tensor = firstOf(read('DCGM_FI_PROF_PIPE_TENSOR_ACTIVE'), () => read('DCGM_FI_PROF_SM_ACTIVE'));
  return {
    clocks,
    clock: acrossRanks(clocks, clockApartMin),
    memoryClock: acrossRanks(readClock('DCGM_FI_DEV_MEM_CLOCK'), memoryClockApartMin),
    power: compare(read('DCGM_FI_DEV_POWER_USAGE'), 'below', powerApartMin),
    tensor: compare(tensor, 'above', activityApartMin),
    ofu: compare(overallUtilisation(tensor, clocks, modelOf), 'below', activityApartMin),
    nvlink: compare(
      summed(range, 'DCGM_FI_PROF_NVLINK_TX_BYTES', 'DCGM_FI_PROF_NVLINK_RX_BYTES'),
      'below',
      throughputApartMin,
    ),
    pcie: compare(
      summed(range, 'DCGM_FI_PROF_PCIE_TX_BYTES', 'DCGM_FI_PROF_PCIE_RX_BYTES'),
      'below',
      throughputApartMin,
    ),
  };
}

/**
 * Tensor activity times clock over the highest clock: the share of the peak that a GPU delivers, without a look at the
 * job (arXiv:2605.20799).
 */
export function overallUtilisation(
  tensor: readonly GpuValue[],
  clocks: readonly GpuValue[],
  modelOf: ModelOf,
): readonly GpuValue[] {
  const clockOf = new Map(clocks.map((gpu) => [gpuKey(gpu), gpu.value]));
  return tensor.flatMap((gpu) => {
    const mhz = clockOf.get(gpuKey(gpu));
    const name = modelOf(gpu);
    const model = name === undefined ? undefined : gpuModelOf(name);
    return mhz === undefined || model === undefined ? [] : [{ ...gpu, value: (gpu.value * mhz) / model.smClockMaxMhz }];
  });
}

function summed(range: MetricRange, sent: string, received: string): readonly GpuValue[] {
  const back = new Map(onePerGpu(gpuValues(range, received)).map((gpu) => [gpuKey(gpu), gpu.value]));
  return onePerGpu(gpuValues(range, sent)).map((gpu) => ({ ...gpu, value: gpu.value + (back.get(gpuKey(gpu)) ?? 0) }));
}

function firstOf(values: readonly GpuValue[], otherwise: () => readonly GpuValue[]): readonly GpuValue[] {
  return values.length > 0 ? values : otherwise();
}

/** Of the busy GPUs; empty where neither tensor activity nor the clocks are collected. */
export function gpuUtilisation(range: MetricRange, groups: GpuGroups, modelOf: ModelOf): readonly GpuValue[] {
  const tensor = onePerGpu(gpuValues(range, 'DCGM_FI_PROF_PIPE_TENSOR_ACTIVE')).filter((gpu) => groups.isBusy(gpu));
  return tensor.length === 0 ? [] : overallUtilisation(tensor, gpuValues(range, 'DCGM_FI_DEV_SM_CLOCK'), modelOf);
}
