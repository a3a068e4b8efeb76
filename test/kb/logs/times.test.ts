import fc from 'fast-check';
import { expect, it } from 'vitest';
import { readTime, readTimeField, unplaceable } from '../../../kb/logs/times.ts';

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
  ['Unix seconds (UCX)', '[1795230779.123456] [node-02:1:0] ib_log.c:246 UCX ERROR x', 1_795_230_779_123],
  ['Unix seconds (journalctl -o short-unix)', '1795230779.123456 node-07 kernel: NVRM: x', moment + 123],
  ['Unix seconds, whole (Nagios)', '[1795230779] SERVICE ALERT: node-07;x', moment],
  ['Unix milliseconds', '1795230779123 worker started', moment + 123],
  ['Unix microseconds', '1795230779123456, 3, send', moment + 123],
  ['Unix nanoseconds', '1795230779123456789 [info] x', moment + 123],
  ['audit', 'type=ANOM_ABEND msg=audit(1795230779.123:42): auid=0', moment + 123],
  ['mcelog', 'TIME 1795230779 Sat Nov 21 03:12:59 2026', moment],
  ['journalctl -o short-iso', '2026-11-21T04:12:59+0100 node-07 kernel: NVRM: x', moment],
  ['journalctl -o short-iso-precise', '2026-11-21T03:12:59.123456+0000 node-07 kernel: NVRM: x', moment + 123],
  ['journalctl -o short-precise', 'Nov 21 03:12:59.123456 node-07 kernel: NVRM: x', moment + 123],
  ['journalctl -o short-full', 'Sat 2026-11-21 03:12:59 UTC node-07 kernel: NVRM: x', moment],
  ['RFC 5424 syslog', '<34>1 2026-11-21T03:12:59.003Z node-07 slurmd 4242 - - x', moment + 3],
  ['rsyslog with priority', '<6>Nov 21 03:12:59 node-07 kernel: x', moment],
  ['dmesg --time-format iso', '2026-11-21T03:12:59,123456+00:00 NVRM: x', moment + 123],
  ['dmesg -e', '[Nov21 03:12] NVRM: x', moment - 59_000],
  ['kubelet', 'E1121 03:12:59.123456    4242 kuberuntime_manager.go:1] x', moment + 123],
  ['kubelet in the journal', 'Nov 21 03:12:59 node-07 kubelet[4242]: E1121 03:12:58.9 4242 a.go:1] x', moment],
  ['absl', 'I1121 03:12:59.123456 140000 train.py:1] x', moment + 123],
  ['glog with year', 'E20261121 03:12:59.123456  4242 a.cc:1] x', moment + 123],
  ['torch elastic', '[2026-11-21 03:12:59,123] torch.distributed.elastic.multiprocessing.api: [ERROR] x', moment + 123],
  ['tensorflow', '2026-11-21 03:12:59.123456: E tensorflow/core/x.cc:1] y', moment + 123],
  ['fairseq', '2026-11-21 03:12:59 | INFO | fairseq.trainer | x', moment],
  ['mmengine in its file', '2026/11/21 03:12:59 - mmengine - INFO - x', moment],
  ['transformers', '[INFO|trainer.py:1234] 2026-11-21 03:12:59,123 >> x', moment + 123],
  ['vLLM', 'ERROR 11-21 03:12:59 [core.py:396] x', moment],
  ['SGLang', '[2026-11-21 03:12:59 TP0] x', moment],
  ['detectron2', '[11/21 03:12:59 d2.engine.train_loop]: x', moment],
  ['NeMo', '[NeMo W 2026-11-21 03:12:59 nemo_logging:349] x', moment],
  ['Megatron at its stages', '[after dataloaders are built] datetime: 2026-11-21 03:12:59', moment],
  ['Ray', '(raylet) [2026-11-21 03:12:59,123 E 4242 4242] (raylet) node_manager.cc:1: x', moment + 123],
  ['NCCL 2.2x', '[2026-11-21 03:12:59] node-03:4242:4250 [0] transport/net.cc:1 NCCL WARN x', moment],
  ['Slurm', '[2026-11-21T03:12:59.123] error: x', moment + 123],
  [
    'slurmstepd',
    'slurmstepd: error: *** STEP 42.0 ON node-03 CANCELLED AT 2026-11-21T03:12:59 DUE TO TIME LIMIT ***',
    moment,
  ],
  ['fabric manager', '[Nov 21 2026 03:12:59] [ERROR] [tid 4242] x', moment],
  ['nv-hostengine', '2026-11-21 03:12:59.123 ERROR [4242:4250] x', moment + 123],
  ['OpenSM', 'Nov 21 03:12:59 123456 [7F00AA] 0x01 -> x', moment],
  ['Spark', '26/11/21 03:12:59 ERROR Executor: x', moment],
  ['log4j', '2026-11-21 03:12:59,123 [main] ERROR o.a.x - y', moment + 123],
  ['java.util.logging', 'Nov 21, 2026 3:12:59 AM org.apache.x.Y z', moment],
  ['Go', '2026/11/21 03:12:59 http: panic serving', moment],
  ['Go with microseconds', '2026/11/21 03:12:59.123456 main.go:1: x', moment + 123],
  ['logrus', 'time="2026-11-21T03:12:59.123456789Z" level=error msg=x', moment + 123],
  ['CRI', '2026-11-21T03:12:59.123456789Z stderr F x', moment + 123],
  ['docker compose before', 'trainer-1  | 2026-11-21 03:12:59 x', moment],
  ['kubectl --prefix before', '[pod/trainer-0/trainer] 2026-11-21T03:12:59Z x', moment],
  ['access log', '10.0.0.1 - - [21/Nov/2026:04:12:59 +0100] "GET / HTTP/1.1" 500', moment],
  ['ipmitool sel', '   1a | 11/21/2026 | 03:12:59 AM UTC | Temperature #0x30 | x', moment],
  ['date(1) on a 12-hour clock', 'Sat Nov 21 03:12:59 PM UTC 2026', moment + 12 * 3_600_000],
  ['noon on a 12-hour clock', '11/21/2026 12:12:59 PM x', moment + 9 * 3_600_000],
  ['midnight on a 12-hour clock', '11/21/2026 12:12:59 AM x', moment - 3 * 3_600_000],
  ['date -R', 'Sat, 21 Nov 2026 03:12:59 +0000', moment],
  ['nvidia-smi -q', 'Timestamp                                 : Sat Nov 21 03:12:59 2026', moment],
  ['PostgreSQL', '2026-11-21 03:12:59.123+00 [42] ERROR:  x', moment + 123],
  ['a zone abbreviation', '2026-11-21 04:12:59 CET x', moment],
  ['basic ISO 8601', '20261121T031259Z x', moment],
  ['a leap second', '2026-11-21 03:12:60 x', moment + 1_000],
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

