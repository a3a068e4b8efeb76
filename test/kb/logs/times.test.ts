import { expect, it } from 'vitest';
import { readTime, unplaceable } from '../../../kb/logs/times.ts';

const moment = Date.UTC(2026, 10, 21, 3, 12, 59);
const referenceMs = Date.UTC(2026, 11, 31);

it.each([
  ['ISO 8601 with zone', '2026-11-21T03:12:59Z starting', moment],
  ['ISO 8601 with offset and micros', '2026-11-21T04:12:59.123456+01:00 node-07 kernel: x', moment + 123],
  ['Python logging', '2026-11-21 03:12:59,123 INFO x', moment + 123],
  ['Megatron', ' [2026-11-21 03:12:59] iteration 1/2 |', moment],
  ['DeepSpeed', '[2026-11-21 03:12:59,123] [INFO] [logging.py:96:log_dist]', moment + 123],
  ['slashes', '2026/11/21 03:12:59 [error] x', moment],
  ['American date', '11/21/2026 03:12:59 - INFO - __main__ - x', moment],
  ['rich', '[11/21/26 03:12:59] INFO x', moment],
  ['mmengine', '11/21 03:12:59 - mmengine - INFO - x', moment],
  ['glog', 'W1121 03:12:59.123456  4242 api.py:88] x', moment + 123],
  ['torch behind a rank', '[rank3]:[W1121 03:12:59.123456789 ProcessGroupNCCL.cpp:1250] x', moment + 123],
  [
    'torch with a month of one digit',
    '[rank0]:[E321 02:07:08.408271257 ProcessGroupNCCL.cpp:607] x',
    Date.UTC(2026, 2, 21, 2, 7, 8, 408),
  ],
  ['dmesg -T', '[Sat Nov 21 03:12:59 2026] NVRM: x', moment],
  ['date(1)', 'Sat Nov 21 03:12:59 UTC 2026', moment],
  ['syslog', 'Nov 21 03:12:59 node-07 kernel: x', moment],
  ['syslog with year', '2026 Nov 21 03:12:59 node-07 kernel: x', moment],
  ['access log', '21/Nov/2026:03:12:59 +0000 x', moment],
  ['Open MPI tag before', '[1,3]<stderr>:2026-11-21 03:12:59,000 x', moment],
  ['Unix seconds', '[1795230779.123456] [node-02:1:0] ib_log.c:246 UCX ERROR x', 1_795_230_779_123],
])('reads the time of %s', (_name, line, expected) => {
  expect(readTime(line, { referenceMs })).toBe(expected);
});

it('uses the zone that the source is known to log in', () => {
  expect(readTime('2026-11-21 11:12:59,000 x', { zoneOffsetMin: 480 })).toBe(moment);
});

it('takes a date without a year from the past, never from the future', () => {
  expect(readTime('Nov 21 03:12:59 node-07 kernel: x', { referenceMs: Date.UTC(2027, 0, 5) })).toBe(moment);
});

it('does not guess: no year and no reference, or seconds since an unknown boot', () => {
  expect(readTime('Nov 21 03:12:59 node-07 kernel: x')).toBe(unplaceable);
  expect(readTime('[ 1843.308145] NVRM: x')).toBe(unplaceable);
  expect(readTime('[ 1843.308145] NVRM: x', { bootMs: moment })).toBe(moment + 1_843_308);
});

it.each(['node-03:4242:4242 [2] NCCL INFO x', 'RuntimeError: CUDA error', 'loss 2.34 at 12:30', '99/99/2026 03:12:59'])(
  'finds no time in %s',
  (line) => {
    expect(readTime(line, { referenceMs })).toBeNull();
  },
);
