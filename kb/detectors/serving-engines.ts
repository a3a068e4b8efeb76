import { lineDetector } from './line-patterns.ts';

const vllm = 'https://github.com/vllm-project/vllm/blob/main/vllm/v1/executor/multiproc_executor.py';
const sglang = 'https://github.com/sgl-project/sglang/blob/main/python/sglang/srt/entrypoints/engine.py';

/** Engines that serve models on several GPUs: what their parts say of one another, most of it a consequence. */
export const servingEngines = lineDetector('serving-engines', [
  {
    id: 'serving.engine.part-ended',
    summary: 'a part of a serving engine ended or could not start; why stands above',
    role: 'symptom',
    weighs: {},
    source: vllm,
    literals: [
      'engine core initialization failed',
      'engine process failed to start',
      'enginecore encountered a',
      'enginecore failed to start',
      'died unexpectedly',
      'sigquit from a child',
      'scheduler hit an exception',
      'worker initialization error',
      'executor worker died',
      'executor worker returned error',
      'detokenizermanager hit an exception',
      'workerproc failed to start',
      'workerproc initialization failed',
      'training failed due to',
      'the ray train run failed',
    ],
    pattern:
      /Engine (?:core initialization failed|process failed to start)|EngineCore (?:encountered a (?:fatal error|issue)|failed to start)|Worker ?[Pp]roc [\w-]{1,60} died unexpectedly|WorkerProc (?:failed to start|initialization failed)|[Rr]eceived sigquit from a child process|(?:Scheduler|DetokenizerManager) hit an exception|Executor worker (?:initialization error|died|returned error)|TrainingFailedError: The Ray Train run failed|(?:WorkerGroup|Controller)Error: Training failed due to/,
    sees: [
      'RuntimeError: Engine core initialization failed. See root cause above. Failed core proc(s): {}',
      'ERROR 11-21 03:12:59 [multiproc_executor.py:230] Worker proc VllmWorker-3 died unexpectedly, shutting down executor.',
      '[2026-11-21 03:12:59] Received sigquit from a child process. It usually means the child failed.',
      '[2026-11-21 03:12:59 TP3] Scheduler hit an exception: Traceback (most recent call last):',
    ],
    ignores: ['Initializing a V1 LLM engine (v0.9.1) with config'],
  },
  {
    id: 'serving.engine.hangs',
    summary: 'a part of a serving engine does not answer any more',
    role: 'symptom',
    weighs: { 'framework-bug': 0.6, 'collective-mismatch': 0.4, 'nccl-bug': 0.3, 'long-rank0-work-timeout': 0.3 },
    source: vllm,
    literals: [
      'rpc call to ',
      'rpc call timed out',
      'block found in ',
      'hang detected on rank',
      'watchdog timeout (',
      'get a response from detokenizer',
      'engine iteration timed out',
    ],
    pattern:
      /RPC call (?:to \w{1,60} )?timed out|No available (?:shared memory broadcast )?block found in \d{1,6} seconds?|Hang detected on rank (?<rank>\d{1,6})|\w{1,40} watchdog timeout \(self\.watchdog_timeout=|couldn't get a response from detokenizer|Engine iteration timed out/,
    sees: [
      'TimeoutError: RPC call to execute_model timed out.',
      'INFO 11-21 03:12:59 [shm_broadcast.py:466] No available shared memory broadcast block found in 60 seconds. This typically happens when some processes are hanging or doing some time-consuming work',
      '[TensorRT-LLM][ERROR] Hang detected on rank 3 in PyExecutor.',
      '[2026-11-21 03:12:59 TP3] Scheduler watchdog timeout (self.watchdog_timeout=300, self.soft=False)',
    ],
    ignores: ['watchdog_timeout=300'],
  },
  {
    id: 'serving.ranks.not-loaded',
    summary: 'other ranks of a serving engine did not finish to load the model',
    role: 'cause',
    weighs: { 'gpu-oom': 1.4, 'shared-fs-problem': 1.2, 'host-oom': 1 },
    source: sglang,
    literals: ["other ranks that didn't finish loading"],
    pattern: /TP rank \d{1,6} could finish the model loading, but there are other ranks that didn't finish loading/,
    sees: [
      "ValueError: TP rank 3 could finish the model loading, but there are other ranks that didn't finish loading. It is likely due to unexpected failures (e.g., OOM) or a slow node.",
    ],
    ignores: ['Load weight end. elapsed=12.1 s'],
  },
  {
    id: 'serving.nodes.same-address',
    summary: 'nodes of a serving engine tell one and the same address',
    role: 'cause',
    weighs: { 'socket-interface-mismatch': 3.4, 'launcher-rank-misconfig': 1.8, 'rendezvous-resolution': 1.2 },
    source: 'https://github.com/vllm-project/vllm/blob/main/vllm/executor/ray_distributed_executor.py',
    literals: ['every node should have a unique ip address'],
    pattern: /Every node should have a unique IP address/,
    sees: [
      'RuntimeError: Every node should have a unique IP address. Got 2 nodes with node ids [a, b] and 1 unique IP addresses {10.0.0.1}. Please check your network configuration.',
    ],
    ignores: ['every node has an address'],
  },
  {
    id: 'serving.driver.without-gpu',
    summary: 'Ray gave no GPU to the node that drives the engine',
    role: 'cause',
    weighs: { 'launcher-rank-misconfig': 3, 'user-code-error': 2.2, 'container-toolkit-misconfig': 0.6 },
    source: 'https://github.com/vllm-project/vllm/blob/main/vllm/executor/ray_distributed_executor.py',
    literals: ['does not allocate any gpus on the driver node'],
    pattern: /Ray does not allocate any GPUs on the driver node/,
    sees: [
      'ValueError: Ray does not allocate any GPUs on the driver node. Driver node IP: 10.0.0.1, worker_node_and_gpu_ids: []. Consider adjusting the Ray placement group or running the driver on a GPU node.',
    ],
    ignores: ['Ray allocated 8 GPUs'],
  },
  {
    id: 'serving.world.other-than-built',
    summary: 'an engine was built for another number of ranks than it was started with',
    role: 'cause',
    weighs: { 'launcher-rank-misconfig': 4.4, 'user-code-error': 2.2 },
    source: 'https://github.com/NVIDIA/TensorRT-LLM/blob/main/cpp/tensorrt_llm/runtime/worldConfig.cpp',
    literals: ['mpisize', 'mpi size'],
    pattern:
      /Assertion failed: (?:mpiSize == tp|[Mm][Pp][Ii][ _]?[Ss]ize[^\n]{0,60}(?:!=|==|does not match|not equal))/,
    sees: [
      '[TensorRT-LLM][ERROR] tensorrt_llm::common::TllmException: [TensorRT-LLM][ERROR] Assertion failed: mpiSize == tp * pp (1 != 8)',
    ],
    ignores: ['[TensorRT-LLM][INFO] MPI size: 8, MPI local size: 8, rank: 0'],
  },
  {
    id: 'serving.engine-file.unfit',
    summary: 'a prebuilt engine was made for another GPU or another version of the library',
    role: 'cause',
    weighs: { 'user-code-error': 4.8, 'framework-bug': 0.6, 'checkpoint-corruption': 0.5 },
    source: 'https://docs.nvidia.com/deeplearning/tensorrt/latest/reference/troubleshooting.html',
    literals: [
      'engine plan file is generated on an incompatible device',
      'engine plan file is not compatible with this version',
      'version tag does not match',
    ],
    pattern:
      /engine plan file is (?:generated on an incompatible device|not compatible with this version)|Serialization assertion [^\n]{1,120}Version tag does not match/,
    sees: [
      '[TRT] [E] 6: The engine plan file is generated on an incompatible device, expecting compute 9.0 got compute 8.0, please rebuild.',
      '[TRT] [E] 1: [stdArchiveReader.cpp::StdArchiveReader::40] Error Code 1: Serialization (Serialization assertion stdVersionRead == serializationVersion failed.Version tag does not match.)',
    ],
    ignores: ['[TRT] [I] Loaded engine size: 12 MiB'],
  },
  {
    id: 'serving.cache.accounting-wrong',
    summary: 'a serving engine has lost count of its cache, by its own words a mistake of it',
    role: 'cause',
    weighs: { 'framework-bug': 3.6, 'gpu-oom': 0.8 },
    source: 'https://github.com/sgl-project/sglang/tree/main/python/sglang/srt/managers',
    literals: ['bug in memory estimation', 'memory leak detected', 'token_to_kv_pool_allocator memory leak'],
    pattern: /[Bb]ug in memory estimation|(?:token_to_kv_pool_allocator|req_to_token_pool) memory leak detected/,
    sees: [
      'AssertionError: KV cache is full! Bug in memory estimation. available=8, evictable=8',
      'ValueError: token_to_kv_pool_allocator memory leak detected! available_size=1, protected_size=0',
    ],
    ignores: ['available_size=812'],
  },
  {
    id: 'serving.requests.put-back',
    summary: 'requests wait until cache is free again, as a serving engine under load does',
    role: 'clean',
    weighs: {},
    source: 'https://docs.vllm.ai/en/latest/configuration/optimization.html#preemption',
    literals: ['retract requests', 'is preempted by preemptionmode'],
    pattern:
      /KV cache pool is full\. Retract requests|Retract requests\. #retracted_reqs|is preempted by PreemptionMode/,
    sees: [
      'KV cache pool is full. Retract requests. #retracted_reqs: 1, #new_token_ratio: 0.7',
      'WARNING scheduler.py:1057 Sequence group 0 is preempted by PreemptionMode.RECOMPUTE mode because there is not enough KV cache space.',
    ],
    ignores: ['No available memory for the cache blocks.'],
  },
  {
    id: 'serving.custom-allreduce.off',
    summary: 'an engine goes without its own all-reduce, as it does on machines without peer access',
    role: 'clean',
    weighs: {},
    source: 'https://github.com/vllm-project/vllm/blob/main/vllm/distributed/device_communicators/custom_all_reduce.py',
    literals: ['custom allreduce is disabled'],
    pattern: /Custom allreduce is disabled because/,
    sees: [
      "WARNING [custom_all_reduce.py:137] Custom allreduce is disabled because it's not supported on more than two PCIe-only GPUs. To silence this warning, specify disable_custom_all_reduce=True explicitly.",
    ],
    ignores: ['disable_custom_all_reduce=True'],
  },
]);