it('takes an ambiguous zone abbreviation for the local clock, and only if that is known', () => {
  const line = '2026-11-21 11:12:59 CST x';
  expect(readTime(line)).toBe(unplaceable);
  expect(readTime(line, { zoneOffsetMin: 480 })).toBe(moment);
  expect(readTime(line, { zone: 'Asia/Shanghai' })).toBe(moment);
  expect(readTime(line, { zone: 'America/Chicago' })).toBe(moment + 14 * 3_600_000);
});

it('follows daylight saving of a named zone', () => {
  const zone = 'Europe/Berlin';
  expect(readTime('2026-07-01 12:00:00 x', { zone })).toBe(Date.UTC(2026, 6, 1, 10));
  expect(readTime('2026-12-01 12:00:00 x', { zone })).toBe(Date.UTC(2026, 11, 1, 11));
  // Clocks go forward on the 29th of March: 02:30 never comes and is taken as 03:30.
  expect(readTime('2026-03-29 02:30:00 x', { zone })).toBe(Date.UTC(2026, 2, 29, 1, 30));
  // They go back on the 25th of October: 02:30 comes twice.
  const first = Date.UTC(2026, 9, 25, 0, 30);
  expect(readTime('2026-10-25 02:30:00 x', { zone })).toBe(first);
  expect(readTime('2026-10-25 02:30:00 x', { zone, previousMs: first - 60_000 })).toBe(first);
  expect(readTime('2026-10-25 02:30:00 x', { zone, previousMs: first + 1_800_000 })).toBe(first + 3_600_000);
  expect(readTime('2026-07-01T12:00:00Z x', { zone })).toBe(Date.UTC(2026, 6, 1, 12));
  expect(readTime('2026-07-01 12:00:00 x', { zone: 'Europe/Nowhere' })).toBe(unplaceable);
});

