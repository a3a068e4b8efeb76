import { lineDetector } from './line-patterns.ts';

const slurm =
  'https://github.com/Lightning-AI/pytorch-lightning/blob/master/src/lightning/fabric/plugins/environments/slurm.py';

/** Which rank a process is and which GPU it uses: what libraries refuse when the launch and the program disagree. */
export const rankDevices = lineDetector('rank-devices', [
  {
    id: 'launcher.device-not-of-rank',
    summary: 'the GPU that a process was given is not the one that its local rank stands for',
    role: 'cause',
    weighs: { 'launcher-rank-misconfig': 4.2, 'user-code-error': 1.8 },
    source: 'https://github.com/pytorch/pytorch/blob/main/torch/distributed/fsdp/_init_utils.py',
    literals: [
      'inconsistent compute device and',
      "don't match the local rank values",
      'inconsistant values found',
      'launch new distributed processes with `local_rank > 0`',
      'tensors must be on distinct gpu devices',
      'which may cause process-to-device mapping issues',
      'overlapping devices from different ranks',
    ],
    pattern:
      /Inconsistent compute device and `device_id` on rank (?<rank>\d{1,6})|device indices [^\n]{1,80} don't match the local rank values|CUDA_VISIBLE_DEVICES, inconsistant values found|launch new distributed processes with `local_rank > 0`|Tensors must be on distinct GPU devices|which may cause process-to-device mapping issues|allocations from overlapping devices from different ranks/,
    sees: [
      'ValueError: Inconsistent compute device and `device_id` on rank 3: cuda:0 vs cuda:3',
      "RuntimeError: The selected device indices [2, 3] don't match the local rank values of processes. If you need to select GPUs at a specific index, set the `CUDA_VISIBLE_DEVICES` environment variable instead.",
      'RuntimeError: Lightning attempted to launch new distributed processes with `local_rank > 0`. This should not happen.',
      'AssertionError: Please use the same HIP_VISIBLE_DEVICES or CUDA_VISIBLE_DEVICES, inconsistant values found: 0,1 and 2,3.',
    ],
    ignores: ['FSDP got the argument `device_id` cuda on rank 3, which does not have an explicit index.'],
  },
  {
    // The list is as long as the GPUs that CUDA shows to the process.
    id: 'torch.cuda.fewer-than-addressed',
    summary: 'torch looks for the random numbers of a GPU beyond those that the process was shown',
    role: 'cause',
    weighs: {
      'launcher-rank-misconfig': 3.2,
      'framework-bug': 0.8,
      'container-toolkit-misconfig': 0.8,
      'user-code-error': -0.8,
    },
    source: 'https://github.com/NVlabs/Sana/issues/92',
    literals: ['torch.cuda.default_generators[', 'failed lazily at initialization with error: '],
    pattern:
      /^(?:[^\n]{0,60}[|:\]])?\s{2,20}default_generator = torch\.cuda\.default_generators\[\w{1,20}\]|CUDA call failed lazily at initialization with error: (?:tuple|list) index out of range/,
    sees: [
      '[rank4]:     default_generator = torch.cuda.default_generators[idx]',
      'torch.cuda.DeferredCudaCallError: CUDA call failed lazily at initialization with error: tuple index out of range',
    ],
    ignores: [
      'DeferredCudaCallError: CUDA call failed lazily at initialization with error: device kernel image is invalid',
    ],
  },
  {
    id: 'launcher.identity.untold',
    summary: 'a process was not told its rank, its number of peers or where to meet them',
    role: 'cause',
    weighs: { 'launcher-rank-misconfig': 4.6, 'user-code-error': 1.8, 'rendezvous-resolution': 0.8 },
    source: 'https://github.com/jax-ml/jax/blob/main/jax/_src/distributed.py',
    literals: [
      'cannot determine global rank. environment variable',
      'cannot determine local rank. environment variable',
      'but `master_addr` env was not set',
      'number of processes must be defined',
      'coordinator_address should be defined',
      'process id of the current process must be defined',
      'variable is not supported. hint: use `--ntasks-per-node',
    ],
    pattern:
      /Cannot determine (?:global|local) rank\. Environment variable|but `MASTER_ADDR` env was not set|Number of processes must be defined|coordinator_address should be defined|process id of the current process must be defined|variable is not supported\. HINT: Use `--ntasks-per-node/,
    sees: [
      "ValueError: Tried to launch on distributed with multinode, but `MASTER_ADDR` env was not set, please try exporting rank 0's hostname as `MASTER_ADDR`",
      'ValueError: coordinator_address should be defined.',
      'ValueError: You set `--ntasks=4` in your SLURM bash script, but this variable is not supported. HINT: Use `--ntasks-per-node=4` instead.',
    ],
    ignores: ['WARNING: MASTER_PORT environment variable is not defined. Set as 12910'],
  },
  {
    id: 'launcher.srun-unused',
    summary: 'a program runs inside a job of Slurm, but was not started by srun: it may be alone',
    role: 'context',
    weighs: { 'launcher-rank-misconfig': 0.5 },
    source: slurm,
    literals: ['command is available on your system but is not used'],
    pattern: /`srun` command is available on your system but is not used/,
    sees: [
      'The `srun` command is available on your system but is not used. HINT: If your intention is to run Lightning on SLURM, prepend your python command with `srun` like so: srun python train.py',
    ],
    ignores: ['srun: job 4242 queued and waiting for resources'],
  },
  {
    id: 'jax.distributed.order',
    summary: 'JAX was told of the other processes too late or twice',
    role: 'cause',
    weighs: { 'user-code-error': 4.8, 'launcher-rank-misconfig': 0.8 },
    source: 'https://github.com/jax-ml/jax/blob/main/jax/_src/distributed.py',
    literals: [
      'jax.distributed.initialize should only be called once',
      'jax.distributed.initialize() must be called before',
    ],
    pattern:
      /jax\.distributed\.initialize (?:should only be called once)|jax\.distributed\.initialize\(\) must be called before/,
    sees: [
      'RuntimeError: jax.distributed.initialize should only be called once.',
      'RuntimeError: jax.distributed.initialize() must be called before any JAX calls that might initialise the XLA backend.',
    ],
    ignores: ['jax.distributed.initialize took 3 s'],
  },
  {
    id: 'jax.coordination.other-incarnation',
    summary: 'a process was started anew while the others still knew the old one',
    role: 'symptom',
    weighs: { 'launcher-rank-misconfig': 0.5, 'host-oom': 0.3 },
    source: 'https://github.com/openxla/xla/blob/main/xla/tsl/distributed_runtime/coordination/coordination_service.cc',
    literals: ['different incarnation', 'newer incarnation'],
    pattern: /(?:connect|register) with a different incarnation|request from a newer incarnation/,
    sees: [
      'XlaRuntimeError: ABORTED: /job:jax_worker/replica:0/task:3 unexpectedly tried to connect with a different incarnation. It has likely restarted.',
      'XlaRuntimeError: ALREADY_EXISTS: Aborted connect attempt as there is a request from a newer incarnation.',
    ],
    ignores: ['incarnation id: 4242'],
  },
  {
    id: 'cuda.before-fork',
    summary: 'a program used the GPU before its launcher forked the ranks',
    role: 'cause',
    weighs: { 'user-code-error': 4.8 },
    source: 'https://github.com/huggingface/accelerate/blob/main/src/accelerate/launchers.py',
    literals: [
      "can't create new processes if cuda is already initialized",
      'could create a forked subprocess',
      'issues once the `notebook_launcher()` is called',
    ],
    pattern:
      /can't create new processes if CUDA is already initialized|has been initialized before the `notebook_launcher` could create a forked subprocess|issues once the `notebook_launcher\(\)` is called/,
    sees: [
      "RuntimeError: Lightning can't create new processes if CUDA is already initialized. Did you manually call `torch.cuda.*` functions, have moved the model to the device, or allocated memory on the GPU any other way?",
      'RuntimeError: CUDA has been initialized before the `notebook_launcher` could create a forked subprocess. This likely stems from an outside import causing issues once the `notebook_launcher()` is called.',
    ],
    ignores: ['CUDA is initialized'],
  },
  {
    id: 'torch.ddp.devices-unfit',
    summary: 'DDP was given a module on another device than it is told, or on several',
    role: 'cause',
    weighs: { 'user-code-error': 4.6, 'launcher-rank-misconfig': 1.2 },
    source: 'https://github.com/pytorch/pytorch/blob/main/torch/nn/parallel/distributed.py',
    literals: [
      'device_ids and output_device arguments only work with',
      'must be on the same type of devices',
      'only supports single device modules but got',
      'does not support modules with different device types',
    ],
    pattern:
      /DistributedDataParallel device_ids and output_device arguments only work with|DistributedDataParallel's input module must be on the same type of devices|FSDP (?:only supports single device modules but got|does not support modules with different device types)/,
    sees: [
      "ValueError: DistributedDataParallel device_ids and output_device arguments only work with single-device/multiple-device GPU modules or CPU modules, but got device_ids [3], output_device 3, and module parameters {device(type='cpu')}.",
      "ValueError: DistributedDataParallel's input module must be on the same type of devices, but input module parameters locate in {'cpu', 'cuda'}.",
    ],
    ignores: ['DistributedDataParallel(module)'],
  },
  {
    // Control flow, random numbers, autocast or a cache make the second pass differ from the first.
    id: 'torch.recompute.differs',
    summary: 'computing activations anew gave others than the first time',
    role: 'cause',
    weighs: { 'user-code-error': 3.2, 'framework-bug': 2.8 },
    source: 'https://github.com/pytorch/pytorch/blob/main/torch/utils/checkpoint.py',
    literals: [
      'recomputed values for the following tensors have different metadata',
      'a different number of tensors was saved during the original forward',
      'more tensors during recomputation than during the original',
      'unpack is being triggered for a tensor that was',
    ],
    pattern:
      /Recomputed values for the following tensors have different metadata|A different number of tensors was saved during the original forward|more tensors during recomputation than during the original|Unpack is being triggered for a tensor that was (?:either never recomputed|already unpacked)/i,
    sees: [
      'torch.utils.checkpoint.CheckpointError: torch.utils.checkpoint: Recomputed values for the following tensors have different metadata than during the forward pass.',
      'torch.utils.checkpoint.CheckpointError: torch.utils.checkpoint: A different number of tensors was saved during the original forward and recomputation.',
    ],
    ignores: ['torch.utils.checkpoint: the use_reentrant parameter should be passed explicitly.'],
  },
  {
    id: 'torch.nccl.init-not-in-time',
    summary: 'NCCL did not set up its communicator in the time that torch gave it',
    role: 'symptom',
    weighs: {
      'socket-interface-mismatch': 0.6,
      'firewall-blocked': 0.6,
      'launcher-rank-misconfig': 0.4,
      'long-rank0-work-timeout': 0.4,
    },
    source: 'https://github.com/pytorch/pytorch/blob/main/torch/csrc/distributed/c10d/NCCLUtils.cpp',
    literals: ['nccl timeout when waiting for nonblocking call'],
    pattern: /NCCL timeout when waiting for nonblocking call/,
    sees: ['RuntimeError: NCCL timeout when waiting for nonblocking call to become successful.'],
    ignores: ['nonblocking=1'],
  },
  {
    id: 'torch.collective.blocking-wait-timed-out',
    summary: 'a rank that waits in the program itself for a collective gave up; it does not say why',
    role: 'symptom',
    weighs: {},
    source: 'https://github.com/pytorch/pytorch/blob/main/torch/csrc/distributed/c10d/ProcessGroupNCCL.cpp',
    literals: ['timed out in blocking wait'],
    pattern: /(?:Rank (?<rank>\d{1,6})\] )?Work \w{4,5}[A-Z]?\w{0,5}\([^\n]{1,300}timed out in blocking wait/,
    sees: [
      '[E ProcessGroupNCCL.cpp:600] [Rank 3] Work WorkNCCL(SeqNum=12, OpType=BROADCAST, Timeout(ms)=600000) timed out in blocking wait (TORCH_NCCL_BLOCKING_WAIT=1).',
    ],
    ignores: ['TORCH_NCCL_BLOCKING_WAIT=1'],
  },
  {
    id: 'lightning.deadlock.killed',
    summary: 'Lightning ended ranks that waited for one that had failed',
    role: 'symptom',
    weighs: {},
    source: 'https://lightning.ai/docs/pytorch/stable/common/trainer.html',
    literals: ['deadlock detected from rank'],
    pattern: /DeadLock detected from rank: (?<rank>\d{1,6})/,
    sees: ['lightning_lite.utilities.exceptions.DeadlockDetectedException: DeadLock detected from rank: 1'],
    ignores: ['to avoid deadlocks'],
  },
  {
    id: 'harmless.c10d.client-name',
    summary: 'the name of a client of the store cannot be looked up; only its printed form needs it',
    role: 'clean',
    weighs: {},
    source: 'https://github.com/pytorch/pytorch/blob/main/torch/csrc/distributed/c10d/socket.cpp',
    literals: ['the hostname of the client socket cannot be retrieved'],
    pattern: /The hostname of the client socket cannot be retrieved\. err=-\d/,
    sees: ['[W1121 03:12:59 socket.cpp:200] [c10d] The hostname of the client socket cannot be retrieved. err=-3'],
    ignores: [
      '[c10d] The IPv4 network addresses of (node-00, 29500) cannot be retrieved (gai error: -2 - Name or service not known).',
    ],
  },
  {
    id: 'harmless.c10d.pair-communicator',
    summary: 'torch makes a communicator of its own for two ranks that talk to each other',
    role: 'clean',
    weighs: {},
    source: 'https://github.com/pytorch/pytorch/blob/main/torch/csrc/distributed/c10d/ProcessGroupNCCL.cpp',
    literals: ['an unbatched p2p op (send/recv) was called'],
    pattern: /An unbatched P2P op \(send\/recv\) was called on this ProcessGroup/,
    sees: [
      '[rank3]:[W1121 03:12:59.1 ProcessGroupNCCL.cpp:3993] Warning: An unbatched P2P op (send/recv) was called on this ProcessGroup with size 8.  In lazy initialization mode, this will result in a new 2-rank NCCL communicator to be created. (function operator())',
    ],
    ignores: ['batched P2P ops'],
  },
]);
