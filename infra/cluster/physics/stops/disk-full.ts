import { integer } from '../../noise.ts';
import { findNode } from '../../world.ts';
import { checkpointFailsMs } from '../checkpoint.ts';
import { raidIsFull } from '../disk.ts';
import type { DyingRank, StopCause } from '../job.ts';

// The file system fills in less time than two checkpoints lie apart; the ones after that see it as it stays.
const checkpointsAhead = 8;

/** A checkpoint that finds no room on a node's own file system ends the job: the writer raises, nobody catches it. */
export const diskFull: StopCause = ({ world, settings, attempt, fromMs, checkpointsMs }) => {
  const stray = [...(settings.facts.get('storage.stray-files')?.values() ?? [])].map(({ place }) => place);
  const filling = [...new Set([...settings.fills.keys(), ...stray])]
    .map((name) => findNode(world, name))
    .filter((node) => node !== undefined)
    .filter((node) => attempt.nodes.includes(node.index));
  if (filling.length === 0) return null;
  for (const endMs of checkpointsMs(checkpointsAhead)) {
    const atMs = endMs + checkpointFailsMs;
    const node = filling.find((one) => raidIsFull(world, settings, one, atMs));
    if (atMs < fromMs || node === undefined) continue;
    const gpu = integer(world.seed, node.gpus.length, 'enospc-rank', attempt.number, node.index);
    return { atMs, node: node.index, gpu, exitCode: 1, slurmState: 'FAILED', lastWords: noSpaceLeft(world.job.name) };
  }
  return null;
};

/**
 * Megatron-LM's `torch_dist` writer (megatron/core/dist_checkpointing/strategies/filesystem_async.py) when a shard
 * cannot be created, with the rank that torch puts before each line of a traceback.
 */
function noSpaceLeft(job: string): (who: DyingRank) => readonly string[] {
  return ({ rank, iteration }) => {
    const folder = `/raid/ckpt/${job}/iter_${String(iteration).padStart(7, '0')}`;
    const error = `[Errno 28] No space left on device: '${folder}/__${rank}_0.distcp'`;
    const megatron = '/opt/megatron-lm/megatron';
    const frames: readonly (readonly [string, number, string, string])[] = [
      ['/opt/megatron-lm/pretrain_gpt.py', 265, '<module>', 'pretrain('],
      [`${megatron}/training/training.py`, 380, 'pretrain', 'iteration, num_floating_point_operations_so_far = train('],
      [`${megatron}/training/training.py`, 1337, 'train', 'save_checkpoint_and_time(iteration, model, optimizer,'],
      [
        `${megatron}/training/training.py`,
        1072,
        'save_checkpoint_and_time',
        'save_checkpoint(iteration, model, optimizer, opt_param_scheduler,',
      ],
      [
        `${megatron}/training/checkpointing.py`,
        387,
        'save_checkpoint',
        'async_save_request = dist_checkpointing.save(state_dict, checkpoint_name, save_strategy,',
      ],
      [
        `${megatron}/core/dist_checkpointing/serialization.py`,
        394,
        'save',
        'sharded_strategy.save(sharded_state_dict, checkpoint_dir)',
      ],
      [`${megatron}/core/dist_checkpointing/strategies/base.py`, 228, 'save', 'async_request.execute_sync()'],
      [`${megatron}/core/dist_checkpointing/strategies/async_utils.py`, 65, 'execute_sync', 'finalize_fn()'],
      [
        `${megatron}/core/dist_checkpointing/strategies/state_dict_saver.py`,
        179,
        'save_state_dict_async_finalize',
        'write_results = storage_writer.retrieve_write_results()',
      ],
      [
        `${megatron}/core/dist_checkpointing/strategies/filesystem_async.py`,
        322,
        'retrieve_write_results',
        "raise RuntimeError(f'Worker failure: {write_results_or_exc}') from write_results_or_exc",
      ],
    ];
    const prefix = `[rank${rank}]: `;
    return [
      `ERROR:megatron.core.dist_checkpointing.strategies.filesystem_async:Local process 0 encountered an error: ${error}`,
      `${prefix}OSError: ${error}`,
      `${prefix.trimEnd()}`,
      `${prefix}The above exception was the direct cause of the following exception:`,
      `${prefix.trimEnd()}`,
      `${prefix}Traceback (most recent call last):`,
      ...frames.flatMap(([file, line, name, code]) => [
        `${prefix}  File "${file}", line ${line}, in ${name}`,
        `${prefix}    ${code}`,
      ]),
      `${prefix}RuntimeError: Worker failure: ${error}`,
    ];
  };
}
