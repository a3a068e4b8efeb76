/** One Python or C frame as py-spy prints it: `name (file:line)`. */
export type Frame = readonly [name: string, file: string, line: number];

export interface RankStack {
  /** A kernel runs, or spins, on the GPU meanwhile. */
  readonly onDevice: boolean;
  /** What py-spy says of the main thread: on a core, or waiting. */
  readonly active: boolean;
  /** Innermost first. */
  readonly frames: readonly Frame[];
}

const megatron = 'megatron/training/training.py';
const main: readonly Frame[] = [
  ['train_step', megatron, 732],
  ['train', megatron, 1245],
  ['pretrain', megatron, 353],
  ['<module>', 'pretrain_gpt.py', 264],
];
const inStep: readonly Frame[] = [
  ['forward_step', 'megatron/core/pipeline_parallel/schedules.py', 251],
  ['forward_backward_no_pipelining', 'megatron/core/pipeline_parallel/schedules.py', 447],
  ...main,
];
/** After the last micro-batch. */
const updating: readonly Frame[] = [['step', 'megatron/core/optimizer/optimizer.py', 411], ...main];
const gradients: readonly Frame[] = [
  ['start_grad_sync', 'megatron/core/distributed/param_and_grad_buffer.py', 141],
  ['finish_grad_sync', 'megatron/core/distributed/distributed_data_parallel.py', 262],
  ['finalize_model_grads', 'megatron/core/distributed/finalize_model_grads.py', 118],
  ['forward_backward_no_pipelining', 'megatron/core/pipeline_parallel/schedules.py', 469],
  ...main,
];
const batch: readonly Frame[] = [
  ['get_batch_on_this_tp_rank', 'megatron/training/utils.py', 277],
  ['get_batch', 'pretrain_gpt.py', 113],
  ['forward_step', 'pretrain_gpt.py', 181],
  ...inStep,
];
const saving: readonly Frame[] = [
  ['save', 'megatron/core/dist_checkpointing/serialization.py', 394],
  ['save_checkpoint', 'megatron/training/checkpointing.py', 387],
  ['save_checkpoint_and_time', megatron, 1072],
  ['train', megatron, 1337],
  ['pretrain', megatron, 353],
  ['<module>', 'pretrain_gpt.py', 264],
];

/** Metadata of a checkpoint go to rank 0 over TCP. */
const gathering: readonly Frame[] = [
  ['wait', 'torch/distributed/distributed_c10d.py', 2766],
  ['gather_object', 'torch/distributed/distributed_c10d.py', 2966],
  ['reduce_scatter', 'torch/distributed/checkpoint/utils.py', 164],
  ['save_state_dict', 'megatron/core/dist_checkpointing/strategies/state_dict_saver.py', 87],
  ...saving,
];

const stepEnd: readonly Frame[] = [
  ['train', megatron, 1262],
  ['pretrain', megatron, 353],
  ['<module>', 'pretrain_gpt.py', 264],
];

/**
 * Where a rank can be, by the names that `job.rank-hang` takes. Line numbers are those of Megatron-LM 0.8 and PyTorch
 * 2.5 as far as its own logs in this cluster name them.
 */
