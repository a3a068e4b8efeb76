import fc from 'fast-check';
import { expect, it } from 'vitest';
import { levelOfPino, levelOfPriority, levelOfPython, levelOfWord, readLevel } from '../../../kb/logs/level.ts';

it.each([
  ['<3>[ 1843.308145] NVRM: x', 'error'],
  ['<6>Nov 21 03:12:59 node-07 kernel: x', 'info'],
  ['<34>1 2026-11-21T03:12:59.003Z node-07 slurmd 4242 - - x', 'fatal'],
  ['kern  :err   : [ 1843.308145] NVRM: x', 'error'],
  ['[rank3]:[W1121 03:12:59.123456789 ProcessGroupNCCL.cpp:1250] x', 'warning'],
  ['[E ProcessGroupNCCL.cpp:737] [Rank 6] Watchdog caught', 'error'],
  ['E1121 03:12:59.123456    4242 kuberuntime_manager.go:1] x', 'error'],
  ['F20261121 03:12:59.123456  4242 a.cc:1] Check failed: x', 'fatal'],
  ['I1121 03:12:59.123456 140000 train.py:1] x', 'info'],
  ['2026-11-21 03:12:59.123456: E tensorflow/core/x.cc:12] y', 'error'],
  ['[2026-11-21 03:12:59,123] torch.distributed.elastic.multiprocessing.api: [ERROR] failed', 'error'],
  ['2026-11-21 03:12:59,123 - mmengine - WARNING - x', 'warning'],
  ['2026-11-21 03:12:59 | INFO | fairseq.trainer | x', 'info'],
  ['2026-11-21 03:12:59.123 | ERROR    | __main__:main:10 - x', 'error'],
  ['[2026-11-21 03:12:59,123] [INFO] [logging.py:96:log_dist] x', 'info'],
  ['2026-11-21 03:12:59,123 [main] WARN  org.x - y', 'warning'],
  ['26/11/21 03:12:59 ERROR Executor: x', 'error'],
  ['(raylet) [2026-11-21 03:12:59,123 E 4242 4242] (raylet) x.cc:1: y', 'error'],
  ['[2026-11-21T03:12:59.123] error: x', 'error'],
  ['srun: error: node-03: task 3: Killed', 'error'],
  ['slurmstepd: error: *** JOB 42 ON node-03 CANCELLED AT 2026-11-21T03:12:59 ***', 'error'],
  ['2026/11/21 03:12:59 [crit] 42#42: *1 x', 'fatal'],
  ['node-03:4242:4250 [2] NCCL WARN x', 'warning'],
  ['[2026-11-21 03:12:59] node-03:4242:4250 [1] transport/net.cc:1 NCCL WARN x', 'warning'],
  ['node-03:4242:4250 [2] NCCL INFO x', 'info'],
  ['[1795230779.123456] [node-02:1:0]          ib_log.c:246  UCX  ERROR x', 'error'],
  ['ERROR 11-21 03:12:59 [core.py:396] x', 'error'],
  ['[WARNING|trainer.py:12] 2026-11-21 03:12:59,123 >> x', 'warning'],
  ['WARNING:root:x', 'warning'],
  ['INFO:     127.0.0.1:52314 - "GET / HTTP/1.1" 500', 'info'],
  ['time="2026-11-21T03:12:59Z" level=fatal msg=x', 'fatal'],
  ['level=warn ts=2026-11-21T03:12:59Z msg=x', 'warning'],
  ['[NeMo W 2026-11-21 03:12:59 nemo_logging:349] x', 'warning'],
  ['[Nov 21 2026 03:12:59] [ERROR] [tid 4242] x', 'error'],
  ['2026-11-21 03:12:59.123 ERROR [4242:4250] x', 'error'],
  ['2026-11-21T03:12:59.123Z\tERROR\tcontroller.go:1\tx', 'error'],
  ['/opt/x.py:12: UserWarning: y', 'warning'],
  ['3: [ERROR] x', 'error'],
  ['Error: x', 'error'],
  ['LustreError: 4242:0:(client.c:1:f()) x', 'error'],
])('reads the level of %s', (line, level) => {
  expect(readLevel(line)).toBe(level);
});

it.each([
  '0 errors, 0 warnings',
  'number of error lines: 3',
  '2026-11-21 03:12:59 retry after ERROR code 3',
  'Nov 21 03:12:59 node-07 kernel: NVRM: ERROR count',
  'iteration 1 | skipped: 0 | number of ERROR: 0',
  'the run ended with no error: fine',
  '',
])('takes no level from %s', (line) => {
  expect(readLevel(line)).toBeNull();
});

it('reads the first level, not one in the message', () => {
  expect(readLevel('2026-11-21 03:12:59,123 INFO saw 3 ERROR lines')).toBe('info');
  expect(readLevel('[2026-11-21 03:12:59,123] [INFO] [x.py:1] ERROR: none')).toBe('info');
});

it('knows names and numbers of levels', () => {
  expect([levelOfWord('Critical'), levelOfWord('warn'), levelOfWord('loud')]).toEqual(['fatal', 'warning', null]);
  expect([levelOfPriority(3), levelOfPriority(5), levelOfPriority(9)]).toEqual(['error', 'info', null]);
  expect([levelOfPino(50), levelOfPino(35)]).toEqual(['error', null]);
  expect(levelOfPython(30)).toBe('warning');
});

it('never throws or hangs, whatever the line', () => {
  const piece = fc.constantFrom(
    '[',
    ']',
    ' - ',
    '2026-11-21 03:12:59',
    ': ',
    '|',
    'a',
    'ERROR',
    ' ',
    '<3>',
    'NCCL ',
    '\t',
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 80 }), (pieces) => {
      const level = readLevel(pieces.join(''));
      expect(level === null || levelOfWord(level) === level).toBe(true);
    }),
    { numRuns: 2_000 },
  );
});
