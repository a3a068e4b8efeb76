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
export const otherCollective: FindingKind = {
  id: 'job.stack.other-collective',
  summary: 'one rank waits in another collective call than all others of its node',
  role: 'cause',
  // Stages of a pipeline rightly wait in different calls, but seldom one rank alone.
  weighs: { 'collective-mismatch': 2.8, 'user-code-error': 0.7, 'uneven-data': 0.7 },
  source: chronicles,
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
  lock: inLock,
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
  inLock,
  inCompute,
  elsewhere,
  otherCollective,
  allWait,
  allInput,
  allStorage,
  together,
];
