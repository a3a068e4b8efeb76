import { integer, uniform } from '../../noise.ts';
import { checkpointEvery } from '../checkpoint.ts';
import { nextMultipleMs } from '../iterations.ts';
import type { StopCause } from '../job.ts';

/** The rank waits for its writer at the end of the step after the one that began the checkpoint. */
const untilJoinMs = 9_400;

/**
 * A forked writer that inherited a locked lock never ends, and the rank that waits for it makes no more steps
 * (NVIDIA/Megatron-LM issue 2422). A race: after a restart some checkpoints go well.
 */
export const asyncSaveHang: StopCause = (question) => {
  const { world, attempt, fact } = question;
  if (!fact({ fact: 'job.async-save-race', place: world.job.name })) return null;
  const odds = fact({ fact: 'job.async-save-odds', place: world.job.name });
  const every = checkpointEvery * (1 + integer(world.seed, odds, 'async-save', attempt.number));
  const atMs = nextMultipleMs(question, every, untilJoinMs);
  const node = attempt.nodes[integer(world.seed, attempt.nodes.length, 'async-save-node', attempt.number)];
  if (atMs === Infinity || node === undefined) return null;
  const gpu = Math.floor(uniform(world.seed, 'async-save-gpu', attempt.number) * world.gpusPerNode);
  return { kind: 'hangs', atMs, node, gpu, stack: 'async-save-join' };
};
