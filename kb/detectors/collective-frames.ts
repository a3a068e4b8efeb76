import { lineDetector } from './line-patterns.ts';

const collectives =
  'broadcast(?:_object_list|_coalesced)?|all_?reduce(?:_coalesced)?|all_?gather(?:_object|_into_tensor|_base)?|_allgather_base|reduce_scatter(?:_tensor|_base)?|all_to_all(?:_single)?|alltoall(?:_base)?|barrier|monitored_barrier|gather(?:_object)?|scatter(?:_object_list)?|reduce|send|recv|isend|irecv|batch_isend_irecv';

/** Where tracebacks run through the collectives of torch. */
export const collectiveFrames = lineDetector('collective-frames', [
  {
    id: 'traceback.frame.collective',
    summary: 'a traceback runs through a collective of torch',
    role: 'context',
    weighs: {},
    source: 'https://github.com/pytorch/pytorch/blob/main/torch/distributed/distributed_c10d.py',
    literals: ['distributed_c10d.py', 'torch.distributed.', 'dist.', 'group._', 'pg.', 'group.'],
    pattern: new RegExp(
      String.raw`File "[^"\n]{1,300}/torch/distributed/distributed_c10d\.py", line \d{1,6}, in (?:${collectives})\s*$|^(?:\[?rank ?\d{1,6}\]?: ?|\d{1,6}: ?|\[\d{1,6}\]: ?)?\s{4,24}(?:[\w, ]{1,60} = )?(?:torch\.distributed|dist|group|default_pg|pg|self\.(?:device_)?(?:process_)?group)\.(?:${collectives})\([^\n]{0,300}$`,
    ),
    sees: [
      '  File "/venv/lib/python3.11/site-packages/torch/distributed/distributed_c10d.py", line 2532, in all_gather_into_tensor',
      '      torch.distributed.broadcast(seed_tensor, src=0)',
      '[rank0]:     work = group._allgather_base(output_tensor, input_tensor)',
      '    dist.barrier()',
    ],
    ignores: [
      '  File "/venv/lib/python3.11/site-packages/torch/distributed/distributed_c10d.py", line 1500, in init_process_group',
      'torch.distributed.broadcast is called',
      '    torch.save(state, path)',
    ],
  },
  {
    id: 'traceback.frame.ddp-verifies',
    summary: 'a traceback stands where torch compares the parameters of a model among the ranks before it wraps it',
    role: 'context',
    weighs: {},
    source: 'https://github.com/pytorch/pytorch/blob/main/torch/distributed/utils.py',
    literals: ['_verify_param_shape_across_processes', '_verify_model_across_ranks', '_sync_module_states'],
    pattern:
      /File "[^"\n]{1,300}\/torch\/[^"\n]{1,100}", line \d{1,6}, in (?:_verify_param_shape_across_processes|_verify_model_across_ranks|_sync_module_states)\s*$/,
    sees: [
      '[rank0]:   File "/venv/lib/python3.11/site-packages/torch/distributed/utils.py", line 281, in _verify_param_shape_across_processes',
    ],
    ignores: [
      '    _verify_param_shape_across_processes(self.process_group, parameters)',
      '  File "/venv/lib/python3.11/site-packages/torch/distributed/utils.py", line 100, in _cast',
    ],
  },
  {
    id: 'job.training.done',
    summary: 'a program says that it has trained, and goes on with what comes behind that',
    role: 'context',
    weighs: {},
    source: 'https://github.com/ACEsuit/mace/blob/main/mace/cli/run_train.py',
    literals: [
      'training is ',
      'training complete',
      'training finished',
      'finished training',
      'training done',
      'done training',
      '=results=',
      'final evaluation',
      'max_epochs=',
      'max_steps=',
    ],
    pattern:
      /\b(?:[Tt]raining (?:is )?(?:complete[d]?|finished|done)|(?:[Ff]inished|[Dd]one) [Tt]raining)\b|=RESULTS=|\b(?:[Ss]tarting|[Rr]unning|[Bb]egin(?:ning)?) (?:the )?final evaluation|`Trainer\.fit` stopped: `max_(?:epochs|steps)=\d+` reached/,
    sees: [
      'Training completed. Do not forget to share your model on huggingface.co/models =)',
      '2026-11-21 03:12:59.290 INFO: ===========RESULTS===========',
      '`Trainer.fit` stopped: `max_epochs=10` reached.',
      'INFO: Finished training',
    ],
    ignores: ['early stopping: patience 10', 'max_epochs=10', 'the training is not finished'],
  },
]);
