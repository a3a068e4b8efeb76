import type { WorldNode } from '../../world.ts';
import { a800 } from '../a800.ts';
import { cudaProblem } from '../cuda-usable.ts';
import { presenceOf } from '../gpu-presence.ts';
import type { DyingRank, StopCause } from '../job.ts';
import { migMode } from '../resets.ts';
import { residentsOf } from '../resident-processes.ts';
import type { Settings } from '../../state/settings.ts';
import type { World } from '../../world.ts';
import type { FactName } from '../../state/facts/index.ts';
import { startError, traceback } from './cuda-error.ts';

interface Problem {
  readonly gpu: number;
  /** After the first step would have begun. */
  readonly afterMs: number;
  readonly lastWords: (who: DyingRank) => readonly string[];
}

/** Causes that let no process start on a node's GPUs. Without one of them nothing is asked. */
const kinds: readonly FactName[] = [
  'driver.stale-module',
  'driver.fabricmanager',
  'host.module',
  'host.service',
  'hardware.nvswitch-sxid',
  'gpu.off-bus',
  'gpu.riser-loose',
  'gpu.mig',
  'gpu.process',
];

const initMs = 700;
const fillMs = 6_500;

/** An attempt that finds the GPUs of a node unusable ends at its start. */
export const cudaStart: StopCause = ({ world, settings, attempt }) => {
  // What came after the launch is no problem of the start.
  const then: Settings = { ...settings, facts: attempt.launchFacts };
  if (!kinds.some((kind) => then.facts.has(kind))) return null;
  for (const index of attempt.nodes) {
    const node = world.nodes[index];
    const problem = node === undefined ? null : problemOf(world, then, node, attempt.launchMs);
    if (problem === null) continue;
    const { gpu, afterMs, lastWords } = problem;
    return { atMs: attempt.runMs + afterMs, node: index, gpu, exitCode: 1, slurmState: 'FAILED', lastWords };
  }
  return null;
};

function problemOf(world: World, settings: Settings, node: WorldNode, ms: number): Problem | null {
  const { name } = node;
  const whole = (text: string): Problem => ({ gpu: 0, afterMs: initMs, lastWords: startError(text) });
  const broken = cudaProblem(settings, name, ms);
  if (broken?.code === 100) return whole('RuntimeError: No CUDA GPUs are available');
  if (broken?.code === 999) return whole(unknownError);
  if (broken !== null) return whole(cudaCount(broken.code, broken.text));
  const missing = node.gpus.filter(({ index }) => presenceOf(settings, node, index, ms) !== 'there');
  const split = node.gpus.filter(({ index }) => migMode(settings, node, index, ms) === 'Enabled');
  // CUDA counts those that answer and are whole; the last of the local ranks asks for one too many.
  if (missing.length + split.length > 0)
    return { gpu: node.gpus.length - 1, afterMs: initMs, lastWords: startError(invalidOrdinal) };
  return outOfMemory(world, settings, node, ms);
}

/** A rank of this job reserves nearly 65 GiB; PyTorch's message when that is not there (CUDACachingAllocator.cpp, 2.5). */
const wantedMib = 66_600;

function outOfMemory(world: World, settings: Settings, node: WorldNode, ms: number): Problem | null {
  const resident = residentsOf(world, settings, node, ms).find(
    ({ gpuMib }) => gpuMib > a800.memoryTotalMib - wantedMib,
  );
  if (resident === undefined) return null;
  const gib = (mib: number) => (mib / 1024).toFixed(2);
  const own = Math.max(600, a800.memoryTotalMib - 870 - resident.gpuMib - 510);
  const text =
    `torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.37 GiB. GPU ${resident.gpu} has a total capacity of 79.15 GiB of which 510.00 MiB is free. ` +
    `Process ${resident.pid} has ${gib(resident.gpuMib)} GiB memory in use. Including non-PyTorch memory, this process has ${gib(own)} GiB memory in use. ` +
    `Of the allocated memory ${gib(own - 540)} GiB is allocated by PyTorch, and 12.41 MiB is reserved by PyTorch but unallocated. ` +
    'If reserved but unallocated memory is large try setting PYTORCH_CUDA_ALLOC_CONF=expandable_segments:True to avoid fragmentation.  ' +
    'See documentation for Memory Management  (https://pytorch.org/docs/stable/notes/cuda.html#environment-variables)';
  return { gpu: resident.gpu, afterMs: fillMs, lastWords: traceback(inModel, text) };
}

const inModel: readonly string[] = [
  '  File "/workspace/Megatron-LM/pretrain_gpt.py", line 264, in <module>',
  '    pretrain(',
  '  File "/workspace/Megatron-LM/megatron/training/training.py", line 257, in pretrain',
  '    model, optimizer, opt_param_scheduler = setup_model_and_optimizer(',
  '  File "/workspace/Megatron-LM/megatron/core/distributed/param_and_grad_buffer.py", line 397, in __init__',
  '    self.grad_data = torch.zeros(',
];

/** `c10/cuda/CUDAFunctions.cpp` and `torch/csrc/cuda` of PyTorch 2.5. */
function cudaCount(code: number, text: string): string {
  return `RuntimeError: Unexpected error from cudaGetDeviceCount(). Did you run some cuda functions before calling NumCudaDevices() that might have already set an error? Error ${code}: ${text}`;
}
const unknownError =
  'RuntimeError: CUDA unknown error - this may be due to an incorrectly set up environment, e.g. changing env variable CUDA_VISIBLE_DEVICES after program start. Setting the available devices to be zero.';
const invalidOrdinal =
  'RuntimeError: CUDA error: invalid device ordinal\n' +
  'CUDA kernel errors might be asynchronously reported at some other API call, so the stacktrace below might be incorrect.\n' +
  'For debugging consider passing CUDA_LAUNCH_BLOCKING=1\n' +
  'Compile with `TORCH_USE_CUDA_DSA` to enable device-side assertions.\n';
