import type { FindingKind } from '../schemas/finding-kind.ts';
import type { Doing } from './stack-frames.ts';

// The account of a 384-GPU training in which one rank of eight stood in the data loader and all others in a broadcast.
const chronicles =
  'https://github.com/bigscience-workshop/bigscience/blob/master/train/tr11-176B-ml/chronicles.md (2022-05-18 hanging at eval redux)';
const hanging = 'https://github.com/stas00/ml-engineering/blob/master/debug/torch-distributed-hanging-solutions.md';

const inInput: FindingKind = {
  id: 'job.stack.odd-in-input',
  summary: 'one rank waits for its input while the others wait for it',
  role: 'cause',
  weighs: { 'dataloader-stall': 3.2, 'shared-fs-problem': 1.2, 'uneven-data': 1, 'framework-bug': 0.7 },
  source: chronicles,
};
const inStorage: FindingKind = {
  id: 'job.stack.odd-in-storage',
  summary: 'one rank writes or reads a checkpoint while the others wait for it',
  role: 'cause',
  weighs: { 'shared-fs-problem': 2.2, 'long-rank0-work-timeout': 2, 'disk-full': 0.7 },
  source: hanging,
};
const inCompile: FindingKind = {
  id: 'job.stack.odd-in-compile',
  summary: 'one rank compiles while the others wait for it',
  role: 'cause',
  ofProgram: true,
  weighs: { 'long-rank0-work-timeout': 1.5, 'framework-bug': 1.5 },
  source: 'https://pytorch.org/docs/stable/torch.compiler_troubleshooting.html',
};
const inLock: FindingKind = {
  id: 'job.stack.odd-in-lock',
  summary: 'one rank waits for a lock, a queue or another process while the others wait for it',
  role: 'cause',
  weighs: { 'framework-bug': 1.5, 'user-code-error': 1.2, 'dataloader-stall': 1 },
  source: chronicles,
};
const inLibraryWait: FindingKind = {
  id: 'job.stack.odd-in-library-wait',
  summary:
    'inside a library that writes checkpoints, one rank waits for a thread or process of its own, and all others for it',
  role: 'cause',
  ofProgram: true,
  weighs: { 'framework-bug': 3, 'long-rank0-work-timeout': 0.7, 'shared-fs-problem': 0.7, 'disk-full': 0.5 },
  source: 'https://github.com/NVIDIA/Megatron-LM/blob/main/megatron/core/dist_checkpointing/strategies/async_utils.py',
};
const inGc: FindingKind = {
  id: 'job.stack.odd-in-gc',
  summary: 'one rank collects garbage while the others wait for it',
  role: 'cause',
  ofProgram: true,
  weighs: { 'dataloader-stall': 3, 'user-code-error': 0.5, 'framework-bug': 0.5 },
  source: 'https://github.com/pytorch/torchtitan/blob/main/torchtitan/tools/utils.py (GarbageCollection: stragglers)',
};
const inCompute: FindingKind = {
  id: 'job.stack.odd-in-compute',
  summary: 'one rank still computes while the others wait for it',
  role: 'symptom',
  weighs: { 'gpu-clock-throttle': 1, 'cpu-affinity-misconfig': 1, 'uneven-data': 0.7, 'collective-mismatch': 0.7 },
  source: hanging,
};
const elsewhere: FindingKind = {
  id: 'job.stack.odd-elsewhere',
  summary: 'one rank is in code of the program while the others wait for it',
  role: 'cause',
  weighs: { 'long-rank0-work-timeout': 2, 'user-code-error': 1.5, 'collective-mismatch': 1.2, 'uneven-data': 1 },
  source: hanging,
};
/** Whose global rank is 0, and so the one that programs give work of its own. */
export const rank0Elsewhere: FindingKind = {
  id: 'job.stack.rank0-elsewhere',
  summary: 'rank 0 is in work of its own, in code of the program, while all others wait for it',
  // Every job begins and ends so, and evaluates so: a fault only where the others gave up.
  role: 'symptom',
  weighs: {
    'long-rank0-work-timeout': 3.4,
    'user-code-error': 0.7,
    'dataloader-stall': 0.5,
    'collective-mismatch': 0.5,
  },
  source: hanging,
};
export const inputAtTimes: FindingKind = {
  id: 'job.stack.odd-in-input-once',
  summary: 'at one of two reads, one rank alone waited for its input while the others waited for it',
  role: 'symptom',
  weighs: { 'dataloader-stall': 1.2, 'shared-fs-problem': 0.5, 'cpu-affinity-misconfig': 0.3 },
  source: chronicles,
};
/** A rank whose data iterator calls a collective of its own has come to the end of its data. */
export const dataEnded: FindingKind = {
  id: 'job.stack.collective-of-input',
  summary: 'one rank waits in a collective that its data iterator called, the others in those of a step',
  role: 'cause',
  weighs: { 'uneven-data': 3.2, 'collective-mismatch': 1, 'dataloader-stall': 0.5, 'user-code-error': 0.5 },
  source: 'https://pytorch.org/docs/stable/notes/ddp.html (uneven inputs; Join)',
};
export const otherCollective: FindingKind = {
  id: 'job.stack.other-collective',
  summary: 'one rank waits in another collective call than all others of its node',
  role: 'cause',
  // Stages of a pipeline rightly wait in different calls, but seldom one rank alone.
  weighs: { 'collective-mismatch': 2.8, 'user-code-error': 0.7, 'uneven-data': 0.7 },
  source: chronicles,
};
/** A message between two ranks is between two places: either end, or what lies between. */
export const oddPeer: FindingKind = {
  id: 'job.stack.odd-in-message',
  summary: 'one rank waits for a message to or from a single other rank, while the others wait in a collective',
  role: 'symptom',
  weighs: {
    'rdma-link-fault': 1.2,
    'mtu-mismatch': 1,
    'collective-mismatch': 1,
    'nccl-bug': 0.7,
    'firewall-blocked': 0.5,
  },
  source: hanging,
};
export const allWait: FindingKind = {
  id: 'job.stack.all-wait',
  summary: 'all ranks of the node stand still in collectives: what they wait for is elsewhere',
  role: 'symptom',
  weighs: {
    'rdma-link-fault': 0.7,
    'nccl-bug': 0.5,
    'collective-mismatch': 0.5,
    'dataloader-stall': -0.5,
    'user-code-error': -0.3,
  },
  source: hanging,
};
export const allInput: FindingKind = {
  id: 'job.stack.all-in-input',
  summary: 'all ranks of the node stand still and wait for input',
  role: 'cause',
  weighs: { 'dataloader-stall': 2.5, 'shared-fs-problem': 2, 'shm-too-small': 0.5 },
  source: chronicles,
};
export const allStorage: FindingKind = {
  id: 'job.stack.all-in-storage',
  summary: 'all ranks of the node stand still in checkpoint files',
  role: 'cause',
  weighs: { 'shared-fs-problem': 3, 'disk-full': 1 },
  source: hanging,
};
export const together: FindingKind = {
  id: 'job.stack.together',
  summary: 'the ranks of the node are at work, none of them alone somewhere else',
  role: 'clean',
  weighs: { 'dataloader-stall': -0.7, 'user-code-error': -0.5, 'long-rank0-work-timeout': -0.7 },
  source: hanging,
};

/** What it means that one rank does this while the others wait. */
export const stackKindOf: Readonly<Record<Doing, FindingKind>> = {
  input: inInput,
  storage: inStorage,
  compile: inCompile,
  gc: inGc,
  lock: inLock,
  'library-wait': inLibraryWait,
  compute: inCompute,
  other: elsewhere,
  // Never asked: who waits as well is not the odd one.
  collective: otherCollective,
  'gpu-wait': otherCollective,
};

export const stackKinds = [
  inInput,
  inStorage,
  inCompile,
  inGc,
  inLock,
  inLibraryWait,
  inCompute,
  elsewhere,
  rank0Elsewhere,
  inputAtTimes,
  dataEnded,
  oddPeer,
  otherCollective,
  allWait,
  allInput,
  allStorage,
  together,
];
