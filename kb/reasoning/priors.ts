import { categories, type Category, type KnownCategory } from '../taxonomy.ts';

/**
 * How often each cause stops or slows a job before anything was looked at. Counts are the 419 unexpected
 * interruptions of Llama 3's 54 days of pre-training (Dubey et al. 2024, arXiv:2407.21783, table 5), mapped to our
 * categories; a row that covers several categories is shared equally among them.
 */
const interruptionCounts: Readonly<Partial<Record<KnownCategory, number>>> = {
  // "Faulty GPU" 148 in three equal parts; "GPU system processor" 17 is the GSP.
  'gpu-fell-off-bus': 49,
  'nvlink-fabric-error': 49,
  'gpu-driver-bug': 50 + 17,
  // "GPU HBM3 memory" 72, "GPU SRAM memory" 19.
  'gpu-ecc-uncorrectable': 91,
  // "GPU thermal interface + sensor".
  'gpu-clock-throttle': 6,
  // "Software bug" 54 in three equal parts.
  'framework-bug': 18,
  'nccl-bug': 18,
  'user-code-error': 18,
  // "Network switch/cable" 35, "NIC" 7.
  'rdma-link-fault': 42,
  // "Host maintenance".
  'scheduler-action': 32,
  // SSD 3, power supply 3, chassis 2, IO expansion board 2, CPU 2, system memory 2.
  'host-hardware-fault': 14,
  // "Silent data corruption".
  'loss-nan-numerics': 6,
  // "Dependency".
  'shared-fs-problem': 2,
};

// One run of one operator, counted by interruptions and not by slow-downs: a flat count this large keeps every prior
// within about 4:1 of every other, so that evidence decides (our judgement; priors never outweigh one telling line).
const flatCount = 30;

// The same table could not name a cause for 7 of 419 (NCCL watchdog time-outs); our list of categories is not complete either.
const unlistedCount = flatCount + 7;

const total =
  unlistedCount + categories.reduce((sum, category) => sum + flatCount + (interruptionCounts[category] ?? 0), 0);

/** P(category) of an incident of which nothing else is known; sums to 1. */
export function prior(category: Category): number {
  if (category === 'unlisted') return unlistedCount / total;
  return (flatCount + (interruptionCounts[category] ?? 0)) / total;
}