it('places a clock time without a date by the line before, across midnight and a little out of order', () => {
  expect(readTime('03:12:59 x')).toBe(unplaceable);
  expect(readTime('[03:12:59] x', { previousMs: moment - 5_000 })).toBe(moment);
  expect(readTime('03:12:59.123 x', { previousMs: moment - 5 * 3_600_000 })).toBe(moment + 123);
  expect(readTime('03:12:59 x', { previousMs: moment + 60_000 })).toBe(moment);
  expect(readTime('03:12:59 x', { previousMs: moment + 2 * 3_600_000 })).toBe(moment + 86_400_000);
  expect(readTime('11:12:59 x', { previousMs: moment, zoneOffsetMin: 480 })).toBe(moment);
});

it('places a date without a year by the line before if nothing else is known', () => {
  const newYear = Date.UTC(2027, 0, 1);
  expect(readTime('Dec 31 23:59:59 h k: x', { previousMs: newYear })).toBe(newYear - 1_000);
  expect(readTime('Jan  1 00:00:00 h k: x', { previousMs: newYear - 1_000 })).toBe(newYear);
  expect(readTime('Feb 29 12:00:00 h k: x', { referenceMs: newYear })).toBe(Date.UTC(2024, 1, 29, 12));
});

it.each([
  [1_795_230_779, moment],
  [1_795_230_779.123, moment + 123],
  [1_795_230_779_123, moment + 123],
  ['1795230779123456', moment + 123],
  [1_795_230_779_123_456_000, moment + 123],
  ['2026-11-21T03:12:59.123Z', moment + 123],
  ['2026-11-21 03:12:59,123', moment + 123],
  [0.35, null],
  [42, null],
  ['soon', null],
  [null, null],
])('reads the time field %s', (value, expected) => {
  expect(readTimeField(value)).toBe(expected);
});

it('never throws or hangs, whatever the line', () => {
  const piece = fc.constantFrom(
    '[',
    ']',
    '2026-11-21',
    ' ',
    '03:12:59',
    'Nov 21',
    'a: ',
    '(',
    ')',
    '<6>',
    '9',
    '.',
    'INFO ',
    '+',
  );
  const line = fc.oneof(
    fc.string(),
    fc.array(piece, { maxLength: 60 }).map((pieces) => pieces.join('')),
  );
  fc.assert(
    fc.property(line, (text) => {
      const time = readTime(text, { referenceMs, previousMs: moment, bootMs: moment });
      expect(time === null || time === unplaceable || Number.isFinite(time)).toBe(true);
    }),
    { numRuns: 2_000 },
  );
  for (const unit of ['[', 'a', '1', 'a: ', '[a] ', '(', ' ', 'Nov ', '1.', '2026-'])
    expect(readTime(unit.repeat(32_768 / unit.length))).toBeNull();
});

it.each([
  'node-03:4242:4242 [2] NCCL INFO x',
  'RuntimeError: CUDA error',
  'loss 2.34 at 12:30',
  '99/99/2026 03:12:59',
  '2026-13-01 03:12:59 x',
  '2026-02-30 03:12:59 x',
  '2026-11-21 24:12:59 x',
  '21/11/2026 03:12:59 x',
  '13:00:00 PM x',
  '1600000000 tokens seen',
  'elapsed: 03:12:59',
  '1:02:03 left',
  'ETA 2 days',
  ' 45%|####    | 450/1000 [03:12:59<02:00:00,  1.2it/s]',
])('finds no time in %s', (line) => {
  expect(readTime(line, { referenceMs })).toBeNull();
});
