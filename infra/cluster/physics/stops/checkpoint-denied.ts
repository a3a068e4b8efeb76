import { findNode } from '../../world.ts';
import { checkpointFailsMs } from '../checkpoint.ts';
import type { DyingRank, StopCause } from '../job.ts';
import { inMegatron, main, ofRank, traceback, train } from '../traceback.ts';

/** The next checkpoint cannot make its folder on a node on which the folder above is not its user's. */
export const checkpointDenied: StopCause = ({ world, attempt, fromMs, facts, checkpointsMs }) => {
  const denied = facts('storage.checkpoint-owner')
    .map(({ place, value }) => ({ node: findNode(world, place)?.index, error: errors[value] ?? refused }))
    .find(({ node }) => node !== undefined && attempt.nodes.includes(node));
  if (denied?.node === undefined) return null;
  // It is the first thing that a save does.
  const atMs = checkpointsMs(3)
    .map((endMs) => endMs + checkpointFailsMs / 4)
    .find((ms) => ms >= fromMs);
  if (atMs === undefined) return null;
  return {
    atMs,
    node: denied.node,
    gpu: 0,
    exitCode: 1,
    slurmState: 'FAILED',
    lastWords: lastWords(world.job.name, denied.error),
  };
};

const refused = '[Errno 13] Permission denied';
const errors: Readonly<Record<string, string>> = { immutable: '[Errno 1] Operation not permitted' };

function lastWords(job: string, error: string): (who: DyingRank) => readonly string[] {
  return ({ rank, iteration }) => {
    const folder = `/raid/ckpt/${job}/iter_${String(iteration).padStart(7, '0')}`;
    return ofRank(
      rank,
      traceback(
        [
          main,
          train,
          [
            inMegatron('megatron/training/training.py'),
            1337,
            'train',
            'save_checkpoint_and_time(iteration, model, optimizer,',
          ],
          [
            inMegatron('megatron/training/checkpointing.py'),
            362,
            'save_checkpoint',
            'ensure_directory_exists(checkpoint_name,',
          ],
          [
            inMegatron('megatron/training/checkpointing.py'),
            127,
            'ensure_directory_exists',
            'os.makedirs(dirname, exist_ok=True)',
          ],
          ['/usr/lib/python3.10/os.py', 225, 'makedirs', 'mkdir(name, mode)'],
        ],
        `PermissionError: ${error}: '${folder}'`,
      ),
    );
  };
}
