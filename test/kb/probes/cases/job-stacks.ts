import type { ProbeCases } from '../probe-case.ts';
import { cutOutputs, eightRanks, nobody, one, ranks, script } from './job-output.ts';

const noTrainers = { name: 'a node without a job', source: script, output: nobody, means: ['job.trainers.none'] };

// https://github.com/bigscience-workshop/bigscience/blob/master/train/tr11-176B-ml/chronicles.md
const chronicles =
  'https://github.com/bigscience-workshop/bigscience/blob/master/train/tr11-176B-ml/chronicles.md (hanging at eval, py-spy 0.3)';
const evaluate = [
  'eval_batch (deepspeed/runtime/pipe/engine.py:449)',
  'evaluate (megatron/training.py:983)',
  'train (megatron/training.py:904)',
  'pretrain (megatron/training.py:188)',
  'main (pretrain_gpt.py:245)',
  'wrapper (torch/distributed/elastic/multiprocessing/errors/__init__.py:345)',
  '<module> (pretrain_gpt.py:249)',
];
const broadcastScalar = [
  'broadcast (torch/distributed/distributed_c10d.py:1191)',
  '_bcast_pipe_scalar (deepspeed/runtime/pipe/engine.py:542)',
  ...evaluate,
];
const broadcastData = [
  'broadcast (torch/distributed/distributed_c10d.py:1191)',
  '_build_key_size_numel_dictionaries (megatron/mpu/data.py:50)',
  'broadcast_data (megatron/mpu/data.py:88)',
  'get_batch_pipe (pretrain_gpt.py:136)',
  '_next_batch (deepspeed/runtime/pipe/engine.py:631)',
  ...evaluate,
];
const inLoader = [
  'wait (threading.py:306)',
  'get (queue.py:179)',
  '_try_get_data (torch/utils/data/dataloader.py:1011)',
  '_get_data (torch/utils/data/dataloader.py:1163)',
  '_next_data (torch/utils/data/dataloader.py:1207)',
  '__next__ (torch/utils/data/dataloader.py:530)',
  '_next_batch (deepspeed/runtime/pipe/engine.py:627)',
  ...evaluate,
];
const allReduce = [
  'all_reduce (torch/distributed/distributed_c10d.py:2050)',
  'wrapper (torch/distributed/c10d_logger.py:83)',
  '_allreduce_grads (train.py:214)',
  'train_step (train.py:176)',
  '<module> (train.py:301)',
];
const receive = [
  'recv (torch/distributed/distributed_c10d.py:1002)',
  'recv (deepspeed/runtime/pipe/p2p.py:83)',
  '_exec_recv_activations (deepspeed/runtime/pipe/engine.py:1073)',
  ...evaluate,
];

const thread = (head: string, frames: readonly string[]) =>
  `Thread ${head}\n${frames.map((frame) => `    ${frame}\n`).join('')}`;
const dump = (...threads: readonly string[]) =>
  `Process 688510: ***\nPython v3.8.12 (/usr/bin/python3.8)\n\n${threads.join('')}`;
const main = (frames: readonly string[], state = 'active') => dump(thread(`688510 (${state}): "MainThread"`, frames));
const monitor = thread('928 (idle): "Thread-1"', ['wait (threading.py:324)', 'run (tqdm/_monitor.py:60)']);

// Main thread in `backward`, the work in a thread without a name.
const backward = dump(
  thread('42 (idle): "MainThread"', [
    'backward (torch/autograd/__init__.py:266)',
    'backward (torch/_tensor.py:522)',
    'backward (deepspeed/runtime/engine.py:1976)',
    'training_loop (fine_tune_accelerate.py:410)',
    '<module> (fine_tune_accelerate.py:587)',
  ]),
  monitor,
  'Thread 4076 (idle)\n',
  thread('4079 (active)', [
    'all_gather_into_tensor (torch/distributed/distributed_c10d.py:2709)',
    'wrapper (torch/distributed/c10d_logger.py:72)',
    'all_gather_into_tensor (deepspeed/comm/torch.py:219)',
  ]),
);
const accelerate = 'https://github.com/huggingface/accelerate/issues/3104 (py-spy 0.3)';

const checkpoint = [
  'write (torch/serialization.py:473)',
  'save (torch/serialization.py:440)',
  'save_checkpoint (megatron/checkpointing.py:301)',
  'train (megatron/training.py:904)',
];
const compile = [
  'call_function (torch/_dynamo/symbolic_convert.py:674)',
  '_compile (torch/_dynamo/convert_frame.py:500)',
  'train_step (train.py:176)',
];
const program = ['tokenize (prepare.py:40)', 'main (train.py:12)', '<module> (train.py:301)'];
const forward = [
  'forward (torch/nn/modules/linear.py:116)',
  '_call_impl (torch/nn/modules/module.py:1527)',
  'train_step (train.py:170)',
];
const eight = (frames: readonly string[], state?: string) => eightRanks(() => main(frames, state));

