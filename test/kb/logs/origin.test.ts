import { expect, it } from 'vitest';
import { originOfPath, readOrigin } from '../../../kb/logs/origin.ts';

it.each([
  ['[rank3]: Traceback (most recent call last):', { rank: 3 }],
  ['[rank12]:[E321 02:07:08.40 ProcessGroupNCCL.cpp:607] x', { rank: 12 }],
  ['[default5]:loss 1', { rank: 5 }],
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
  ['could not reach node-07 in time', {}],
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
