import fc from 'fast-check';
import { expect, it } from 'vitest';
import { originOfPath, readOrigin } from '../../../kb/logs/origin.ts';

it.each([
  ['[rank3]: Traceback (most recent call last):', { rank: 3 }],
  ['[rank12]:[E321 02:07:08.40 ProcessGroupNCCL.cpp:607] x', { rank: 12 }],
  ['[default5]:loss 1', { rank: 5, rankIsLocal: true }],
  ['[3]:loss 1', { rank: 3, rankIsLocal: true }],
  ['[3]:', {}],
  [' [3]: item three', {}],
  ['0: loss 1', {}],
  ['[1,3]<stderr>:node-03:1:2 [0] NCCL INFO x', { rank: 3, node: 'node-03' }],
  ['[E ProcessGroupNCCL.cpp:737] [Rank 6] Watchdog caught collective operation timeout', { rank: 6 }],
  ['x] [PG ID 0 PG GUID 0(default_pg) Rank 2] Exception', { rank: 2 }],
  ['[2024-02-27T21:35:28.705869Z] fa88a9df [rank=1] || Traceback', { rank: 1 }],
  ['node-03:4242:4250 [2] NCCL WARN x', { node: 'node-03' }],
  ['[2026-11-21 03:12:59] GPU-606:534134:535429 [1] transport/net.cc:1 NCCL WARN x', { node: 'gpu-606' }],
  ['Nov 21 03:12:59 node-07 kernel: NVRM: x', { node: 'node-07' }],
  ['2026-11-21T03:12:59.123456+00:00 node-07 kernel: x', { node: 'node-07' }],
  ['slurmstepd: error: *** JOB 42 ON node-03 CANCELLED AT 2026-11-21T03:12:59 ***', { node: 'node-03' }],
  ['srun: error: node-03: task 3: Killed', { node: 'node-03' }],
  ['[rank: 3] Seed set to 42', { rank: 3 }],
  ['[rank 3/16]: step 1', { rank: 3 }],
  ['[2026-11-21 03:12:59,123] [INFO] [logging.py:96:log_dist] [Rank 0] step=10, skipped=0', { rank: 0 }],
  ['[Rank 3] (after 10 iterations) memory (MB) | allocated: 1', { rank: 3 }],
  ['Initializing distributed: GLOBAL_RANK: 3, MEMBER: 4/16', { rank: 3 }],
  ['LOCAL_RANK: 3 - CUDA_VISIBLE_DEVICES: [0,1,2,3]', {}],
  ['[NeMo I 2026-11-21 03:12:59 megatron_init:225] Rank 3 has data parallel group : [0]', { rank: 3 }],
  ['2026-11-21 03:12:59,123: rank3[4242][MainThread]: DEBUG: x', { rank: 3 }],
  ['[HyperPodElasticAgent] 2026-11-21 03:12:59,123 [INFO] [rank0-restart0] /x.py:1: y', { rank: 0 }],
  ['[prterun-node-07-4242@1,3]<stderr>: x', { rank: 3 }],
  ['  rank      : 3 (local_rank: 3)', { rank: 3 }],
  ['  host      : node-07', { node: 'node-07' }],
  ['<34>1 2026-11-21T03:12:59.003Z node-07 slurmd 4242 - - x', { node: 'node-07' }],
  ['Sat 2026-11-21 03:12:59 UTC node-07 kernel: NVRM: x', { node: 'node-07' }],
  ['1795230779.123456 node-07 kernel: NVRM: x', { node: 'node-07' }],
  ['[ 1843.308145] node-07 kernel: NVRM: x', { node: 'node-07' }],
  ['[ 1843.308145] usb 1-1: new device', {}],
  ['[1795230779.123456] [node-02:1:0]  ib_log.c:246  UCX  ERROR x', { node: 'node-02' }],
  ['[node-07:04242] *** Process received signal ***', { node: 'node-07' }],
  ['worker-1: [2026-11-21 03:12:59,123] [INFO] [x.py:1] y', { node: 'worker-1' }],
  ['localhost:4242:4250 [2] NCCL WARN x', {}],
  ['The client socket has failed to connect to [node-03]:29500', {}],
  ['could not reach node-07 in time', {}],
  ['rank 3 said that host node-03 is down', {}],
  ['2026-11-21 03:12:59,123 INFO node-07 is fine', {}],
])('reads host and rank of %s', (line, expected) => {
  expect(readOrigin(line)).toEqual(expected);
});

it('reads rank and node from the paths of shipped logs', () => {
  expect(originOfPath('logs/main/job/rank-00012/0-60.log')).toEqual({ rank: 12 });
  expect(originOfPath('logs/main/node-07/kernel/0-60.log')).toEqual({ node: 'node-07' });
  expect(originOfPath('out/rank_3.log')).toEqual({ rank: 3 });
  expect(originOfPath('frank-12.log')).toEqual({});
});

it.each([
  ['rank3.out', { rank: 3 }],
  ['global_rank_12.log', { rank: 12 }],
  ['out/rank.03/stdout', { rank: 3 }],
  ['job/worker-3/stderr', { rank: 3 }],
  ['run/none_a1b2/attempt_0/3/stderr.log', { rank: 3, rankIsLocal: true }],
  ['local_rank_3.log', {}],
  ['node-07.log', { node: 'node-07' }],
  ['dmesg-node-07.txt', { node: 'node-07' }],
  ['node-07-dmesg.log.gz', { node: 'node-07' }],
  ['node-07/app.log', { node: 'node-07' }],
  ['slurm-4242-node-07.out', { node: 'node-07' }],
  ['train.4242.dgx-a100-03.err', { node: 'dgx-a100-03' }],
  ['node-07_rank3.log', { node: 'node-07', rank: 3 }],
  ['ip-10-0-0-5/messages.1', { node: 'ip-10-0-0-5' }],
  // A pod is no node, a number of nodes no name, a GPU no host.
  ['containers/trainer-worker-3_default_pytorch-0123456789abcdef.log', {}],
  ['nodes-30.log', {}],
  ['gpu-3.log', {}],
  ['train-2026.log', {}],
  ['server.log', {}],
])('reads the origin of %s', (path, expected) => {
  expect(originOfPath(path)).toEqual(expected);
});

it('never throws or hangs, whatever the line or path', () => {
  fc.assert(
    fc.property(
      fc.string({ maxLength: 400, unit: fc.constantFrom('[', ']', '3', 'a', ':', ' ', '-', '/', 'rank', '.') }),
      (text) => {
        expect(typeof readOrigin(text)).toBe('object');
        expect(typeof originOfPath(text)).toBe('object');
      },
    ),
    { numRuns: 1_000 },
  );
  expect(originOfPath('a-'.repeat(16_384))).toEqual({});
});
