import { describe, expect, it } from 'vitest';
import { detectors } from '../../../kb/detectors/index.ts';
import { sequenceDetectors } from '../../../kb/detectors/sequences/index.ts';
import { inOrder } from '../../../kb/logs/order.ts';
import { compileMatchers } from '../../../kb/logs/matchers.ts';
import { lineReducer, type ReducedEntry } from '../../../kb/logs/reduce.ts';
import { openSourceScan, scanLiterals } from '../../../kb/logs/source-scan.ts';

/**
 * What an earlier system of this kind lost or got wrong (wang-zerui/acme_failure_diagnosis_system, read and run): it kept
 * lines with the word ERROR, read until the first of them, in chunks of 20 lines, and printed errors behind the rest.
 */
const matchers = compileMatchers(detectors, scanLiterals);

function read(lines: readonly string[], chunkBytes = 64) {
  const entries: ReducedEntry[] = [];
  const reducer = lineReducer(matchers.roleOf, (entry) => entries.push(entry));
  const source = { source: 'job.log', evidenceId: 'ev_job', referenceMs: Date.UTC(2026, 11, 1) };
  const scan = openSourceScan(source, matchers, sequenceDetectors, reducer);
  const bytes = new TextEncoder().encode(`${lines.join('\n')}\n`);
  for (let at = 0; at < bytes.length; at += chunkBytes) scan.feed(bytes.subarray(at, at + chunkBytes));
  const { findings } = scan.end();
  const kept = entries.filter((entry) => entry.kind === 'line').map(({ text }) => text);
  return { findings: inOrder(findings), kept };
}

const healthy = Array.from(
  { length: 60 },
  (_, step) => `iteration ${step + 1}/ 500 | lm loss: 2.${step}E+00 | grad norm: 1.0`,
);

describe('a fault line without the word ERROR is found and kept', () => {
  it.each([
    ['an Xid', 'NVRM: Xid (PCI:0000:c1:00): 79, pid=4242, name=python3, GPU has fallen off the bus.', 'nvidia.xid.79'],
    [
      'a watchdog time-out',
      '[Rank 1] Watchdog caught collective operation timeout: WorkNCCL(SeqNum=8, OpType=ALLREDUCE, Timeout(ms)=600000) ran for 600020 milliseconds before timing out.',
      'torch.nccl.watchdog-timeout',
    ],
    ['a loss that is no number', 'iteration 61/ 500 | lm loss=nan | grad norm: 1.0', 'loss.not-finite'],
    ['a kernel OOM kill', 'Out of memory: Killed process 4242 (python3) total-vm:1kB, anon-rss:1kB', 'oom'],
    ['a segfault', 'python3[4242]: segfault at 0 ip 00007f3a sp 00007ffc error 4 in libc.so.6[7f3a+1b000]', 'sigsegv'],
    ['a link that went down', 'mlx5_core 0000:c1:00.0 mlx5_2: Port: 1 Link DOWN', 'link-lost'],
  ])('%s', (_what, line, kind) => {
    const { findings, kept } = read([...healthy, line, ...healthy]);
    const told = findings.filter(({ role }) => role !== 'clean').map((finding) => finding.kind);
    expect(told.filter((one) => one.includes(kind))).not.toEqual([]);
    expect(kept).toContain(line);
  });
});

it('does not take a count of no errors for an error', () => {
  const lines = [
    'build done: 0 errors, 0 warnings',
    'Errors: 0',
    'checked 512 files, no errors found',
    'error_count=0',
  ];
  expect(read([...healthy, ...lines]).findings.filter(({ role }) => role === 'cause' || role === 'symptom')).toEqual(
    [],
  );
});

it('reads a traceback to its end, however long it is', () => {
  const frames = Array.from(
    { length: 400 },
    (_, at) => `  File "/data/run/model.py", line ${at}, in forward\n    x = layer(x)`,
  );
  const { findings, kept } = read([
    ...healthy,
    'Traceback (most recent call last):',
    ...frames.flatMap((frame) => frame.split('\n')),
    'torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB. GPU 3 has a total capacity of 79.15 GiB.',
  ]);
  expect(findings.map(({ kind }) => kind)).toContain('torch.cuda.oom');
  expect(kept.at(-1)).toContain('CUDA out of memory');
});

it('reads on after the first fault', () => {
  const { findings } = read([
    'ERROR: something went wrong',
    ...healthy,
    'NVRM: Xid (PCI:0000:c1:00): 79, pid=1, GPU has fallen off the bus.',
  ]);
  expect(findings.map(({ kind }) => kind)).toContain('nvidia.xid.79');
});

it('keeps the order of time', () => {
  const { kept } = read([
    ...healthy,
    'OSError: [Errno 28] No space left on device',
    'the first line of another sort',
    'torch.OutOfMemoryError: CUDA out of memory.',
    'the last line of yet another one here',
  ]);
  expect(kept.slice(-4)).toEqual([
    'OSError: [Errno 28] No space left on device',
    'the first line of another sort',
    'torch.OutOfMemoryError: CUDA out of memory.',
    'the last line of yet another one here',
  ]);
});
