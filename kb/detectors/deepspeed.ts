import { lineDetector } from './line-patterns.ts';

const builder = 'https://github.com/deepspeedai/DeepSpeed/blob/master/op_builder/builder.py';
const config = 'https://github.com/deepspeedai/DeepSpeed/blob/master/deepspeed/runtime/config.py';
const runner = 'https://github.com/deepspeedai/DeepSpeed/blob/master/deepspeed/launcher/runner.py';
const parameters =
  'https://github.com/deepspeedai/DeepSpeed/blob/master/deepspeed/runtime/zero/partition_parameters.py';
const engine = 'https://github.com/deepspeedai/DeepSpeed/blob/master/deepspeed/runtime/engine.py';

/** DeepSpeed: its extensions, configuration, launcher and the bookkeeping of ZeRO. */
export const deepspeed = lineDetector('deepspeed', [
  {
    id: 'deepspeed.extension.not-built',
    summary: 'a compiled part of DeepSpeed cannot be built or does not fit torch and CUDA',
    role: 'cause',
    weighs: { 'user-code-error': 4.8, 'framework-bug': 1.8, 'driver-version-mismatch': 0.8 },
    source: builder,
    literals: [
      'cudamismatchexception',
      'missingcudaexception',
      'cuda_home does not exist',
      'unable to jit load the',
      "has no attribute 'ds_opt_adam'",
      'deepspeed ops were compiled and installed',
    ],
    pattern:
      /CUDAMismatchException|MissingCUDAException|CUDA_HOME does not exist, unable to compile|Unable to JIT load the \w{1,40} op|has no attribute 'ds_opt_adam'|version mismatch! DeepSpeed ops were compiled and installed/,
    sees: [
      'deepspeed.ops.op_builder.builder.CUDAMismatchException: >- DeepSpeed Op Builder: Installed CUDA version 11.8 does not match the version torch was compiled with 12.1, unable to compile cuda/cpp extensions without a matching cuda version.',
      "AttributeError: 'DeepSpeedCPUAdam' object has no attribute 'ds_opt_adam'",
      'RuntimeError: Unable to JIT load the cpu_adam op due to it not being compatible due to hardware/software issue. None',
    ],
    ignores: [
      'Installed CUDA version 12.1 does not match the version torch was compiled with 12.2 but since the APIs are compatible, accepting this combination',
      ' [WARNING]  async_io requires the dev libaio .so object and headers but these were not found.',
    ],
  },
  {
    id: 'deepspeed.config.batch-sizes',
    summary: 'batch sizes in the DeepSpeed configuration do not multiply to the world size',
    role: 'cause',
    weighs: { 'user-code-error': 4.4, 'launcher-rank-misconfig': 2.6 },
    source: config,
    literals: ['check batch related parameters'],
    pattern: /Check batch related parameters\. train_batch_size is not equal/,
    sees: [
      'AssertionError: Check batch related parameters. train_batch_size is not equal to micro_batch_per_gpu * gradient_acc_step * world_size 64 != 8 * 1 * 4',
    ],
    ignores: ['train_batch_size ............. 64'],
  },
  {
    id: 'deepspeed.config.wrong',
    summary: 'the DeepSpeed configuration is refused',
    role: 'cause',
    weighs: { 'user-code-error': 5.2, 'framework-bug': 1 },
    source: config,
    literals: [
      'deepspeedconfigerror',
      'elasticityconfigerror',
      'existing deepspeed config',
      'duplicate keys in deepspeed config',
      'deepspeed config values that mismatch',
      'requires an optimizer',
      'using zero-offload with a client provided optimizer',
    ],
    pattern:
      /DeepSpeedConfigError|ElasticityConfigError|Expected a string path to an existing deepspeed config|Duplicate keys in DeepSpeed config|correct the following DeepSpeed config values that mismatch|zero stage \S{1,30} requires an optimizer|You are using ZeRO-Offload with a client provided optimizer/,
    sees: [
      'ValueError: Please correct the following DeepSpeed config values that mismatch TrainingArguments values:',
      'AssertionError: zero stage 2 requires an optimizer',
      'deepspeed.runtime.config_utils.DeepSpeedConfigError: DeepSpeedConfigError',
    ],
    ignores: ['[INFO] [config.py:1000:print] DeepSpeedEngine configuration:'],
  },
  {
    id: 'deepspeed.launcher.hosts-wrong',
    summary: 'hosts or slots named to the DeepSpeed launcher are not there',
    role: 'cause',
    weighs: { 'launcher-rank-misconfig': 4.4, 'user-code-error': 2.4 },
    source: runner,
    literals: [
      'hostfile contains',
      'not found in hostfile',
      'specified on host',
      'unable to proceed, no gpu resources',
      'no extra nodes available via hostfile',
      'hostfile is empty or not formatted',
    ],
    pattern:
      /Hostfile contains (?:multiple entries|a bad entry)|Hostname '[^'\n]{1,80}' not found in hostfile|No slot '\d+' specified on host|Unable to proceed, no GPU resources available|no extra nodes available via hostfile|Hostfile is empty or not formatted/,
    sees: [
      "ValueError: No slot '8' specified on host 'node-03'",
      'RuntimeError: Unable to proceed, no GPU resources available',
    ],
    ignores: ['Unable to find hostfile, will proceed with training with local resources only.'],
  },
  {
    id: 'deepspeed.launcher.ssh-refused',
    summary: 'the DeepSpeed launcher cannot log in to a host of its list',
    role: 'cause',
    weighs: { 'permission-misconfig': 4.2, 'rendezvous-resolution': 1.8, 'firewall-blocked': 1.2 },
    source: runner,
    literals: ['was not reachable via ssh'],
    pattern: /host=(?<node>[\w.-]{1,63}) was not reachable via ssh/,
    sees: [
      'RuntimeError: Using hostfile at /job/hostfile but host=node-03 was not reachable via ssh. If you are running with a single node please remove /job/hostfile or setup passwordless ssh.',
    ],
    ignores: ['host=node-03 is reachable'],
  },
  {
    // What the engine's own backward sets up is missing where a program calls it on the loss.
    id: 'deepspeed.backward.not-by-engine',
    summary: 'the backward pass was not started by the DeepSpeed engine, which would have made its buckets ready',
    role: 'cause',
    weighs: { 'user-code-error': 5.2, 'framework-bug': 1.4 },
    source: 'https://github.com/deepspeedai/DeepSpeed/issues/6995',
    literals: ["has no attribute 'ipg_"],
    pattern: /DeepSpeedZeroOptimizer\w{0,20}' object has no attribute 'ipg_(?:index|buckets?|buffer)/,
    sees: [
      "AttributeError: 'DeepSpeedZeroOptimizer' object has no attribute 'ipg_index'",
      "AttributeError: 'FP16_DeepSpeedZeroOptimizer' object has no attribute 'ipg_index'",
    ],
    ignores: ["AttributeError: 'DeepSpeedZeroOptimizer' object has no attribute 'bit16_groups'"],
  },
  {
    id: 'deepspeed.zero.bookkeeping',
    summary: "ZeRO's record of a parameter contradicts what is asked of it",
    role: 'cause',
    weighs: { 'framework-bug': 4, 'user-code-error': 1.8, 'collective-mismatch': 0.6 },
    source: parameters,
    literals: [
      'already in registry',
      'attempted to add non-inflight parameter',
      'cannot partition a param in flight',
      'is already available or inflight',
      'expected param ',
      'expect param.ds_status',
      'already invalid trace',
      'attempted to record trace when status',
      'expected there to be only one unique element',
      'gradient computed twice',
      'deepspeedzerooffload',
      "'dummyoptim' object",
      "has no attribute 'ds_",
      'all_groups_norm',
      'all_grad_norm',
      'sync context manager is incompatible',
      'expected to be released',
      'step_id_module_fetched_for',
    ],
    pattern:
      /\} already in registry|attempted to add non-inflight parameter|[Cc]annot partition a param in flight|is already available or inflight|expected param \{[^\n]{1,600}\} to (?:not )?be (?:available|inflight)|expect param\.ds_status == ZeroParamStatus|already invalid trace|attempted to record trace when status|expected there to be only one unique element in|Gradient computed twice for this partition|'DeepSpeedZeRoOffload' object has no attribute|'DummyOptim' object has no attribute|object has no attribute 'ds_(?:id|numel|tensor|shape|status|grads_remaining|active_sub_modules|summary|persist)|assert all_gr(?:oups|ad)_norm ?> ?0|no_?sync context manager is incompatible with gradient ?partitioning|\} expected to be released|__step_id_module_fetched_for\[/,
    sees: [
      "AssertionError: {'id': 12, 'status': 'AVAILABLE', 'numel': 4096} expected to be released",
      // The line of source in a traceback: the record of what was fetched in which order is emptier than the walk through the model.
      '    step_id = self.__step_id_module_fetched_for[sub_module.id].popleft()',
      "RuntimeError: {'id': 12, 'status': 'INFLIGHT'} already in registry",
      'AssertionError: The parameter 55 has already been reduced. Gradient computed twice for this partition. Multiple gradient reduction is currently not supported',
      "AttributeError: 'Parameter' object has no attribute 'ds_grads_remaining'",
      "AttributeError: 'DeepSpeedZeRoOffload' object has no attribute 'backward'",
      'AssertionError: no_sync context manager is incompatible with gradient partitioning logic of ZeRO stage 3',
    ],
    ignores: ['Invalidate trace cache @ step 0: expected module 1, but got module 5', 'expected param groups: 2'],
  },
  {
    id: 'deepspeed.setup.combination',
    summary: 'features of DeepSpeed are combined that do not go together',
    role: 'cause',
    weighs: { 'user-code-error': 3.4, 'framework-bug': 3 },
    source: engine,
    literals: [
      'is not compatible with zero',
      'not supported with zero stage',
      'cannot enable both amp with',
      'zeroruntimeexception',
      'moe not supported with stage 3',
      'only train_batch() is accessible in pipeline mode',
      'is not yet supported with zero',
    ],
    pattern:
      /is not (?:compatible|yet supported) with ZeRO|not supported with ZeRO [Ss]tage|Cannot enable both amp with|ZeRORuntimeException(?!: The checkpoint being loaded)|MoE not supported with Stage 3|Only train_batch\(\) is accessible in pipeline mode/,
    sees: [
      'AssertionError: 1bit-Adam is not compatible with ZeRO',
      'deepspeed.runtime.utils.PipelineError: Only train_batch() is accessible in pipeline mode.',
    ],
    ignores: ['ZeRO stage 3 is enabled'],
  },
]);
