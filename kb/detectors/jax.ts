import { lineDetector } from './line-patterns.ts';

const coordination =
  'https://github.com/openxla/xla/blob/main/xla/tsl/distributed_runtime/coordination/coordination_service.cc';
const xla = 'https://github.com/openxla/xla/blob/main/xla/service/gpu/autotuning/gemm_fusion_autotuner.cc';
const bridge = 'https://github.com/jax-ml/jax/blob/main/jax/_src/xla_bridge.py';

/** JAX and XLA: installation, compilation, and the coordination service of several processes. */
export const jax = lineDetector('jax', [
  {
    id: 'jax.install.unfit',
    summary: 'jax, jaxlib and its CUDA plugin do not fit each other, or none for CUDA is there',
    role: 'cause',
    weighs: { 'user-code-error': 4.8, 'driver-version-mismatch': 2 },
    source: bridge,
    literals: [
      'incompatible with jax',
      'this version of jax requires',
      'not compatible with the installed jaxlib',
      "unable to initialize backend 'cuda'",
      'cuda-enabled jaxlib is not installed',
      'unknown backend cuda',
    ],
    pattern:
      /is newer than and incompatible with jax|this version of jax requires version|not compatible with the installed jaxlib|Unable to initialize backend 'cuda'(?!: module 'jaxlib)|CUDA-enabled jaxlib is not installed|Unknown backend cuda/,
    sees: [
      'RuntimeError: jaxlib version 0.4.31 is newer than and incompatible with jax version 0.4.23. Please update your jax and/or jaxlib packages.',
      "RuntimeError: Unable to initialize backend 'cuda': Unable to use CUDA because of the following issues with CUDA components:",
      'An NVIDIA GPU may be present on this machine, but a CUDA-enabled jaxlib is not installed. Falling back to cpu.',
    ],
    ignores: [
      "Unable to initialize backend 'tpu': INTERNAL: Failed to open libtpu.so: libtpu.so: cannot open shared object file",
    ],
  },
  {
    id: 'jax.dnn.not-started',
    summary: 'XLA could not start cuDNN: its version is unfit, or GPU memory is taken',
    role: 'cause',
    weighs: { 'user-code-error': 2.4, 'gpu-oom': 2.2, 'driver-version-mismatch': 1.8 },
    source: 'https://github.com/openxla/xla/blob/main/xla/stream_executor/cuda/cuda_dnn.cc',
    literals: [
      'dnn library initialization failed',
      'could not create cudnn handle',
      'failed to determine best cudnn convolution',
    ],
    pattern:
      /DNN library initialization failed|[Cc]ould not create cudnn handle|Failed to determine best cudnn convolution/,
    sees: [
      'jaxlib.xla_extension.XlaRuntimeError: FAILED_PRECONDITION: DNN library initialization failed. Look at the errors above for more details.',
      'E external/xla/xla/stream_executor/cuda/cuda_dnn.cc:439] Could not create cudnn handle: CUDNN_STATUS_INTERNAL_ERROR',
    ],
    ignores: ['Loaded cuDNN version 8902'],
  },
  {
    id: 'jax.program.tracing',
    summary: 'the program does something with traced values that JAX does not allow',
    role: 'cause',
    weighs: { 'user-code-error': 5.4 },
    source: 'https://docs.jax.dev/en/latest/errors.html',
    literals: [
      'tracerboolconversionerror',
      'concretizationtypeerror',
      'unexpectedtracererror',
      'tracerarrayconversionerror',
      'tracerintegerconversionerror',
      'nonconcretebooleanindexerror',
    ],
    pattern:
      /\b(?:TracerBoolConversion|ConcretizationType|UnexpectedTracer|TracerArrayConversion|TracerIntegerConversion|NonConcreteBooleanIndex)Error\b/,
    sees: ['jax.errors.TracerBoolConversionError: Attempted boolean conversion of traced array with shape bool[].'],
    ignores: ['tracer conversions: 0'],
  },
  {
    id: 'xla.compile.failed',
    summary: 'XLA failed to compile or tune a kernel',
    role: 'cause',
    weighs: { 'framework-bug': 4, 'user-code-error': 1.2, 'driver-version-mismatch': 1.2, 'gpu-oom': 0.5 },
    source: xla,
    literals: [
      'ptxas exited with non-zero',
      'no registered implementation for custom call',
      'internal: ret_check failure',
      'all configs were filtered out',
      'internal: autotuning failed',
      "couldn't invoke ptxas",
    ],
    pattern:
      /ptxas exited with non-zero|No registered implementation for custom call|INTERNAL: RET_CHECK failure|All configs were filtered out|INTERNAL: Autotuning failed|Couldn't invoke ptxas/i,
    sees: [
      'jaxlib.xla_extension.XlaRuntimeError: INTERNAL: ptxas exited with non-zero error code 65280, output:',
      'XlaRuntimeError: INTERNAL: RET_CHECK failure (external/xla/xla/service/gpu/triton_fusion.cc:412) status.ok()',
    ],
    ignores: ['Autotuning gemm fusions: 12/12'],
  },
  {
    id: 'jax.coordination.not-joined',
    summary: 'not all processes reached a barrier of the coordination service',
    role: 'symptom',
    weighs: {
      'rendezvous-resolution': 1.1,
      'firewall-blocked': 0.8,
      'launcher-rank-misconfig': 1,
      'long-rank0-work-timeout': 0.5,
    },
    source: coordination,
    literals: ['barrier timed out', 'deadline_exceeded: '],
    pattern: /Barrier timed out\. (?:Id|Barrier)|DEADLINE_EXCEEDED: (?:Barrier|Deadline Exceeded|GetKeyValue)/,
    sees: [
      'jaxlib.xla_extension.XlaRuntimeError: DEADLINE_EXCEEDED: Barrier timed out. Id: PjRT_Client_Connect::0. This usually happens because a task triggered the barrier too early or too slowly.',
    ],
    ignores: ['Barrier passed'],
  },
  {
    id: 'jax.coordination.task-lost',
    summary: 'the coordination service lost a process: it ended first',
    role: 'symptom',
    weighs: { 'host-oom': 0.5, 'host-hardware-fault': 0.4, 'scheduler-action': 0.4 },
    source: coordination,
    literals: [
      'distributed service detected fatal errors',
      'heartbeat timeout',
      'tasks are unhealthy',
      'polled an error from coordination service',
      'failed to send rpc to coordination service',
      'leader task died',
    ],
    pattern:
      /distributed service detected fatal errors|[Tt]ask \/job:\w{1,30}\/replica:\d+\/task:\d+ heartbeat timeout|tasks are unhealthy \(stopped sending heartbeats\)|Polled an error from coordination service|Failed to send RPC to coordination service|the leader task died/,
    sees: [
      'F external/xla/xla/pjrt/distributed/client.h:80] Terminating process because the JAX distributed service detected fatal errors. This most likely indicates that another task died; see the other task logs for more details.',
      'UNAVAILABLE: The following tasks are unhealthy (stopped sending heartbeats):',
    ],
    ignores: ['heartbeat timeout: 100 s'],
  },
  {
    id: 'xla.collective.stuck',
    summary: 'XLA waits for the other devices of a collective',
    role: 'symptom',
    weighs: { 'collective-mismatch': 0.5 },
    source: 'https://github.com/openxla/xla/blob/main/xla/service/rendezvous.cc',
    literals: ['thread has been waiting for', 'termination timeout'],
    pattern:
      /thread has been waiting for [^\n]{1,120} and may be stuck|Termination timeout (?:for|of) [^\n]{1,200}exceeded/,
    sees: [
      'This thread has been waiting for `AllReduce: RunId: 4` for 20 seconds and may be stuck. Expected 8 threads to join the rendezvous, but not all of them arrived on time.',
      'Termination timeout for `AllReduce: RunId: 4` of 40 seconds exceeded. Exiting to ensure a consistent program state.',
    ],
    ignores: ['the thread has been waiting for work'],
  },
]);
