import { integer, uniform } from '../../noise.ts';
import { findNode } from '../../world.ts';
import { allAtLaunch } from '../launch-state.ts';
import type { DyingRank, StopCause } from '../job.ts';
import { ofRank, python, toForwardStep, traceback } from '../traceback.ts';

/** Descriptors that a trainer holds in the long run: shards, batches of its workers, sockets and queue pairs. */
const neededFiles = 3_600;
/** They grow by so many a second from the first step on. */
const filesPerSecond = 21;

/** A trainer whose limit of open files is lower than what it needs. */
export const openFiles: StopCause = ({ world, attempt }) => {
  const stops = allAtLaunch(world, attempt, 'host.nofile').flatMap(({ place, value }) => {
    const node = findNode(world, place);
    if (node === undefined || !attempt.nodes.includes(node.index) || value >= neededFiles) return [];
    const gpu = integer(world.seed, node.gpus.length, 'nofile-rank', attempt.number, node.index);
    const seconds = (value / filesPerSecond) * (0.9 + 0.2 * uniform(world.seed, 'nofile', attempt.number, node.index));
    return [
      {
        atMs: attempt.runMs + 1_000 * seconds,
        node: node.index,
        gpu,
        exitCode: 1,
        slurmState: 'FAILED' as const,
        lastWords,
      },
    ];
  });
  return stops.toSorted((a, b) => a.atMs - b.atMs)[0] ?? null;
};

function lastWords({ rank }: DyingRank): readonly string[] {
  const loader = `${python}/torch/utils/data/dataloader.py`;
  return ofRank(
    rank,
    traceback(
      [
        ...toForwardStep,
        [loader, 1448, '_next_data', 'idx, data = self._get_data()'],
        [loader, 1251, '_try_get_data', 'data = self._data_queue.get(timeout=timeout)'],
        [`${python}/torch/multiprocessing/reductions.py`, 541, 'rebuild_storage_fd', 'fd = df.detach()'],
        ['/usr/lib/python3.10/multiprocessing/reduction.py', 189, 'recv_handle', 'return recvfds(s, 1)[0]'],
      ],
      'OSError: [Errno 24] Too many open files',
    ),
  );
}
