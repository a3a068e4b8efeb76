import { factAt } from '../../state/facts/fact-at.ts';
import { atLaunch } from '../../physics/launch-state.ts';
import type { CommandContext } from '../command.ts';
import { oldNcclFolder } from './library-paths.ts';
import type { Trainer } from './trainer.ts';

/** `path realpath` of the libraries in the memory map of a trainer; the kernel names the files themselves, so both are one. */
export function text(context: CommandContext, { attempt }: Trainer): string {
  const { timeline, node } = context;
  const { world } = timeline;
  const second = atLaunch(world, attempt, { fact: 'nccl.library', place: node.name });
  const release = atLaunch(world, attempt, { fact: 'job.nccl-version', place: world.job.name });
  const nccl =
    second === '' ? `/usr/lib/x86_64-linux-gnu/libnccl.so.${release}` : `${oldNcclFolder}/libnccl.so.${second}`;
  // What the runtime mounted from the host when the container began.
  const driver = factAt(
    { seed: world.seed, facts: attempt.launchFacts },
    { fact: 'driver.installed', place: node.name },
    attempt.launchMs,
  );
  return [...fixed, nccl, ...ofDriver.map((name) => `/usr/lib/x86_64-linux-gnu/${name}.${driver}`)]
    .toSorted()
    .map((path) => `${path} ${path}\n`)
    .join('');
}

const ofDriver = ['libcuda.so', 'libnvidia-ml.so'];

// nvcr.io/nvidia/pytorch images put torch below dist-packages, CUDA below targets, and rdma-core into the multiarch folder.
const fixed = [
  '/usr/lib/x86_64-linux-gnu/libibverbs.so.1.14.39.0',
  '/usr/lib/x86_64-linux-gnu/libibverbs/libmlx5-rdmav34.so',
  '/usr/lib/x86_64-linux-gnu/libmlx5.so.1.24.39.0',
  '/usr/local/cuda-12.4/targets/x86_64-linux/lib/libcublas.so.12.4.5.8',
  '/usr/local/cuda-12.4/targets/x86_64-linux/lib/libcublasLt.so.12.4.5.8',
  '/usr/local/cuda-12.4/targets/x86_64-linux/lib/libcudart.so.12.4.127',
  '/usr/local/lib/python3.10/dist-packages/torch/lib/libtorch_cuda.so',
  '/usr/local/lib/python3.10/dist-packages/torch/lib/libtorch_cuda_linalg.so',
];
