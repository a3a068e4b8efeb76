import type { LinePattern } from './line-patterns.ts';

const xla = 'https://github.com/tensorflow/tensorflow/issues/62075';

/** Notices of TensorFlow, tokenizers, other Python packages and the kernel that stand in the logs of healthy runs. */
export const harmlessTools: readonly LinePattern[] = [
  {
    id: 'harmless.tensorflow.registered-twice',
    summary: 'TensorFlow was loaded beside another library and registers its parts a second time, without effect',
    role: 'clean',
    weighs: {},
    source: xla,
    literals: ['unable to register cu', 'computation placer already registered'],
    pattern:
      /Unable to register cu(?:DNN|FFT|BLAS) factory: Attempting to register factory for plugin|computation placer already registered/,
    sees: [
      'E external/local_xla/xla/stream_executor/cuda/cuda_dnn.cc:9261] Unable to register cuDNN factory: Attempting to register factory for plugin cuDNN when one has already been registered',
      'E0000 00:00:1744708234.746546 1370911 cuda_blas.cc:1407] Unable to register cuBLAS factory: Attempting to register factory for plugin cuBLAS when one has already been registered',
      'W0000 00:00:1744708234.960672 1370911 computation_placer.cc:177] computation placer already registered. Please check linkage and avoid linking the same target more than once.',
    ],
    ignores: ['E cuda_dnn.cc:400] Could not create cudnn handle: CUDNN_STATUS_NOT_INITIALIZED'],
  },
  {
    id: 'harmless.tensorflow.no-tensorrt',
    summary: 'TensorFlow finds no TensorRT, which only few programs use',
    role: 'clean',
    weighs: {},
    source: 'https://github.com/tensorflow/tensorflow/blob/master/tensorflow/compiler/tf2tensorrt/utils/py_utils.cc',
    literals: ['tf-trt warning: ', "could not load dynamic library 'libnvinfer"],
    pattern:
      /TF-TRT Warning: (?:Could not find TensorRT|Cannot dlopen some TensorRT libraries)|Could not load dynamic library 'libnvinfer(?:_plugin)?\.so/,
    sees: [
      'W tensorflow/compiler/tf2tensorrt/utils/py_utils.cc:38] TF-TRT Warning: Could not find TensorRT',
      "W tensorflow/stream_executor/platform/default/dso_loader.cc:64] Could not load dynamic library 'libnvinfer.so.7'; dlerror: libnvinfer.so.7: cannot open shared object file: No such file or directory",
    ],
    ignores: [
      "Could not load dynamic library 'libcudart.so.11.0'; dlerror: libcudart.so.11.0: cannot open shared object file",
    ],
  },
  {
    id: 'harmless.tensorflow.numa-unknown',
    summary: 'the kernel tells no memory node for a GPU, and TensorFlow takes the first',
    role: 'clean',
    weighs: {},
    source: 'https://github.com/openxla/xla/blob/main/xla/stream_executor/cuda/cuda_executor.cc',
    literals: ['successful numa node read from sysfs had negative value', 'could not open file to read numa node'],
    pattern: /successful NUMA node read from SysFS had negative value|could not open file to read NUMA node/,
    sees: [
      'I external/local_xla/xla/stream_executor/cuda/cuda_executor.cc:901] successful NUMA node read from SysFS had negative value (-1), but there must be at least one NUMA node, so returning NUMA node zero.',
      'E tensorflow/compiler/xla/stream_executor/cuda/cuda_gpu_executor.cc:967] could not open file to read NUMA node: /sys/bus/pci/devices/0000:01:00.0/numa_node',
    ],
    ignores: ['NUMA node0 CPU(s): 0-31'],
  },
  {
    id: 'harmless.tensorflow.notices',
    summary: 'TensorFlow tells how it was built and where it logs',
    role: 'clean',
    weighs: {},
    source: 'https://github.com/tensorflow/tensorflow/blob/master/tensorflow/core/platform/cpu_feature_guard.cc',
    literals: [
      'this tensorflow binary is optimized',
      'all log messages before absl::initializelog()',
      'onednn custom operations are on',
      'this does not indicate an error and you can ignore this message',
    ],
    pattern:
      /This TensorFlow binary is optimized|All log messages before absl::InitializeLog\(\) is called|oneDNN custom operations are on|this does not indicate an error and you can ignore this message/,
    sees: [
      'I tensorflow/core/platform/cpu_feature_guard.cc:182] This TensorFlow binary is optimized to use available CPU instructions in performance-critical operations.',
      'WARNING: All log messages before absl::InitializeLog() is called are written to STDERR',
      'I tensorflow/core/common_runtime/executor.cc:1197] [/device:CPU:0] (DEBUG INFO) Executor start aborting (this does not indicate an error and you can ignore this message): INVALID_ARGUMENT: You must feed a value for placeholder tensor',
    ],
    ignores: ['tensorflow.python.framework.errors_impl.InvalidArgumentError: shapes'],
  },
  {
    id: 'harmless.tokenizers.forked',
    summary: 'a process was forked after the tokenizers had used threads, and goes on with one',
    role: 'clean',
    weighs: {},
    source: 'https://github.com/huggingface/tokenizers/blob/main/tokenizers/src/utils/parallelism.rs',
    literals: ['huggingface/tokenizers: the current process just got forked'],
    pattern: /huggingface\/tokenizers: The current process just got forked, after parallelism has already been used/,
    sees: [
      'huggingface/tokenizers: The current process just got forked, after parallelism has already been used. Disabling parallelism to avoid deadlocks...',
    ],
    ignores: ['TOKENIZERS_PARALLELISM=false'],
  },
  {
    id: 'harmless.transformers.cache-off',
    summary: 'a cache for generation is switched off, since activations are computed anew',
    role: 'clean',
    weighs: {},
    source: 'https://github.com/huggingface/transformers/blob/main/src/transformers/modeling_utils.py',
    literals: ['`use_cache=true` is incompatible with gradient checkpointing'],
    pattern: /`use_cache=True` is incompatible with gradient checkpointing/,
    sees: ['`use_cache=True` is incompatible with gradient checkpointing. Setting `use_cache=False`...'],
    ignores: ['use_cache=True'],
  },
  {
    id: 'harmless.xformers.no-triton',
    summary: 'xformers does without Triton: some operations are slower',
    role: 'clean',
    weighs: {},
    source: 'https://github.com/facebookresearch/xformers/blob/main/xformers/__init__.py',
    literals: ['a matching triton is not available', "error caught was: no module named 'triton'"],
    pattern:
      /A matching Triton is not available, some optimizations will not be enabled|Error caught was: No module named 'triton'/,
    sees: [
      'A matching Triton is not available, some optimizations will not be enabled.',
      "Error caught was: No module named 'triton'",
    ],
    ignores: ["ModuleNotFoundError: No module named 'triton'"],
  },
  {
    id: 'harmless.deepspeed.op-unavailable',
    summary: 'DeepSpeed tells which of its optional operations it could not build; they are not used unless asked for',
    role: 'clean',
    weighs: {},
    source: 'https://www.deepspeed.ai/tutorials/advanced-install/',
    literals: ['sparse_attn requires a torch version', 'using untested triton version'],
    pattern: /\[WARNING\] {1,3}(?:sparse_attn requires a torch version|using untested triton version)/,
    sees: [
      ' [WARNING]  sparse_attn requires a torch version >= 1.5 and < 2.0 but detected 2.1',
      ' [WARNING]  using untested triton version (2.1.0), only 1.0.0 is known to be compatible',
    ],
    ignores: ['[ERROR]  Unable to pre-compile async_io'],
  },
  {
    id: 'harmless.python.deprecated',
    summary: 'a package announces that something will change in a later version; it works as before until then',
    role: 'clean',
    weighs: {},
    source: 'https://docs.python.org/3/library/warnings.html#warning-categories',
    literals: ['futurewarning: ', 'deprecationwarning: ', ' is deprecated'],
    pattern:
      /\.py:\d{1,6}: (?:Future|Deprecation|PendingDeprecation)Warning: |\b(?:User|Runtime)Warning: [^\n]{1,200}\bis deprecated\b/,
    sees: [
      '/venv/huggingface_hub/file_download.py:1132: FutureWarning: `resume_download` is deprecated and will be removed in version 1.0.0.',
      '/venv/torch/cuda/__init__.py:54: FutureWarning: The pynvml package is deprecated. Please install nvidia-ml-py instead.',
      '/venv/torch/_utils.py:776: UserWarning: TypedStorage is deprecated. It will be removed in the future.',
    ],
    ignores: ['DeprecationWarning as error', 'this option is deprecated'],
  },
  {
    id: 'harmless.kernel.module-taints',
    summary: 'a module that is not part of the kernel was loaded, which the kernel marks',
    role: 'clean',
    weighs: {},
    source: 'https://docs.kernel.org/admin-guide/tainted-kernels.html',
    literals: ['taints kernel', 'tainting kernel', 'disabling lock debugging due to kernel taint'],
    pattern:
      /\b\w{1,40}: (?:loading out-of-tree module taints kernel|module license '[^'\n]{1,40}' taints kernel|module verification failed: signature and\/or required key missing - tainting kernel)|Disabling lock debugging due to kernel taint/,
    sees: [
      'nvidia: loading out-of-tree module taints kernel.',
      "nvidia: module license 'NVIDIA' taints kernel.",
      'Disabling lock debugging due to kernel taint',
      'kernel: nvidia: module verification failed: signature and/or required key missing - tainting kernel',
    ],
    ignores: [
      'modprobe: ERROR: could not insert nvidia: Key was rejected by service',
      'CPU: 3 PID: 1 Comm: x Tainted: P OE',
    ],
  },
  {
    id: 'harmless.kernel.sampling-slowed',
    summary: 'the kernel lowers the rate at which it samples for profiles',
    role: 'clean',
    weighs: {},
    source: 'https://docs.kernel.org/admin-guide/sysctl/kernel.html#perf-event-max-sample-rate',
    literals: ['perf: interrupt took too long'],
    pattern: /perf: interrupt took too long \(\d{1,12} > \d{1,12}\), lowering kernel\.perf_event_max_sample_rate/,
    sees: ['perf: interrupt took too long (2503 > 2500), lowering kernel.perf_event_max_sample_rate to 79750'],
    ignores: ['hrtimer: interrupt took 12345678 ns'],
  },
  {
    id: 'harmless.kernel.profile-loaded',
    summary: 'AppArmor tells that it has loaded the rules of a program',
    role: 'clean',
    weighs: {},
    source: 'https://gitlab.com/apparmor/apparmor/-/wikis/AppArmor_Core_Policy_Reference',
    literals: ['apparmor="status"'],
    pattern: /apparmor="STATUS" operation="profile_(?:load|replace|remove)"/,
    sees: [
      'audit: type=1400 audit(1700000000.123:45): apparmor="STATUS" operation="profile_load" profile="unconfined" name="docker-default" pid=4242 comm="apparmor_parser"',
    ],
    ignores: [
      'audit: type=1400 audit(1605312345.123:46): apparmor="DENIED" operation="mount" profile="docker-default"',
    ],
  },
];
