import { lineDetector } from './line-patterns.ts';

/** Ranks that do not run the same programs or operations, as JAX, TensorFlow, MPI and NCCL's checks say it. */
export const rankOrder = lineDetector('rank-order', [
  {
    id: 'horovod.ranks.submit-others',
    summary: 'one rank waits with a tensor that the others have not, and they with tensors that it has not',
    role: 'cause',
    weighs: { 'collective-mismatch': 4.8, 'uneven-data': 0.6 },
    source: 'https://github.com/horovod/horovod/blob/master/horovod/common/stall_inspector.cc',
    literals: ['ready ranks: '],
    pattern: /\[ready ranks: (\d{1,6})\][^\n]{0,600}?\[ready ranks: (?![^\]\n]{0,300}\b\1\b)\d[\d, ]{0,300}\]/,
    sees: [
      'Stalled ops: HorovodAllreduce_loss_Mean_0 [ready ranks: 3], HorovodAllreduce_gradients_conv_0 [ready ranks: 2, 0, 1]',
    ],
    ignores: ['Stalled ops: allreduce.conv1.weight [ready ranks: 1], allreduce.bn1.weight [ready ranks: 1]'],
  },
  {
    id: 'collective.programs.differ',
    summary: 'processes meet in a collective operation that is not the same for all of them',
    role: 'cause',
    weighs: { 'collective-mismatch': 5, 'framework-bug': 0.8, 'uneven-data': 0.4 },
    source: 'https://github.com/jax-ml/jax/blob/main/jax/experimental/multihost_utils.py',
    literals: [
      'name mismatch',
      'with the same name',
      'in the launch group',
      'different launch id',
      'joining a group with size',
      'mismatch in the collective',
      'mismatched collective',
      'mismatched sequence number',
      'is not the same on all',
      'not the same across',
      'disagrees with rank',
      'launch id mismatch',
    ],
    pattern:
      /sync_global_devices name mismatch|must call [\w.]{1,60} with the same name|unexpected peer[^\n]{0,30} in the launch group|different launch id|launch id mismatch|is joining a group with size ?\d{1,6}, but that group has size|mismatch in the collective instance|[Mm]ismatched collective\b|[Mm]ismatched sequence numbers?\b|\b[Rr]ank \d{1,6} disagrees with rank \d/,
    sees: [
      "AssertionError: sync_global_devices name mismatch ('save')",
      'An unexpected peer shows up in the launch group with a different launch id than the current group leader.',
      'InternalError: Device /job:worker/replica:0/task:1 is joining a group with size2, but that group has size 1',
      'Shape mismatch in the collective instance 100. Op at device /job:worker expected shape [8] but another member in the group expected shape [4].',
    ],
    ignores: ['all ranks have the same name', 'collective instance 100 ready'],
  },
  {
    id: 'mpi.message.truncated',
    summary: 'a message was larger than the receiver expected: the two sides are at different calls',
    role: 'cause',
    weighs: { 'collective-mismatch': 3, 'user-code-error': 1.6, 'uneven-data': 0.8 },
    source: 'https://www.mpi-forum.org/docs/mpi-4.1/mpi41-report.pdf',
    literals: ['mpi_err_truncate', 'message truncated'],
    pattern: /MPI_ERR_TRUNCATE|PMPI_\w{1,30}: Message truncated/,
    sees: [
      '[node-00:4242] *** MPI_ERR_TRUNCATE: message truncated',
      'Fatal error in PMPI_Bcast: Message truncated, error stack:',
    ],
    ignores: ['log message truncated'],
  },
]);
