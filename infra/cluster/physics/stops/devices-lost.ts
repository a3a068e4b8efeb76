import { integer, uniform } from '../../noise.ts';
import { findNode } from '../../world.ts';
import { devicesLostMs } from '../container-devices.ts';
import type { DyingRank, StopCause } from '../job.ts';
import { forwardBackward, main, ofRank, traceback, train, trainStep } from '../traceback.ts';

/** What is open stays open; the caching allocator asks NVML when it has to give memory back, some minutes apart. */
const nextAskMs = { min: 25_000, spread: 150_000 };

/** A container that may not open its GPUs any more fails at the next open. */
export const devicesLost: StopCause = ({ world, settings, attempt, fromMs, facts }) => {
  const stops = facts('container.docker-runs').flatMap(({ place, value }) => {
    const node = findNode(world, place);
    if (value !== 'systemd-cgroups' || node === undefined || !attempt.nodes.includes(node.index)) return [];
    const lostMs = devicesLostMs(world, settings, node, attempt, fromMs);
    if (lostMs === null) return [];
    const gpu = integer(world.seed, node.gpus.length, 'devices-rank', attempt.number, node.index);
    const atMs =
      lostMs + nextAskMs.min + nextAskMs.spread * uniform(world.seed, 'devices-ask', attempt.number, node.index);
    return [{ atMs, node: node.index, gpu, exitCode: 1, slurmState: 'FAILED' as const, lastWords }];
  });
  return stops.toSorted((a, b) => a.atMs - b.atMs)[0] ?? null;
};

function lastWords({ rank }: DyingRank): readonly string[] {
  return ofRank(
    rank,
    traceback(
      [main, train, trainStep, forwardBackward],
      'RuntimeError: NVML_SUCCESS == DriverAPI::get()->nvmlInit_v2_() INTERNAL ASSERT FAILED at "../c10/cuda/CUDACachingAllocator.cpp":963, please report a bug to PyTorch. ',
    ),
  );
}