// Printed by py-spy 0.2.2, 0.3.14 and 0.4.3 of a Python program that waits at a queue; the last one of Python 3.11.
const queue = (names: readonly string[], head: string) =>
  `Process 10676: ***\nPython v3.7.16 (/usr/bin/python3.7)\n\n${thread(head, names)}${thread(
    '0x7F115C4FD6C0 (idle): "QueueManager"',
    ['wait (threading.py:296)', 'run (threading.py:870)', '_bootstrap_inner (threading.py:926)'],
  )}`;
const waitAt = ['get (queue.py:170)', 'fetch (dl.py:6)', '<module> (dl.py:7)'];

const folded = (rows: Readonly<Record<string, number>>) =>
  Object.entries(rows)
    .filter(([, samples]) => samples > 0)
    .map(([stack, samples]) => `<module> (train.py:301);train_step (train.py:176);${stack} ${samples}\n`)
    .join('');
const shares = (
  changes: Partial<Record<'input' | 'compute' | 'collective' | 'sync' | 'storage' | 'own' | 'queue', number>> = {},
) => {
  const { input = 5, compute = 100, collective = 40, sync = 95, storage = 0, own = 10, queue: waited = 0 } = changes;
  return folded({
    '__next__ (torch/utils/data/dataloader.py:631);_next_data (torch/utils/data/dataloader.py:1345)': input,
    '_call_impl (torch/nn/modules/module.py:1527);forward (torch/nn/modules/linear.py:116)': compute,
    '_allreduce_grads (train.py:214);all_reduce (torch/distributed/distributed_c10d.py:2050)': collective,
    'synchronize (torch/cuda/__init__.py:783)': sync,
    'save_checkpoint (train.py:60);save (torch/serialization.py:440)': storage,
    'log (train.py:90)': own,
    'next_prompt (train.py:71);Queue.get (queue.py:180);Condition.wait (threading.py:331)': waited,
  });
};