export const rankStacks = {
  /** Kernels are queued as fast as the host can. */
  training: {
    onDevice: true,
    active: true,
    frames: [
      ['linear', 'torch/nn/functional.py', 2371],
      ['forward', 'megatron/core/tensor_parallel/layers.py', 941],
      ['_call_impl', 'torch/nn/modules/module.py', 1747],
      ['forward', 'megatron/core/transformer/transformer_layer.py', 182],
      ...inStep,
    ],
  },
  /** The same, in the other half of a layer. */
  attention: {
    onDevice: true,
    active: true,
    frames: [
      ['forward', 'transformer_engine/pytorch/attention.py', 3402],
      ['_call_impl', 'torch/nn/modules/module.py', 1747],
      ['forward', 'megatron/core/transformer/attention.py', 301],
      ['forward', 'megatron/core/transformer/transformer_layer.py', 182],
      ...inStep,
    ],
  },
  backward: {
    onDevice: true,
    active: true,
    frames: [
      ['_engine_run_backward', 'torch/autograd/graph.py', 825],
      ['backward', 'torch/autograd/__init__.py', 347],
      ['backward_step', 'megatron/core/pipeline_parallel/schedules.py', 302],
      ['forward_backward_no_pipelining', 'megatron/core/pipeline_parallel/schedules.py', 458],
      ...main,
    ],
  },
  'clip-gradients': {
    onDevice: true,
    active: true,
    frames: [
      ['clip_grad_norm', 'megatron/core/optimizer/optimizer.py', 153],
      ['step', 'megatron/core/optimizer/optimizer.py', 402],
      ...main,
    ],
  },
  optimizer: {
    onDevice: true,
    active: true,
    frames: [
      ['step', 'apex/optimizers/fused_adam.py', 291],
      ['step_with_ready_grads', 'megatron/core/optimizer/optimizer.py', 332],
      ...updating,
    ],
  },
  /** Forward passes over the validation set, of all ranks. */
  evaluation: {
    onDevice: true,
    active: true,
    frames: [
      ['linear', 'torch/nn/functional.py', 2371],
      ['forward', 'megatron/core/tensor_parallel/layers.py', 941],
      ['_call_impl', 'torch/nn/modules/module.py', 1747],
      ['forward', 'megatron/core/transformer/transformer_layer.py', 182],
      ...inStep.slice(0, 2),
      ['evaluate', megatron, 1453],
      ['evaluate_and_print_results', megatron, 1511],
      ...main.slice(1),
    ],
  },
  /** What an asynchronous save writes is copied to host memory first. */
  'checkpoint-copy': {
    onDevice: false,
    active: true,
    frames: [
      ['prepare_write_data', 'megatron/core/dist_checkpointing/strategies/filesystem_async.py', 118],
      ['save_state_dict_async_plan', 'megatron/core/dist_checkpointing/strategies/state_dict_saver.py', 96],
      ['async_save', 'megatron/core/dist_checkpointing/strategies/torch.py', 683],
      ...saving,
    ],
  },
  /** Done, and waiting for the others. */
  'all-reduce': {
    onDevice: true,
    active: true,
    frames: [
      ['synchronize', 'torch/cuda/__init__.py', 954],
      ['_reduce_scatter_base', 'torch/distributed/distributed_c10d.py', 4019],
      ...gradients,
    ],
  },
  /** The input queue is empty. */
  'data-loading': {
    onDevice: false,
    active: false,
    frames: [
      ['wait', 'threading.py', 324],
      ['get', 'queue.py', 180],
      ['_try_get_data', 'torch/utils/data/dataloader.py', 1251],
      ['_next_data', 'torch/utils/data/dataloader.py', 1458],
      ['__next__', 'torch/utils/data/dataloader.py', 701],
      ...batch,
    ],
  },
  /** A read from a file system that does not answer. */
  'file-read': {
    onDevice: false,
    active: false,
    frames: [['read', 'pretrain/data/shards.py', 88], ['__getitem__', 'pretrain/data/shards.py', 131], ...batch],
  },
  'checkpoint-write': {
    onDevice: false,
    active: false,
    frames: [
      ['fsync', 'megatron/core/dist_checkpointing/strategies/filesystem_async.py', 276],
      ['write_preloaded_data', 'megatron/core/dist_checkpointing/strategies/filesystem_async.py', 251],
      ...saving,
    ],
  },
  /** A gather over TCP whose large messages do not arrive. */
  'object-gather': { onDevice: false, active: false, frames: gathering },
  /** A Python loop that never ends, with the interpreter's lock held. */
  'python-loop': {
    onDevice: false,
    active: true,
    frames: [['_normalize', 'pretrain/data/tokens.py', 57], ['collate', 'pretrain/data/tokens.py', 92], ...batch],
  },
  /** A batch is copied into memory that the device can read; the kernel has to answer for its pages. */
  'host-copy': {
    onDevice: false,
    active: true,
    frames: [
      ['pin_memory', 'torch/utils/data/_utils/pin_memory.py', 62],
      ['_next_data', 'torch/utils/data/dataloader.py', 1465],
      ['__next__', 'torch/utils/data/dataloader.py', 701],
      ...batch,
    ],
  },
  'lock-wait': {
    onDevice: false,
    active: false,
    frames: [['acquire', 'filelock/_api.py', 214], ['__enter__', 'filelock/_api.py', 248], ...batch],
  },
  /** A kernel that does not come to its end. */
  'gpu-kernel': {
    onDevice: true,
    active: true,
    frames: [
      ['synchronize', 'torch/cuda/__init__.py', 954],
      ['backward', 'torch/autograd/__init__.py', 347],
      ...inStep,
    ],
  },
  /** One rank evaluates alone, on its cores, while the others wait for it. */
  'rank0-work': {
    onDevice: false,
    active: true,
    frames: [
      ['score', 'pretrain/evaluation.py', 118],
      ['validation_suite', 'pretrain/evaluation.py', 64],
      ['evaluate_and_print_results', megatron, 1511],
      ...main.slice(1),
    ],
  },
  /** The launcher has started it; model and checkpoint are on their way. */
  starting: {
    onDevice: false,
    active: true,
    frames: [
      ['load_checkpoint', 'megatron/training/checkpointing.py', 1021],
      ['setup_model_and_optimizer', megatron, 641],
      ['pretrain', megatron, 289],
      ['<module>', 'pretrain_gpt.py', 264],
    ],
  },
  /** Waits for the process that writes an asynchronous checkpoint; frames of NVIDIA/Megatron-LM issue 2422. */
  'async-save-join': {
    onDevice: false,
    active: false,
    frames: [
      ['poll', 'multiprocessing/popen_fork.py', 27],
      ['wait', 'multiprocessing/popen_fork.py', 43],
      ['join', 'multiprocessing/process.py', 149],
      ['close', 'megatron/core/dist_checkpointing/strategies/async_utils.py', 121],
      ['is_current_async_call_done', 'megatron/core/dist_checkpointing/strategies/async_utils.py', 109],
      ['maybe_finalize_async_calls', 'megatron/core/dist_checkpointing/strategies/async_utils.py', 214],
      ['maybe_finalize_async_save', 'megatron/training/async_utils.py', 44],
      ...stepEnd,
    ],
  },
  /** At the end of its data, where it expects all others. */
  'epoch-barrier': {
    onDevice: true,
    active: true,
    frames: [
      ['barrier', 'torch/distributed/distributed_c10d.py', 4159],
      ['wrapper', 'torch/distributed/c10d_logger.py', 83],
      ['finish_epoch', 'pretrain/data/epochs.py', 66],
      ['__next__', 'pretrain/data/epochs.py', 41],
      ...batch.slice(1),
    ],
  },
  /** A collective that only this rank has reason to call. */
  'outlier-gather': {
    onDevice: true,
    active: true,
    frames: [
      ['all_gather_into_tensor', 'torch/distributed/distributed_c10d.py', 3709],
      ['wrapper', 'torch/distributed/c10d_logger.py', 83],
      ['gather_outliers', 'pretrain/metrics.py', 88],
      ['loss_func', 'pretrain_gpt.py', 152],
      ...inStep,
    ],
  },
  /** The interpreter looks through all its objects; a profiler sees who asked for it. */
  'garbage-collection': {
    onDevice: false,
    active: true,
    frames: [['full_collection', 'pretrain/memory.py', 41], ['on_step_end', 'pretrain/callbacks.py', 77], ...stepEnd],
  },
  /** Shapes that no compiled graph fits. */
  'graph-compile': {
    onDevice: false,
    active: true,
    frames: [
      ['codegen_and_compile', 'torch/_inductor/compile_fx.py', 661],
      ['compile_fx_inner', 'torch/_inductor/compile_fx.py', 545],
      ['call_user_compiler', 'torch/_dynamo/output_graph.py', 1446],
      ['_compile', 'torch/_dynamo/convert_frame.py', 825],
      ['__call__', 'torch/_dynamo/convert_frame.py', 1064],
      ['_fn', 'torch/_dynamo/eval_frame.py', 465],
      ['forward', 'megatron/core/transformer/transformer_layer.py', 182],
      ...inStep,
    ],
  },
} as const satisfies Readonly<Record<string, RankStack>>;
export type StackName = keyof typeof rankStacks;

export function isStackName(name: string): name is StackName {
  return Object.hasOwn(rankStacks, name);
}

/** Whether a rank that sits there keeps its GPU busy; a name that is not listed is host code. */
export function isDeviceStack(name: string): boolean {
  return isStackName(name) && rankStacks[name].onDevice;
}
