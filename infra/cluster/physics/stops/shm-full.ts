import { integer, uniform } from '../../noise.ts';
import { findNode, type World, type WorldNode } from '../../world.ts';
import type { Attempt, DyingRank, RankDeath, StopCause } from '../job.ts';
import { agentPid } from '../job.ts';
import { hostShm, ncclMib, ownShmMib } from '../shm.ts';
import { ofRank, python, toForwardStep, traceback } from '../traceback.ts';

/** What the loaders of a node write there at most; beyond it a worker gets SIGBUS at its next page. */
const neededMib = 18_800;
/** From a full file system to the batch that finds no room; a new attempt fills its queues first. */
const soonMs = { min: 8_000, spread: 30_000 };
const filledMs = { min: 20_000, spread: 60_000 };

/** Batches that find no room in /dev/shm: it is small, or full of what others left. */
export const shmFull: StopCause = ({ world, attempt, facts }) => {
  const own = ownShmMib(world, attempt);
  if (own !== null) {
    // Less than that and the communicators are not even made (`launch-failures/shm-small.ts`).
    if (own >= neededMib || own < ncclMib) return null;
    const index = attempt.nodes[integer(world.seed, attempt.nodes.length, 'shm-node', attempt.number)];
    const node = index === undefined ? undefined : world.nodes[index];
    return node === undefined
      ? null
      : death(world, attempt, node, attempt.runMs + drawn(world, attempt, node, filledMs));
  }
  const full = facts('host.shm-leftover-mib').flatMap(({ place, value, sinceMs }) => {
    const node = findNode(world, place);
    if (node === undefined || !attempt.nodes.includes(node.index) || value + neededMib < hostShm.kib / 1_024) return [];
    const atMs =
      sinceMs > attempt.runMs
        ? sinceMs + drawn(world, attempt, node, soonMs)
        : attempt.runMs + drawn(world, attempt, node, filledMs);
    return [death(world, attempt, node, atMs)];
  });
  return full.toSorted((a, b) => a.atMs - b.atMs)[0] ?? null;
};

function drawn(
  world: World,
  attempt: Attempt,
  node: WorldNode,
  { min, spread }: { readonly min: number; readonly spread: number },
): number {
  return min + spread * uniform(world.seed, 'shm-full', attempt.number, node.index);
}

function death(world: World, attempt: Attempt, node: WorldNode, atMs: number): RankDeath {
  const gpu = integer(world.seed, node.gpus.length, 'shm-rank', attempt.number, node.index);
  const worker = agentPid(attempt, world, node.index) + 1_200 + gpu * 8 + 3;
  return { atMs, node: node.index, gpu, exitCode: 1, slurmState: 'FAILED', lastWords: (who) => lastWords(who, worker) };
}

/** torch/utils/data/_utils/signal_handling.py of PyTorch 2.5, printed where the main thread asks for the next batch. */
function lastWords({ rank }: DyingRank, worker: number): readonly string[] {
  const loader = `${python}/torch/utils/data/dataloader.py`;
  return [
    'ERROR: Unexpected bus error encountered in worker. This might be caused by insufficient shared memory (shm).',
    ...ofRank(
      rank,
      traceback(
        [
          ...toForwardStep,
          [loader, 701, '__next__', 'data = self._next_data()'],
          [loader, 1448, '_next_data', 'idx, data = self._get_data()'],
          [loader, 1412, '_get_data', 'success, data = self._try_get_data()'],
          [
            loader,
            1264,
            '_try_get_data',
            "raise RuntimeError(f'DataLoader worker (pid(s) {pids_str}) exited unexpectedly') from e",
          ],
        ],
        `RuntimeError: DataLoader worker (pid(s) ${worker}) exited unexpectedly`,
      ),
    ),
    `[rank${rank}]: RuntimeError: DataLoader worker (pid ${worker}) is killed by signal: Bus error. It is possible that dataloader's workers are out of shared memory. Please try to raise your shared memory limit.`,
  ];
}