export const jobStackCases: Readonly<Record<string, ProbeCases>> = {
  'job.stacks': {
    faulty: [
      {
        name: 'one rank in the data loader, seven in broadcasts',
        source: chronicles,
        output: eightRanks((local) => {
          if (local === 4) return main(inLoader, 'idle');
          return main(local < 4 ? broadcastScalar : broadcastData);
        }),
        means: ['job.stack.odd-in-input'],
      },
      {
        name: 'the same at both reads',
        source: chronicles,
        output: eightRanks(one(4, main(inLoader, 'idle'), main(broadcastData))),
        second: eightRanks(one(4, main(inLoader, 'idle'), main(broadcastData))),
        means: ['job.stack.odd-in-input'],
      },
      {
        name: 'rank 0 writes its checkpoint',
        source: 'https://github.com/stas00/ml-engineering/blob/master/debug/torch-distributed-hanging-solutions.md',
        output: eightRanks(one(0, main(checkpoint), main(allReduce))),
        means: ['job.stack.odd-in-storage'],
      },
      {
        name: 'one rank compiles',
        source: script,
        output: eightRanks(one(6, main(compile), main(allReduce))),
        means: ['job.stack.odd-in-compile'],
      },
      {
        name: 'one rank waits for a lock',
        source: script,
        output: eightRanks(one(3, main(['acquire (filelock/_api.py:200)', ...program], 'idle'), main(allReduce))),
        means: ['job.stack.odd-in-lock'],
      },
      {
        name: 'one rank still computes',
        source: script,
        output: eightRanks(one(7, main(forward), main(allReduce))),
        means: ['job.stack.odd-in-compute'],
      },
      {
        name: 'one rank in the program itself',
        source: script,
        output: eightRanks(one(0, main(program), main(allReduce))),
        means: ['job.stack.odd-elsewhere'],
      },
      {
        name: 'one rank in another collective',
        source: chronicles,
        output: eightRanks(one(5, main(broadcastScalar), main(allReduce))),
        means: ['job.stack.other-collective'],
      },
      {
        name: 'one rank waits for a message of one other',
        source: chronicles,
        output: eightRanks(one(5, main(receive), main(allReduce))),
        means: ['job.stack.odd-in-message'],
      },
      {
        name: 'the collective is in the thread of the backward pass',
        source: accelerate,
        output: eightRanks(one(2, main(program), backward)),
        means: ['job.stack.odd-elsewhere'],
      },
      {
        name: 'all stand still in a collective',
        source: chronicles,
        output: eight(allReduce),
        second: eight(allReduce),
        means: ['job.stack.all-wait'],
      },
      {
        name: 'all stand still at their input',
        source: script,
        output: eight(inLoader, 'idle'),
        second: eight(inLoader, 'idle'),
        means: ['job.stack.all-in-input'],
      },
      {
        name: 'all stand still in their checkpoints',
        source: script,
        output: eight(checkpoint, 'idle'),
        second: eight(checkpoint, 'idle'),
        means: ['job.stack.all-in-storage'],
      },
    ],
    healthy: [
      {
        name: 'all in one collective, read once',
        source: script,
        output: eight(allReduce),
        means: ['job.stack.together'],
      },
      {
        name: 'two stages of a pipeline',
        source: chronicles,
        output: eightRanks((local) => main(local < 4 ? broadcastScalar : receive)),
        means: ['job.stack.together'],
      },
      {
        name: 'one rank passes by its loader and goes on',
        source: script,
        output: eight(allReduce),
        second: eightRanks(one(1, main(inLoader), main(allReduce))),
        means: ['job.stack.odd-in-input-once'],
      },
      {
        name: 'all at work',
        source: script,
        output: eightRanks((local) => main(local % 2 === 0 ? forward : program)),
        means: ['job.stack.together'],
      },
      {
        name: 'py-spy 0.2.2',
        source: 'printed by py-spy 0.2.2 over Python 3.7.16',
        output: ranks([queue(['wait (threading.py:296)', ...waitAt], '0x7F115CE07B80 (idle): "MainThread"')]),
        means: ['job.stack.together'],
      },
      {
        name: 'py-spy before 0.2, without names of threads',
        source: 'https://github.com/ray-project/ray/issues/3187',
        output: ranks([
          'Process 20768: ***\nPython v3.6.5 (/usr/bin/python3)\nThread 0x7F4AACDE7700 (active)\n\t main_loop (ray/worker.py:1005)\n\t <module> (ray/workers/default_worker.py:105)\n',
        ]),
        means: ['job.stack.together'],
      },
      {
        name: 'py-spy 0.4.3, which names the class',
        source: 'printed by py-spy 0.4.3 over Python 3.11.7',
        output: ranks([
          queue(['Condition.wait (threading.py:327)', 'Queue.get (queue.py:171)'], '30888 (active+gil): "MainThread"'),
        ]),
        means: ['job.stack.together'],
      },
      {
        name: 'a process that is no Python',
        source: 'printed by py-spy 0.4.3 over sleep',
        output: eightRanks(
          one(0, '!! py-spy: Error: Failed to find python version from target process', main(allReduce)),
        ),
        means: ['job.trainer.unread'],
      },
      noTrainers,
    ],
    garbage: [
      ...cutOutputs,
      ranks(['!! missing: py-spy is not installed', '!! missing: py-spy is not installed']),
      ranks(['nothing of py-spy']),
      ranks(['Python v3.8.12 (/usr/bin/python3.8)']),
    ],
  },
  'job.profile': {
    faulty: [
      {
        name: 'one rank loads data most of the time',
        source: script,
        output: eightRanks(one(3, shares({ input: 150, compute: 80, collective: 5, sync: 10 }), shares())),
        means: ['job.profile.input-high'],
      },
      {
        name: 'all load data half of the time',
        source: script,
        output: eightRanks(() => shares({ input: 120, compute: 60, collective: 20, sync: 40 })),
        means: ['job.profile.input-everywhere'],
      },
      {
        name: 'rank 0 writes',
        source: script,
        output: eightRanks(one(0, shares({ storage: 200, sync: 10, collective: 0 }), shares())),
        means: ['job.profile.storage-high'],
      },
      {
        name: 'one rank in the program itself',
        source: script,
        output: eightRanks(one(5, shares({ own: 160, collective: 10, sync: 30 }), shares())),
        means: ['job.profile.other-high'],
      },
      {
        name: 'one rank waits for a queue of the program',
        source: `${script} with --idle; frames as printed by py-spy 0.4.3 over Python 3.11.7`,
        output: eightRanks(one(2, shares({ queue: 120, collective: 10, sync: 20 }), shares())),
        means: ['job.profile.sleeps'],
      },
      {
        name: 'one rank is the one that the others wait for',
        source: script,
        output: eightRanks(one(6, shares({ compute: 220, collective: 5, sync: 10 }), shares())),
        means: ['job.profile.waits-less'],
      },
    ],
    healthy: [
      { name: 'alike', source: script, output: eightRanks(() => shares()), means: ['job.profile.alike'] },
      {
        name: 'printed here of a program that spins',
        source: 'printed by py-spy 0.4.3 over Python 3.11.7',
        output: ranks(['<module> (t.py:8);train (t.py:7) 99']),
        means: ['job.profile.alike'],
      },
      {
        name: 'a rank without samples',
        source: script,
        output: eightRanks(one(1, '', shares())),
        means: ['job.trainer.unread'],
      },
      noTrainers,
    ],
    garbage: [...cutOutputs, ranks(['!! missing: py-spy is not installed']), ranks(['no samples here'])],
  },
};
