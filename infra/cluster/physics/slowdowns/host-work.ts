import { hostCpu } from '../host-cpu.ts';
import { crossedGpus, isOneCore } from '../task-binding.ts';
import { allAtLaunch } from '../launch-state.ts';
import { hogThreads } from '../outsiders.ts';
import { swapRate } from '../swap.ts';
import type { RankDelay, SlowCause } from './slow-cause.ts';

/**
 * Launching kernels, collating batches and Python itself take this of a step at full clock; it runs beside the GPU as
 * long as it is not longer than the kernels that it queues. Assumed.
 */
const launchMs = 2_600;
/** What of it may get longer before the GPU waits. */
const hiddenMs = 1_900;

/** Cores that are slow, busy with something else, too few, or far away from their GPU. */
export const hostWork: SlowCause = ({ world, settings, attempt, atMs, fact }) => {
  const { facts } = settings;
  const bindings = attempt.launchFacts.has('host.task-binding') ? allAtLaunch(world, attempt, 'host.task-binding') : [];
  const asked = ['host.cpu-governor', 'host.cpu-hog-threads', 'host.swap-mib-per-second'] as const;
  if (bindings.length === 0 && !asked.some((fact) => facts.has(fact))) return [];
  return attempt.nodes.flatMap((index): readonly RankDelay[] => {
    const node = world.nodes[index];
    if (node === undefined) return [];
    const binding = bindings.find(({ place }) => place === node.name)?.value ?? 'near';
    const governor = fact({ fact: 'host.cpu-governor', place: node.name });
    // Time on a core is shared fairly; the trainers' threads are about 25, and second threads of a core are half of one.
    const crowded = Math.max(1, (hogThreads(settings, node, atMs) + 25) / (0.75 * hostCpu.threads));
    const clock = governor === 'powersave' ? hostCpu.busyKhz / hostCpu.minKhz : governor === 'performance' ? 1 : 1.05;
    const cores = isOneCore(binding) ? oneCoreFactor : 1;
    const worked = launchMs * clock * crowded * cores;
    // Of the pages that are read from swap in a second those that a main thread waits for.
    const paging = swapRate(settings, node, atMs) * pagesInShare * msPerPage;
    const hostMs = Math.max(0, worked - launchMs - hiddenMs) + paging * (world.job.healthyStepMs / 1_000);
    const crossed = crossedGpus(binding, node.gpus.length);
    return [
      ...(hostMs === 0 ? [] : [{ node: index, hostMs }]),
      ...crossed.map((gpu) => ({ node: index, gpu, transferFactor: crossedFactor })),
    ];
  });
};

/** Eight trainers and their loaders on one core. */
const oneCoreFactor = 8;
/** Copies and proxy threads go over the link between the sockets; a tenth to a fifth, as NUMA guides measure. Assumed. */
const crossedFactor = 1.15;
/** Pages in a MiB that are read, spread over the 64 loader workers and trainers; a read from an NVMe drive takes 0.1 ms. */
const pagesInShare = (256 * 0.55) / 64;
const msPerPage = 0.1;
