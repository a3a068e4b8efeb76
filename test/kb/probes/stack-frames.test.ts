import { describe, expect, it } from 'vitest';
import { cpuList } from '../../../kb/probes/cpu-list.ts';
import { jobBlocks } from '../../../kb/probes/job-blocks.ts';
import { jobStacks } from '../../../kb/probes/job-stacks.ts';
import { foldedFrames, placeOf, threadsOf, type Frame } from '../../../kb/probes/stack-frames.ts';
import { ToolMissingError } from '../../../kb/probes/missing-tool.ts';
import { ranks } from './cases/job-output.ts';
import { printed } from './probe-case.ts';

const frames = (...texts: readonly string[]): readonly Frame[] =>
  foldedFrames(`${texts.toReversed().join(';')} 1`)?.frames ?? [];

describe('what a rank does, by its innermost telling frame', () => {
  it.each([
    ['collective', ['all_reduce (torch/distributed/distributed_c10d.py:2050)', 'step (train.py:1)']],
    [
      'collective',
      ['barrier (torch/distributed/distributed_c10d.py:3696)', 'save_checkpoint (megatron/checkpointing.py:9)'],
    ],
    ['collective', ['recv_forward (megatron/core/pipeline_parallel/p2p_communication.py:80)']],
    ['storage', ['save (torch/serialization.py:440)', 'save_checkpoint (megatron/checkpointing.py:301)']],
    ['storage', ['write_data (torch/distributed/checkpoint/filesystem.py:300)']],
    // Recomputing activations is called checkpointing, and writes nothing.
    ['compute', ['forward (torch/utils/checkpoint.py:230)', '_call_impl (torch/nn/modules/module.py:1527)']],
    ['compute', ['forward (deepspeed/runtime/activation_checkpointing/checkpointing.py:500)']],
    ['input', ['wait (threading.py:306)', 'get (queue.py:179)', '_try_get_data (torch/utils/data/dataloader.py:1011)']],
    [
      'input',
      ['Condition.wait (threading.py:327)', '_BaseDataLoaderIter.__next__ (torch/utils/data/dataloader.py:631)'],
    ],
    ['lock', ['wait (threading.py:306)', 'get (queue.py:179)', 'main (train.py:3)']],
    ['gpu-wait', ['synchronize (torch/cuda/__init__.py:783)', 'log (train.py:3)']],
    ['compile', ['_compile (torch/_dynamo/convert_frame.py:500)']],
    // Code that was compiled runs inside of a frame of the compiler.
    ['compute', ['forward (torch/nn/modules/linear.py:116)', '_fn (torch/_dynamo/eval_frame.py:489)']],
    ['other', ['get_rank (torch/distributed/distributed_c10d.py:10)', 'main (train.py:3)']],
    ['other', ['tokenize (prepare.py:40)']],
  ] as const)('%s: %j', (doing, stack) => {
    expect(placeOf(frames(...stack))?.doing).toBe(doing);
  });

  it('is not known of a thread without frames', () => {
    expect(placeOf([])).toBeNull();
  });
});

describe('a dump', () => {
  it('has threads with names, states and frames; what is neither is passed over', () => {
    const lines = [
      'Python v3.11.7 (/usr/bin/python3.11)',
      '',
      'Thread 30888 (active+gil): "MainThread"',
      '    train (t.py:7)',
      '        Arguments:',
      '            rows: 7',
      'Thread 0x7F11 (idle): "pin',
      ' == end"',
      '    get (queue.py:171)',
      'Thread 4076 (idle)',
    ].map((text, at) => ({ text, line: at + 1 }));
    expect(threadsOf(lines)).toEqual([
      { name: 'MainThread', active: true, frames: [{ function: 'train', file: 't.py', line: 7, at: 4 }], at: 3 },
      { name: 'pin', active: false, frames: [{ function: 'get', file: 'queue.py', line: 171, at: 9 }], at: 7 },
      { name: null, active: false, frames: [], at: 10 },
    ]);
  });

  it('of a rank that moved between two reads is not standing still', () => {
    const at = (line: number) =>
      ranks([`Python v3.8.12\n\nThread 1 (active): "MainThread"\n    step (train.py:${line})\n`]);
    const twice = (a: number, b: number) =>
      jobStacks.again?.combine(jobStacks.parse(at(a)), jobStacks.parse(at(b)), 3_000).ranks[0]?.still;
    expect([twice(7, 7), twice(7, 8)]).toEqual([true, false]);
  });
});

describe('the blocks of trainers', () => {
  it('are cut where the last line is missing, and wrong where it counts otherwise', () => {
    const block = '== pid=7 rank=0 local_rank=-\nRANK=0\n';
    expect(jobBlocks(printed(`${block}== end trainers=1\n`))).toMatchObject([
      { pid: 7, rank: 0, localRank: null, line: 1 },
    ]);
    expect(() => jobBlocks(printed(block))).toThrow('cut');
    expect(() => jobBlocks(printed(`${block}== end trainers=2\n`))).toThrow('counts 2');
    expect(() => jobBlocks(printed(`${block}== end trainers=65\n`))).toThrow('at most 64');
  });

  it('say of a missing tool what every probe says of it', () => {
    expect(() => jobBlocks(ranks(['!! missing: py-spy is not installed']))).toThrow(ToolMissingError);
  });

  it('keep what was read of a trainer beside the reason why it ends there', () => {
    const [block] = jobBlocks(ranks(['Python v3.8\n!! py-spy: Error: no']));
    expect([block?.problem, block?.lines.length]).toEqual(['py-spy: Error: no', 1]);
  });
});

describe('lists of processors', () => {
  it.each([
    ['0-3,8', [0, 1, 2, 3, 8]],
    ['7', [7]],
    ['', []],
    ['3-1', null],
    ['0-', null],
    ['0-99999', null],
    ['a', null],
  ])('%s', (text, numbers) => {
    expect(cpuList(text)).toEqual(numbers);
  });
});
